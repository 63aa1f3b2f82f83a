//! Everything that needs the simulator, in one binary.

mod docs;
mod harness;
mod process;
mod rollback;

#[path = "../runner/mod.rs"]
mod runner;
