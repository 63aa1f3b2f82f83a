//! Everything that needs the simulator, in one binary.

mod check;
mod discovery;
mod harness;
mod rollback;
mod task_definitions;
mod versions;
mod waiting;
mod worlds;
