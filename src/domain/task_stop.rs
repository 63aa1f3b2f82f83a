//! How a task ended, as `DescribeTasks` says it for about an hour.

use time::OffsetDateTime;

use super::clue::quoted;
use crate::{names::ContainerName, outside::OutsideText};

/// ECS begins a container's reason with a name of this kind. Source: Amazon ECS, "Stopped task error messages".
const OUT_OF_MEMORY: &str = "OutOfMemoryError";
const CANNOT_PULL: &str = "CannotPullContainerError";
const CANNOT_INITIALIZE: &str = "ResourceInitializationError";
const UNHEALTHY_TARGET: &str = "Task failed ELB health checks";
/// ECS stops tasks of a deployment that has ended, and has no code for that.
const SCALED_IN: &str = "Scaling activity initiated by";
/// Stop codes of tasks that nobody stopped; of some, AWS leaves the code out. Source: `TaskStopCode`.
const OF_ITSELF: [&str; 3] = ["EssentialContainerExited", "TaskFailedToStart", ""];
/// A process that SIGTERM ended.
const TERMINATED: i32 = 143;

/// How a task ended, or is ending.
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

impl TaskStop {
    /// Whether it says something of why a deployment failed: a task that ECS scaled in stopped because of that.
    pub(crate) fn is_a_symptom(&self) -> bool {
        match &self.reason {
            Some(reason) => !reason.raw().starts_with(SCALED_IN),
            None => self.containers.iter().any(ContainerStop::has_failed),
        }
    }

    /// The container that made the task stop: the one that is rolled back, if it failed, else any that did.
    pub(crate) fn failed_container(&self, main: &ContainerName) -> Option<&ContainerStop> {
        // What ECS or somebody stops gets signals, whose exit codes say nothing.
        let by_itself = OF_ITSELF.contains(&self.code.as_str());
        let has_failed = |found: &&ContainerStop| match by_itself {
            true => found.has_failed(),
            false => found.is_unhealthy(),
        };
        let mut failed = self.containers.iter().filter(has_failed);
        let own = failed.clone().find(|found| found.name == main.as_str());
        own.or_else(|| failed.next())
    }

    /// A lower-case sentence without its full stop.
    pub(crate) fn cause(&self, main: &ContainerName) -> String {
        if let Some(container) = self.failed_container(main) {
            return container.cause();
        }
        match &self.reason {
            Some(reason) => format!("ECS stopped the tasks: {}", quoted(reason)),
            None => format!("the tasks stopped: {}", OutsideText::new(&self.code)),
        }
    }

    /// What to look at next, as the end of a sentence; nothing of a process that exited, since what it wrote says more.
    pub(crate) fn next_step(&self, main: &ContainerName) -> Option<&'static str> {
        let container = self.failed_container(main);
        if container.is_some_and(ContainerStop::is_unhealthy) {
            return Some("see what its health check needs, and how long it may take to start");
        }
        // Fargate gives the reason to the task, the agent on an instance to the container.
        let errors = [
            container.map_or("", ContainerStop::error_name),
            error_name(self.reason.as_ref()),
        ];
        if errors.contains(&OUT_OF_MEMORY) {
            return Some("give it more memory, or take a version that needs less");
        }
        if errors.contains(&CANNOT_PULL) {
            return Some("check the execution role, and the network's way to the registry");
        }
        if errors.contains(&CANNOT_INITIALIZE) {
            return Some(
                "check the secrets and log groups that the task definition names, the execution role, and the network",
            );
        }
        let reason = self.reason.as_ref().map(OutsideText::raw);
        reason.unwrap_or_default().starts_with(UNHEALTHY_TARGET).then_some(
            "check path and port of the target group's health check, the security groups, and the service's grace period",
        )
    }

    /// What tells reasons apart: reasons themselves name tasks, addresses and times.
    pub(super) fn kind(&self, main: &ContainerName) -> (&str, &str, Option<i32>, &str) {
        match self.failed_container(main) {
            Some(found) => (&self.code, &found.name, found.exit_code, found.error_name()),
            None => (&self.code, "", None, ""),
        }
    }
}

impl ContainerStop {
    fn has_failed(&self) -> bool {
        // A container that was stopped with its task has 0, or what SIGTERM left, and no reason.
        let by_itself = self
            .exit_code
            .is_some_and(|code| code != 0 && code != TERMINATED);
        by_itself || self.reason.is_some()
    }

    fn is_unhealthy(&self) -> bool {
        self.health == "UNHEALTHY"
    }

    fn error_name(&self) -> &str {
        error_name(self.reason.as_ref())
    }

    fn cause(&self) -> String {
        let name = OutsideText::new(&self.name);
        let what = match (self.error_name(), self.exit_code) {
            (OUT_OF_MEMORY, _) => return format!("the container {name} ran out of memory"),
            (CANNOT_PULL, _) => format!("the image of the container {name} could not be pulled"),
            // Its exit code is the one of the SIGKILL that ECS sent.
            _ if self.is_unhealthy() => {
                return format!("the container {name} failed its health check");
            }
            (_, Some(code)) => format!("the container {name} exited with code {code}"),
            (_, None) => format!("the container {name} did not start"),
        };
        match &self.reason {
            Some(reason) => format!("{what}: {}", quoted(reason)),
            None => what,
        }
    }
}

/// `CannotPullContainerError`, of a reason that begins with one; else empty.
fn error_name(reason: Option<&OutsideText>) -> &str {
    let reason = reason.map(OutsideText::raw).unwrap_or_default();
    match reason.split_once(':') {
        Some((name, _)) if name.ends_with("Error") && !name.contains(' ') => name,
        _ => "",
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::outside::without_marks;

    fn stop(code: &str, exit: Option<i32>, reason: &str) -> TaskStop {
        TaskStop {
            code: code.to_owned(),
            at: None,
            reason: Some(OutsideText::new("Essential container in task exited")),
            containers: vec![
                ContainerStop {
                    name: "envoy".to_owned(),
                    exit_code: Some(143),
                    reason: None,
                    health: String::new(),
                },
                ContainerStop {
                    name: "web1".to_owned(),
                    exit_code: exit,
                    reason: (!reason.is_empty()).then(|| OutsideText::new(reason)),
                    health: String::new(),
                },
            ],
        }
    }

    fn told(stop: &TaskStop) -> String {
        without_marks(&stop.cause(&ContainerName::new("web1")))
    }

    #[test]
    fn what_stopped_a_task() {
        let exited = "EssentialContainerExited";
        for (stop, words) in [
            (
                stop(exited, Some(1), ""),
                "the container web1 exited with code 1",
            ),
            (
                stop(
                    exited,
                    Some(137),
                    "OutOfMemoryError: Container killed due to memory usage",
                ),
                "the container web1 ran out of memory",
            ),
            (
                stop(
                    "TaskFailedToStart",
                    None,
                    "CannotPullContainerError: pull access denied",
                ),
                "the image of the container web1 could not be pulled: CannotPullContainerError: pull access denied",
            ),
            (
                stop("ServiceSchedulerInitiated", Some(0), ""),
                "ECS stopped the tasks: Essential container in task exited",
            ),
        ] {
            assert_eq!(told(&stop), words);
        }
        let silent = TaskStop {
            reason: None,
            ..stop("SomethingNew", None, "")
        };
        assert_eq!(told(&silent), "the tasks stopped: SomethingNew");
        assert!(!silent.is_a_symptom());
    }

    #[test]
    fn what_to_look_at_next() {
        let next = |stop: &TaskStop| stop.next_step(&ContainerName::new("web1"));
        let failed = "TaskFailedToStart";
        let of_the_task = |reason| TaskStop {
            reason: Some(OutsideText::new(reason)),
            ..stop(failed, None, "")
        };
        for (stop, word) in [
            (
                stop(failed, Some(137), "OutOfMemoryError: killed"),
                "memory",
            ),
            (
                stop(failed, None, "CannotPullContainerError: 403"),
                "registry",
            ),
            (
                of_the_task("CannotPullContainerError: no route"),
                "registry",
            ),
            (
                of_the_task("ResourceInitializationError: unable to pull secrets"),
                "secrets",
            ),
            (
                of_the_task("Task failed ELB health checks in (target-group x)"),
                "target group",
            ),
        ] {
            assert!(
                next(&stop).is_some_and(|next| next.contains(word)),
                "{word}"
            );
        }
        assert_eq!(next(&stop("EssentialContainerExited", Some(1), "")), None);
    }

    #[test]
    fn reasons_that_differ_in_ids_alone_are_of_one_kind() {
        let pull = |id: u32| {
            let reason = format!("CannotPullContainerError: request {id}");
            stop("TaskFailedToStart", None, &reason)
        };
        let main = ContainerName::new("web1");
        assert_eq!(pull(1).kind(&main), pull(2).kind(&main));
        let exited = stop("EssentialContainerExited", Some(1), "");
        assert_ne!(pull(1).kind(&main), exited.kind(&main));
    }
}
