//! How ECS describes a service, its task sets, and under the ECS controller its deployments.

use serde_json::{Value, json};

use super::super::World;
use super::super::input::{put, wants_tags};
use super::super::time::stamp;
use super::{Controller, EcsService, Native, ServiceKey, Strategy, TaskSet, TaskSetStatus};

impl World {
    pub(super) fn service_json(
        &self,
        key: &ServiceKey,
        service: &EcsService,
        input: &Value,
    ) -> Value {
        let (running, pending) = self.service_counts(key);
        let arn = self.service_arn(key);
        let mut answer = json!({
            "serviceArn": arn,
            "serviceName": key.service,
            "clusterArn": self.ecs_arn(&format!("cluster/{}", key.cluster)),
            "loadBalancers": self.load_balancers(service, service.primary().map_or(0, |set| set.target_group)),
            "serviceRegistries": [],
            "status": service.status(),
            "desiredCount": service.desired,
            "runningCount": running,
            "pendingCount": pending,
            "taskDefinition": service.task_definition,
            "deployments": [],
            "events": service.events_json(),
            "createdAt": stamp(service.created_at),
            "createdBy": format!("arn:aws:iam::{}:role/deployer", self.account),
            "placementConstraints": [],
            "placementStrategy": [],
            "healthCheckGracePeriodSeconds": 60,
            "schedulingStrategy": "REPLICA",
            "enableECSManagedTags": false,
            "propagateTags": "NONE",
            "enableExecuteCommand": false,
        });
        let made_with = service
            .primary()
            .map_or(&service.made_with, |set| &set.made_with);
        made_with.describe(&mut answer);
        match service.controller {
            Controller::Ecs => self.describe_ecs_controlled(&mut answer, service, key),
            Controller::CodeDeploy => {
                self.describe_task_set_controlled(&mut answer, "CODE_DEPLOY", key, service)
            }
            Controller::External => {
                self.describe_task_set_controlled(&mut answer, "EXTERNAL", key, service)
            }
        }
        put(
            &mut answer,
            "resourceManagementType",
            service.express.then_some("ECS"),
        );
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
        let sets: Vec<Value> = service
            .task_sets
            .iter()
            .map(|set| self.task_set_json(key, service, set))
            .collect();
        answer["deploymentController"] = json!({ "type": controller });
        if service.answers_deployments {
            answer["deployments"] = self.task_sets_as_deployments(key, service);
            return;
        }
        answer["taskSets"] = json!(sets);
    }

    // the controller's type is left out, as AWS may do where it is the default one
    fn describe_ecs_controlled(&self, answer: &mut Value, service: &EcsService, key: &ServiceKey) {
        let Some(native) = &service.native else {
            return;
        };
        let mut sets: Vec<&TaskSet> = service.task_sets.iter().collect();
        sets.sort_by_key(|set| {
            (
                set.status != TaskSetStatus::Primary,
                std::cmp::Reverse(set.created_at),
            )
        });
        let deployments: Vec<Value> = sets
            .into_iter()
            .map(|set| {
                let mut found = self.rolling_deployment_json(key, native, set);
                put(
                    &mut found,
                    "serviceConnectConfiguration",
                    service.service_connect_json(),
                );
                found
            })
            .collect();
        answer["deployments"] = json!(deployments);
        answer["deploymentConfiguration"] = native.spec.json();
        answer["currentServiceRevisions"] = self.current_revisions_json(key, &service.task_sets);
        put(
            answer,
            "currentServiceDeployment",
            self.current_service_deployment(native),
        );
    }

    fn rolling_deployment_json(&self, key: &ServiceKey, native: &Native, set: &TaskSet) -> Value {
        let (running, pending) = self.counts(key, &set.id);
        let (state, reason) = self.rollout(native, set);
        let mut answer = json!({
            "id": set.id,
            "status": match set.status {
                TaskSetStatus::Draining => "INACTIVE",
                other => other.name(),
            },
            "taskDefinition": set.task_definition,
            "desiredCount": set.desired,
            "runningCount": running,
            "pendingCount": pending,
            "failedTasks": set.failed_tasks,
            "createdAt": stamp(set.created_at),
            "updatedAt": stamp(set.updated_at),
            "rolloutState": state,
            "rolloutStateReason": reason,
        });
        set.made_with.describe(&mut answer);
        answer
    }

    fn rollout(&self, native: &Native, set: &TaskSet) -> (&'static str, String) {
        let id = &set.id;
        if self.holds(id) {
            return ("COMPLETED", format!("ECS deployment {id} completed."));
        }
        if let Some(reason) = &set.failed {
            return ("FAILED", reason.clone());
        }
        let newest = native
            .deployments
            .last()
            .map(|arn| &self.ecs.service_deployments[arn]);
        let active = newest.is_some_and(|newest| !newest.status.over());
        let primary = set.status == TaskSetStatus::Primary;
        match newest
            .and_then(|newest| newest.rollback.as_ref())
            .filter(|_| primary && active)
        {
            Some(_) => (
                "IN_PROGRESS",
                format!("ECS deployment rollback: rolling back to deploymentId {id}."),
            ),
            None if (primary && active) || set.service_revision != native.last_successful => {
                ("IN_PROGRESS", format!("ECS deployment {id} in progress."))
            }
            None => ("COMPLETED", format!("ECS deployment {id} completed.")),
        }
    }

    pub(super) fn task_set_json(
        &self,
        key: &ServiceKey,
        service: &EcsService,
        set: &TaskSet,
    ) -> Value {
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
            "loadBalancers": self.load_balancers(service, set.target_group),
            "serviceRegistries": [],
            "scale": { "value": 100.0, "unit": "PERCENT" },
            "stabilityStatus": if running == set.desired { "STEADY_STATE" } else { "STABILIZING" },
            "stabilityStatusAt": stamp(set.updated_at),
            "tags": [],
        });
        set.made_with.describe(&mut answer);
        if let Some(deployment) = &set.external_id {
            put(&mut answer, "startedBy", Some("CODE_DEPLOY"));
            put(&mut answer, "externalId", Some(deployment.as_str()));
        }
        answer
    }

    pub(super) fn task_set_arn(&self, key: &ServiceKey, id: &str) -> String {
        self.ecs_arn(&format!("task-set/{}/{}/{id}", key.cluster, key.service))
    }

    pub(super) fn load_balancers(&self, service: &EcsService, target_group: usize) -> Value {
        let mut balancer = json!({
            "targetGroupArn": self.target_group_arn(service, target_group),
            "containerName": service.container,
            "containerPort": service.port,
        });
        put(
            &mut balancer,
            "advancedConfiguration",
            self.advanced_configuration(service),
        );
        json!([balancer])
    }

    pub(super) fn target_group_arn(&self, service: &EcsService, target_group: usize) -> String {
        let name = &service.target_groups[target_group];
        self.balancing_arn(&format!("targetgroup/{name}/0123456789abcdef"))
    }

    /// Of a service that ECS deploys by shifting traffic: the rule of an Application Load Balancer's listener, or the
    /// listener of a Network Load Balancer.
    fn advanced_configuration(&self, service: &EcsService) -> Option<Value> {
        let native = service.native.as_ref()?;
        if native.spec.strategy == Strategy::Rolling {
            return None;
        }
        let name = &service.container;
        let listener = if service.network_load_balancer {
            format!("listener/net/{name}/0f1e2d3c4b5a6978/a1b2c3d4e5f60718")
        } else {
            format!("listener-rule/app/{name}/0f1e2d3c4b5a6978/a1b2c3d4e5f60718/9081726354453627")
        };
        Some(json!({
            "alternateTargetGroupArn": self.target_group_arn(service, 1),
            "productionListenerRule": self.balancing_arn(&listener),
            "roleArn": format!("arn:aws:iam::{}:role/ecsInfrastructureRole", self.account),
        }))
    }

    fn balancing_arn(&self, resource: &str) -> String {
        let (region, account) = (&self.region, &self.account);
        format!("arn:aws:elasticloadbalancing:{region}:{account}:{resource}")
    }
}
