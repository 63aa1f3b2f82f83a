//! Moving production traffic, and what follows when all of it has moved.

use super::super::World;
use super::super::switches::PrimaryMoves;
use super::super::time::{MINUTE, Ms};
use super::deployment::Status;
use super::{Routing, Step};

impl World {
    pub(super) fn begin_shift(&mut self, id: &str, index: usize) {
        let deployment = &self.codedeploy.deployments[id];
        // back to where it came from, traffic goes at once
        let routing = if deployment.is_rollback() {
            Routing::AllAtOnce
        } else {
            Routing::of(&deployment.config)
        };
        let first = self.pace.shift;
        let weights = routing.weights();
        let last = weights.last().map_or(0, |(after, _)| *after);
        for (after, weight) in weights {
            self.plan_step(id, first + after, Step::Weight(weight));
        }
        self.plan_step(id, first + last, Step::End(index));
    }

    pub(super) fn shift_to(&mut self, id: &str, weight: f64) {
        let deployment = &self.codedeploy.deployments[id];
        let (key, Some(receiver)) = (deployment.service.clone(), deployment.receiver.clone())
        else {
            return;
        };
        let giver = deployment.giver.clone().unwrap_or_default();
        self.set_weights(&key, &receiver, &giver, weight);
        self.touch(id);
        if weight >= 100.0 || self.switches.primary_moves == PrimaryMoves::WithFirstWeight {
            self.make_primary(&key, &receiver);
        }
    }

    pub(super) fn all_events_done(&mut self, id: &str) {
        let deployment = self.deployment_mut(id);
        deployment.target_status = "Succeeded";
        if deployment.is_rollback() {
            return self.terminate(id);
        }
        deployment.in_termination_wait = true;
        let (application, group) = (deployment.application.clone(), deployment.group.clone());
        let minutes = self
            .group(&application, &group)
            .map_or(0, |group| group.termination_wait_minutes);
        self.plan_step(id, Ms::from(minutes) * MINUTE, Step::Terminate);
    }

    /// The task set that lost the traffic goes away, and the deployment has succeeded.
    pub(super) fn terminate(&mut self, id: &str) {
        let now = self.now;
        let deployment = self.deployment_mut(id);
        deployment.epoch += 1;
        deployment.in_termination_wait = false;
        deployment.completed_at = Some(now);
        let (key, giver) = (deployment.service.clone(), deployment.giver.clone());
        let (application, group) = (deployment.application.clone(), deployment.group.clone());
        if let Some(giver) = giver {
            self.drain_task_set(&key, &giver);
        }
        self.freeze(id, Status::Succeeded);
        if let Some(group) = self.group_mut(&application, &group) {
            group.last_successful = Some(id.to_owned());
        }
    }

    /// Sets the final status and keeps the task sets as they are now.
    pub(super) fn freeze(&mut self, id: &str, status: Status) {
        let sides = self.sides(&self.codedeploy.deployments[id]);
        let deployment = self.deployment_mut(id);
        deployment.sides = sides;
        deployment.status = status;
        self.touch(id);
    }
}
