//! Looking at the world from outside of the wire, for assertions.

use serde_json::Value;

use super::World;
use super::codedeploy::Deployment;
use super::ecs::{EcsService, MadeWith, ServiceDeployment, ServiceKey, Strategy, TaskSet};

/// One share of a service's production traffic.
#[derive(Clone, Debug, PartialEq)]
pub struct Serving {
    /// ARN of the task definition.
    pub task_definition: String,
    /// Digest that the container behind the load balancer really runs; None while no task runs.
    pub digest: Option<String>,
    /// In percent.
    pub weight: f64,
}

/// A task set with production traffic.
#[derive(Clone, Debug, PartialEq)]
pub struct Holder {
    pub task_set: String,
    /// The CodeDeploy deployment that made the task set.
    pub made_by: Option<String>,
    /// ARN of the task definition.
    pub task_definition: String,
    /// In percent.
    pub weight: f64,
    /// What the container behind the load balancer really runs, in each running task.
    pub digests: Vec<Option<String>>,
}

impl World {
    /// Every task set of a service that gets production traffic.
    pub fn holders(&self, key: &ServiceKey) -> Vec<Holder> {
        let Some(service) = self.ecs.services.get(key) else {
            return Vec::new();
        };
        let with_traffic = service.task_sets.iter().filter(|set| set.weight > 0.0);
        let digests = |set: &TaskSet| {
            let running = self
                .ecs
                .tasks
                .values()
                .filter(|task| task.task_set == set.id && task.running());
            let behind = running.map(|task| {
                task.containers
                    .iter()
                    .find(|it| it.name == service.container)
            });
            behind
                .map(|container| container.and_then(|container| container.digest.clone()))
                .collect()
        };
        with_traffic
            .map(|set| Holder {
                task_set: set.id.clone(),
                made_by: set.external_id.clone(),
                task_definition: set.task_definition.clone(),
                weight: set.weight,
                digests: digests(set),
            })
            .collect()
    }

    /// Who gets production traffic, the largest share first.
    pub fn serving(&self, cluster: &str, service: &str) -> Vec<Serving> {
        let key = ServiceKey::new(cluster, service);
        let Some(found) = self.ecs.services.get(&key) else {
            return Vec::new();
        };
        let weights = self.weights(found);
        let mut serving: Vec<Serving> = weights
            .into_iter()
            .filter(|(_, weight)| *weight > 0.0)
            .map(|(set, weight)| Serving {
                task_definition: set.task_definition.clone(),
                digest: self.running_digest(&set.id, &found.container),
                weight,
            })
            .collect();
        serving.sort_by(|a, b| b.weight.total_cmp(&a.weight));
        serving
    }

    // rolling deployments have no weights: every healthy task gets its share
    fn weights<'a>(&self, service: &'a EcsService) -> Vec<(&'a TaskSet, f64)> {
        let rolling = service
            .native
            .as_ref()
            .is_some_and(|native| native.spec.strategy == Strategy::Rolling);
        let sets = service.task_sets.iter();
        if !rolling {
            return sets.map(|set| (set, set.weight)).collect();
        }
        let counts: Vec<(&TaskSet, u32)> =
            sets.map(|set| (set, self.healthy_tasks(&set.id))).collect();
        let all: u32 = counts.iter().map(|(_, healthy)| healthy).sum();
        let share = |healthy: u32| f64::from(healthy) * 100.0 / f64::from(all.max(1));
        counts
            .into_iter()
            .map(|(set, healthy)| (set, share(healthy)))
            .collect()
    }

    /// What ECS deployed to the service, in the order of their creation.
    pub fn service_deployments(&self, key: &ServiceKey) -> Vec<&ServiceDeployment> {
        let native = self
            .ecs
            .services
            .get(key)
            .and_then(|service| service.native.as_ref());
        let arns = native.map_or(&[][..], |native| &native.deployments);
        arns.iter()
            .filter_map(|arn| self.ecs.service_deployments.get(arn))
            .collect()
    }

    pub fn service_deployment(&self, arn: &str) -> Option<&ServiceDeployment> {
        self.ecs.service_deployments.get(arn)
    }

    /// ARN of the task definition that a service revision runs.
    pub fn service_revision(&self, arn: &str) -> Option<&str> {
        self.ecs
            .service_revisions
            .get(arn)
            .map(|revision| revision.task_definition.as_str())
    }

    /// What the service's primary task set was made with.
    pub fn made_with(&self, key: &ServiceKey) -> Option<&MadeWith> {
        let primary = self.ecs.services.get(key)?.primary()?;
        Some(&primary.made_with)
    }

    /// What the task set was made with that this deployment brought.
    pub fn made_with_by(&self, key: &ServiceKey, deployment: &str) -> Option<&MadeWith> {
        let mut sets = self.ecs.services.get(key)?.task_sets.iter();
        let made = sets.find(|set| set.external_id.as_deref() == Some(deployment))?;
        Some(&made.made_with)
    }

    fn running_digest(&self, task_set: &str, container: &str) -> Option<String> {
        let mut tasks = self
            .ecs
            .tasks
            .values()
            .filter(|task| task.task_set == task_set && task.running());
        let task = tasks.next()?;
        task.containers
            .iter()
            .find(|found| found.name == container)?
            .digest
            .clone()
    }

    /// A group's deployments in the order of their creation.
    pub fn deployments(&self, application: &str, group: &str) -> Vec<&Deployment> {
        let group = self
            .codedeploy
            .applications
            .get(application)
            .and_then(|found| found.groups.get(group));
        let ids = group.map_or(&[][..], |group| &group.deployments);
        ids.iter()
            .filter_map(|id| self.codedeploy.deployments.get(id))
            .collect()
    }

    pub fn deployment(&self, id: &str) -> Option<&Deployment> {
        self.codedeploy.deployments.get(id)
    }

    /// What DescribeTaskDefinition says of a revision, by ARN or `family:revision`.
    pub fn task_definition(&self, given: &str) -> Option<&Value> {
        self.find_task_definition(given)
            .map(|revision| &revision.body)
    }

    pub fn task_definition_tags(&self, given: &str) -> Option<&[Value]> {
        self.find_task_definition(given)
            .map(|revision| revision.tags.as_slice())
    }

    /// How many revisions the family has.
    pub fn revisions(&self, family: &str) -> usize {
        self.ecs.families.get(family).map_or(0, Vec::len)
    }

    /// Ids of the deployments that came through CreateDeployment.
    pub fn created_by_clients(&self) -> &[String] {
        &self.codedeploy.created_by_clients
    }

    /// The digest that a tag of this account's repository is on.
    pub fn tagged(&self, repo: &str, tag: &str) -> Option<&str> {
        let repository = self
            .ecr
            .repositories
            .get(&(self.account.clone(), repo.to_owned()))?;
        repository.by_tag(tag).map(|image| image.digest.as_str())
    }
}
