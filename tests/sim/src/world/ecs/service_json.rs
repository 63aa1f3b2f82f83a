//! How ECS describes a service, its task sets, and under the ECS controller its deployments.

use serde_json::{Value, json};

use super::super::World;
use super::super::input::{put, wants_tags};
use super::super::time::stamp;
use super::{Controller, EcsService, ServiceKey, TaskSet};

impl World {
    pub(super) fn service_json(&self, key: &ServiceKey, service: &EcsService, input: &Value) -> Value {
        let (running, pending) = self.service_counts(key);
        let arn = self.service_arn(key);
        let mut answer = json!({
            "serviceArn": arn,
            "serviceName": key.service,
            "clusterArn": self.ecs_arn(&format!("cluster/{}", key.cluster)),
            "loadBalancers": self.load_balancers(service, service.primary().map_or(0, |set| set.target_group)),
            "serviceRegistries": [],
            "status": if service.active { "ACTIVE" } else { "INACTIVE" },
            "desiredCount": service.desired,
            "runningCount": running,
            "pendingCount": pending,
            "launchType": "FARGATE",
            "platformVersion": "1.4.0",
            "platformFamily": "Linux",
            "taskDefinition": service.task_definition,
            "deployments": [],
            "events": [],
            "createdAt": stamp(service.created_at),
            "createdBy": format!("arn:aws:iam::{}:role/deployer", self.account),
            "placementConstraints": [],
            "placementStrategy": [],
            "networkConfiguration": network(),
            "healthCheckGracePeriodSeconds": 60,
            "schedulingStrategy": "REPLICA",
            "enableECSManagedTags": false,
            "propagateTags": "NONE",
            "enableExecuteCommand": false,
        });
        match service.controller {
            Controller::Ecs => self.describe_ecs_controlled(&mut answer, service, key),
            Controller::CodeDeploy => {
                self.describe_task_set_controlled(&mut answer, "CODE_DEPLOY", key, service)
            }
            Controller::External => self.describe_task_set_controlled(&mut answer, "EXTERNAL", key, service),
        }
        let tags = || json!(self.ecs.tags.get(&arn).cloned().unwrap_or_default());
        put(&mut answer, "tags", wants_tags(input).then(tags));
        answer
    }

    fn describe_task_set_controlled(
        &self,
        answer: &mut Value,
        controller: &str,
        key: &ServiceKey,
        service: &EcsService,
    ) {
        let sets: Vec<Value> =
            service.task_sets.iter().map(|set| self.task_set_json(key, service, set)).collect();
        answer["deploymentController"] = json!({ "type": controller });
        answer["taskSets"] = json!(sets);
    }

    // the controller's type is left out, as AWS may do where it is the default one
    fn describe_ecs_controlled(&self, answer: &mut Value, service: &EcsService, key: &ServiceKey) {
        let deployments: Vec<Value> =
            service.task_sets.iter().map(|set| self.rolling_deployment_json(key, set)).collect();
        answer["deployments"] = json!(deployments);
        answer["taskDefinition"] = json!(service.primary().map(|set| set.task_definition.as_str()));
        answer["deploymentConfiguration"] = json!({
            "deploymentCircuitBreaker": { "enable": false, "rollback": false },
            "maximumPercent": 200,
            "minimumHealthyPercent": 100,
        });
    }

    fn rolling_deployment_json(&self, key: &ServiceKey, set: &TaskSet) -> Value {
        let (running, pending) = self.counts(key, &set.id);
        json!({
            "id": set.id,
            "status": set.status.name(),
            "taskDefinition": set.task_definition,
            "desiredCount": set.desired,
            "runningCount": running,
            "pendingCount": pending,
            "failedTasks": 0,
            "createdAt": stamp(set.created_at),
            "updatedAt": stamp(set.updated_at),
            "launchType": "FARGATE",
            "platformVersion": "1.4.0",
            "platformFamily": "Linux",
            "networkConfiguration": network(),
            "rolloutState": if running == set.desired { "COMPLETED" } else { "IN_PROGRESS" },
            "rolloutStateReason": format!("ECS deployment {} completed.", set.id),
        })
    }

    pub(super) fn task_set_json(&self, key: &ServiceKey, service: &EcsService, set: &TaskSet) -> Value {
        let (running, pending) = self.counts(key, &set.id);
        let mut answer = json!({
            "id": set.id,
            "taskSetArn": self.task_set_arn(key, &set.id),
            "serviceArn": self.service_arn(key),
            "clusterArn": self.ecs_arn(&format!("cluster/{}", key.cluster)),
            "status": set.status.name(),
            "taskDefinition": set.task_definition,
            "computedDesiredCount": set.desired,
            "pendingCount": pending,
            "runningCount": running,
            "createdAt": stamp(set.created_at),
            "updatedAt": stamp(set.updated_at),
            "launchType": "FARGATE",
            "platformVersion": "1.4.0",
            "platformFamily": "Linux",
            "networkConfiguration": network(),
            "loadBalancers": self.load_balancers(service, set.target_group),
            "serviceRegistries": [],
            "scale": { "value": 100.0, "unit": "PERCENT" },
            "stabilityStatus": if running == set.desired { "STEADY_STATE" } else { "STABILIZING" },
            "stabilityStatusAt": stamp(set.updated_at),
            "tags": [],
        });
        if let Some(deployment) = &set.external_id {
            put(&mut answer, "startedBy", Some("CODE_DEPLOY"));
            put(&mut answer, "externalId", Some(deployment.as_str()));
        }
        answer
    }

    pub(super) fn task_set_arn(&self, key: &ServiceKey, id: &str) -> String {
        self.ecs_arn(&format!("task-set/{}/{}/{id}", key.cluster, key.service))
    }

    fn load_balancers(&self, service: &EcsService, target_group: usize) -> Value {
        let name = &service.target_groups[target_group];
        json!([{
            "targetGroupArn": format!(
                "arn:aws:elasticloadbalancing:{}:{}:targetgroup/{name}/0123456789abcdef",
                self.region, self.account
            ),
            "containerName": service.container,
            "containerPort": service.port,
        }])
    }
}

fn network() -> Value {
    json!({ "awsvpcConfiguration": {
        "subnets": ["subnet-0a1b2c3d", "subnet-4e5f6a7b"],
        "securityGroups": ["sg-0123abcd"],
        "assignPublicIp": "DISABLED",
    } })
}
