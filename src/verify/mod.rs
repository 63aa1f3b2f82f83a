//! What serves, proven: the digests of the running tasks, and the health check.

pub(crate) mod health_check;
mod proof;
pub(crate) mod serving;

pub(crate) use health_check::Unhealthy;
pub(crate) use proof::prove;
