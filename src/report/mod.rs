//! What is told: events and the report they add up to (data), then one file for each place it is told.
//!
//! Sinks read the report and the event; they never ask AWS and never decide anything.

pub mod data;
pub mod event;
