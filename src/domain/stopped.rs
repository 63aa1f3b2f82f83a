//! Why tasks stopped: what ECS says of each, grouped, and in words.

use time::OffsetDateTime;

use super::clue::quoted;
use crate::{
    names::{ContainerName, TaskDefinitionArn},
    outside::OutsideText,
    words,
};

/// ECS begins a container's reason with a name of this kind. Source: Amazon ECS, "Stopped task error messages".
const OUT_OF_MEMORY: &str = "OutOfMemoryError";
const CANNOT_PULL: &str = "CannotPullContainerError";
/// ECS stops tasks of a deployment that has ended, and has no code for that.
const SCALED_IN: &str = "Scaling activity initiated by";

/// A task that stopped.
#[derive(Clone, Debug)]
pub(crate) struct StoppedTask {
    /// The last part of its ARN.
    pub id: String,
    pub task_definition: Option<TaskDefinitionArn>,
    pub stopped_at: Option<OffsetDateTime>,
    /// `EssentialContainerExited`, `TaskFailedToStart`, …; empty where ECS does not say.
    pub stop_code: String,
    /// `stoppedReason`, in ECS's words; never empty.
    pub reason: Option<OutsideText>,
    pub containers: Vec<StoppedContainer>,
}

/// A container of a task that stopped.
#[derive(Clone, Debug)]
pub(crate) struct StoppedContainer {
    pub name: String,
    pub exit_code: Option<i32>,
    /// In ECS's words; never empty.
    pub reason: Option<OutsideText>,
}

/// Tasks that stopped for the same reason, and one of them.
pub(crate) struct Group<'a> {
    pub tasks: u32,
    pub example: &'a StoppedTask,
}

impl StoppedTask {
    /// Whether it says something of why a deployment failed: a task that ECS scaled in stopped because of that.
    pub(crate) fn is_a_symptom(&self) -> bool {
        match &self.reason {
            Some(reason) => !reason.raw().starts_with(SCALED_IN),
            None => self.containers.iter().any(StoppedContainer::has_failed),
        }
    }

    /// The container that made the task stop: the one that is rolled back, if it failed, else any that did.
    pub(crate) fn failed_container(&self, main: &ContainerName) -> Option<&StoppedContainer> {
        let mut failed = self.containers.iter().filter(|found| found.has_failed());
        let own = self
            .containers
            .iter()
            .find(|found| found.name == main.as_str());
        own.filter(|own| own.has_failed()).or(failed.next())
    }

    /// A lower-case sentence without its full stop.
    pub(crate) fn cause(&self, main: &ContainerName) -> String {
        if let Some(container) = self.failed_container(main) {
            return container.cause();
        }
        match &self.reason {
            Some(reason) => format!("ECS stopped the tasks: {}", quoted(reason)),
            None => format!("the tasks stopped: {}", OutsideText::new(&self.stop_code)),
        }
    }

    /// What tells reasons apart: reasons themselves name tasks, addresses and times.
    fn kind(&self, main: &ContainerName) -> (&str, &str, Option<i32>, &str) {
        match self.failed_container(main) {
            Some(found) => (
                &self.stop_code,
                &found.name,
                found.exit_code,
                found.error_name(),
            ),
            None => (&self.stop_code, "", None, ""),
        }
    }
}

impl StoppedContainer {
    fn has_failed(&self) -> bool {
        // A container that was stopped with its task has 0, or 143 of its SIGTERM, and no reason.
        let by_itself = self.exit_code.is_some_and(|code| code != 0 && code != 143);
        by_itself || self.reason.is_some()
    }

    /// `CannotPullContainerError`, of a reason that begins with one; else empty.
    fn error_name(&self) -> &str {
        let reason = self
            .reason
            .as_ref()
            .map(OutsideText::raw)
            .unwrap_or_default();
        match reason.split_once(':') {
            Some((name, _)) if name.ends_with("Error") && !name.contains(' ') => name,
            _ => "",
        }
    }

    fn cause(&self) -> String {
        let name = OutsideText::new(&self.name);
        let what = match (self.error_name(), self.exit_code) {
            (OUT_OF_MEMORY, _) => return format!("the container {name} ran out of memory"),
            (CANNOT_PULL, _) => format!("the image of the container {name} could not be pulled"),
            (_, Some(code)) => format!("the container {name} exited with code {code}"),
            (_, None) => format!("the container {name} did not start"),
        };
        match &self.reason {
            Some(reason) => format!("{what}: {}", quoted(reason)),
            None => what,
        }
    }
}

/// The largest group first; of groups as large, the one whose task stopped last. `tasks` are in the order in which they
/// stopped, the newest first.
pub(crate) fn group<'a>(tasks: &'a [StoppedTask], main: &ContainerName) -> Vec<Group<'a>> {
    let mut groups: Vec<Group<'a>> = Vec::new();
    for task in tasks {
        let same = |group: &&mut Group<'_>| group.example.kind(main) == task.kind(main);
        match groups.iter_mut().find(same) {
            Some(group) => group.tasks += 1,
            None => groups.push(Group {
                tasks: 1,
                example: task,
            }),
        }
    }
    groups.sort_by_key(|group| std::cmp::Reverse(group.tasks));
    groups
}

impl Group<'_> {
    /// `2 tasks: the container web1 exited with exit code 1`
    pub(crate) fn in_words(&self, main: &ContainerName) -> String {
        format!(
            "{}: {}",
            words::count(self.tasks, "task"),
            self.example.cause(main)
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::outside::without_marks;

    fn task(code: &str, exit: Option<i32>, reason: &str) -> StoppedTask {
        StoppedTask {
            id: "0".to_owned(),
            task_definition: None,
            stopped_at: None,
            stop_code: code.to_owned(),
            reason: Some(OutsideText::new("Essential container in task exited")),
            containers: vec![
                StoppedContainer {
                    name: "envoy".to_owned(),
                    exit_code: Some(143),
                    reason: None,
                },
                StoppedContainer {
                    name: "web1".to_owned(),
                    exit_code: exit,
                    reason: (!reason.is_empty()).then(|| OutsideText::new(reason)),
                },
            ],
        }
    }

    fn told(task: &StoppedTask) -> String {
        without_marks(&task.cause(&ContainerName::new("web1")))
    }

    #[test]
    fn what_stopped_a_task() {
        let exited = "EssentialContainerExited";
        for (task, words) in [
            (
                task(exited, Some(1), ""),
                "the container web1 exited with code 1",
            ),
            (
                task(
                    exited,
                    Some(137),
                    "OutOfMemoryError: Container killed due to memory usage",
                ),
                "the container web1 ran out of memory",
            ),
            (
                task(
                    "TaskFailedToStart",
                    None,
                    "CannotPullContainerError: pull access denied",
                ),
                "the image of the container web1 could not be pulled: CannotPullContainerError: pull access denied",
            ),
            (
                task("ServiceSchedulerInitiated", Some(0), ""),
                "ECS stopped the tasks: Essential container in task exited",
            ),
        ] {
            assert_eq!(told(&task), words);
        }
        let silent = StoppedTask {
            reason: None,
            ..task("SomethingNew", None, "")
        };
        assert_eq!(told(&silent), "the tasks stopped: SomethingNew");
        assert!(!silent.is_a_symptom());
    }

    #[test]
    fn reasons_that_differ_in_ids_alone_are_one_group() {
        let pull = |id: u32| {
            task(
                "TaskFailedToStart",
                None,
                &format!("CannotPullContainerError: request {id}"),
            )
        };
        let tasks = [
            task("EssentialContainerExited", Some(1), ""),
            pull(1),
            pull(2),
        ];
        let main = ContainerName::new("web1");
        let groups = group(&tasks, &main);
        let sizes: Vec<u32> = groups.iter().map(|group| group.tasks).collect();
        assert_eq!(sizes, [2, 1]);
        assert!(
            groups[0]
                .in_words(&main)
                .starts_with("2 tasks: the image of the container")
        );
    }
}
