//! Why a deployment of the target did not go well: from AWS's words, stopped tasks and logs to one sentence.
//!
//! Three round trips once the failure is known: the service with its stopped tasks, these in full, the last lines of
//! one of their containers. What can't be read costs a line, never the outcome.

mod case;
mod log_tail;

use std::cmp::Reverse;

use futures_util::future::join4;
use time::OffsetDateTime;
use tokio::time::timeout;

pub(crate) use case::Case;
use case::unreadable;

use crate::{
    aws::Failure,
    domain::{
        clue::{Clue, quoted},
        service::{Service, ServiceEvent, Task},
        stopped::{Group, group},
        task_definition::TaskDefinition,
    },
    plan::PlannedDeployment,
    report::data::{Diagnosis, LogTail},
};

/// So many reasons are told; the rest only adds noise.
const MOST_REASONS: usize = 3;

/// What was read.
#[derive(Default)]
struct Facts {
    /// Stopped tasks of the target, the newest first.
    tasks: Vec<Task>,
    service: Option<Service>,
    definition: Option<TaskDefinition>,
    /// When the deployment was created, by AWS's clock: the runner's may be wrong.
    since: Option<OffsetDateTime>,
    /// What could not be read, a sentence each.
    notes: Vec<String>,
}

impl Case<'_> {
    /// Reads what AWS shows.
    pub(crate) async fn diagnose(&self) -> Diagnosis {
        match timeout(self.within, self.read_all()).await {
            Ok(diagnosis) => diagnosis,
            Err(_) => Diagnosis {
                cause: self.clue_in_words(),
                notes: vec![
                    "AWS did not say in time why the deployment did not go well".to_owned(),
                ],
                ..Diagnosis::default()
            },
        }
    }

    async fn read_all(&self) -> Diagnosis {
        let facts = self.read().await;
        let groups = group(&facts.tasks, &self.plan.container);
        let mut diagnosis = Diagnosis {
            cause: None,
            stopped: self.stopped(&groups),
            log: None,
            notes: facts.notes.clone(),
        };
        if let Some(largest) = groups.first()
            && let Some(definition) = &facts.definition
        {
            let tail = self.read_log_tail(largest, definition).await;
            diagnosis.take_in(tail);
        }
        diagnosis.cause = self.cause(&groups, &facts, diagnosis.log.as_ref());
        diagnosis
    }

    async fn read(&self) -> Facts {
        let (cluster, service) = (&self.plan.cluster, &self.plan.service);
        let (tasks, service, definition, since) = join4(
            self.read_stopped_tasks(),
            self.aws.describe_service(cluster, service),
            self.aws.describe_task_definition(self.revision.as_str()),
            self.read_creation(),
        )
        .await;
        let mut facts = Facts::default();
        facts.since = facts.keep(since, "the deployment").flatten();
        let tasks = facts.keep(tasks, "the stopped tasks").unwrap_or_default();
        facts.tasks = self.since_the_deployment(tasks, facts.since);
        facts.service = facts.keep(service, "the service's events").flatten();
        facts.definition = facts.keep(definition, "the task definition").flatten();
        facts
    }

    async fn read_stopped_tasks(&self) -> Result<Vec<Task>, Failure> {
        let cluster = &self.plan.cluster;
        let stopped = self.aws.list_stopped_tasks(cluster, &self.plan.service);
        self.aws.describe_tasks(cluster, &stopped.await?).await
    }

    async fn read_creation(&self) -> Result<Option<OffsetDateTime>, Failure> {
        if self.deployment.is_service_deployment() {
            let deployment = self
                .aws
                .describe_service_deployment(&self.deployment)
                .await?;
            return Ok(deployment.map(|deployment| deployment.created_at));
        }
        if let PlannedDeployment::Ecs(_) = self.plan.deployment {
            // ECS has not named its service deployment.
            return Ok(None);
        }
        let deployment = self.aws.get_deployment(&self.deployment).await?;
        Ok(deployment.map(|deployment| deployment.created_at))
    }

    /// Those of the target that say something, the newest first.
    fn since_the_deployment(
        &self,
        mut tasks: Vec<Task>,
        since: Option<OffsetDateTime>,
    ) -> Vec<Task> {
        tasks.retain(|task| self.is_a_symptom(task, since));
        tasks.sort_by_key(|task| Reverse(stopped_at(task)));
        tasks
    }

    fn is_a_symptom(&self, task: &Task, since: Option<OffsetDateTime>) -> bool {
        let Some(stop) = &task.stop else {
            return false;
        };
        let is_target = task.task_definition.as_ref() == Some(&self.revision);
        // One that has only just stopped may have no time yet.
        is_target && stop.is_a_symptom() && stop.at.is_none_or(|at| Some(at) >= since)
    }

    /// A hook or an alarm goes first, then what most tasks stopped for, then what ECS reports, then what the deployment
    /// ended with.
    fn cause(&self, groups: &[Group<'_>], facts: &Facts, log: Option<&LogTail>) -> Option<String> {
        if self.is_told_by_the_deployment() {
            return self.clue_in_words();
        }
        if let Some(largest) = groups.first() {
            let cause = largest.stop.cause(&self.plan.container);
            let last_line = log.map(log_tail::last_line).unwrap_or_default();
            let (tasks, all) = (largest.tasks, facts.tasks.len());
            let next = match largest.stop.next_step(&self.plan.container) {
                Some(next) => format!("; {next}"),
                None => String::new(),
            };
            return Some(format!(
                "{cause}{last_line} ({tasks} of {all} stopped tasks){next}"
            ));
        }
        if let Some(event) = self.find_trouble(facts) {
            return Some(format!("ECS reports: {}", quoted(&event.text)));
        }
        self.clue_in_words()
    }

    /// The newest event that says what is wrong.
    fn find_trouble<'f>(&self, facts: &'f Facts) -> Option<&'f ServiceEvent> {
        let mut events = facts.service.as_ref()?.events.iter();
        events.find(|event| {
            let is_new = event.at >= facts.since;
            is_new && event.tells_of_trouble()
        })
    }

    /// Whether the deployment itself names its cause, so that tasks stopped because of that.
    fn is_told_by_the_deployment(&self) -> bool {
        matches!(self.clue, Some(Clue::Event { .. } | Clue::Alarms(_)))
    }

    fn clue_in_words(&self) -> Option<String> {
        self.clue.as_ref().map(Clue::in_words)
    }

    /// Where one reason is all there is, the cause has said it.
    fn stopped(&self, groups: &[Group<'_>]) -> Vec<String> {
        if groups.len() < 2 && !self.is_told_by_the_deployment() {
            return Vec::new();
        }
        let told = groups.iter().take(MOST_REASONS);
        told.map(|group| group.in_words(&self.plan.container))
            .collect()
    }
}

fn stopped_at(task: &Task) -> Option<OffsetDateTime> {
    task.stop.as_ref()?.at
}

impl Facts {
    /// The answer; a failure is a note instead.
    fn keep<T>(&mut self, answer: Result<T, Failure>, what: &str) -> Option<T> {
        match answer {
            Ok(answer) => Some(answer),
            Err(failure) => {
                self.notes.push(unreadable(what, &failure.problem()));
                None
            }
        }
    }
}
