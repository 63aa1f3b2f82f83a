//! A deterministic simulator of the parts of AWS that a rollback touches.

pub mod aws;
pub mod world;
