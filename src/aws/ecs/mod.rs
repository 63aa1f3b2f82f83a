//! Amazon ECS: services, tasks, task definitions, service deployments.

mod service_deployments;
mod services;
mod task_definitions;
mod tasks;

use aws_sdk_ecs::types::{DesiredStatus, ServiceField};

use super::{Aws, Failure, Operation, convert, in_batches};
use crate::{
    domain::service::{Service, Task},
    names::{ClusterName, ServiceName, TaskDefinitionArn},
};
pub(crate) use task_definitions::*;

const DESCRIBE_SERVICES: Operation = Operation::ecs("DescribeServices");
const LIST_TASKS: Operation = Operation::ecs("ListTasks");
const DESCRIBE_TASKS: Operation = Operation::ecs("DescribeTasks");
const UPDATE_SERVICE: Operation = Operation::ecs("UpdateService");

/// `DescribeTasks` takes 100 at most.
const TASKS_PER_CALL: usize = 100;

impl Aws {
    /// `DescribeServices` for one service; `None` where AWS says `MISSING`.
    pub(crate) async fn describe_service(
        &self,
        cluster: &ClusterName,
        service: &ServiceName,
    ) -> Result<Option<Service>, Failure> {
        let request = self
            .ecs
            .describe_services()
            .cluster(cluster)
            .services(service)
            .include(ServiceField::Tags);
        let answer = DESCRIBE_SERVICES.answer(request.send().await)?;
        // A service that does not exist is listed under `failures`; the call itself succeeds.
        let mut services = answer.services.unwrap_or_default();
        Ok(services.pop().map(services::service_from))
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
        let tasks = request.into_paginator().items().send();
        LIST_TASKS.answer(tasks.try_collect().await)
    }

    /// `ListTasks`: the ARNs of the running tasks of a cluster, whatever started them; `pages` of 100 at most.
    pub(crate) async fn list_tasks_of_cluster(
        &self,
        cluster: &ClusterName,
        pages: usize,
    ) -> Result<Vec<String>, Failure> {
        let request = self
            .ecs
            .list_tasks()
            .cluster(cluster)
            .desired_status(DesiredStatus::Running);
        let mut arns = Vec::new();
        let mut next = None;
        for _ in 0..pages {
            let page = request.clone().set_next_token(next);
            let answer = LIST_TASKS.answer(page.send().await)?;
            arns.extend(answer.task_arns.unwrap_or_default());
            next = answer.next_token;
            if next.is_none() {
                break;
            }
        }
        Ok(arns)
    }

    /// `DescribeTasks`. A task that is gone by now is left out.
    pub(crate) async fn describe_tasks(
        &self,
        cluster: &ClusterName,
        arns: &[String],
    ) -> Result<Vec<Task>, Failure> {
        in_batches(arns, TASKS_PER_CALL, async |batch| {
            let request = self
                .ecs
                .describe_tasks()
                .cluster(cluster)
                .set_tasks(Some(batch));
            let answer = DESCRIBE_TASKS.answer(request.send().await)?;
            Ok(convert(answer.tasks, tasks::task_from))
        })
        .await
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
