//! Reading clusters, services and task sets.

use std::time::SystemTime;

use serde_json::{Value, json};

use super::super::World;
use super::super::input::{Page, list, texts, with_next};
use super::super::time::{Event, ms};
use super::{EcsService, ServiceKey, TaskSetStatus, invalid};
use crate::aws::{Answer, AwsError};

impl World {
    pub(super) fn describe_services(&self, input: &Value) -> Answer {
        let cluster = self.cluster(input)?;
        let given = texts(input, "services");
        if given.is_empty() {
            return Err(invalid("Services cannot be empty."));
        }
        if given.len() > 10 {
            return Err(invalid(
                "Cannot have more than 10 services in a single request.",
            ));
        }
        let mut services = Vec::new();
        let mut failures = Vec::new();
        for service in given {
            match self.find_service(&cluster, service) {
                Some((key, found)) => services.push(match &found.stale {
                    Some((until, before)) if *until > self.now => before.clone(),
                    _ => self.service_json(key, found, input),
                }),
                None => failures.push(self.missing_service(&cluster, service)),
            }
        }
        Ok(json!({ "services": services, "failures": failures }))
    }

    fn missing_service(&self, cluster: &str, given: &str) -> Value {
        let named = self.service_arn(&ServiceKey::new(cluster, given));
        let arn = if given.starts_with("arn:") {
            given.to_owned()
        } else {
            named
        };
        json!({ "arn": arn, "reason": "MISSING" })
    }

    pub(super) fn list_services(&self, input: &Value) -> Answer {
        let cluster = self.cluster(input)?;
        let services = self
            .ecs
            .services
            .iter()
            .filter(|(key, service)| key.cluster == cluster && service.status() != "INACTIVE");
        let arns = services.map(|(key, _)| self.service_arn(key));
        let (arns, next) = Page::of_hundred(input, 10)?.cut(arns);
        Ok(with_next(json!({ "serviceArns": arns }), next))
    }

    pub(super) fn describe_clusters(&self, input: &Value) -> Answer {
        let mut given = texts(input, "clusters");
        if given.is_empty() {
            given.push("default");
        }
        if given.len() > 100 {
            return Err(invalid(
                "Cannot have more than 100 clusters in a single request.",
            ));
        }
        let mut clusters = Vec::new();
        let mut failures = Vec::new();
        for cluster in given {
            match self.cluster(&json!({ "cluster": cluster })) {
                Ok(name) => clusters.push(self.cluster_json(&name)),
                Err(_) if cluster.starts_with("arn:") => {
                    failures.push(json!({ "arn": cluster, "reason": "MISSING" }));
                }
                Err(_) => {
                    let arn = self.ecs_arn(&format!("cluster/{cluster}"));
                    failures.push(json!({ "arn": arn, "reason": "MISSING" }));
                }
            }
        }
        Ok(json!({ "clusters": clusters, "failures": failures }))
    }

    fn cluster_json(&self, name: &str) -> Value {
        let services = self
            .ecs
            .services
            .iter()
            .filter(|(key, service)| key.cluster == name && service.active);
        let keys: Vec<&ServiceKey> = services.map(|(key, _)| key).collect();
        let running: u32 = keys.iter().map(|key| self.service_counts(key).0).sum();
        let pending: u32 = keys.iter().map(|key| self.service_counts(key).1).sum();
        json!({
            "clusterArn": self.ecs_arn(&format!("cluster/{name}")),
            "clusterName": name,
            "status": "ACTIVE",
            "registeredContainerInstancesCount": 0,
            "runningTasksCount": running,
            "pendingTasksCount": pending,
            "activeServicesCount": keys.len(),
            "statistics": [],
            "tags": [],
            "settings": [],
            "capacityProviders": ["FARGATE", "FARGATE_SPOT"],
            "defaultCapacityProviderStrategy": [],
        })
    }

    pub(super) fn describe_task_sets(&self, input: &Value) -> Answer {
        let (key, service) = self.service_of(input, "service")?;
        if service.controller == super::Controller::Ecs {
            return Err(AwsError::client(
                "InvalidParameterException",
                "DescribeTaskSets is not supported for services with the ECS deployment controller.",
            ));
        }
        let wanted = list(input, "taskSets");
        let names = |set: &super::TaskSet, given: &Value| {
            given
                .as_str()
                .is_some_and(|given| given == set.id || given == self.task_set_arn(key, &set.id))
        };
        let found = service
            .task_sets
            .iter()
            .filter(|set| wanted.is_empty() || wanted.iter().any(|given| names(set, given)));
        let sets: Vec<Value> = found
            .map(|set| self.task_set_json(key, service, set))
            .collect();
        let missing = wanted
            .iter()
            .filter(|given| !service.task_sets.iter().any(|set| names(set, given)));
        let failures: Vec<Value> = missing
            .map(|given| json!({ "arn": given, "reason": "MISSING" }))
            .collect();
        Ok(json!({ "taskSets": sets, "failures": failures }))
    }

    /// Takes away every task set, with its tasks; the service stays.
    pub fn remove_task_sets(&mut self, key: &ServiceKey) {
        let sets: Vec<String> = self
            .service_mut(key)
            .task_sets
            .iter()
            .map(|set| set.id.clone())
            .collect();
        for set in sets {
            self.remove_task_set(key, &set);
        }
    }

    /// Makes the service `INACTIVE`, as DeleteService does.
    pub fn delete_service(&mut self, cluster: &str, service: &str) {
        let key = ServiceKey::new(cluster, service);
        self.remove_task_sets(&key);
        let deleted = self.service_mut(&key);
        deleted.active = false;
        deleted.draining = false;
        deleted.desired = 0;
    }

    /// DeleteService of one whose tasks take their time: `DRAINING` until then, and `INACTIVE` afterwards.
    pub fn drain_service(&mut self, cluster: &str, service: &str, until: SystemTime) {
        let key = ServiceKey::new(cluster, service);
        let deleted = self.service_mut(&key);
        deleted.active = false;
        deleted.draining = true;
        deleted.desired = 0;
        for set in &mut deleted.task_sets {
            set.desired = 0;
        }
        for task in self
            .ecs
            .tasks
            .values_mut()
            .filter(|task| task.service == key)
        {
            task.stopping = true;
        }
        self.timeline
            .plan(ms(until).max(self.now), Event::ServiceDrained(key));
    }

    /// A tag of the service, whoever set it: AWS's own begin with `aws:`.
    pub fn tag_service(&mut self, key: &ServiceKey, name: &str, value: &str) {
        let arn = self.service_arn(key);
        let tags = self.ecs.tags.entry(arn).or_default();
        tags.retain(|tag| tag["key"] != name);
        tags.push(json!({ "key": name, "value": value }));
    }

    pub(in super::super) fn service_mut(&mut self, key: &ServiceKey) -> &mut EcsService {
        self.ecs
            .services
            .get_mut(key)
            .expect("the service was created")
    }

    /// Moves `PRIMARY` to this task set.
    pub(in super::super) fn make_primary(&mut self, key: &ServiceKey, task_set: &str) {
        let now = self.now;
        for set in &mut self.service_mut(key).task_sets {
            let status = match set.status {
                _ if set.id == task_set => TaskSetStatus::Primary,
                TaskSetStatus::Primary => TaskSetStatus::Active,
                other => other,
            };
            if status != set.status {
                set.status = status;
                set.updated_at = now;
            }
        }
    }
}
