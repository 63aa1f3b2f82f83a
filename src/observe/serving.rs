//! What holds the traffic: the running tasks of a task set, and the digests they run.

use std::collections::BTreeMap;

use crate::domain::service::{Task, TaskSet};
use crate::names::{ContainerName, ImageDigest, TaskDefinitionArn, TaskSetId};

/// The digests of the running tasks that hold the traffic.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct RunningDigests {
    /// How many tasks run each digest.
    pub known: BTreeMap<ImageDigest, u32>,
    /// Tasks whose agent does not say what it pulled.
    pub unknown: u32,
    /// Which one is named where as many tasks run another.
    pub preferred: Option<ImageDigest>,
}

impl RunningDigests {
    pub fn of(tasks: &[&Task], container: &ContainerName) -> Self {
        let mut digests = Self::default();
        for task in tasks {
            match task.digest(container) {
                Some(digest) => *digests.known.entry(digest.clone()).or_default() += 1,
                None => digests.unknown += 1,
            }
        }
        digests
    }

    pub fn tasks(&self) -> u32 {
        self.known.values().sum::<u32>() + self.unknown
    }

    /// The digest that most tasks run.
    pub fn most(&self) -> Option<(&ImageDigest, u32)> {
        let rank = |(digest, tasks): &(&ImageDigest, &u32)| {
            (**tasks, self.preferred.as_ref() == Some(*digest))
        };
        self.known
            .iter()
            .max_by_key(rank)
            .map(|(digest, tasks)| (digest, *tasks))
    }

    /// How many tasks run one of these digests (an index's and its child's are the same image).
    pub fn on(&self, digests: &[&ImageDigest]) -> u32 {
        self.known
            .iter()
            .filter(|(digest, _)| digests.contains(digest))
            .map(|(_, tasks)| tasks)
            .sum()
    }

    /// Whether every task, and at least one, runs one of these digests.
    pub fn all_on(&self, digests: &[&ImageDigest]) -> bool {
        self.tasks() > 0 && self.on(digests) == self.tasks()
    }
}

/// The running tasks of one task set.
///
/// That a task's `startedBy` is the id of its task set is not documented. Where no task says so,
/// the revision tells them apart, which is only safe while one task set has that revision.
pub fn tasks_of<'a>(
    tasks: &'a [Task],
    task_set: &TaskSetId,
    revision: &TaskDefinitionArn,
) -> Vec<&'a Task> {
    let started_by_a_task_set = |task: &&Task| {
        task.started_by
            .as_deref()
            .is_some_and(|by| by.starts_with("ecs-svc/") || by == task_set.as_str())
    };
    let mut running = running(tasks);
    if running.iter().any(started_by_a_task_set) {
        running.retain(|task| task.started_by.as_deref() == Some(task_set.as_str()));
    } else {
        running.retain(|task| task.task_definition.as_ref() == Some(revision));
    }
    running
}

/// Every task that runs.
pub fn running(tasks: &[Task]) -> Vec<&Task> {
    tasks
        .iter()
        .filter(|task| task.last_status == "RUNNING")
        .collect()
}

/// The task set that holds the traffic while no deployment is active.
pub fn primary(task_sets: &[TaskSet]) -> Option<&TaskSet> {
    task_sets
        .iter()
        .find(|task_set| task_set.status == "PRIMARY")
}
