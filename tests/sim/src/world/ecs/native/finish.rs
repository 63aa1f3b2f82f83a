//! How a service deployment ends: well, stopped, or on the way back.

use super::super::super::World;
use super::deployment::{HookStatus, Rollback, Share};
use super::{NativeStep, ServiceDeploymentStatus, ServiceKey, Stage, TaskSetStatus};

impl World {
    /// Everything is at the destination: the deployment, or its rollback, was successful.
    pub(super) fn finish_service_deployment(&mut self, arn: &str) {
        let deployment = self.service_deployment_at(arn);
        let (key, destination) = (deployment.service.clone(), deployment.destination.clone());
        let (status, reason) = match &deployment.rollback {
            Some(rollback) => (
                ServiceDeploymentStatus::RollbackSuccessful,
                rollback.reason.clone(),
            ),
            None => (
                ServiceDeploymentStatus::Successful,
                "Service deployment completed.".to_owned(),
            ),
        };
        self.defer_cleanup(arn);
        let sets: Vec<String> = self.ecs.services[&key]
            .task_sets
            .iter()
            .map(|set| set.id.clone())
            .filter(|id| !self.holds(id))
            .collect();
        for other in sets.iter().filter(|id| **id != destination) {
            self.remove_task_set(&key, other);
        }
        let service = self.service_mut(&key);
        let set = service
            .task_set_mut(&destination)
            .expect("the destination stays");
        set.weight = 100.0;
        let revision = set.service_revision.clone();
        self.native_mut(&key).last_successful = revision;
        self.service_deployment_mut(arn).baking = false;
        self.end_service_deployment(arn, status, reason);
        self.tell(
            &key,
            &format!("(deployment {destination}) deployment completed."),
        );
        self.tell(&key, "has reached a steady state.");
    }

    fn end_service_deployment(
        &mut self,
        arn: &str,
        status: ServiceDeploymentStatus,
        reason: String,
    ) {
        let now = self.now;
        let deployment = self.service_deployment_at(arn);
        let key = deployment.service.clone();
        let revisions = deployment.sources.iter().chain([&deployment.target]);
        let left = revisions
            .map(|revision| (revision.clone(), self.share(&key, revision)))
            .collect();
        let deployment = self.service_deployment_mut(arn);
        deployment.status = status;
        deployment.reason = Some(reason);
        deployment.finished_at = Some(now);
        deployment.left = left;
        deployment.epoch += 1;
        for hook in deployment
            .hooks
            .iter_mut()
            .filter(|hook| hook.status.open())
        {
            hook.status = HookStatus::Failed;
        }
    }

    /// What a revision has now.
    pub(in super::super::super) fn share(&self, key: &ServiceKey, revision: &str) -> Share {
        let service = &self.ecs.services[key];
        let mut share = Share::default();
        for set in service
            .task_sets
            .iter()
            .filter(|set| set.service_revision.as_deref() == Some(revision))
        {
            let (running, pending) = self.counts(key, &set.id);
            share.requested += set.desired;
            share.running += running;
            share.pending += pending;
            share.weight += set.weight;
        }
        share
    }

    /// Ends it where it is: what runs goes on, and what does not is not started.
    pub(super) fn end_stopped(&mut self, arn: &str, reason: String) {
        let now = self.now;
        let back = self.service_deployment_at(arn).rolls_back();
        let status = if back {
            ServiceDeploymentStatus::RollbackFailed
        } else {
            ServiceDeploymentStatus::Stopped
        };
        self.give_up_destination(arn, &reason);
        self.end_service_deployment(arn, status, reason);
        self.service_deployment_mut(arn).stopped_at = Some(now);
    }

    /// Ends it because a new deployment takes its place.
    pub(super) fn supersede(&mut self, arn: &str) {
        let now = self.now;
        let reason = "Replaced by a new service deployment.".to_owned();
        self.end_service_deployment(arn, ServiceDeploymentStatus::Stopped, reason);
        self.service_deployment_mut(arn).stopped_at = Some(now);
        self.start_no_more(arn);
    }

    // its healthy tasks stay until the newer deployment replaces them
    fn start_no_more(&mut self, arn: &str) {
        let deployment = self.service_deployment_at(arn);
        let (key, id) = (deployment.service.clone(), deployment.destination.clone());
        let (now, healthy) = (self.now, self.healthy_tasks(&id));
        if let Some(set) = self.service_mut(&key).task_set_mut(&id) {
            set.desired = healthy;
        }
        let unhealthy =
            |task: &&mut super::super::running::Task| task.task_set == id && !task.serves();
        for task in self.ecs.tasks.values_mut().filter(unhealthy) {
            let reason = format!("Scaling activity initiated by (deployment {id})");
            task.stop(now, "ServiceSchedulerInitiated", reason);
        }
    }

    fn give_up_destination(&mut self, arn: &str, reason: &str) {
        let deployment = self.service_deployment_at(arn);
        let (key, set) = (deployment.service.clone(), deployment.destination.clone());
        let (now, reason) = (self.now, reason.to_owned());
        if let Some(set) = self.service_mut(&key).task_set_mut(&set) {
            set.failed = Some(reason);
            set.updated_at = now;
        }
    }

    /// Halts it, and begins its rollback after `delay`. With nowhere to go back to, it is stopped instead.
    pub(in super::super::super) fn request_rollback(
        &mut self,
        arn: &str,
        delay: u64,
        reason: String,
    ) {
        let key = self.service_deployment_at(arn).service.clone();
        let possible = self.native(&key).last_successful.is_some();
        let deployment = self.service_deployment_mut(arn);
        deployment.epoch += 1;
        deployment.baking = false;
        deployment.reason = Some(reason.clone());
        deployment.status = if possible {
            ServiceDeploymentStatus::RollbackRequested
        } else {
            ServiceDeploymentStatus::StopRequested
        };
        let step = if possible {
            NativeStep::BeginRollback(reason)
        } else {
            NativeStep::Stop(reason)
        };
        self.plan_native(arn, delay, step);
    }

    /// Turns to the last successful revision: to its task set where that is still there, else to a new one.
    pub(super) fn begin_rollback(&mut self, arn: &str, reason: String) {
        let key = self.service_deployment_at(arn).service.clone();
        let revision = self
            .native(&key)
            .last_successful
            .clone()
            .expect("it was there when it was asked for");
        self.give_up_destination(arn, &reason);
        let back = self.way_back(&key, &revision);
        self.make_primary(&key, &back);
        self.service_mut(&key).task_definition = self.ecs.service_revisions[&revision]
            .task_definition
            .clone();
        if let Some(set) = self.service_mut(&key).task_set_mut(&back) {
            set.failed = None;
        }
        let now = self.now;
        let deployment = self.service_deployment_mut(arn);
        deployment.status = ServiceDeploymentStatus::RollbackInProgress;
        deployment.rollback = Some(Rollback {
            reason,
            started_at: now,
            revision,
        });
        deployment.destination.clone_from(&back);
        deployment.in_place = false;
        for hook in deployment
            .hooks
            .iter_mut()
            .filter(|hook| hook.status.open())
        {
            hook.status = HookStatus::Failed;
        }
        self.tell(&key, &format!("rolling back to deployment {back}."));
        self.fill_destination(arn);
        if self.native(&key).spec.rolling() {
            self.roll(arn);
        } else {
            self.service_deployment_mut(arn).stage = Some(Stage::ScaleUp);
            self.look_whether_scaled_up(arn);
        }
    }

    fn way_back(&mut self, key: &ServiceKey, revision: &str) -> String {
        let sets = self.ecs.services[key].task_sets.iter();
        let mut staying = sets.filter(|set| set.status != TaskSetStatus::Draining);
        let found = staying.find(|set| set.service_revision.as_deref() == Some(revision));
        match found.map(|set| set.id.clone()) {
            Some(id) => id,
            None => self.add_revision_task_set(key, revision),
        }
    }
}
