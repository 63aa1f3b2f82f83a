//! Pure decisions: from what was observed to an immutable plan. Nothing in here asks AWS or the clock.

pub mod appspec;
pub mod config_diff;
mod document;
pub mod platform;
pub mod previous;
pub mod tags;
pub mod task_definition;
