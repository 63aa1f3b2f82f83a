//! Tasks from the SDK's types.

use aws_sdk_ecs::types;

use crate::{
    aws::{convert, task_definition_arn, text, timestamp, word},
    domain::{
        service::{ContainerDigest, Task},
        task_stop::{ContainerStop, TaskStop},
    },
    names::{ImageDigest, ServiceName},
};

pub(super) fn task_from(task: types::Task) -> Option<Task> {
    Some(Task {
        stop: stop_from(&task),
        id: id_of(&task.task_arn.unwrap_or_default()).to_owned(),
        task_definition: task_definition_arn(task.task_definition_arn),
        service: service_from(task.group),
        started_by: task.started_by,
        last_status: task.last_status.unwrap_or_default(),
        started_at: timestamp(task.started_at),
        platform_family: task.platform_family,
        // The task definition may name another architecture: a service revision can override it.
        cpu_architecture: convert(task.attributes, cpu_architecture).pop(),
        containers: convert(task.containers, container_from),
    })
}

/// `arn:aws:ecs:REGION:ACCOUNT:task/CLUSTER/ID`; older ones have no cluster.
pub(super) fn id_of(arn: &str) -> &str {
    match arn.rsplit_once('/') {
        Some((_, id)) => id,
        None => arn,
    }
}

/// The service in `service:web1`; tasks that nobody's service started have a group of another kind.
fn service_from(group: Option<String>) -> Option<ServiceName> {
    let group = group?;
    Some(ServiceName::new(group.strip_prefix("service:")?))
}

/// `None` of a task that nothing asked to stop.
fn stop_from(task: &types::Task) -> Option<TaskStop> {
    if task.stop_code.is_none() && task.stopped_reason.is_none() && task.stopped_at.is_none() {
        return None;
    }
    Some(TaskStop {
        code: word(task.stop_code.as_ref()),
        reason: text(task.stopped_reason.clone()),
        at: timestamp(task.stopped_at),
        containers: convert(task.containers.clone(), container_stop_from),
    })
}

fn container_stop_from(container: types::Container) -> Option<ContainerStop> {
    Some(ContainerStop {
        name: container.name.unwrap_or_default(),
        exit_code: container.exit_code,
        reason: text(container.reason),
        health: word(container.health_status),
    })
}

fn cpu_architecture(attribute: types::Attribute) -> Option<String> {
    let is_architecture = attribute.name == "ecs.cpu-architecture";
    attribute.value.filter(|_| is_architecture)
}

fn container_from(container: types::Container) -> Option<ContainerDigest> {
    Some(ContainerDigest {
        name: container.name.unwrap_or_default(),
        // Absent until the image is pulled; of a multi-platform image it may be the index's.
        digest: image_digest(container.image_digest),
    })
}

pub(super) fn image_digest(digest: Option<String>) -> Option<ImageDigest> {
    ImageDigest::parse(&digest?)
}
