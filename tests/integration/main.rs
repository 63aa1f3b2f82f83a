//! Everything that needs the simulator, in one binary.

mod check;
mod discovery;
mod docs;
mod harness;
mod process;
mod rollback;
mod task_definitions;
mod versions;
mod worlds;

#[path = "../runner/mod.rs"]
mod runner;
