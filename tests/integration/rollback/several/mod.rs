//! Several services in one run.

mod endings;
mod golden;
mod setting;
