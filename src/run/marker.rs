//! What this run's writes are found by.

use crate::{domain::deployment_note::MARKER, plan::Caller};

/// A marker that no other run has: `ecs-rollback-action/` and 64 random bits.
pub fn new_marker() -> String {
    // Without the kernel's random source the process id still tells runs of one machine apart.
    let bits = getrandom::u64().unwrap_or_else(|_| u64::from(std::process::id()));
    format!("{MARKER}{bits:016x}")
}

/// Of several services, each has a marker of its own: services may share a family, and each finds its own revision.
pub(super) fn of_service(caller: &Caller, position: usize) -> Caller {
    let mut caller = caller.clone();
    let digits = caller.marker.strip_prefix(MARKER);
    if let Some(bits) = digits.and_then(|digits| u64::from_str_radix(digits, 16).ok()) {
        let bits = bits.wrapping_add(position as u64);
        caller.marker = format!("{MARKER}{bits:016x}");
    }
    caller
}
