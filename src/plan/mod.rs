//! Pure decisions: from what was observed to an immutable plan. Nothing in here asks AWS or the clock.

mod document;
pub mod platform;
pub mod task_definition;
