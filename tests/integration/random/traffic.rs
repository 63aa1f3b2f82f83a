//! What is true of a service at a moment, read from the world itself.

use std::time::{Duration, SystemTime};

use aws_sim::aws::Service;
use aws_sim::world::{DigestReport, Holder, ServiceDeploymentStatus, ServiceKey, World};
use serde_json::{Value, json};

/// The newest service deployment, as it was.
#[derive(Clone, Debug, PartialEq)]
pub struct Newest {
    pub arn: String,
    pub status: ServiceDeploymentStatus,
    /// ARN of the task definition that it brings.
    pub brings: String,
    /// From when on AWS names it.
    pub shows: SystemTime,
}

impl Newest {
    pub fn of(world: &World, key: &ServiceKey) -> Option<Self> {
        let newest = world.service_deployments(key).pop()?;
        let brings = world
            .service_revision(&newest.target)
            .unwrap_or_default()
            .to_owned();
        Some(Self {
            arn: newest.arn.clone(),
            status: newest.status,
            brings,
            shows: SystemTime::UNIX_EPOCH
                + Duration::from_millis(newest.created_at + world.pace.service_update_shows),
        })
    }

    /// Whether ECS has not been told to end it.
    pub fn goes_on(&self) -> bool {
        matches!(
            self.status,
            ServiceDeploymentStatus::Pending | ServiceDeploymentStatus::InProgress
        )
    }
}

/// Who has the traffic. Where every healthy task has its part: every task that runs, by its task set.
pub fn holders(world: &mut World, key: &ServiceKey, container: &str, rolling: bool) -> Vec<Holder> {
    if !rolling {
        return world.holders(key);
    }
    let serving = world.serving(&key.cluster, &key.service);
    let tasks = running_tasks(world, key);
    let mut holders: Vec<Holder> = Vec::new();
    for task in &tasks {
        let text = |member: &str| task[member].as_str().unwrap_or_default().to_owned();
        let (task_set, task_definition) = (text("startedBy"), text("taskDefinitionArn"));
        // What a task says it runs may be the child of what it pulled, so that of one with no traffic yet it counts
        // only where it is not.
        let part = serving
            .iter()
            .find(|part| part.task_definition == task_definition);
        let says = world.switches.digest_report == DigestReport::Index;
        let digest = part.map_or_else(
            || said(task, container).filter(|_| says),
            |part| part.digest.clone(),
        );
        match holders
            .iter_mut()
            .find(|holder| holder.task_set == task_set)
        {
            Some(holder) => holder.digests.push(digest),
            None => {
                let digests = vec![digest];
                holders.push(Holder {
                    task_set,
                    made_by: None,
                    task_definition,
                    weight: 0.0,
                    digests,
                });
            }
        }
    }
    for holder in &mut holders {
        holder.weight = 100.0 * holder.digests.len() as f64 / tasks.len() as f64;
    }
    holders
}

fn running_tasks(world: &mut World, key: &ServiceKey) -> Vec<Value> {
    let now = world.now();
    let list = json!({ "cluster": key.cluster, "serviceName": key.service });
    let Ok(listed) = world.call(Service::Ecs, "ListTasks", &list, now) else {
        return Vec::new();
    };
    let describe = json!({ "cluster": key.cluster, "tasks": listed["taskArns"] });
    let Ok(described) = world.call(Service::Ecs, "DescribeTasks", &describe, now) else {
        return Vec::new();
    };
    let tasks = described["tasks"].as_array().cloned().unwrap_or_default();
    tasks
        .into_iter()
        .filter(|task| task["lastStatus"] == "RUNNING")
        .collect()
}

fn said(task: &Value, name: &str) -> Option<String> {
    let containers = task["containers"].as_array()?;
    let container = containers
        .iter()
        .find(|container| container["name"] == name)?;
    container["imageDigest"].as_str().map(str::to_owned)
}

/// ARN of the task definition that the service has.
pub fn own_revision(world: &mut World, key: &ServiceKey) -> Option<String> {
    let now = world.now();
    let input = json!({ "cluster": key.cluster, "services": [key.service] });
    let described = world
        .call(Service::Ecs, "DescribeServices", &input, now)
        .ok()?;
    described["services"][0]["taskDefinition"]
        .as_str()
        .map(str::to_owned)
}

/// The service deployment that a write has begun, where there were so many before, with its task set.
pub fn begun(
    world: &World,
    key: &ServiceKey,
    before: usize,
    answer: &Value,
) -> Option<(String, String)> {
    let deployments = world.service_deployments(key);
    let newest = deployments.last().filter(|_| deployments.len() > before)?;
    let rollouts = answer["service"]["deployments"].as_array()?;
    let primary = rollouts
        .iter()
        .find(|rollout| rollout["status"] == "PRIMARY")?;
    Some((newest.arn.clone(), primary["id"].as_str()?.to_owned()))
}
