//! Service deployments that were over before the story begins.

use std::time::{Duration, SystemTime};

use super::super::super::World;
use super::super::super::time::ms;
use super::deployment::{Rollback, Share};
use super::{ServiceDeployment, ServiceDeploymentStatus, ServiceKey, Stage};

/// How a past service deployment ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ServiceOutcome {
    Successful,
    Stopped,
    RolledBack,
    RollbackFailed,
    /// It had all of the traffic and baked as the next one took its place.
    Replaced,
}

/// A finished service deployment.
#[derive(Clone, Debug)]
pub struct PastService {
    /// ARN of the task definition that it brought.
    pub task_definition: String,
    pub at: SystemTime,
    pub took: Duration,
    pub outcome: ServiceOutcome,
    /// Whether AWS kept the deployment and its revision; before 2024-10-25 it did not.
    pub recorded: bool,
}

impl PastService {
    /// A recorded one that took five minutes.
    pub fn new(task_definition: &str, at: SystemTime, outcome: ServiceOutcome) -> Self {
        let took = Duration::from_secs(300);
        Self {
            task_definition: task_definition.to_owned(),
            at,
            took,
            outcome,
            recorded: true,
        }
    }
}

impl World {
    /// Writes a finished service deployment, with its revision and, where it was successful, the tasks that it
    /// left. Call in order of time. Returns its ARN, empty where it was not recorded.
    pub fn past_service_deployment(&mut self, key: &ServiceKey, past: &PastService) -> String {
        let now = self.now;
        self.now = ms(past.at);
        let source = self.native(key).last_successful.clone();
        let target = self.add_service_revision(key, &past.task_definition, past.recorded);
        let set = self.add_revision_task_set(key, &target);
        self.service_mut(key)
            .task_set_mut(&set)
            .expect("it was added just now")
            .desired = self.ecs.services[key].desired;
        self.place_running_tasks(key, &set, ms(past.at));
        self.settle_past(key, &set, &target, past.outcome);
        let mut deployment =
            self.new_service_deployment(key, source.into_iter().collect(), target, set);
        self.now = now;
        finished(&mut deployment, past, self.ecs.services[key].desired);
        let arn = if past.recorded {
            deployment.arn.clone()
        } else {
            String::new()
        };
        if past.recorded {
            self.keep_service_deployment(deployment);
        }
        arn
    }

    // a success leaves its own task set, everything else the one that was there
    fn settle_past(
        &mut self,
        key: &ServiceKey,
        set: &str,
        revision: &str,
        outcome: ServiceOutcome,
    ) {
        let successful = outcome == ServiceOutcome::Successful;
        let gone = |id: &str| (id == set) != successful;
        let sets: Vec<String> = self.ecs.services[key]
            .task_sets
            .iter()
            .map(|set| set.id.clone())
            .collect();
        for id in sets.iter().filter(|id| gone(id)) {
            self.remove_task_set(key, id);
            self.ecs.tasks.retain(|_, task| task.task_set != *id);
        }
        if successful {
            self.make_primary(key, set);
            self.set_weights(key, set, "", 100.0);
            self.native_mut(key).last_successful = Some(revision.to_owned());
            self.service_mut(key).task_definition =
                self.ecs.service_revisions[revision].task_definition.clone();
        }
    }
}

fn finished(deployment: &mut ServiceDeployment, past: &PastService, desired: u32) {
    let (from, to) = (ms(past.at), ms(past.at + past.took));
    deployment.started_at = Some(from + 2_000);
    deployment.finished_at = Some(to);
    deployment.updated_at = to;
    let (status, reason) = match past.outcome {
        ServiceOutcome::Successful => (
            ServiceDeploymentStatus::Successful,
            "Service deployment completed.",
        ),
        ServiceOutcome::Stopped => {
            deployment.stopped_at = Some(to);
            (
                ServiceDeploymentStatus::Stopped,
                "The service deployment was stopped by a user.",
            )
        }
        ServiceOutcome::Replaced => {
            deployment.stopped_at = Some(to);
            deployment.stage = Some(Stage::BakeTime);
            (
                ServiceDeploymentStatus::Stopped,
                "Replaced by a new service deployment.",
            )
        }
        ServiceOutcome::RolledBack => (
            ServiceDeploymentStatus::RollbackSuccessful,
            "A rollback was requested by a user.",
        ),
        ServiceOutcome::RollbackFailed => (
            ServiceDeploymentStatus::RollbackFailed,
            "The rollback's tasks failed to start.",
        ),
    };
    deployment.status = status;
    deployment.reason = Some(reason.to_owned());
    let back = matches!(
        past.outcome,
        ServiceOutcome::RolledBack | ServiceOutcome::RollbackFailed
    );
    if let Some(revision) = deployment.sources.first().cloned().filter(|_| back) {
        deployment.rollback = Some(Rollback {
            reason: reason.to_owned(),
            started_at: to,
            revision,
        });
    }
    let won = matches!(
        past.outcome,
        ServiceOutcome::Successful | ServiceOutcome::Replaced
    );
    let all = Share {
        requested: desired,
        running: desired,
        weight: 100.0,
        ..Share::default()
    };
    let share = |has_all: bool| if has_all { all } else { Share::default() };
    deployment
        .left
        .insert(deployment.target.clone(), share(won));
    for source in deployment.sources.clone() {
        deployment.left.insert(source, share(!won));
    }
}
