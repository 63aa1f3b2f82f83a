//! A deployment's way through its lifecycle events, one planned step after the other.

use super::super::World;
use super::super::ecs::{Controller, MadeWith, ServiceKey};
use super::super::time::{Event, MINUTE, Ms};
use super::appspec::Settings;
use super::deployment::{EventStatus, Side, Status};

/// What a deployment does next.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Step {
    Start,
    /// The lifecycle event with this index has done its work.
    End(usize),
    InstallTimeout,
    /// Production traffic reaches this weight.
    Weight(f64),
    ReadyTimeout,
    /// The termination wait is over.
    Terminate,
    /// A requested stop takes effect; with CodeDeploy's own rollback or without.
    Stop {
        rollback: bool,
    },
}

impl World {
    pub(in super::super) fn deployment_step(&mut self, id: &str, epoch: u32, step: Step) {
        let current = self.codedeploy.deployments.get(id);
        if current.is_none_or(|deployment| deployment.epoch != epoch || !deployment.status.active())
        {
            return;
        }
        match step {
            Step::Start => self.start(id),
            Step::End(event) => self.end_event(id, event),
            Step::InstallTimeout => self.install_times_out(id),
            Step::Weight(weight) => self.shift_to(id, weight),
            Step::ReadyTimeout => self.ready_times_out(id),
            Step::Terminate => self.terminate(id),
            Step::Stop { rollback } => self.stop_now(id, rollback),
        }
    }

    pub(super) fn plan_step(&mut self, id: &str, delay: Ms, step: Step) {
        let epoch = self.deployment_mut(id).epoch;
        self.later(
            delay,
            Event::Deployment {
                id: id.to_owned(),
                epoch,
                step,
            },
        );
    }

    pub(super) fn touch(&mut self, id: &str) {
        let now = self.now;
        self.deployment_mut(id).updated_at = now;
    }

    fn start(&mut self, id: &str) {
        let now = self.now;
        let deployment = self.deployment_mut(id);
        deployment.status = Status::InProgress;
        deployment.target_status = "InProgress";
        deployment.started_at = Some(now);
        deployment.updated_at = now;
        let key = deployment.service.clone();
        let rollback = deployment.is_rollback();
        if let Some(message) = self.cannot_deploy_to(&key) {
            return self.fail(id, "INVALID_ECS_SERVICE", message, None);
        }
        if self.rings_for(id) {
            return self.stop_on_alarm(id);
        }
        if !rollback {
            self.take_blue(id, &key);
        }
        self.begin_event(id, 0);
    }

    fn cannot_deploy_to(&self, key: &ServiceKey) -> Option<String> {
        let name = &key.service;
        match self.ecs.services.get(key).filter(|service| service.active) {
            None => Some(format!(
                "The ECS service {name} cannot be found or is not ACTIVE."
            )),
            Some(service) if service.controller != Controller::CodeDeploy => Some(format!(
                "The ECS service {name} must be configured for a CODE_DEPLOY deployment controller."
            )),
            Some(_) => None,
        }
    }

    // the primary task set is blue; whatever else a stopped deployment left behind goes away
    fn take_blue(&mut self, id: &str, key: &ServiceKey) {
        let Some(blue) = self.service_mut(key).primary().map(|set| set.id.clone()) else {
            return;
        };
        let sets = self.service_mut(key).task_sets.iter();
        let left: Vec<String> = sets
            .filter(|set| set.id != blue)
            .map(|set| set.id.clone())
            .collect();
        for set in left {
            self.set_weights(key, &blue, &set, 100.0);
            self.drain_task_set(key, &set);
        }
        let side = self.new_side(key, "Blue", &blue);
        let deployment = self.deployment_mut(id);
        deployment.giver = Some(blue);
        deployment.sides = vec![side];
    }

    pub(in super::super) fn new_side(
        &self,
        key: &ServiceKey,
        label: &'static str,
        task_set: &str,
    ) -> Side {
        let service = &self.ecs.services[key];
        let group = service.task_set(task_set).map_or(0, |set| set.target_group);
        Side {
            label,
            task_set: task_set.to_owned(),
            weight: 0.0,
            status: "ACTIVE",
            desired: 0,
            running: 0,
            pending: 0,
            target_group: service.target_groups[group].clone(),
        }
    }

    pub(super) fn begin_event(&mut self, id: &str, index: usize) {
        let now = self.now;
        let deployment = self.deployment_mut(id);
        let event = &mut deployment.events[index];
        event.status = EventStatus::InProgress;
        event.started_at = Some(now);
        let name = event.name;
        let hooked = deployment.hooks.iter().any(|hook| hook == name) && !deployment.is_rollback();
        self.touch(id);
        match name {
            "Install" => self.begin_install(id, index),
            "AllowTraffic" => self.begin_shift(id, index),
            _ => {
                let takes = if hooked {
                    self.pace.hook
                } else {
                    self.pace.plain_event
                };
                self.plan_step(id, takes, Step::End(index));
            }
        }
    }

    fn begin_install(&mut self, id: &str, index: usize) {
        let deployment = self.deployment_mut(id);
        if deployment.is_rollback() {
            return self.plan_step(id, self.pace.reroute_install, Step::End(index));
        }
        let (key, task_definition) = (
            deployment.service.clone(),
            deployment.task_definition.clone(),
        );
        let made_with = self.made_with_revision(&key, id);
        let green = self.create_task_set(&key, &task_definition, made_with, id);
        let side = self.new_side(&key, "Green", &green);
        let deployment = self.deployment_mut(id);
        deployment.receiver = Some(green.clone());
        deployment.sides.push(side);
        self.plan_step(id, self.pace.install_timeout, Step::InstallTimeout);
        self.start_tasks(&key, &green);
    }

    // what the AppSpec leaves out is not taken from the task set that is there, the network excepted
    fn made_with_revision(&self, key: &ServiceKey, id: &str) -> MadeWith {
        let deployment = &self.codedeploy.deployments[id];
        let application = self.codedeploy.applications.get(&deployment.application);
        let revision = application.and_then(|found| found.revisions.get(&deployment.revision));
        let settings = revision
            .map(|found| found.settings.clone())
            .unwrap_or_default();
        self.made_with_settings(key, settings)
    }

    pub(in super::super) fn made_with_settings(
        &self,
        key: &ServiceKey,
        settings: Settings,
    ) -> MadeWith {
        let service = &self.ecs.services[key];
        let there = service
            .primary()
            .map_or(&service.made_with, |set| &set.made_with);
        MadeWith {
            capacity_providers: settings.capacity_providers,
            platform_version: settings.platform_version,
            network: settings.network.unwrap_or_else(|| there.network.clone()),
        }
    }

    /// The green task set is complete; after a while it counts as healthy.
    pub(in super::super) fn green_tasks_run(&mut self, id: &str, healthy_after: Ms) {
        let deployment = self
            .codedeploy
            .deployments
            .get(id)
            .filter(|deployment| deployment.status.active());
        let events = deployment.map_or(&[][..], |deployment| &deployment.events);
        let installing = |event: &super::LifecycleEvent| {
            event.name == "Install" && event.status == EventStatus::InProgress
        };
        if let Some(index) = events.iter().position(installing) {
            self.plan_step(id, healthy_after, Step::End(index));
        }
    }

    fn end_event(&mut self, id: &str, index: usize) {
        let deployment = &self.codedeploy.deployments[id];
        let name = deployment.events[index].name;
        if deployment.events[index].status != EventStatus::InProgress
            || (name == "Install" && !self.healthy(id))
        {
            return;
        }
        if let Some(message) = self.failing_hook(id, name) {
            return self.hook_fails(id, index, message);
        }
        let now = self.now;
        let event = &mut self.deployment_mut(id).events[index];
        event.status = EventStatus::Succeeded;
        event.ended_at = Some(now);
        self.touch(id);
        let next = self.codedeploy.deployments[id]
            .events
            .get(index + 1)
            .map(|event| event.name);
        match next {
            None => self.all_events_done(id),
            Some("BeforeAllowTraffic") if self.waits_when_ready(id) => self.become_ready(id),
            Some(_) => self.begin_event(id, index + 1),
        }
    }

    fn healthy(&self, id: &str) -> bool {
        let deployment = &self.codedeploy.deployments[id];
        let service = &self.ecs.services[&deployment.service];
        let green = deployment
            .receiver
            .as_deref()
            .and_then(|green| service.task_set(green));
        green.is_some_and(|green| self.counts(&deployment.service, &green.id).0 >= green.desired)
    }

    fn failing_hook(&self, id: &str, event: &str) -> Option<String> {
        let deployment = &self.codedeploy.deployments[id];
        let hooked = deployment.hooks.iter().any(|hook| hook == event) && !deployment.is_rollback();
        let key = (deployment.group.clone(), event.to_owned());
        self.codedeploy
            .failing_hooks
            .get(&key)
            .filter(|_| hooked)
            .cloned()
    }

    fn waits_when_ready(&self, id: &str) -> bool {
        let deployment = &self.codedeploy.deployments[id];
        let group = self.group(&deployment.application, &deployment.group);
        !deployment.is_rollback() && group.is_ok_and(|group| group.ready_wait_minutes.is_some())
    }

    fn become_ready(&mut self, id: &str) {
        let deployment = self.deployment_mut(id);
        deployment.status = Status::Ready;
        deployment.target_status = "Ready";
        let (application, group) = (deployment.application.clone(), deployment.group.clone());
        self.touch(id);
        let minutes = self
            .group(&application, &group)
            .ok()
            .and_then(|group| group.ready_wait_minutes)
            .unwrap_or(0);
        self.plan_step(id, Ms::from(minutes) * MINUTE, Step::ReadyTimeout);
    }

    /// ContinueDeployment with READY_WAIT.
    pub(super) fn leave_ready(&mut self, id: &str) {
        let deployment = self.deployment_mut(id);
        deployment.status = Status::InProgress;
        deployment.target_status = "InProgress";
        deployment.epoch += 1;
        let next = deployment
            .events
            .iter()
            .position(|event| event.name == "BeforeAllowTraffic");
        if let Some(next) = next {
            self.begin_event(id, next);
        }
    }
}
