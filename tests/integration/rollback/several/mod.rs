//! Several services in one run.

mod endings;
mod golden;
pub mod setting;
