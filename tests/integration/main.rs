//! Everything that needs the simulator, in one binary.

mod harness;
mod rollback;
