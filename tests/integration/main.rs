//! Everything that needs the simulator, in one binary.

mod busy;
mod check;
mod discovery;
mod docs;
mod ecs;
mod faults;
mod figures;
mod found;
mod harness;
mod matrix;
mod measures;
mod operations;
mod process;
mod promises;
mod random;
mod rollback;
mod take_over;
mod task_definitions;
mod versions;
mod waiting;
mod worlds;

#[path = "../runner/mod.rs"]
mod runner;
