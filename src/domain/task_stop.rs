//! How a task ended, as `DescribeTasks` says it for about an hour.

use time::OffsetDateTime;

use crate::outside::OutsideText;

/// How a task ended, or is ending.
#[cfg_attr(not(test), expect(dead_code, reason = "the room diagnose reads it"))]
#[derive(Clone, Debug)]
pub(crate) struct TaskStop {
    /// `EssentialContainerExited`, `TaskFailedToStart`, `ServiceSchedulerInitiated`, `UserInitiated`,
    /// `SpotInterruption`, `TerminationNotice`; empty where AWS names none.
    pub code: String,
    /// `stoppedReason`: why, in AWS's words.
    pub reason: Option<OutsideText>,
    /// None while it is still stopping.
    pub at: Option<OffsetDateTime>,
    pub containers: Vec<ContainerStop>,
}

/// How one of its containers ended.
#[cfg_attr(not(test), expect(dead_code, reason = "the room diagnose reads it"))]
#[derive(Clone, Debug)]
pub(crate) struct ContainerStop {
    pub name: String,
    /// None of a container that never ran.
    pub exit_code: Option<i32>,
    /// `OutOfMemoryError: …`, `CannotPullContainerError: …`; none of a process that just exited.
    pub reason: Option<OutsideText>,
    /// By its own health check, not the load balancer's: `HEALTHY`, `UNHEALTHY`, `UNKNOWN`.
    pub health: String,
}
