//! What has the traffic: the running tasks of a task set, and the digests they run.

use std::collections::BTreeMap;

use crate::{
    domain::service::{Task, TaskSet},
    names::{ContainerName, ImageDigest, TaskDefinitionArn, TaskSetId},
};

/// The digests of the running tasks that have the traffic.
#[derive(Default)]
pub(crate) struct RunningDigests {
    /// How many tasks run each digest.
    pub known: BTreeMap<ImageDigest, u32>,
    /// Tasks whose agent does not say what it pulled.
    pub unknown: u32,
    /// Which one is named where as many tasks run another.
    pub preferred: Option<ImageDigest>,
}

impl RunningDigests {
    pub(crate) fn of(tasks: &[&Task], container: &ContainerName) -> Self {
        let mut digests = Self::default();
        for task in tasks {
            match task.digest(container) {
                Some(digest) => *digests.known.entry(digest.clone()).or_default() += 1,
                None => digests.unknown += 1,
            }
        }
        digests
    }

    pub(crate) fn tasks(&self) -> u32 {
        self.known.values().sum::<u32>() + self.unknown
    }

    /// The digest that most tasks run, and how many do.
    pub(crate) fn most(&self) -> Option<(&ImageDigest, u32)> {
        let mut most = None;
        for (digest, tasks) in &self.known {
            let rank = (*tasks, self.preferred.as_ref() == Some(digest));
            // Digests of as many tasks: the last one, so that every run of the action names the same.
            if most.is_none_or(|(_, best)| rank >= best) {
                most = Some((digest, rank));
            }
        }
        most.map(|(digest, (tasks, _))| (digest, tasks))
    }

    /// How many tasks run one of these digests (an index's and its child's are the same image).
    pub(crate) fn on(&self, digests: &[&ImageDigest]) -> u32 {
        let mut tasks_on = 0;
        for (digest, tasks) in &self.known {
            if digests.contains(&digest) {
                tasks_on += tasks;
            }
        }
        tasks_on
    }

    /// Whether every task, and at least one, runs one of these digests.
    pub(crate) fn all_on(&self, digests: &[&ImageDigest]) -> bool {
        self.tasks() > 0 && self.on(digests) == self.tasks()
    }
}

/// The running tasks of one task set.
///
/// That a task's `startedBy` is the id of its task set is not documented. Where no task says so,
/// the revision tells them apart, which is only safe while one task set has that revision.
pub(crate) fn tasks_of<'a>(
    tasks: &'a [Task],
    task_set: &TaskSetId,
    revision: &TaskDefinitionArn,
) -> Vec<&'a Task> {
    let id = task_set.as_str();
    let mut running = running(tasks);
    let named = running.iter().any(|task| match &task.started_by {
        Some(starter) => starter.starts_with("ecs-svc/") || starter == id,
        None => false,
    });
    running.retain(|task| match named {
        // Where some task names its task set, one that names none belongs to none.
        true => task.started_by.as_deref() == Some(id),
        false => task.task_definition.as_ref() == Some(revision),
    });
    running
}

/// Every task that runs.
pub(crate) fn running(tasks: &[Task]) -> Vec<&Task> {
    tasks
        .iter()
        .filter(|task| task.last_status == "RUNNING")
        .collect()
}

/// The task set that has the traffic while no deployment is active.
pub(crate) fn primary(task_sets: &[TaskSet]) -> Option<&TaskSet> {
    task_sets
        .iter()
        .find(|task_set| task_set.status == "PRIMARY")
}
