//! How CodeDeploy describes a deployment.

use serde_json::{Map, Value, json};

use super::super::World;
use super::super::input::put;
use super::super::time::stamp;
use super::group_json::{auto_rollback, blue_green, style};
use super::{Deployment, Status};

impl World {
    pub(super) fn deployment_json(&self, deployment: &Deployment) -> Value {
        let mut info = json!({
            "applicationName": deployment.application,
            "deploymentGroupName": deployment.group,
            "deploymentConfigName": deployment.config,
            "deploymentId": deployment.id,
            "status": deployment.status.name(),
            "createTime": stamp(deployment.created_at),
            "deploymentOverview": overview(deployment),
            "creator": deployment.creator,
            "ignoreApplicationStopFailures": false,
            "updateOutdatedInstancesOnly": false,
            "deploymentStyle": style(),
            "instanceTerminationWaitTimeStarted": self.termination_flag(deployment),
            "fileExistsBehavior": "DISALLOW",
            "deploymentStatusMessages": [],
            "computePlatform": "ECS",
        });
        let revision = |key: &str| self.revision_json(&deployment.application, key);
        put(&mut info, "revision", revision(&deployment.revision));
        put(
            &mut info,
            "previousRevision",
            deployment.previous_revision.as_deref().and_then(revision),
        );
        put(&mut info, "startTime", deployment.started_at.map(stamp));
        put(
            &mut info,
            "completeTime",
            deployment.completed_at.map(stamp),
        );
        put(&mut info, "description", deployment.description.as_deref());
        let error = deployment.error.as_ref();
        put(
            &mut info,
            "errorInformation",
            error.map(|(code, message)| json!({ "code": code, "message": message })),
        );
        put(
            &mut info,
            "autoRollbackConfiguration",
            auto_rollback(&deployment.auto_rollback),
        );
        put(
            &mut info,
            "overrideAlarmConfiguration",
            deployment.override_alarms.clone(),
        );
        put(&mut info, "rollbackInfo", rollback_info(deployment));
        if let Ok(group) = self.group(&deployment.application, &deployment.group) {
            put(
                &mut info,
                "blueGreenDeploymentConfiguration",
                Some(blue_green(group)),
            );
            put(
                &mut info,
                "loadBalancerInfo",
                Some(self.load_balancer_info(group)),
            );
        }
        info
    }

    fn termination_flag(&self, deployment: &Deployment) -> bool {
        self.switches.termination_wait_flag && deployment.in_termination_wait
    }
}

fn overview(deployment: &Deployment) -> Value {
    let own = match (deployment.status, deployment.target_status) {
        (Status::Created, _) | (_, "Pending") => "Pending",
        (Status::Stopped, _) => "Skipped",
        (_, status) => status,
    };
    let row = |state: &str| (state.to_owned(), json!(u8::from(state == own)));
    let states = [
        "Pending",
        "InProgress",
        "Succeeded",
        "Failed",
        "Skipped",
        "Ready",
    ];
    Value::Object(Map::from_iter(states.map(row)))
}

fn rollback_info(deployment: &Deployment) -> Option<Value> {
    let mut info = json!({});
    put(
        &mut info,
        "rollbackDeploymentId",
        deployment.undone_by.as_deref(),
    );
    put(
        &mut info,
        "rollbackTriggeringDeploymentId",
        deployment.undoes.as_deref(),
    );
    put(
        &mut info,
        "rollbackMessage",
        deployment.rollback_message.as_deref(),
    );
    info.as_object()
        .is_some_and(|info| !info.is_empty())
        .then_some(info)
}
