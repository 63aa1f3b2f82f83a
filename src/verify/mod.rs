//! What serves, proven: the running tasks' digests, and the health check.

pub mod health_check;
pub mod proof;
pub mod standing;
