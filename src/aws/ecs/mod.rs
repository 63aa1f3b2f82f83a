//! Amazon ECS: services and their tasks; task definitions and service deployments beside them.

mod service_deployments;
mod task_definitions;

use std::time::Duration;

use aws_sdk_ecs::types::DesiredStatus;
use futures_util::future::try_join_all;

use super::{Aws, Failure, Operation, timestamp};
use crate::domain::service::{
    Controller, LoadBalancer, Rollout, RunningContainer, Service, Strategy, Task, TaskSet,
};
use crate::names::{
    ClusterName, ContainerName, DeploymentId, ImageDigest, ServiceName, TaskDefinitionArn,
    TaskSetId,
};
use crate::outside::OutsideText;
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
        let answer = DESCRIBE_SERVICES.answer(request.send().await)?;
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
            arns.push(LIST_TASKS.answer(arn)?);
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
            let answer = DESCRIBE_TASKS.answer(request.send().await)?;
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
        let answer =
            UPDATE_SERVICE.answer(request.customize().config_override(once()).send().await)?;
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
        reason: rollout.rollout_state_reason().map(OutsideText::new),
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
            .map(|alarms| alarms.alarm_names().iter().map(OutsideText::new).collect())
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
