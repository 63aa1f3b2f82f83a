//! RegisterTaskDefinition: the next revision of a family, with what ECS fills in by itself.

use std::time::SystemTime;

use serde_json::{Map, Value, json};

use super::super::World;
use super::super::input::{list, text};
use super::super::time::{Ms, ms, stamp};
use super::task_definitions::TaskDefinition;
use super::{client, invalid};
use crate::aws::{Answer, AwsError};

/// Members that ECS adds when it describes a revision; they are no input.
const DESCRIBE_ONLY: [&str; 9] = [
    "taskDefinitionArn",
    "revision",
    "status",
    "requiresAttributes",
    "compatibilities",
    "registeredAt",
    "deregisteredAt",
    "registeredBy",
    "deleteRequestedAt",
];

impl World {
    pub(super) fn register_task_definition_call(&mut self, input: &Value) -> Answer {
        let arn = self.register(input, self.now)?;
        let registered = self
            .find_task_definition(&arn)
            .ok_or_else(|| client("not registered"))?;
        Ok(json!({ "taskDefinition": registered.body, "tags": registered.tags }))
    }

    /// Registers a revision of the document's family at some time in the past and returns its ARN.
    ///
    /// # Panics
    /// Where ECS would refuse the document.
    pub fn register_task_definition(&mut self, document: &Value, at: SystemTime) -> String {
        self.register(document, ms(at))
            .expect("a task definition that ECS accepts")
    }

    fn register(&mut self, input: &Value, at: Ms) -> Result<String, AwsError> {
        check(input)?;
        let family = text(input, "family").unwrap_or_default().to_owned();
        let revision = self
            .ecs
            .families
            .get(&family)
            .map_or(1, |revisions| revisions.len() as u64 + 1);
        let arn = self.ecs_arn(&format!("task-definition/{family}:{revision}"));
        let mut body = input.as_object().cloned().unwrap_or_default();
        body.retain(|member, _| member != "tags" && !DESCRIBE_ONLY.contains(&member.as_str()));
        fill_defaults(&mut body);
        body.insert("taskDefinitionArn".into(), json!(arn));
        body.insert("revision".into(), json!(revision));
        body.insert("status".into(), json!("ACTIVE"));
        body.insert("requiresAttributes".into(), required_attributes(input));
        body.insert("compatibilities".into(), compatibilities(input));
        body.insert("registeredAt".into(), stamp(at));
        body.insert(
            "registeredBy".into(),
            json!(format!("arn:aws:iam::{}:role/deployer", self.account)),
        );
        self.ecs
            .families
            .entry(family)
            .or_default()
            .push(TaskDefinition {
                arn: arn.clone(),
                body: Value::Object(body),
                tags: list(input, "tags").to_vec(),
                active: true,
            });
        Ok(arn)
    }
}

/// The placeholders of templates are no images.
fn check_image(container: &Value) -> Result<(), AwsError> {
    let image = text(container, "image").unwrap_or_default();
    if image.contains(|c: char| c.is_whitespace() || "<>{}$`".contains(c)) {
        return Err(client("Container.image contains invalid characters."));
    }
    Ok(())
}

/// The console exports secrets and credentials that are not set with empty names.
fn check_secrets(container: &Value) -> Result<(), AwsError> {
    let credentials = &container["repositoryCredentials"];
    if credentials["credentialsParameter"] == "" {
        let message =
            "Container.repositoryCredentials.credentialsParameter should not be null or empty.";
        return Err(client(message));
    }
    let options = list(&container["logConfiguration"], "secretOptions");
    for secret in list(container, "secrets").iter().chain(options) {
        for member in ["name", "valueFrom"] {
            if text(secret, member).is_none_or(str::is_empty) {
                let message = format!("Secret.{member} should not be null or empty.");
                return Err(client(message));
            }
        }
    }
    Ok(())
}

fn check(input: &Value) -> Result<(), AwsError> {
    let containers = list(input, "containerDefinitions");
    if text(input, "family").is_none_or(str::is_empty) {
        return Err(client("Family should not be null or empty."));
    }
    if containers.is_empty() {
        return Err(client("Container list cannot be empty."));
    }
    if containers
        .iter()
        .any(|container| text(container, "name").is_none_or(str::is_empty))
    {
        return Err(client("Container.name should not be null or empty."));
    }
    if containers
        .iter()
        .any(|container| text(container, "image").is_none_or(str::is_empty))
    {
        return Err(client("Container.image should not be null or empty."));
    }
    for container in containers {
        check_image(container)?;
        check_secrets(container)?;
    }
    let reserved = |tag: &Value| {
        text(tag, "key").is_some_and(|key| key.to_ascii_lowercase().starts_with("aws:"))
    };
    if list(input, "tags").iter().any(reserved) {
        return Err(invalid(
            "Tag keys starting with aws: are reserved for system use",
        ));
    }
    let fargate = list(input, "requiresCompatibilities").contains(&json!("FARGATE"));
    if fargate && (text(input, "cpu").is_none() || text(input, "memory").is_none()) {
        return Err(client(
            "Fargate requires that 'cpu' and 'memory' be defined at the task level.",
        ));
    }
    Ok(())
}

fn fill_defaults(body: &mut Map<String, Value>) {
    let awsvpc = body.get("networkMode") == Some(&json!("awsvpc"));
    for container in body
        .get_mut("containerDefinitions")
        .and_then(Value::as_array_mut)
        .into_iter()
        .flatten()
    {
        let Some(container) = container.as_object_mut() else {
            continue;
        };
        container.entry("cpu").or_insert(json!(0));
        container.entry("essential").or_insert(json!(true));
        for empty in [
            "portMappings",
            "environment",
            "mountPoints",
            "volumesFrom",
            "systemControls",
        ] {
            container.entry(empty).or_insert(json!([]));
        }
        for mapping in container
            .get_mut("portMappings")
            .and_then(Value::as_array_mut)
            .into_iter()
            .flatten()
        {
            let Some(mapping) = mapping.as_object_mut() else {
                continue;
            };
            mapping.entry("protocol").or_insert(json!("tcp"));
            if let (true, Some(port)) = (awsvpc, mapping.get("containerPort").cloned()) {
                mapping.entry("hostPort").or_insert(port);
            }
        }
    }
    body.entry("volumes").or_insert(json!([]));
    body.entry("placementConstraints").or_insert(json!([]));
}

fn required_attributes(input: &Value) -> Value {
    let mut names = vec!["com.amazonaws.ecs.capability.docker-remote-api.1.18"];
    if text(input, "networkMode") == Some("awsvpc") {
        names.push("ecs.capability.task-eni");
    }
    if text(input, "executionRoleArn").is_some() {
        names.push("ecs.capability.execution-role-ecr-pull");
    }
    names
        .into_iter()
        .map(|name| json!({ "name": name }))
        .collect()
}

fn compatibilities(input: &Value) -> Value {
    let fargate = list(input, "requiresCompatibilities").contains(&json!("FARGATE"));
    if fargate {
        json!(["EC2", "FARGATE"])
    } else {
        json!(["EC2"])
    }
}
