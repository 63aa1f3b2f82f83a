//! What this run's writes are found by.

use crate::domain::deployment_note::MARKER;

/// A marker that no other run has: `ecs-rollback-action/` and 64 random bits.
pub fn new_marker() -> String {
    // Without the kernel's random source the process id still tells runs of one machine apart.
    let bits = getrandom::u64().unwrap_or_else(|_| u64::from(std::process::id()));
    format!("{MARKER}{bits:016x}")
}
