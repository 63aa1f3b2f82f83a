//! Everything that needs the simulator, in one binary.

mod check;
mod discovery;
mod harness;
mod matrix;
mod rollback;
mod take_over;
mod task_definitions;
mod versions;
mod worlds;
