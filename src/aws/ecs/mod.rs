//! Amazon ECS: services and their tasks; task definitions and service deployments beside them.

mod service_deployments;
mod task_definitions;

use std::time::Duration;

use aws_sdk_ecs::types::DesiredStatus;
use futures_util::future::try_join_all;
use time::OffsetDateTime;

use super::{Aws, Failure, Operation, timestamp};
use crate::names::{
    ClusterName, ContainerName, DeploymentId, ImageDigest, ServiceName, TaskDefinitionArn,
    TaskSetId,
};
pub use service_deployments::*;
pub use task_definitions::*;

const fn operation(name: &'static str) -> Operation {
    Operation {
        service: "ecs",
        name,
    }
}

pub const DESCRIBE_SERVICES: Operation = operation("DescribeServices");
pub const LIST_TASKS: Operation = operation("ListTasks");
pub const DESCRIBE_TASKS: Operation = operation("DescribeTasks");
pub const UPDATE_SERVICE: Operation = operation("UpdateService");

/// `DescribeTasks` takes 100 at most.
const TASKS_PER_CALL: usize = 100;

/// Who moves the service from one revision to the next (`deploymentController.type`).
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Controller {
    Ecs,
    CodeDeploy,
    External,
    /// One that this version does not know.
    Other(String),
}

/// A service as `DescribeServices` describes it.
#[derive(Clone, Debug)]
pub struct Service {
    pub arn: String,
    pub name: ServiceName,
    /// `ACTIVE`, `DRAINING` or `INACTIVE`.
    pub status: String,
    pub desired_count: i32,
    pub controller: Controller,
    /// The service's own revision: what an `ECS` controller runs.
    pub task_definition: Option<TaskDefinitionArn>,
    pub load_balancer: Option<LoadBalancer>,
    /// Of a service that CodeDeploy deploys.
    pub task_sets: Vec<TaskSet>,
    /// Of a service that ECS deploys: its `deployments`, the primary one first where AWS does so.
    pub rollouts: Vec<Rollout>,
    /// The service deployment that is under way, if AWS names one; of an idle service perhaps its last.
    pub current_deployment: Option<DeploymentId>,
    /// ARNs of the service revisions that have tasks.
    pub revisions: Vec<String>,
    pub strategy: Strategy,
}

/// One of a service's `deployments`: a revision with its tasks, where ECS deploys.
#[derive(Clone, Debug)]
pub struct Rollout {
    /// `ecs-svc/…`: what its tasks say they were started by.
    pub id: TaskSetId,
    /// `PRIMARY`, `ACTIVE` or `INACTIVE`.
    pub status: String,
    pub task_definition: Option<TaskDefinitionArn>,
    /// `COMPLETED`, `FAILED` or `IN_PROGRESS`.
    pub state: Option<String>,
    /// Why it is in that state, in AWS's words.
    pub reason: Option<String>,
    pub desired: u32,
    pub running: u32,
    pub pending: u32,
    pub created_at: Option<OffsetDateTime>,
}

impl Service {
    /// The deployment that ECS works towards.
    pub fn primary_rollout(&self) -> Option<&Rollout> {
        self.rollouts.iter().find(|rollout| rollout.is_primary())
    }

    /// How many tasks are wanted.
    pub fn wanted(&self) -> u32 {
        u32::try_from(self.desired_count).unwrap_or_default()
    }
}

impl Rollout {
    pub fn is_primary(&self) -> bool {
        self.status == "PRIMARY"
    }
}

/// How ECS brings a new revision: the service's `deploymentConfiguration`.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Strategy {
    /// `ROLLING`, `BLUE_GREEN`, `LINEAR`, `CANARY`; empty counts as rolling.
    pub name: String,
    /// How long both revisions stay once all traffic has moved.
    pub bake: Duration,
    /// Percent of the traffic in each step before the last, and how long each step lasts.
    pub step: Option<(f64, Duration)>,
    /// The alarms that end a deployment, where they are on.
    pub alarms: Vec<String>,
    /// Whether a deployment whose tasks don't start is rolled back by the circuit breaker.
    pub breaker_rolls_back: bool,
}

impl Strategy {
    /// Whether tasks are replaced one by one, with no second environment that the traffic moves to.
    pub fn is_rolling(&self) -> bool {
        matches!(self.name.as_str(), "" | "ROLLING")
    }

    /// How long the traffic takes from the first of it to all of it.
    pub fn shift(&self) -> Duration {
        match (self.name.as_str(), self.step) {
            ("CANARY", Some((_, each))) => each,
            ("LINEAR", Some((percent, each))) if percent > 0.0 => {
                each.mul_f64((100.0 / percent).ceil() - 1.0)
            }
            _ => Duration::ZERO,
        }
    }
}

/// Where the load balancer sends its requests.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LoadBalancer {
    pub container: ContainerName,
    pub port: u16,
}

/// A task set of a `CODE_DEPLOY` service.
#[derive(Clone, Debug)]
pub struct TaskSet {
    pub id: TaskSetId,
    /// `PRIMARY`, `ACTIVE` or `DRAINING`.
    pub status: String,
    pub task_definition: Option<TaskDefinitionArn>,
    /// The CodeDeploy deployment that made it; none for the one that `CreateService` made.
    pub external_id: Option<String>,
    pub created_at: Option<OffsetDateTime>,
    pub load_balancer: Option<LoadBalancer>,
}

/// A task that runs, or ran.
#[derive(Clone, Debug)]
pub struct Task {
    pub arn: String,
    pub task_definition: Option<TaskDefinitionArn>,
    /// The id of its task set.
    pub started_by: Option<String>,
    pub last_status: String,
    pub started_at: Option<OffsetDateTime>,
    pub created_at: Option<OffsetDateTime>,
    /// `linux`, `windows_server_2022_core`, … (Fargate).
    pub platform_family: Option<String>,
    /// The attribute `ecs.cpu-architecture`: `x86_64` or `arm64`.
    pub cpu_architecture: Option<String>,
    pub containers: Vec<RunningContainer>,
}

/// A container of a task.
#[derive(Clone, Debug)]
pub struct RunningContainer {
    pub name: String,
    /// Absent until the image was pulled; some agents never say it.
    pub digest: Option<ImageDigest>,
}

impl Task {
    /// The digest that the container was started from, if the agent said so.
    pub fn digest(&self, container: &ContainerName) -> Option<&ImageDigest> {
        self.containers
            .iter()
            .find(|c| c.name == container.as_str())?
            .digest
            .as_ref()
    }
}

impl Aws {
    /// `DescribeServices` for one service; `None` where AWS says `MISSING`.
    pub async fn describe_service(
        &self,
        cluster: &ClusterName,
        service: &ServiceName,
    ) -> Result<Option<Service>, Failure> {
        let request = self
            .ecs
            .describe_services()
            .cluster(cluster.as_str())
            .services(service.as_str());
        let answer = request
            .send()
            .await
            .map_err(|error| Failure::new(DESCRIBE_SERVICES, &error))?;
        Ok(answer.services().first().map(service_from))
    }

    /// `ListTasks`: every running task of the service, page after page.
    pub async fn list_running_tasks(
        &self,
        cluster: &ClusterName,
        service: &ServiceName,
    ) -> Result<Vec<String>, Failure> {
        let request = self
            .ecs
            .list_tasks()
            .cluster(cluster.as_str())
            .service_name(service.as_str())
            .desired_status(DesiredStatus::Running);
        let mut pages = request.into_paginator().items().send();
        let mut arns = Vec::new();
        while let Some(arn) = pages.next().await {
            arns.push(arn.map_err(|error| Failure::new(LIST_TASKS, &error))?);
        }
        Ok(arns)
    }

    /// `DescribeTasks`, 100 a call, all calls at once. A task that is gone by now is left out.
    pub async fn describe_tasks(
        &self,
        cluster: &ClusterName,
        arns: &[String],
    ) -> Result<Vec<Task>, Failure> {
        let calls = arns.chunks(TASKS_PER_CALL).map(|chunk| async move {
            let request = self
                .ecs
                .describe_tasks()
                .cluster(cluster.as_str())
                .set_tasks(Some(chunk.to_vec()));
            let answer = request
                .send()
                .await
                .map_err(|error| Failure::new(DESCRIBE_TASKS, &error))?;
            Ok(answer.tasks().iter().map(task_from).collect::<Vec<_>>())
        });
        Ok(try_join_all(calls).await?.into_iter().flatten().collect())
    }

    /// `UpdateService` with nothing but the task definition. One attempt: whether one whose answer was lost took
    /// effect shows in the service. `force` starts a deployment although the service has this revision already.
    pub async fn update_service(
        &self,
        cluster: &ClusterName,
        service: &ServiceName,
        revision: &TaskDefinitionArn,
        force: bool,
    ) -> Result<Option<Service>, Failure> {
        let request = self
            .ecs
            .update_service()
            .cluster(cluster.as_str())
            .service(service.as_str())
            .task_definition(revision.as_str())
            .set_force_new_deployment(force.then_some(true));
        let answer = request.customize().config_override(once()).send().await;
        let answer = answer.map_err(|error| Failure::new(UPDATE_SERVICE, &error))?;
        Ok(answer.service().map(service_from))
    }
}

/// No retries by the SDK: who calls looks before anything is sent again.
fn once() -> aws_sdk_ecs::config::Builder {
    aws_sdk_ecs::config::Builder::new()
        .retry_config(aws_smithy_types::retry::RetryConfig::disabled())
}

fn service_from(service: &aws_sdk_ecs::types::Service) -> Service {
    let controller = service
        .deployment_controller()
        .map_or("ECS", |controller| controller.r#type().as_str());
    Service {
        arn: service.service_arn().unwrap_or_default().to_owned(),
        name: ServiceName::new(service.service_name().unwrap_or_default()),
        status: service.status().unwrap_or_default().to_owned(),
        desired_count: service.desired_count(),
        controller: match controller {
            "ECS" => Controller::Ecs,
            "CODE_DEPLOY" => Controller::CodeDeploy,
            "EXTERNAL" => Controller::External,
            other => Controller::Other(other.to_owned()),
        },
        task_definition: service.task_definition().and_then(TaskDefinitionArn::parse),
        load_balancer: load_balancer(service.load_balancers()),
        task_sets: service.task_sets().iter().map(task_set_from).collect(),
        rollouts: service.deployments().iter().map(rollout_from).collect(),
        current_deployment: service.current_service_deployment().map(DeploymentId::new),
        revisions: service
            .current_service_revisions()
            .iter()
            .filter_map(|revision| revision.arn().map(str::to_owned))
            .collect(),
        strategy: service
            .deployment_configuration()
            .map(strategy_from)
            .unwrap_or_default(),
    }
}

fn rollout_from(rollout: &aws_sdk_ecs::types::Deployment) -> Rollout {
    let count = |number: i32| u32::try_from(number).unwrap_or_default();
    Rollout {
        id: TaskSetId::new(rollout.id().unwrap_or_default()),
        status: rollout.status().unwrap_or_default().to_owned(),
        task_definition: rollout.task_definition().and_then(TaskDefinitionArn::parse),
        state: rollout
            .rollout_state()
            .map(|state| state.as_str().to_owned()),
        reason: rollout.rollout_state_reason().map(str::to_owned),
        desired: count(rollout.desired_count()),
        running: count(rollout.running_count()),
        pending: count(rollout.pending_count()),
        created_at: timestamp(rollout.created_at()),
    }
}

fn strategy_from(configuration: &aws_sdk_ecs::types::DeploymentConfiguration) -> Strategy {
    let minutes = |number: Option<i32>| {
        Duration::from_secs(
            60 * u64::from(u32::try_from(number.unwrap_or_default()).unwrap_or_default()),
        )
    };
    let canary = configuration.canary_configuration().map(|canary| {
        (
            canary.canary_percent().unwrap_or_default(),
            minutes(canary.canary_bake_time_in_minutes()),
        )
    });
    let linear = configuration.linear_configuration().map(|linear| {
        (
            linear.step_percent().unwrap_or_default(),
            minutes(linear.step_bake_time_in_minutes()),
        )
    });
    let alarms = configuration.alarms().filter(|alarms| alarms.enable());
    let breaker = configuration.deployment_circuit_breaker();
    Strategy {
        name: configuration
            .strategy()
            .map(|strategy| strategy.as_str().to_owned())
            .unwrap_or_default(),
        bake: minutes(configuration.bake_time_in_minutes()),
        step: canary.or(linear),
        alarms: alarms
            .map(|alarms| alarms.alarm_names().to_vec())
            .unwrap_or_default(),
        breaker_rolls_back: breaker.is_some_and(|breaker| breaker.enable() && breaker.rollback()),
    }
}

fn task_set_from(task_set: &aws_sdk_ecs::types::TaskSet) -> TaskSet {
    TaskSet {
        id: TaskSetId::new(task_set.id().unwrap_or_default()),
        status: task_set.status().unwrap_or_default().to_owned(),
        task_definition: task_set
            .task_definition()
            .and_then(TaskDefinitionArn::parse),
        external_id: task_set
            .external_id()
            .filter(|id| !id.is_empty())
            .map(str::to_owned),
        created_at: timestamp(task_set.created_at()),
        load_balancer: load_balancer(task_set.load_balancers()),
    }
}

fn load_balancer(all: &[aws_sdk_ecs::types::LoadBalancer]) -> Option<LoadBalancer> {
    all.iter().find_map(|one| {
        let container = ContainerName::new(one.container_name()?);
        Some(LoadBalancer {
            container,
            port: one.container_port().and_then(|port| port.try_into().ok())?,
        })
    })
}

fn task_from(task: &aws_sdk_ecs::types::Task) -> Task {
    let cpu = task
        .attributes()
        .iter()
        .find(|attribute| attribute.name() == "ecs.cpu-architecture");
    Task {
        arn: task.task_arn().unwrap_or_default().to_owned(),
        task_definition: task
            .task_definition_arn()
            .and_then(TaskDefinitionArn::parse),
        started_by: task.started_by().map(str::to_owned),
        last_status: task.last_status().unwrap_or_default().to_owned(),
        started_at: timestamp(task.started_at()),
        created_at: timestamp(task.created_at()),
        platform_family: task.platform_family().map(str::to_owned),
        cpu_architecture: cpu
            .and_then(|attribute| attribute.value())
            .map(str::to_owned),
        containers: task.containers().iter().map(container_from).collect(),
    }
}

fn container_from(container: &aws_sdk_ecs::types::Container) -> RunningContainer {
    RunningContainer {
        name: container.name().unwrap_or_default().to_owned(),
        digest: container.image_digest().and_then(ImageDigest::parse),
    }
}
