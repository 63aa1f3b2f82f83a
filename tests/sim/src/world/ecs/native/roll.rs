//! A rolling deployment: each healthy new task lets an old one stop.

use std::cmp::Reverse;

use super::super::super::World;
use super::super::running::Task;
use super::{EarlySuccess, Held, NativeStep, ServiceKey, Stage};

impl World {
    /// A task passed its health check: a deployment that waits for it goes on.
    pub(in super::super) fn native_task_healthy(&mut self, key: &ServiceKey, task_set: &str) {
        let Some(deployment) = self.active_service_deployment(key) else {
            return;
        };
        if deployment.destination != task_set || !deployment.moves() {
            return;
        }
        let (arn, stage) = (deployment.arn.clone(), deployment.stage);
        if self.native(key).spec.rolling() {
            self.roll(&arn);
        } else if stage == Some(Stage::ScaleUp) {
            self.look_whether_scaled_up(&arn);
        }
    }

    /// Stops as many old tasks as the new ones replace.
    pub(super) fn roll(&mut self, arn: &str) {
        let deployment = self.service_deployment_at(arn);
        if !deployment.moves() || deployment.baking {
            return;
        }
        let (key, destination, in_place) = (
            deployment.service.clone(),
            deployment.destination.clone(),
            deployment.in_place,
        );
        let (desired, healthy) = (
            self.ecs.services[&key].desired,
            self.healthy_tasks(&destination),
        );
        let early = self.early_success(arn);
        let enough = early.map_or(desired, |early| early.enough(desired));
        if early.is_none_or(|early| !early.deferred) {
            let left = if healthy < enough {
                desired.saturating_sub(healthy)
            } else {
                0
            };
            self.keep_others(&key, &destination, left);
        }
        if healthy >= enough && !in_place && !self.others_are_protected(&key, &destination) {
            self.service_deployment_mut(arn).in_place = true;
            self.plan_native(arn, self.pace.plain_event, NativeStep::RolledOut);
        }
    }

    fn early_success(&self, arn: &str) -> Option<EarlySuccess> {
        let deployment = self.service_deployment_at(arn);
        let spec = &self.native(&deployment.service).spec;
        spec.early_success.filter(|_| !deployment.rolls_back())
    }

    /// The old tasks go on after an early success, and are cleaned up later.
    pub(super) fn defer_cleanup(&mut self, arn: &str) {
        if self.early_success(arn).is_none_or(|early| !early.deferred) {
            return;
        }
        let deployment = self.service_deployment_at(arn);
        let (key, destination) = (deployment.service.clone(), deployment.destination.clone());
        let sets = self.ecs.services[&key].task_sets.iter();
        let others = sets.filter(|set| set.id != destination && !self.holds(&set.id));
        let others: Vec<String> = others.map(|set| set.id.clone()).collect();
        for other in others {
            self.hold(&key, &other, Held::Deferred, self.pace.deferred_cleanup);
        }
    }

    // healthy ones first, and of those what the last successful deployment left
    fn keep_others(&mut self, key: &ServiceKey, destination: &str, keep: u32) {
        let last = self.native(key).last_successful.clone();
        let good = self.ecs.services[key]
            .task_sets
            .iter()
            .find(|set| set.service_revision == last);
        let good = good.map(|set| set.id.clone()).unwrap_or_default();
        let other = |task: &&Task| {
            task.service == *key
                && task.task_set != destination
                && task.stopped_at.is_none()
                && task.held.is_none()
        };
        let mut others: Vec<&Task> = self.ecs.tasks.values().filter(other).collect();
        others.sort_by_key(|task| {
            (
                Reverse(task.serves()),
                Reverse(task.task_set == good),
                task.created_at,
            )
        });
        let stopped: Vec<String> = others
            .iter()
            .skip(keep as usize)
            .map(|task| task.id.clone())
            .collect();
        let now = self.now;
        for id in &stopped {
            if let Some(task) = self.ecs.tasks.get_mut(id) {
                let reason = format!(
                    "Scaling activity initiated by (deployment {})",
                    task.task_set
                );
                task.stop(now, "ServiceSchedulerInitiated", reason);
            }
        }
        self.want_only_what_is_left(key, destination);
        if !stopped.is_empty() {
            self.tell(
                key,
                &format!("has stopped {} running tasks.", stopped.len()),
            );
        }
    }

    fn want_only_what_is_left(&mut self, key: &ServiceKey, destination: &str) {
        let sets: Vec<String> = self.ecs.services[key]
            .task_sets
            .iter()
            .map(|set| set.id.clone())
            .collect();
        for id in sets.into_iter().filter(|id| id != destination) {
            let (running, pending) = self.counts(key, &id);
            let held = self.holds(&id);
            if let Some(set) = self.service_mut(key).task_set_mut(&id) {
                set.desired = if held { 0 } else { running + pending };
            }
        }
    }

    /// Only the new tasks are left. With alarms to watch, it bakes.
    pub(super) fn rolled_out(&mut self, arn: &str) {
        let deployment = self.service_deployment_at(arn);
        let spec = &self.native(&deployment.service).spec;
        let bake = if deployment.watches_alarms && !deployment.rolls_back() {
            spec.bake()
        } else {
            0
        };
        self.service_deployment_mut(arn).baking = bake > 0;
        self.plan_native(arn, bake, NativeStep::Finish);
    }
}
