//! Deployment targets: the service that a deployment is for, with lifecycle events and traffic weights.

use serde_json::{Value, json};

use super::super::World;
use super::super::input::{put, required, texts};
use super::super::time::stamp;
use super::{Deployment, LifecycleEvent, Side};
use crate::aws::{Answer, AwsError};

impl World {
    pub(super) fn list_deployment_targets(&self, input: &Value) -> Answer {
        let deployment = self.started(input)?;
        Ok(json!({ "targetIds": [target_id(deployment)] }))
    }

    pub(super) fn get_deployment_target(&self, input: &Value) -> Answer {
        let deployment = self.started(input)?;
        check_target(deployment, required(input, "targetId")?)?;
        Ok(json!({ "deploymentTarget": self.target_json(deployment) }))
    }

    pub(super) fn batch_get_deployment_targets(&self, input: &Value) -> Answer {
        let deployment = self.started(input)?;
        let ids = texts(input, "targetIds");
        if ids.is_empty() {
            return Err(AwsError::client(
                "DeploymentTargetIdRequiredException",
                "A deployment target ID was not provided.",
            ));
        }
        if ids.len() > 25 {
            return Err(AwsError::client(
                "DeploymentTargetListSizeExceededException",
                "The target list exceeds the maximum number of targets (25).",
            ));
        }
        ids.iter().try_for_each(|id| check_target(deployment, id))?;
        let targets: Vec<Value> = ids.iter().map(|_| self.target_json(deployment)).collect();
        Ok(json!({ "deploymentTargets": targets }))
    }

    fn started(&self, input: &Value) -> Result<&Deployment, AwsError> {
        let deployment = self.find_deployment(required(input, "deploymentId")?)?;
        if deployment.started_at.is_some() {
            return Ok(deployment);
        }
        Err(AwsError::client(
            "DeploymentNotStartedException",
            format!("The deployment {} has not started", deployment.id),
        ))
    }

    fn target_json(&self, deployment: &Deployment) -> Value {
        let events: Vec<Value> = deployment.events.iter().map(event_json).collect();
        let sides: Vec<Value> = self.sides(deployment).iter().map(side_json).collect();
        json!({
            "deploymentTargetType": "ECSTarget",
            "ecsTarget": {
                "deploymentId": deployment.id,
                "targetId": target_id(deployment),
                "targetArn": self.service_arn(&deployment.service),
                "lastUpdatedAt": stamp(deployment.updated_at),
                "lifecycleEvents": events,
                "status": deployment.target_status,
                "taskSetsInfo": sides,
            },
        })
    }

    /// The two task sets: live while the deployment is active, as it left them afterwards.
    pub fn sides(&self, deployment: &Deployment) -> Vec<Side> {
        if !deployment.status.active() {
            return deployment.sides.clone();
        }
        deployment
            .sides
            .iter()
            .map(|side| self.live(deployment, side))
            .collect()
    }

    fn live(&self, deployment: &Deployment, side: &Side) -> Side {
        let service = self.ecs.services.get(&deployment.service);
        let Some(set) = service.and_then(|service| service.task_set(&side.task_set)) else {
            return Side {
                running: 0,
                pending: 0,
                desired: 0,
                status: "DRAINING",
                weight: 0.0,
                ..side.clone()
            };
        };
        let (running, pending) = self.counts(&deployment.service, &side.task_set);
        let (weight, status, desired) = (set.weight, set.status.name(), set.desired);
        Side {
            weight,
            status,
            desired,
            running,
            pending,
            ..side.clone()
        }
    }
}

fn target_id(deployment: &Deployment) -> String {
    format!(
        "{}:{}",
        deployment.service.cluster, deployment.service.service
    )
}

fn check_target(deployment: &Deployment, id: &str) -> Result<(), AwsError> {
    if target_id(deployment) == id {
        return Ok(());
    }
    Err(AwsError::client(
        "DeploymentTargetDoesNotExistException",
        format!(
            "The deployment target {id} does not exist for the deployment {}",
            deployment.id
        ),
    ))
}

fn event_json(event: &LifecycleEvent) -> Value {
    let mut answer = json!({ "lifecycleEventName": event.name, "status": event.status.name() });
    put(&mut answer, "startTime", event.started_at.map(stamp));
    put(&mut answer, "endTime", event.ended_at.map(stamp));
    let diagnostics = event.diagnostics.as_ref();
    put(
        &mut answer,
        "diagnostics",
        diagnostics.map(|(code, message)| {
            json!({ "errorCode": code, "scriptName": "", "message": message, "logTail": message })
        }),
    );
    answer
}

// "identifer" is AWS's own spelling
fn side_json(side: &Side) -> Value {
    json!({
        "identifer": side.task_set,
        "desiredCount": side.desired,
        "pendingCount": side.pending,
        "runningCount": side.running,
        "status": side.status,
        "trafficWeight": side.weight,
        "targetGroup": { "name": side.target_group },
        "taskSetLabel": side.label,
    })
}
