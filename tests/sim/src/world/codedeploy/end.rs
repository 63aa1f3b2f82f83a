//! How deployments end badly: failing tasks, failing hooks, time-outs.

use super::super::World;
use super::deployment::{EventStatus, Status};

impl World {
    /// Lets the hook of an event fail in all later deployments of the group that have one there.
    pub fn fail_hook(&mut self, deployment_group: &str, event: &str, message: &str) {
        let key = (deployment_group.to_owned(), event.to_owned());
        self.codedeploy
            .failing_hooks
            .insert(key, message.to_owned());
    }

    pub fn repair_hooks(&mut self) {
        self.codedeploy.failing_hooks.clear();
    }

    pub(super) fn hook_fails(&mut self, id: &str, index: usize, message: String) {
        let name = self.codedeploy.deployments[id].events[index].name;
        let summary =
            format!("One or more of the lifecycle event validation functions failed: {name}.");
        self.fail(
            id,
            "HOOK_EXECUTION_FAILURE",
            summary,
            Some((index, message)),
        );
    }

    pub(super) fn install_times_out(&mut self, id: &str) {
        let deployment = &self.codedeploy.deployments[id];
        let installing = |event: &super::LifecycleEvent| {
            event.name == "Install" && matches!(event.status, EventStatus::InProgress)
        };
        let Some(index) = deployment.events.iter().position(installing) else {
            return;
        };
        let message = format!(
            "The ECS service {} failed to reach a steady state: the tasks of the replacement task set failed to start.",
            deployment.service.service
        );
        self.fail(
            id,
            "ECS_UPDATE_ERROR",
            message.clone(),
            Some((index, message)),
        );
    }

    pub(super) fn ready_times_out(&mut self, id: &str) {
        let message = "The deployment timed out while waiting for a continue request.".to_owned();
        self.end_badly(
            id,
            Status::Stopped,
            ("TIMEOUT", message),
            None,
            "DEPLOYMENT_FAILURE",
        );
    }

    pub(super) fn fail(
        &mut self,
        id: &str,
        code: &'static str,
        message: String,
        event: Option<(usize, String)>,
    ) {
        self.end_badly(
            id,
            Status::Failed,
            (code, message),
            event,
            "DEPLOYMENT_FAILURE",
        );
    }

    /// Ends the deployment, and rolls it back where its configuration says so for this kind of end.
    pub(super) fn end_badly(
        &mut self,
        id: &str,
        status: Status,
        error: (&'static str, String),
        event: Option<(usize, String)>,
        kind: &str,
    ) {
        self.finish(id, status, error, event);
        if self.codedeploy.deployments[id].auto_rollback.on(kind) {
            let why = if status == Status::Failed {
                "failed"
            } else {
                "was stopped"
            };
            self.plan_rollback(
                id,
                format!("The deployment {id} {why}. A rollback was started automatically."),
            );
        }
    }

    /// Ends the deployment with an error. The event that failed gets the diagnostics; those not reached are skipped.
    pub(super) fn finish(
        &mut self,
        id: &str,
        status: Status,
        error: (&'static str, String),
        event: Option<(usize, String)>,
    ) {
        let now = self.now;
        let deployment = self.deployment_mut(id);
        deployment.epoch += 1;
        deployment.in_termination_wait = false;
        deployment.completed_at = Some(now);
        deployment.error = Some(error);
        for event in &mut deployment.events {
            if event.status == EventStatus::InProgress {
                event.ended_at = Some(now);
            }
            if matches!(event.status, EventStatus::InProgress | EventStatus::Pending) {
                event.status = EventStatus::Skipped;
            }
        }
        if let Some((index, message)) = event {
            let failed = &mut deployment.events[index];
            failed.status = EventStatus::Failed;
            failed.diagnostics = Some((
                if failed.name == "Install" {
                    "UnknownError"
                } else {
                    "ScriptFailed"
                },
                message,
            ));
        }
        if deployment.target_status != "Succeeded" {
            deployment.target_status = if status == Status::Failed {
                "Failed"
            } else {
                "Skipped"
            };
        }
        self.freeze(id, status);
    }
}
