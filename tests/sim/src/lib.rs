//! A deterministic simulator of the parts of AWS that a rollback touches.

pub mod aws;
pub mod model;
pub mod record;
pub mod rules;
pub mod wire;
