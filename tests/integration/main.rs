//! Everything that needs the simulator, in one binary; each folder says what it proves.

#![allow(unreachable_pub, reason = "nobody can use what a test binary exports")]

mod docs;
mod figures;
mod figures_of_many;
mod harness;
mod house;
mod matrix;
mod modes;
mod process;
mod random;
mod rollback;
mod telling;
