//! Amazon ECS: services, tasks, task definitions.

use std::sync::{Arc, Mutex};

use aws_sdk_ecs::config::Intercept;
use aws_sdk_ecs::config::interceptors::AfterDeserializationInterceptorContextRef;
use aws_sdk_ecs::types::{DesiredStatus, SortOrder, TaskDefinitionField, TaskDefinitionStatus};
use aws_smithy_runtime_api::box_error::BoxError;
use aws_smithy_runtime_api::client::runtime_components::RuntimeComponents;
use aws_smithy_types::body::SdkBody;
use aws_smithy_types::config_bag::ConfigBag;
use futures_util::future::try_join_all;
use serde_json::Value;
use time::OffsetDateTime;

use super::{Aws, Failure, Operation, timestamp};
use crate::names::{ClusterName, ContainerName, ImageDigest, ServiceName, TaskDefinitionArn, TaskSetId};
use crate::plan::task_definition::TaskDefinition;

const fn operation(name: &'static str) -> Operation {
    Operation { service: "ecs", name }
}

pub const DESCRIBE_SERVICES: Operation = operation("DescribeServices");
pub const LIST_TASKS: Operation = operation("ListTasks");
pub const DESCRIBE_TASKS: Operation = operation("DescribeTasks");
pub const DESCRIBE_TASK_DEFINITION: Operation = operation("DescribeTaskDefinition");
pub const LIST_TASK_DEFINITIONS: Operation = operation("ListTaskDefinitions");
pub const REGISTER_TASK_DEFINITION: Operation = operation("RegisterTaskDefinition");

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
    pub task_sets: Vec<TaskSet>,
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
        self.containers.iter().find(|c| c.name == container.as_str())?.digest.as_ref()
    }
}

/// Whether a list shows revisions in use or deregistered ones.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RevisionStatus {
    Active,
    Inactive,
}

impl Aws {
    /// `DescribeServices` for one service; `None` where AWS says `MISSING`.
    pub async fn describe_service(
        &self,
        cluster: &ClusterName,
        service: &ServiceName,
    ) -> Result<Option<Service>, Failure> {
        let request = self.ecs.describe_services().cluster(cluster.as_str()).services(service.as_str());
        let answer = request.send().await.map_err(|error| Failure::new(DESCRIBE_SERVICES, &error))?;
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
    pub async fn describe_tasks(&self, cluster: &ClusterName, arns: &[String]) -> Result<Vec<Task>, Failure> {
        let calls = arns.chunks(TASKS_PER_CALL).map(|chunk| async move {
            let request = self.ecs.describe_tasks().cluster(cluster.as_str()).set_tasks(Some(chunk.to_vec()));
            let answer = request.send().await.map_err(|error| Failure::new(DESCRIBE_TASKS, &error))?;
            Ok(answer.tasks().iter().map(task_from).collect::<Vec<_>>())
        });
        Ok(try_join_all(calls).await?.into_iter().flatten().collect())
    }

    /// `DescribeTaskDefinition`, taken from the raw answer so that members newer than the SDK survive.
    ///
    /// `None` where there is no such revision (AWS answers `ClientException`).
    pub async fn describe_task_definition(&self, name: &str) -> Result<Option<TaskDefinition>, Failure> {
        let body = RawBody::default();
        let request =
            self.ecs.describe_task_definition().task_definition(name).include(TaskDefinitionField::Tags);
        let answer = request.customize().interceptor(body.clone()).send().await;
        match answer.map_err(|error| Failure::new(DESCRIBE_TASK_DEFINITION, &error)) {
            Ok(_) => body.task_definition(DESCRIBE_TASK_DEFINITION).map(Some),
            Err(failure) if failure.is("ClientException") => Ok(None),
            Err(failure) => Err(failure),
        }
    }

    /// `ListTaskDefinitions`: the newest revisions of a family, newest first, `limit` at most (100 a page).
    pub async fn list_task_definitions(
        &self,
        family: &str,
        status: RevisionStatus,
        limit: i32,
    ) -> Result<Vec<TaskDefinitionArn>, Failure> {
        let status = match status {
            RevisionStatus::Active => TaskDefinitionStatus::Active,
            RevisionStatus::Inactive => TaskDefinitionStatus::Inactive,
        };
        let request = self
            .ecs
            .list_task_definitions()
            .family_prefix(family)
            .status(status)
            .sort(SortOrder::Desc)
            .max_results(limit);
        let answer = request.send().await.map_err(|error| Failure::new(LIST_TASK_DEFINITIONS, &error))?;
        let arns = answer.task_definition_arns().iter().filter_map(|arn| TaskDefinitionArn::parse(arn));
        // AWS takes the family as a prefix in some places; only this family's own count.
        Ok(arns.filter(|arn| arn.family() == family).collect())
    }

    /// `RegisterTaskDefinition` with a request of any members. One attempt: the caller knows its mark
    /// in the tags, and looks for it when the answer is lost.
    pub async fn register_task_definition(&self, request: &Value) -> Result<TaskDefinition, Failure> {
        let body = RawBody::default();
        let document = request.to_string();
        let once = aws_sdk_ecs::config::Builder::new()
            .retry_config(aws_smithy_types::retry::RetryConfig::disabled());
        let call = self.ecs.register_task_definition().family(request["family"].as_str().unwrap_or_default());
        let call = call.set_container_definitions(Some(Vec::new())).customize().config_override(once);
        let call = call.interceptor(body.clone()).mutate_request(move |http| {
            http.headers_mut().insert("content-length", document.len().to_string());
            *http.body_mut() = SdkBody::from(document.as_str());
        });
        call.send().await.map_err(|error| Failure::new(REGISTER_TASK_DEFINITION, &error))?;
        body.task_definition(REGISTER_TASK_DEFINITION)
    }
}

/// Keeps the body of the last answer as it came.
#[derive(Clone, Debug, Default)]
struct RawBody(Arc<Mutex<Vec<u8>>>);

impl Intercept for RawBody {
    fn name(&self) -> &'static str {
        "RawBody"
    }

    fn read_after_deserialization(
        &self,
        context: &AfterDeserializationInterceptorContextRef<'_>,
        _: &RuntimeComponents,
        _: &mut ConfigBag,
    ) -> Result<(), BoxError> {
        let bytes = context.response().body().bytes().unwrap_or_default();
        *self.0.lock().expect("nothing panics while it holds this lock") = bytes.to_vec();
        Ok(())
    }
}

impl RawBody {
    fn task_definition(&self, operation: Operation) -> Result<TaskDefinition, Failure> {
        let not_aws = |message: String| Failure {
            operation,
            fault: super::Fault::NotAws,
            code: String::new(),
            message,
        };
        let bytes = self.0.lock().expect("nothing panics while it holds this lock").clone();
        let mut body: Value = serde_json::from_slice(&bytes).map_err(|error| not_aws(error.to_string()))?;
        let tags = body["tags"].as_array().into_iter().flatten().filter_map(|tag| {
            Some((tag["key"].as_str()?.to_owned(), tag["value"].as_str().unwrap_or_default().to_owned()))
        });
        let tags = tags.collect();
        TaskDefinition::from_describe(body["taskDefinition"].take(), tags).map_err(not_aws)
    }
}

fn service_from(service: &aws_sdk_ecs::types::Service) -> Service {
    let controller = service.deployment_controller().map_or("ECS", |controller| controller.r#type().as_str());
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
    }
}

fn task_set_from(task_set: &aws_sdk_ecs::types::TaskSet) -> TaskSet {
    TaskSet {
        id: TaskSetId::new(task_set.id().unwrap_or_default()),
        status: task_set.status().unwrap_or_default().to_owned(),
        task_definition: task_set.task_definition().and_then(TaskDefinitionArn::parse),
        external_id: task_set.external_id().filter(|id| !id.is_empty()).map(str::to_owned),
        created_at: timestamp(task_set.created_at()),
        load_balancer: load_balancer(task_set.load_balancers()),
    }
}

fn load_balancer(all: &[aws_sdk_ecs::types::LoadBalancer]) -> Option<LoadBalancer> {
    all.iter().find_map(|one| {
        let container = ContainerName::new(one.container_name()?);
        Some(LoadBalancer { container, port: one.container_port().and_then(|port| port.try_into().ok())? })
    })
}

fn task_from(task: &aws_sdk_ecs::types::Task) -> Task {
    let cpu = task.attributes().iter().find(|attribute| attribute.name() == "ecs.cpu-architecture");
    Task {
        arn: task.task_arn().unwrap_or_default().to_owned(),
        task_definition: task.task_definition_arn().and_then(TaskDefinitionArn::parse),
        started_by: task.started_by().map(str::to_owned),
        last_status: task.last_status().unwrap_or_default().to_owned(),
        started_at: timestamp(task.started_at()),
        created_at: timestamp(task.created_at()),
        platform_family: task.platform_family().map(str::to_owned),
        cpu_architecture: cpu.and_then(|attribute| attribute.value()).map(str::to_owned),
        containers: task.containers().iter().map(container_from).collect(),
    }
}

fn container_from(container: &aws_sdk_ecs::types::Container) -> RunningContainer {
    RunningContainer {
        name: container.name().unwrap_or_default().to_owned(),
        digest: container.image_digest().and_then(ImageDigest::parse),
    }
}
