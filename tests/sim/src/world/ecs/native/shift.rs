//! Blue/green, linear and canary: a second set of tasks, and traffic that moves to it stage by stage.

use super::super::super::World;
use super::{NativeStep, ServiceKey, Stage, TaskSetStatus};

impl World {
    /// Comes to a stage: first its hooks, then its work.
    pub(super) fn enter(&mut self, arn: &str, stage: Stage) {
        self.service_deployment_mut(arn).stage = Some(stage);
        let before =
            self.comes_again(arn, stage) && self.begin_hooks(arn, Stage::PreProductionTrafficShift);
        if !self.begin_hooks(arn, stage) && !before {
            self.work(arn, stage);
        }
    }

    fn comes_again(&self, arn: &str, stage: Stage) -> bool {
        self.switches.hooks_before_every_step
            && stage == Stage::ProductionTrafficShift
            && self.service_deployment_at(arn).shifts > 0
    }

    pub(super) fn work(&mut self, arn: &str, stage: Stage) {
        let next = NativeStep::Enter(stage.next());
        match stage {
            Stage::ReconcileService => {
                self.reconcile(arn);
                self.plan_native(arn, self.pace.plain_event, next);
            }
            Stage::ScaleUp => {
                self.fill_destination(arn);
                self.look_whether_scaled_up(arn);
            }
            Stage::TestTrafficShift => self.plan_native(arn, self.pace.shift, next),
            Stage::ProductionTrafficShift => {
                self.plan_native(arn, self.pace.shift, NativeStep::Shift)
            }
            Stage::BakeTime => {
                let bake = self
                    .native(&self.service_deployment_at(arn).service)
                    .spec
                    .bake();
                self.service_deployment_mut(arn).baking = true;
                self.plan_native(arn, bake, next);
            }
            Stage::CleanUp => self.clean_up(arn),
            _ => self.plan_native(arn, self.pace.plain_event, next),
        }
    }

    // more than one revision is in place, since a deployment ended halfway: the successful one keeps the traffic
    fn reconcile(&mut self, arn: &str) {
        let deployment = self.service_deployment_at(arn);
        let (key, destination) = (deployment.service.clone(), deployment.destination.clone());
        let last = self.native(&key).last_successful.clone();
        let kept = self.others(&key, &destination).into_iter().max_by(|a, b| {
            let rank = |id: &String| {
                let set = self.ecs.services[&key].task_set(id);
                let successful = set.is_some_and(|set| set.service_revision == last);
                (
                    successful && self.healthy_tasks(id) > 0,
                    set.map_or(0.0, |set| set.weight),
                )
            };
            let (a, b) = (rank(a), rank(b));
            a.0.cmp(&b.0).then(a.1.total_cmp(&b.1))
        });
        let Some(kept) = kept else { return };
        self.give_traffic(&key, &kept, 100.0);
        for other in self.others(&key, &destination) {
            if other != kept {
                self.drain_task_set(&key, &other);
            }
        }
    }

    /// The task sets beside this one that are not draining.
    fn others(&self, key: &ServiceKey, task_set: &str) -> Vec<String> {
        let sets = self.ecs.services[key].task_sets.iter();
        let others = sets.filter(|set| {
            set.id != task_set && set.status != TaskSetStatus::Draining && !self.holds(&set.id)
        });
        others.map(|set| set.id.clone()).collect()
    }

    /// Gives a task set this share, and the rest to the one that has the most of it.
    fn give_traffic(&mut self, key: &ServiceKey, task_set: &str, weight: f64) {
        let sets = self.ecs.services[key]
            .task_sets
            .iter()
            .filter(|set| set.id != task_set);
        let other = sets
            .max_by(|a, b| a.weight.total_cmp(&b.weight))
            .map(|set| set.id.clone());
        let weight = if other.is_some() { weight } else { 100.0 };
        self.set_weights(key, task_set, &other.unwrap_or_default(), weight);
    }

    /// Goes on once all of the destination's tasks are healthy.
    pub(super) fn look_whether_scaled_up(&mut self, arn: &str) {
        let deployment = self.service_deployment_at(arn);
        let (key, destination) = (deployment.service.clone(), deployment.destination.clone());
        let (back, in_place) = (deployment.rolls_back(), deployment.in_place);
        if in_place || self.healthy_tasks(&destination) < self.ecs.services[&key].desired {
            return;
        }
        self.service_deployment_mut(arn).in_place = true;
        let has_all = self.ecs.services[&key]
            .task_set(&destination)
            .is_some_and(|set| set.weight == 100.0);
        let (delay, step) = match (back, has_all) {
            (false, _) => (self.pace.plain_event, NativeStep::Enter(Stage::PostScaleUp)),
            (true, true) => (self.pace.plain_event, NativeStep::CleanUp),
            (true, false) => (self.pace.shift, NativeStep::ShiftBack),
        };
        self.plan_native(arn, delay, step);
    }

    /// Moves the next part of the traffic.
    pub(super) fn shift(&mut self, arn: &str) {
        let deployment = self.service_deployment_mut(arn);
        deployment.shifts += 1;
        let (key, destination, nth) = (
            deployment.service.clone(),
            deployment.destination.clone(),
            deployment.shifts,
        );
        let (weights, between) = {
            let spec = &self.native(&key).spec;
            (spec.weights(), spec.between_shifts())
        };
        let weight = weights.get(nth - 1).copied().unwrap_or(100.0);
        self.give_traffic(&key, &destination, weight);
        if weight < 100.0 {
            self.plan_native(
                arn,
                between,
                NativeStep::Enter(Stage::ProductionTrafficShift),
            );
        } else {
            let next = NativeStep::Enter(Stage::PostProductionTrafficShift);
            self.plan_native(arn, self.pace.plain_event, next);
        }
    }

    /// A rollback's one shift: all of the traffic at once.
    pub(super) fn shift_back(&mut self, arn: &str) {
        let deployment = self.service_deployment_mut(arn);
        deployment.stage = Some(Stage::ProductionTrafficShift);
        let (key, destination) = (deployment.service.clone(), deployment.destination.clone());
        self.give_traffic(&key, &destination, 100.0);
        self.plan_native(arn, self.pace.plain_event, NativeStep::CleanUp);
    }

    /// Lets the tasks without traffic drain.
    pub(super) fn clean_up(&mut self, arn: &str) {
        let deployment = self.service_deployment_mut(arn);
        deployment.stage = Some(Stage::CleanUp);
        deployment.baking = false;
        let (key, destination) = (deployment.service.clone(), deployment.destination.clone());
        for other in self.others(&key, &destination) {
            self.drain_task_set(&key, &other);
        }
        self.plan_native(arn, self.pace.drain, NativeStep::Finish);
    }
}
