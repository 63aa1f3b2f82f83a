//! What others do meanwhile: a deployment under way as the story begins, one that starts or is stopped later.

use std::time::SystemTime;

use super::World;
use super::codedeploy::{EventStatus, NewDeployment, Status};
use super::ecs::ServiceKey;
use super::history::{Outcome, Past};
use super::time::{Event, Ms, ms, system_time};

/// How far somebody else's deployment has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reached {
    Created,
    Installing,
    /// Waiting for ContinueDeployment; needs a group that waits.
    Ready,
    /// Part of the traffic has moved; needs a canary or linear configuration.
    Shifting,
    TerminationWait,
}

/// Somebody else's deployment under way.
#[derive(Clone, Debug)]
pub struct Start {
    /// ARN of the task definition that it brings.
    pub task_definition: String,
    pub hooks: Vec<(String, String)>,
    /// Default: the group's.
    pub config: Option<String>,
    pub description: Option<String>,
    pub creator: String,
    /// Application and group, where several groups deploy the service. Default: the first that does.
    pub group: Option<(String, String)>,
}

impl Start {
    pub fn new(task_definition: &str) -> Self {
        Self {
            task_definition: task_definition.to_owned(),
            hooks: Vec::new(),
            config: None,
            description: None,
            creator: "user".to_owned(),
            group: None,
        }
    }
}

impl World {
    /// Somebody else's deployment, begun just so long ago that by now it has come this far.
    ///
    /// # Panics
    /// Where it never gets there: for example no `Ready` in a group that does not wait.
    pub fn start_deployment(
        &mut self,
        key: &ServiceKey,
        start: &Start,
        reached: Reached,
    ) -> String {
        let now = self.now;
        let mut trial = self.clone();
        let id = trial.begin_for_somebody(key, start);
        let mut steps = 0;
        while !trial.has_reached(&id, reached) {
            steps += 1;
            assert!(
                steps < 10_000 && trial.step(Ms::MAX),
                "the deployment never is {reached:?}"
            );
        }
        let takes = trial.now - now;
        self.now = now - takes;
        let id = self.begin_for_somebody(key, start);
        self.advance(system_time(now));
        id
    }

    fn begin_for_somebody(&mut self, key: &ServiceKey, start: &Start) -> String {
        let (application, group) = start.group.clone().unwrap_or_else(|| self.group_of(key));
        let past = Past {
            hooks: start.hooks.clone(),
            ..Past::new(&start.task_definition, self.now(), Outcome::Stopped)
        };
        let hooks: Vec<(&str, &str)> = start
            .hooks
            .iter()
            .map(|(event, hook)| (event.as_str(), hook.as_str()))
            .collect();
        let appspec = self.appspec_of(key, &start.task_definition, &hooks, None);
        let revision = self.keep_revision(&application, &past, appspec, self.now, "");
        self.add_deployment(NewDeployment {
            application,
            group,
            revision,
            config: start.config.clone(),
            description: start.description.clone(),
            creator: start.creator.clone(),
            auto_rollback: None,
            override_alarms: None,
        })
    }

    fn has_reached(&self, id: &str, reached: Reached) -> bool {
        let deployment = &self.codedeploy.deployments[id];
        let installing = || {
            deployment
                .event("Install")
                .is_some_and(|event| event.status == EventStatus::InProgress)
        };
        let partly = |weight: f64| weight > 0.0 && weight < 100.0;
        match reached {
            Reached::Created => true,
            Reached::Installing => installing(),
            Reached::Ready => deployment.status == Status::Ready,
            Reached::Shifting => self
                .sides(deployment)
                .iter()
                .any(|side| partly(side.weight)),
            Reached::TerminationWait => deployment.in_termination_wait,
        }
    }

    /// Stops a deployment now, with CodeDeploy's own rollback, and returns the rollback's id where one began at once.
    pub fn stop_with_rollback(&mut self, id: &str) -> Option<String> {
        self.stop_now(id, true);
        let now = self.now();
        self.advance(now);
        let deployment = &self.codedeploy.deployments[id];
        let active = self.active_deployment(&deployment.application, &deployment.group);
        active
            .filter(|active| active.undoes.as_deref() == Some(id))
            .map(|active| active.id.clone())
    }

    /// Somebody will start a deployment then, unless the group is busy.
    pub fn plan_deployment(&mut self, key: &ServiceKey, start: &Start, at: SystemTime) {
        let event = Event::Somebody {
            service: key.clone(),
            start: Box::new(start.clone()),
        };
        self.timeline.plan(ms(at).max(self.now), event);
    }

    pub(super) fn somebody_starts(&mut self, key: &ServiceKey, start: &Start) {
        let (application, group) = start.group.clone().unwrap_or_else(|| self.group_of(key));
        if self.active_deployment(&application, &group).is_none() {
            self.begin_for_somebody(key, start);
        }
    }

    /// Somebody will then stop what is being deployed to the service.
    pub fn plan_stop(&mut self, key: &ServiceKey, rollback: bool, at: SystemTime) {
        self.timeline.plan(
            ms(at).max(self.now),
            Event::SomebodyStops {
                service: key.clone(),
                rollback,
            },
        );
    }

    pub(super) fn somebody_stops(&mut self, key: &ServiceKey, rollback: bool) {
        let (application, group) = self.group_of(key);
        if let Some(id) = self
            .active_deployment(&application, &group)
            .map(|active| active.id.clone())
        {
            self.stop_now(&id, rollback);
        }
    }
}
