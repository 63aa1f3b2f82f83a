//! How CodeDeploy describes a deployment group, and the parts of it that deployments show too.

use serde_json::{Value, json};

use super::super::World;
use super::super::input::put;
use super::super::time::stamp;
use super::{AutoRollback, Group, GroupNames};

impl World {
    pub(super) fn group_json(&self, application: &str, name: &str) -> Value {
        let Ok(group) = self.group(application, name) else {
            return Value::Null;
        };
        let mut answer = json!({
            "applicationName": application,
            "deploymentGroupId": group.id,
            "deploymentGroupName": name,
            "deploymentConfigName": group.config,
            "ec2TagFilters": [],
            "onPremisesInstanceTagFilters": [],
            "autoScalingGroups": [],
            "serviceRoleArn": format!("arn:aws:iam::{}:role/codedeploy-ecs", self.account),
            "triggerConfigurations": [],
            "alarmConfiguration": alarms(group),
            "deploymentStyle": style(),
            "outdatedInstancesStrategy": "UPDATE",
            "blueGreenDeploymentConfiguration": blue_green(group),
            "loadBalancerInfo": self.load_balancer_info(group),
            "computePlatform": group.compute_platform,
        });
        let service = json!([self.ecs_service_json(group)]);
        let of_ecs = group.compute_platform == "ECS";
        put(&mut answer, "ecsServices", of_ecs.then_some(service));
        put(
            &mut answer,
            "autoRollbackConfiguration",
            auto_rollback(&group.auto_rollback),
        );
        for (member, id) in [
            ("lastSuccessfulDeployment", &group.last_successful),
            ("lastAttemptedDeployment", &group.last_attempted),
        ] {
            put(
                &mut answer,
                member,
                id.as_deref().and_then(|id| self.last_deployment(id)),
            );
        }
        put(
            &mut answer,
            "targetRevision",
            self.target_revision(application, group),
        );
        answer
    }

    fn ecs_service_json(&self, group: &Group) -> Value {
        let key = &group.service;
        let (mut service, mut cluster) = (key.service.clone(), key.cluster.clone());
        if matches!(
            group.service_names,
            GroupNames::ServiceArn | GroupNames::BothArns
        ) {
            service = self.service_arn(key);
        }
        if matches!(
            group.service_names,
            GroupNames::ClusterArn | GroupNames::BothArns
        ) {
            cluster = self.ecs_arn(&format!("cluster/{}", key.cluster));
        }
        json!({ "serviceName": service, "clusterName": cluster })
    }

    fn last_deployment(&self, id: &str) -> Option<Value> {
        let deployment = self.codedeploy.deployments.get(id)?;
        let mut last = json!({
            "deploymentId": id,
            "status": deployment.status.name(),
            "createTime": stamp(deployment.created_at),
        });
        put(&mut last, "endTime", deployment.completed_at.map(stamp));
        Some(last)
    }

    fn target_revision(&self, application: &str, group: &Group) -> Option<Value> {
        let deployment = self
            .codedeploy
            .deployments
            .get(group.last_attempted.as_deref()?)?;
        self.revision_json(application, &deployment.revision)
    }

    pub(super) fn revision_json(&self, application: &str, key: &str) -> Option<Value> {
        Some(
            self.codedeploy
                .applications
                .get(application)?
                .revisions
                .get(key)?
                .without_content(),
        )
    }

    pub(super) fn load_balancer_info(&self, group: &Group) -> Value {
        let listener = |port: u16| {
            let account = format!("{}:{}", self.region, self.account);
            let name = &group.service.service;
            let kind = if group.network_load_balancer {
                "net"
            } else {
                "app"
            };
            let arn = format!(
                "arn:aws:elasticloadbalancing:{account}:listener/{kind}/{name}/0f1e2d3c4b5a6978/{port:016}"
            );
            json!({ "listenerArns": [arn] })
        };
        let groups: Vec<Value> = group
            .target_groups
            .iter()
            .map(|name| json!({ "name": name }))
            .collect();
        let mut pair = json!({ "targetGroups": groups, "prodTrafficRoute": listener(443) });
        put(
            &mut pair,
            "testTrafficRoute",
            group.test_listener.then(|| listener(9443)),
        );
        json!({ "targetGroupPairInfoList": [pair] })
    }
}

pub(super) fn style() -> Value {
    json!({ "deploymentType": "BLUE_GREEN", "deploymentOption": "WITH_TRAFFIC_CONTROL" })
}

pub(super) fn blue_green(group: &Group) -> Value {
    let ready = match group.ready_wait_minutes {
        Some(minutes) => {
            json!({ "actionOnTimeout": "STOP_DEPLOYMENT", "waitTimeInMinutes": minutes })
        }
        None => json!({ "actionOnTimeout": "CONTINUE_DEPLOYMENT", "waitTimeInMinutes": 0 }),
    };
    json!({
        "terminateBlueInstancesOnDeploymentSuccess": {
            "action": "TERMINATE",
            "terminationWaitTimeInMinutes": group.termination_wait_minutes,
        },
        "deploymentReadyOption": ready,
    })
}

pub(super) fn auto_rollback(auto_rollback: &AutoRollback) -> Option<Value> {
    let AutoRollback { enabled, events } = auto_rollback;
    (*enabled || !events.is_empty()).then(|| json!({ "enabled": enabled, "events": events }))
}

fn alarms(group: &Group) -> Value {
    let names: Vec<Value> = group
        .alarms
        .iter()
        .map(|name| json!({ "name": name }))
        .collect();
    json!({ "enabled": group.alarms_enabled, "ignorePollAlarmFailure": false, "alarms": names })
}
