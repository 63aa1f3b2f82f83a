//! Amazon ECS: services, tasks, task definitions, service deployments.

mod running_tasks;
mod service_deployments;
mod services;
mod task_definitions;
mod tasks;

use aws_sdk_ecs::{
    Client,
    types::{DesiredStatus, ServiceField},
};

use super::{Aws, Call, Failure, Operation, Turns, convert, in_batches};
use crate::{
    boxed::boxed,
    domain::service::{Service, Task},
    names::{ClusterName, ServiceName, TaskDefinitionArn},
};
pub(crate) use running_tasks::TaskList;
pub(crate) use task_definitions::*;

const DESCRIBE_SERVICES: Operation = Operation::ecs("DescribeServices");
const LIST_TASKS: Operation = Operation::ecs("ListTasks");
const DESCRIBE_TASKS: Operation = Operation::ecs("DescribeTasks");
const UPDATE_SERVICE: Operation = Operation::ecs("UpdateService");

/// `DescribeServices` for services of one cluster.
#[derive(Clone)]
struct DescribeServices {
    ecs: Client,
    turns: Turns,
    cluster: ClusterName,
}

impl Call for DescribeServices {
    type Key = ServiceName;
    type Found = Service;

    const MOST_KEYS: usize = 10;

    async fn send(self, names: Vec<ServiceName>) -> Result<Vec<Service>, Failure> {
        let names = names.iter().map(String::from).collect();
        let request = self
            .ecs
            .describe_services()
            .cluster(&self.cluster)
            .set_services(Some(names))
            .include(ServiceField::Tags);
        self.turns.take(DESCRIBE_SERVICES).await;
        let answer = DESCRIBE_SERVICES.answer(request.send().await)?;
        // A service that does not exist is listed under `failures`; the call itself succeeds.
        let services = answer.services.unwrap_or_default().into_iter();
        Ok(services.map(services::service_from).collect())
    }

    fn is_named(service: &Service, name: &ServiceName) -> bool {
        service.name == *name
    }
}

/// `DescribeTasks` for tasks of one cluster, by their ARNs.
#[derive(Clone)]
struct DescribeTasks {
    ecs: Client,
    turns: Turns,
    cluster: ClusterName,
}

impl Call for DescribeTasks {
    type Key = String;
    type Found = Task;

    const MOST_KEYS: usize = 100;

    async fn send(self, arns: Vec<String>) -> Result<Vec<Task>, Failure> {
        let request = self
            .ecs
            .describe_tasks()
            .cluster(&self.cluster)
            .set_tasks(Some(arns));
        self.turns.take(DESCRIBE_TASKS).await;
        let answer = DESCRIBE_TASKS.answer(request.send().await)?;
        Ok(convert(answer.tasks, tasks::task_from))
    }

    fn is_named(task: &Task, arn: &String) -> bool {
        tasks::id_of(arn) == task.id
    }
}

impl Aws {
    /// `DescribeServices` for one service; `None` where AWS says `MISSING`.
    pub(crate) async fn describe_service(
        &self,
        cluster: &ClusterName,
        service: &ServiceName,
    ) -> Result<Option<Service>, Failure> {
        let call = DescribeServices {
            ecs: self.ecs.clone(),
            turns: self.together.turns.clone(),
            cluster: cluster.clone(),
        };
        let names = vec![service.clone()];
        let together = self.together.services.ask(cluster, &names, &call).await;
        if let Some(answer) = together
            && let Some(found) = answer?.pop()
        {
            return Ok(Some(found));
        }
        // One that is missing among others is asked for once more: AWS may call it by another spelling of its name.
        Ok(boxed(|| call.send(names)).await?.pop())
    }

    /// `ListTasks`: the ARN of every running task of the service, all pages.
    pub(crate) async fn list_running_tasks(
        &self,
        cluster: &ClusterName,
        service: &ServiceName,
    ) -> Result<Vec<String>, Failure> {
        // Stopped tasks would stay listed for about an hour.
        self.list_tasks(cluster, service, DesiredStatus::Running)
            .await
    }

    /// `ListTasks`: the ARN of every task of the service that stopped within the last hour or so, all pages: AWS documents
    /// no order, so the newest may be on any of them.
    pub(crate) async fn list_stopped_tasks(
        &self,
        cluster: &ClusterName,
        service: &ServiceName,
    ) -> Result<Vec<String>, Failure> {
        self.list_tasks(cluster, service, DesiredStatus::Stopped)
            .await
    }

    async fn list_tasks(
        &self,
        cluster: &ClusterName,
        service: &ServiceName,
        desired: DesiredStatus,
    ) -> Result<Vec<String>, Failure> {
        let request = self
            .ecs
            .list_tasks()
            .cluster(cluster)
            .service_name(service)
            .desired_status(desired);
        self.turn(LIST_TASKS).await;
        let tasks = request.into_paginator().items().send();
        LIST_TASKS.answer(tasks.try_collect().await)
    }

    /// `DescribeTasks`. A task that is gone by now is left out.
    pub(crate) async fn describe_tasks(
        &self,
        cluster: &ClusterName,
        arns: &[String],
    ) -> Result<Vec<Task>, Failure> {
        in_batches(arns, DescribeTasks::MOST_KEYS, async |batch| {
            let call = DescribeTasks {
                ecs: self.ecs.clone(),
                turns: self.together.turns.clone(),
                cluster: cluster.clone(),
            };
            self.together.tasks.read(cluster, batch, call).await
        })
        .await
    }

    /// Waits until `UpdateService` may be called: before the write is put down, since what waits was not sent.
    pub(crate) async fn turn_to_update(&self) {
        self.turn(UPDATE_SERVICE).await;
    }

    /// `UpdateService` with the task definition alone; everything else of the service stays. One attempt: whether one
    /// whose answer was lost took effect shows in the service. `force` starts a deployment even where the service has
    /// this revision already.
    pub(crate) async fn update_service(
        &self,
        cluster: &ClusterName,
        service: &ServiceName,
        revision: &TaskDefinitionArn,
        force: bool,
    ) -> Result<Option<Service>, Failure> {
        let mut request = self
            .ecs_once
            .update_service()
            .cluster(cluster)
            .service(service)
            .task_definition(revision.as_str());
        if force {
            request = request.force_new_deployment(true);
        }
        // It need not name the service deployment yet: `DescribeServices` lags behind for seconds.
        let answer = UPDATE_SERVICE.answer(request.send().await)?;
        Ok(answer.service.map(services::service_from))
    }
}
