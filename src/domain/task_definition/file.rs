//! A task definition from a file that the user gave: JSON or YAML, in each form that AWS's tools write.

use std::collections::HashSet;

use serde_json::Value;

use crate::domain::document::{self, Keys, list};
use crate::outside::OutsideText;

pub(super) const HINT: &str = "give a task definition as `aws ecs describe-task-definition` prints it, or as \
    `aws ecs register-task-definition --cli-input-json` (or `--cli-input-yaml`) takes it";

/// Members that `DescribeTaskDefinition` adds and `RegisterTaskDefinition` does not take.
pub(in crate::domain) const DESCRIBE_ONLY: [&str; 9] = [
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

/// The document without what only describes, and its tags.
pub(super) fn read(text: &str) -> Result<(Value, Vec<(String, String)>), String> {
    let mut document = document::parse(text, Keys::Exact)?;
    let mut tags = Value::Null;
    // The AWS CLI prints a revision's tags beside the task definition.
    if let Some(inner) = document.get_mut("taskDefinition").map(Value::take) {
        tags = document["tags"].take();
        document = inner;
    }
    check_containers(&document)?;
    numbers_as_text(&mut document);
    check_environment(&document)?;
    let members = document.as_object_mut().ok_or("it is not a mapping")?;
    members.retain(|key, _| !DESCRIBE_ONLY.contains(&key.as_str()));
    // Register input has its tags inside.
    if let Some(inside) = members.remove("tags")
        && !inside.is_null()
    {
        tags = inside;
    }
    let tags = read_tags(&tags)?;
    Ok((document, tags))
}

/// Containers are what makes a task definition; each has a name of its own.
pub(super) fn check_containers(document: &Value) -> Result<(), String> {
    if !document.is_object() {
        return Err("it is not a mapping".to_owned());
    }
    let containers = list(&document["containerDefinitions"]);
    if containers.is_empty() {
        return Err("it has no list `containerDefinitions`".to_owned());
    }
    let mut names = HashSet::new();
    for container in containers {
        let name = container["name"].as_str().unwrap_or_default();
        if name.is_empty() {
            return Err("one of its containers has no name".to_owned());
        }
        if !names.insert(name) {
            let name = OutsideText::new(name);
            return Err(format!("two of its containers are called {name}"));
        }
    }
    Ok(())
}

/// In YAML, `cpu: 256` is a number; ECS wants the task's cpu and memory as text.
fn numbers_as_text(document: &mut Value) {
    for key in ["cpu", "memory"] {
        if let Some(value) = document.get_mut(key)
            && value.is_u64()
        {
            *value = value.to_string().into();
        }
    }
}

fn check_environment(document: &Value) -> Result<(), String> {
    for container in list(&document["containerDefinitions"]) {
        for variable in list(&container["environment"]) {
            let Some(name) = variable["name"].as_str() else {
                return Err("an environment variable has no name".to_owned());
            };
            // `value: 1.10` is a number in YAML, and would reach the container as 1.1.
            if !variable["value"].is_string() && !variable["value"].is_null() {
                let name = OutsideText::new(name);
                return Err(format!(
                    "the value of the environment variable {name} is not text: quote it"
                ));
            }
        }
    }
    Ok(())
}

fn read_tags(value: &Value) -> Result<Vec<(String, String)>, String> {
    if !value.is_array() && !value.is_null() {
        return Err("its `tags` are not a list".to_owned());
    }
    let mut tags = Vec::new();
    for tag in list(value) {
        let Some(key) = tag["key"].as_str() else {
            return Err("one of its `tags` has no key".to_owned());
        };
        // ECS takes a tag without a value as one with an empty value.
        let value = tag["value"].as_str().unwrap_or_default();
        tags.push((key.to_owned(), value.to_owned()));
    }
    Ok(tags)
}
