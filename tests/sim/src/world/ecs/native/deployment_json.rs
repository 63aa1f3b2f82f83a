//! How ECS describes a service deployment.

use serde_json::{Value, json};

use super::super::super::World;
use super::super::super::input::put;
use super::super::super::time::stamp;
use super::deployment::{Hook, Share};
use super::spec::LAMBDA;
use super::{HookTarget, NativeSpec, ServiceDeployment, ServiceKey, Stage};

impl World {
    pub(super) fn service_deployment_json(&self, deployment: &ServiceDeployment) -> Value {
        let key = &deployment.service;
        let native = self.native(key);
        let recorded = |arn: &&String| self.ecs.service_revisions[*arn].recorded;
        let sources = deployment.sources.iter().filter(recorded);
        let sources: Vec<Value> = sources
            .map(|arn| self.summary_json(deployment, arn))
            .collect();
        let mut answer = json!({
            "serviceDeploymentArn": deployment.arn,
            "serviceArn": self.service_arn(key),
            "clusterArn": self.ecs_arn(&format!("cluster/{}", key.cluster)),
            "createdAt": stamp(deployment.created_at),
            "updatedAt": stamp(deployment.updated_at),
            "status": deployment.status.name(),
            "sourceServiceRevisions": sources,
            "targetServiceRevision": self.summary_json(deployment, &deployment.target),
            "deploymentConfiguration": native.spec.json(),
            "deploymentCircuitBreaker": self.breaker_json(deployment, &native.spec),
            "alarms": alarms_json(deployment, &native.spec),
        });
        put(&mut answer, "statusReason", deployment.reason.as_deref());
        put(&mut answer, "startedAt", deployment.started_at.map(stamp));
        put(&mut answer, "finishedAt", deployment.finished_at.map(stamp));
        put(&mut answer, "stoppedAt", deployment.stopped_at.map(stamp));
        put(
            &mut answer,
            "lifecycleStage",
            deployment.stage.map(Stage::name),
        );
        let hooks: Vec<Value> = deployment.hooks.iter().map(hook_json).collect();
        put(
            &mut answer,
            "lifecycleHookDetails",
            (!hooks.is_empty()).then_some(hooks),
        );
        if let Some(rollback) = &deployment.rollback {
            let known = self.ecs.service_revisions[&rollback.revision].recorded;
            answer["rollback"] = json!({
                "reason": rollback.reason, "startedAt": stamp(rollback.started_at),
            });
            put(
                &mut answer["rollback"],
                "serviceRevisionArn",
                known.then_some(rollback.revision.as_str()),
            );
        }
        answer
    }

    // a rolling deployment moves no weights
    fn summary_json(&self, deployment: &ServiceDeployment, revision: &str) -> Value {
        let share = self.share_in(deployment, revision);
        let mut answer = json!({
            "arn": revision,
            "requestedTaskCount": share.requested,
            "runningTaskCount": share.running,
            "pendingTaskCount": share.pending,
        });
        if !self.native(&deployment.service).spec.rolling() {
            answer["requestedProductionTrafficWeight"] = json!(share.weight);
            answer["requestedTestTrafficWeight"] = json!(share.test_weight);
        }
        answer
    }

    fn share_in(&self, deployment: &ServiceDeployment, revision: &str) -> Share {
        if let Some(left) = deployment.left.get(revision) {
            return *left;
        }
        let shifted =
            deployment.stage >= Some(Stage::PostTestTrafficShift) && !deployment.rolls_back();
        let tests = shifted && revision == deployment.target;
        let share = self.share(&deployment.service, revision);
        Share {
            test_weight: if tests { 100.0 } else { 0.0 },
            ..share
        }
    }

    fn breaker_json(&self, deployment: &ServiceDeployment, spec: &NativeSpec) -> Value {
        let status = match (spec.circuit_breaker, deployment.breaker_tripped) {
            (None, _) => "DISABLED",
            (_, true) => "TRIGGERED",
            _ if deployment.status.over() => "MONITORING_COMPLETE",
            _ => "MONITORING",
        };
        let threshold = NativeSpec::threshold(self.desired(&deployment.service));
        json!({ "status": status, "failureCount": deployment.failures, "threshold": threshold })
    }

    fn desired(&self, key: &ServiceKey) -> u32 {
        self.ecs.services[key].desired
    }
}

fn alarms_json(deployment: &ServiceDeployment, spec: &NativeSpec) -> Value {
    let status = match deployment.watches_alarms {
        false => "DISABLED",
        true if !deployment.triggered_alarms.is_empty() => "TRIGGERED",
        true if deployment.status.over() => "MONITORING_COMPLETE",
        true => "MONITORING",
    };
    json!({
        "status": status,
        "alarmNames": spec.alarms,
        "triggeredAlarmNames": deployment.triggered_alarms,
    })
}

fn hook_json(hook: &Hook) -> Value {
    let mut answer =
        json!({ "hookId": hook.id, "status": hook.status.name(), "targetType": "AWS_LAMBDA" });
    match hook.target {
        HookTarget::Lambda { .. } => put(&mut answer, "targetArn", Some(LAMBDA)),
        HookTarget::Pause { rolls_back, .. } => {
            answer["targetType"] = json!("PAUSE");
            answer["timeoutAction"] = json!(if rolls_back { "ROLLBACK" } else { "CONTINUE" });
        }
    }
    put(&mut answer, "expiresAt", hook.expires_at.map(stamp));
    answer
}
