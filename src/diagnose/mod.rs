//! Why a deployment of the target did not go well: from AWS's words, stopped tasks and logs to one sentence.
//!
//! Everything is read at once, after the failure is known and before the run ends. What can't be read costs a line,
//! never the outcome.

use std::{cmp::Reverse, time::Duration};

use futures_util::future::join;
use time::OffsetDateTime;
use tokio::time::timeout;

use crate::{
    aws::{Aws, Failure},
    domain::{
        clue::{Clue, quoted},
        service::{Service, ServiceEvent},
        stopped::{Group, StoppedTask, group},
    },
    names::TaskDefinitionArn,
    plan::Plan,
    report::data::Diagnosis,
};

/// So many reasons are told; the rest only adds noise.
const MOST_REASONS: usize = 3;

/// A deployment that did not go well.
pub(crate) struct Case<'a> {
    pub aws: &'a Aws,
    pub plan: &'a Plan,
    /// The target's revision.
    pub revision: TaskDefinitionArn,
    /// Tasks that stopped before have nothing to do with it.
    pub since: OffsetDateTime,
    /// What the deployment itself said.
    pub clue: Option<Clue>,
    /// Nobody waits longer for a cause.
    pub within: Duration,
}

impl Case<'_> {
    /// Reads what AWS shows.
    pub(crate) async fn diagnose(&self) -> Diagnosis {
        let Some((tasks, service)) = timeout(self.within, self.read()).await.ok() else {
            let note = "AWS did not say in time why the deployment did not go well".to_owned();
            return Diagnosis {
                cause: self.clue_in_words(),
                notes: vec![note],
                ..Diagnosis::default()
            };
        };
        let mut notes = Vec::new();
        let tasks = keep(tasks, "the stopped tasks", &mut notes).unwrap_or_default();
        let service = keep(service, "the service's events", &mut notes).flatten();
        let tasks = self.of_the_target(tasks);
        let groups = group(&tasks, &self.plan.container);
        Diagnosis {
            cause: self.cause(&groups, tasks.len(), service.as_ref()),
            stopped: self.stopped(&groups),
            log: None,
            notes,
        }
    }

    async fn read(
        &self,
    ) -> (
        Result<Vec<StoppedTask>, Failure>,
        Result<Option<Service>, Failure>,
    ) {
        let (cluster, service) = (&self.plan.cluster, &self.plan.service);
        join(
            self.aws.read_stopped_tasks(cluster, service),
            self.aws.describe_service(cluster, service),
        )
        .await
    }

    /// The newest first.
    fn of_the_target(&self, mut tasks: Vec<StoppedTask>) -> Vec<StoppedTask> {
        tasks.retain(|task| {
            let is_target = task.task_definition.as_ref() == Some(&self.revision);
            // One that has only just stopped may have no time yet.
            is_target && task.is_a_symptom() && task.stopped_at.is_none_or(|at| at >= self.since)
        });
        tasks.sort_by_key(|task| Reverse(task.stopped_at));
        tasks
    }

    /// A hook or an alarm goes first, then what most tasks stopped for, then what ECS reports, then what the deployment
    /// ended with.
    fn cause(
        &self,
        groups: &[Group<'_>],
        tasks: usize,
        service: Option<&Service>,
    ) -> Option<String> {
        let clue = self.clue.as_ref();
        if let Some(Clue::Event { .. } | Clue::Alarms(_)) = clue {
            return self.clue_in_words();
        }
        if let Some(largest) = groups.first() {
            let cause = largest.example.cause(&self.plan.container);
            let of_all = largest.tasks;
            return Some(format!("{cause} ({of_all} of {tasks} stopped tasks)"));
        }
        if let Some(event) = service.and_then(|service| self.find_trouble(service)) {
            return Some(format!("ECS reports: {}", quoted(&event.text)));
        }
        self.clue_in_words()
    }

    /// The newest event that says what is wrong.
    fn find_trouble<'s>(&self, service: &'s Service) -> Option<&'s ServiceEvent> {
        let mut events = service.events.iter();
        events.find(|event| {
            let is_new = event.at.is_some_and(|at| at >= self.since);
            is_new && event.tells_of_trouble()
        })
    }

    fn clue_in_words(&self) -> Option<String> {
        self.clue.as_ref().map(Clue::in_words)
    }

    /// Where one reason is all there is, the cause has said it.
    fn stopped(&self, groups: &[Group<'_>]) -> Vec<String> {
        let told_by_cause = !matches!(self.clue, Some(Clue::Event { .. } | Clue::Alarms(_)));
        if groups.len() < 2 && told_by_cause {
            return Vec::new();
        }
        let told = groups.iter().take(MOST_REASONS);
        told.map(|group| group.in_words(&self.plan.container))
            .collect()
    }
}

/// The answer; a failure is a note instead.
fn keep<T>(answer: Result<T, Failure>, what: &str, notes: &mut Vec<String>) -> Option<T> {
    match answer {
        Ok(answer) => Some(answer),
        Err(failure) => {
            notes.push(format!(
                "{what} could not be read: {}",
                failure.problem().message
            ));
            None
        }
    }
}
