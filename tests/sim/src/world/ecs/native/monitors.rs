//! What ECS watches a deployment for: failing tasks (the circuit breaker) and CloudWatch alarms.

use super::super::super::World;
use super::{NativeSpec, ServiceDeploymentStatus, ServiceKey};

impl World {
    /// A task stopped by itself.
    pub(in super::super) fn native_task_failed(&mut self, key: &ServiceKey, task_set: &str) {
        self.count_failed_task(key, task_set);
        let Some(deployment) = self.active_service_deployment(key) else {
            return;
        };
        if deployment.destination != task_set || !deployment.moves() {
            return;
        }
        let (arn, back) = (deployment.arn.clone(), deployment.rolls_back());
        let deployment = self.service_deployment_mut(&arn);
        let count = if back {
            &mut deployment.rollback_failures
        } else {
            &mut deployment.failures
        };
        *count += 1;
        let (failures, desired) = (*count, self.ecs.services[key].desired);
        if let Some(rollback) = self.native(key).spec.circuit_breaker
            && failures >= NativeSpec::threshold(desired)
        {
            self.service_deployment_mut(&arn).breaker_tripped = true;
            self.tell(
                key,
                &format!("(deployment {task_set}) deployment failed: tasks failed to start."),
            );
            let reason = "Service deployment failed: ECS deployment circuit breaker was triggered.";
            self.fail_service_deployment(&arn, rollback && !back, reason);
        }
    }

    fn fail_service_deployment(&mut self, arn: &str, rollback: bool, reason: &str) {
        if rollback {
            self.request_rollback(arn, self.pace.plain_event, reason.to_owned());
        } else {
            self.end_stopped(arn, reason.to_owned());
        }
    }

    /// Fails what watches an alarm that rings.
    pub(in super::super::super) fn native_alarms(&mut self) {
        let keys: Vec<ServiceKey> = self.ecs.services.keys().cloned().collect();
        for key in keys {
            let Some(deployment) = self.active_service_deployment(&key) else {
                continue;
            };
            let watches = deployment.status == ServiceDeploymentStatus::InProgress
                && deployment.watches_alarms;
            let (arn, spec) = (deployment.arn.clone(), &self.native(&key).spec);
            let rollback = spec.alarms_rollback;
            let rings = |name: &&String| self.codedeploy.ringing.contains(*name);
            let ringing: Vec<String> = spec.alarms.iter().filter(rings).cloned().collect();
            if watches && !ringing.is_empty() {
                self.tell(&key, "deployment failed: alarm detected.");
                self.service_deployment_mut(&arn).triggered_alarms = ringing;
                self.fail_service_deployment(
                    &arn,
                    rollback,
                    "Service deployment failed: an alarm was triggered.",
                );
            }
        }
    }
}
