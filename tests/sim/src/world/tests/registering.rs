//! What people put into task definitions, and what RegisterTaskDefinition says to it.

use serde_json::{Value, json};

use super::super::stage;
use super::{at, refused};
use crate::aws::Service;
use crate::model;
use crate::model::check::Document;
use crate::scripted::signed;
use crate::sim::Sim;

/// The task definition with one member changed, or added; `-` in place of a name adds to a list.
fn changed(pointer: &str, value: Value) -> Value {
    let mut document = stage::task_definition("v1.0.0");
    let (parent, member) = pointer.rsplit_once('/').unwrap();
    let parent = document.pointer_mut(parent).unwrap();
    match parent {
        Value::Array(items) => items.push(value),
        other => other[member] = value,
    }
    document
}

fn container(member: &str, value: Value) -> Value {
    changed(&format!("/containerDefinitions/0/{member}"), value)
}

fn without_role(mut document: Value, member: &str, value: Value) -> Value {
    document.as_object_mut().unwrap().remove("executionRoleArn");
    let mut one = json!({ "name": "app", "image": "busybox" });
    one[member] = value;
    document["containerDefinitions"] = json!([one]);
    document
}

fn refusals() -> Vec<(Value, &'static str)> {
    let secret = |name: &str, from: &str| json!([{ "name": name, "valueFrom": from }]);
    let logs =
        |options: Value| json!({ "logDriver": "awslogs", "options": {}, "secretOptions": options });
    let valid = || stage::task_definition("v1.0.0");
    let twice = valid()["containerDefinitions"][0].clone();
    let many: Vec<Value> = (0..11)
        .map(|nth| json!({ "name": format!("c{nth}"), "image": "busybox" }))
        .collect();
    let optional = json!([{ "name": "app", "image": "busybox", "essential": false }]);
    vec![
        (changed("/family", json!("")), "Family should not be null"),
        (
            changed("/family", json!("web {{ stage }}")),
            "Family contains invalid",
        ),
        (
            changed("/containerDefinitions", json!([])),
            "cannot be empty",
        ),
        (
            changed("/containerDefinitions", json!(many)),
            "Maximum allowed: 10",
        ),
        (changed("/containerDefinitions", optional), "essential"),
        (changed("/containerDefinitions/-", twice), "unique"),
        (changed("/taskRoleArn", json!("")), "Role is not valid"),
        (
            changed(
                "/executionRoleArn",
                json!("arn:aws:iam::{{ account }}:role/x"),
            ),
            "Role is not valid",
        ),
        (changed("/cpu", json!("")), "'cpu' and 'memory'"),
        (container("name", json!("")), "Container.name"),
        (container("image", json!("")), "Container.image should"),
        (
            container("image", json!("<IMAGE1_NAME>")),
            "Container.image contains invalid",
        ),
        (
            container("image", json!("web1:{{ env `TAG` }}")),
            "Container.image contains invalid",
        ),
        (
            container("image", json!("web1:${TAG}")),
            "Container.image contains invalid",
        ),
        (
            container(
                "repositoryCredentials",
                json!({ "credentialsParameter": "" }),
            ),
            "credentialsParameter",
        ),
        (
            container("logConfiguration", logs(secret("", ""))),
            "Secret.name",
        ),
        (
            container("logConfiguration", logs(secret("token", ""))),
            "Secret.valueFrom",
        ),
        (
            container("secrets", secret("", "arn:aws:ssm:x")),
            "Secret.name",
        ),
        (
            container("environment", json!([{ "name": "", "value": "x" }])),
            "Environment variable",
        ),
        (
            container(
                "dependsOn",
                json!([{ "containerName": "migrate", "condition": "SUCCESS" }]),
            ),
            "depends on",
        ),
        (
            container(
                "portMappings",
                json!([{ "containerPort": 80, "hostPort": 8_080 }]),
            ),
            "networkMode=awsvpc",
        ),
        (
            without_role(valid(), "secrets", secret("DB", "x")),
            "container secrets",
        ),
        (
            without_role(valid(), "image", json!("1.dkr.ecr.x.amazonaws.com/web1:v1")),
            "ECR images",
        ),
        (
            without_role(
                valid(),
                "logConfiguration",
                json!({ "logDriver": "awslogs" }),
            ),
            "awslogs",
        ),
    ]
}

#[test]
fn what_is_empty_or_does_not_fit_together_is_refused() {
    let mut web1 = stage::web1();
    for (document, words) in refusals() {
        let error = refused(
            &mut web1.world,
            Service::Ecs,
            "RegisterTaskDefinition",
            document.clone(),
            0,
        );
        assert_eq!(error.code, "ClientException", "{document}");
        assert!(
            error.message.contains(words),
            "{}: {document}",
            error.message
        );
    }
    assert_eq!(web1.world.revisions("web1"), 3, "nothing was registered");
}

#[test]
fn what_is_empty_and_harmless_is_taken() {
    let mut web1 = stage::web1();
    for document in [
        changed("/placementConstraints", json!([])),
        changed("/inferenceAccelerators", json!([])),
        changed("/taskRoleArn", json!("web1")),
        container("hostname", json!("")),
        container("user", json!("")),
        container("workingDirectory", json!("")),
        container("environment", json!([{ "name": "EMPTY", "value": "" }])),
        container(
            "environment",
            json!([{ "name": "TEMPLATE", "value": "{{ stage }} <b>${x}" }]),
        ),
        container("secrets", json!([])),
        container(
            "portMappings",
            json!([{ "containerPort": 80, "hostPort": 0 }]),
        ),
        container("image", json!("docker.io/library/nginx@sha256:0a")),
        container(
            "dependsOn",
            json!([{ "containerName": "envoy", "condition": "START" }]),
        ),
    ] {
        super::ask(
            &mut web1.world,
            Service::Ecs,
            "RegisterTaskDefinition",
            document,
            0,
        );
    }
}

/// Texts for numbers and the like break the model: they never reach the world.
#[test]
fn values_of_another_type_break_the_model() {
    let operation = &model::of(Service::Ecs).operations["RegisterTaskDefinition"];
    let logs = |options: Value| {
        container(
            "logConfiguration",
            json!({ "logDriver": "awslogs", "options": options }),
        )
    };
    for (document, path) in [
        (changed("/cpu", json!(256)), "cpu"),
        (changed("/memory", json!(512)), "memory"),
        (changed("/pidMode", json!("")), "pidMode"),
        (changed("/ipcMode", json!("")), "ipcMode"),
        (changed("/taskRoleArn", Value::Null), "taskRoleArn"),
        (changed("/Family", json!("web1")), "Family"),
        (
            container("cpu", json!("256")),
            "containerDefinitions[0].cpu",
        ),
        (
            container("memory", json!("512")),
            "containerDefinitions[0].memory",
        ),
        (
            container("essential", json!("true")),
            "containerDefinitions[0].essential",
        ),
        (
            container("portMappings", json!([{ "containerPort": "80" }])),
            "containerDefinitions[0].portMappings[0].containerPort",
        ),
        (
            container(
                "healthCheck",
                json!({ "command": ["CMD"], "interval": "30" }),
            ),
            "containerDefinitions[0].healthCheck.interval",
        ),
        (
            container("command", json!(["serve", 8_080])),
            "containerDefinitions[0].command[1]",
        ),
        (
            container("dockerLabels", json!({ "tier": 1 })),
            "containerDefinitions[0].dockerLabels.tier",
        ),
        (
            container("user", Value::Null),
            "containerDefinitions[0].user",
        ),
        (
            logs(json!({ "awslogs-create-group": true })),
            "containerDefinitions[0].logConfiguration.options.awslogs-create-group",
        ),
        (
            logs(json!({ "max-buffer-size": 25 })),
            "containerDefinitions[0].logConfiguration.options.max-buffer-size",
        ),
    ] {
        let found = model::of(Service::Ecs).violations(operation, Document::Request, &document);
        let paths: Vec<&str> = found.iter().map(|one| one.path.as_str()).collect();
        assert_eq!(paths, [path], "{document}");
    }
}

#[tokio::test(start_paused = true)]
async fn over_the_wire_such_a_request_is_refused_and_changes_nothing() {
    let sim = Sim::new(stage::web1().world, at(0));
    let document = container("cpu", json!("256"));
    let request = signed(
        Service::Ecs,
        "RegisterTaskDefinition",
        &document,
        stage::REGION,
    );
    let response = sim.answer(request).await.unwrap();
    assert_eq!(response.status(), 400);
    assert_eq!(sim.violations().len(), 1);
    assert_eq!(sim.world(|world| world.revisions("web1")), 3);
}
