//! How ECS describes a task and its containers.

use serde_json::{Value, json};

use super::super::World;
use super::super::behavior::HealthCheck;
use super::super::input::put;
use super::super::time::stamp;
use super::output::runtime_id;
use super::running::{Task, TaskContainer};

impl World {
    pub(super) fn task_json(&self, task: &Task) -> Value {
        let revision = self.find_task_definition(&task.task_definition);
        let body = revision.map_or(&Value::Null, |revision| &revision.body);
        let architecture = match task.architecture.as_str() {
            "ARM64" => "arm64",
            _ => "x86_64",
        };
        let fargate = revision.is_some_and(|revision| revision.fargate());
        let mut answer = json!({
            "taskArn": self.task_arn(task),
            "clusterArn": self.ecs_arn(&format!("cluster/{}", task.service.cluster)),
            "taskDefinitionArn": task.task_definition,
            "group": format!("service:{}", task.service.service),
            "startedBy": task.task_set,
            "lastStatus": status(task),
            "desiredStatus": task.desired_status(),
            "attributes": [{ "name": "ecs.cpu-architecture", "value": architecture }],
            "attachments": [],
            "availabilityZone": format!("{}a", self.region),
            "connectivity": "CONNECTED",
            "containers": task.containers.iter().map(|container| self.container_json(task, container)).collect::<Vec<_>>(),
            "cpu": body.get("cpu").and_then(Value::as_str).unwrap_or("256"),
            "memory": body.get("memory").and_then(Value::as_str).unwrap_or("512"),
            "createdAt": stamp(task.created_at),
            "enableExecuteCommand": false,
            "healthStatus": health(task, &task.containers),
            "inferenceAccelerators": [],
            "launchType": if fargate { "FARGATE" } else { "EC2" },
            "overrides": { "containerOverrides": [], "inferenceAcceleratorOverrides": [] },
            "tags": [],
            "version": if task.running() { 3 } else { 1 },
        });
        if fargate {
            put(&mut answer, "platformFamily", Some("Linux"));
            put(
                &mut answer,
                "platformVersion",
                Some(task.platform_version.as_str()),
            );
        }
        put(
            &mut answer,
            "capacityProviderName",
            task.capacity_provider.as_deref(),
        );
        put(&mut answer, "startedAt", task.started_at.map(stamp));
        add_stop(&mut answer, task);
        answer
    }

    fn container_json(&self, task: &Task, container: &TaskContainer) -> Value {
        let arn = format!(
            "container/{}/{}/{}",
            task.service.cluster, task.id, container.name
        );
        let mut answer = json!({
            "containerArn": self.ecs_arn(&arn),
            "taskArn": self.task_arn(task),
            "name": container.name,
            "image": container.image,
            "lastStatus": status(task),
            "networkBindings": [],
            "networkInterfaces": [],
            "healthStatus": health(task, std::slice::from_ref(container)),
            "cpu": "0",
        });
        let pulled = task.started_at.is_some();
        put(
            &mut answer,
            "imageDigest",
            container.reported.as_deref().filter(|_| pulled),
        );
        put(
            &mut answer,
            "runtimeId",
            pulled.then(|| runtime_id(task, container)),
        );
        if task.stopped_at.is_some() {
            put(
                &mut answer,
                "exitCode",
                exit_code(container).filter(|_| pulled),
            );
            let crash = container.behavior.crash.as_ref();
            let reason = crash.map(|crash| crash.reason.as_str());
            put(
                &mut answer,
                "reason",
                reason.filter(|reason| !reason.is_empty()),
            );
        }
        answer
    }
}

/// What the health checks of the containers themselves say; the load balancer's do not count here.
fn health(task: &Task, containers: &[TaskContainer]) -> &'static str {
    let fails =
        |container: &TaskContainer| container.behavior.fails == Some(HealthCheck::Container);
    if task.stopped_at.is_some() && containers.iter().any(fails) {
        "UNHEALTHY"
    } else {
        "UNKNOWN"
    }
}

fn exit_code(container: &TaskContainer) -> Option<i32> {
    match (&container.behavior.crash, container.behavior.fails) {
        (Some(crash), _) => crash.exit_code,
        // What is sick does not hear SIGTERM, and is killed.
        (None, Some(_)) => Some(137),
        (None, None) => Some(0),
    }
}

fn status(task: &Task) -> &'static str {
    match (task.stopped_at, task.started_at) {
        (Some(_), _) => "STOPPED",
        (None, Some(_)) => "RUNNING",
        (None, None) => "PENDING",
    }
}

fn add_stop(answer: &mut Value, task: &Task) {
    let Some(at) = task.stopped_at else { return };
    for member in ["stoppingAt", "executionStoppedAt", "stoppedAt"] {
        put(answer, member, Some(stamp(at)));
    }
    put(answer, "stopCode", Some(task.stop_code));
    put(answer, "stoppedReason", Some(task.stopped_reason.as_str()));
}
