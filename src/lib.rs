//! Puts a known-good version of an Amazon ECS service back in front of users, and proves it.

pub mod error;
pub mod help;
pub mod inputs;
pub mod names;
pub mod plan;
pub mod reference;
pub mod report;
