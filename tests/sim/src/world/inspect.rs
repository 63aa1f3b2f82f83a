//! Looking at the world from outside of the wire, for assertions.

use serde_json::Value;

use super::World;
use super::codedeploy::Deployment;
use super::ecs::ServiceKey;

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

impl World {
    /// Who gets production traffic, the largest share first.
    pub fn serving(&self, cluster: &str, service: &str) -> Vec<Serving> {
        let key = ServiceKey::new(cluster, service);
        let Some(found) = self.ecs.services.get(&key) else { return Vec::new() };
        let with_traffic = found.task_sets.iter().filter(|set| set.weight > 0.0);
        let mut serving: Vec<Serving> = with_traffic
            .map(|set| Serving {
                task_definition: set.task_definition.clone(),
                digest: self.running_digest(&set.id, &found.container),
                weight: set.weight,
            })
            .collect();
        serving.sort_by(|a, b| b.weight.total_cmp(&a.weight));
        serving
    }

    fn running_digest(&self, task_set: &str, container: &str) -> Option<String> {
        let mut tasks = self.ecs.tasks.values().filter(|task| task.task_set == task_set && task.running());
        let task = tasks.next()?;
        task.containers.iter().find(|found| found.name == container)?.digest.clone()
    }

    /// A group's deployments in the order of their creation.
    pub fn deployments(&self, application: &str, group: &str) -> Vec<&Deployment> {
        let group = self.codedeploy.applications.get(application).and_then(|found| found.groups.get(group));
        let ids = group.map_or(&[][..], |group| &group.deployments);
        ids.iter().filter_map(|id| self.codedeploy.deployments.get(id)).collect()
    }

    pub fn deployment(&self, id: &str) -> Option<&Deployment> {
        self.codedeploy.deployments.get(id)
    }

    /// What DescribeTaskDefinition says of a revision, by ARN or `family:revision`.
    pub fn task_definition(&self, given: &str) -> Option<&Value> {
        self.find_task_definition(given).map(|revision| &revision.body)
    }

    pub fn task_definition_tags(&self, given: &str) -> Option<&[Value]> {
        self.find_task_definition(given).map(|revision| revision.tags.as_slice())
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
        let repository = self.ecr.repositories.get(&(self.account.clone(), repo.to_owned()))?;
        repository.by_tag(tag).map(|image| image.digest.as_str())
    }
}
