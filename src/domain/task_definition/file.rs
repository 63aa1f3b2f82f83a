//! A task definition from a file that the user gave: JSON or YAML, in each form that AWS's tools write.

use std::collections::HashSet;

use serde_json::Value;

use super::{DESCRIBE_ONLY, TaskDefinition};
use crate::domain::document::{self, Keys};
use crate::error::{Code, Problem};

const HINT: &str = "give a task definition as `aws ecs describe-task-definition` prints it, or as \
    `aws ecs register-task-definition --cli-input-json` (or `--cli-input-yaml`) takes it";

impl TaskDefinition {
    /// Reads the bare document, the `{"taskDefinition": {…}}` that the AWS CLI prints, or register input.
    /// What AWS added when it described a revision is dropped: the file may have been changed since.
    /// `origin` is the file's path, for messages.
    ///
    /// # Errors
    /// [`Code::FileInvalid`] where it is no task definition, or one that ECS can't take.
    pub fn from_file(text: &str, origin: &str) -> Result<Self, Problem> {
        let invalid = |what: String| {
            Problem::new(
                Code::FileInvalid,
                format!("{origin} is not a task definition: {what}"),
                HINT,
            )
        };
        let read = document::parse(text, Keys::Exact).map_err(invalid)?;
        let (document, beside) = unwrap(read);
        Self::from_parts(document, &beside).map_err(invalid)
    }

    fn from_parts(mut document: Value, beside: &Value) -> Result<Self, String> {
        check_containers(&document)?;
        numbers_as_text(&mut document);
        check_environment(&document)?;
        let members = document.as_object_mut().ok_or("it is no mapping")?;
        members.retain(|key, _| !DESCRIBE_ONLY.contains(&key.as_str()));
        let inside = members.remove("tags").unwrap_or_default();
        let tags = tags(if inside.is_null() { beside } else { &inside })?;
        Ok(Self {
            document,
            tags,
            arn: None,
        })
    }
}

/// Takes the task definition out of `describe-task-definition`'s answer, where tags lie beside it.
fn unwrap(mut read: Value) -> (Value, Value) {
    match read.get_mut("taskDefinition").map(Value::take) {
        Some(document) => (document, read["tags"].take()),
        None => (read, Value::Null),
    }
}

/// Containers are what makes a task definition; each has a name of its own.
pub(super) fn check_containers(document: &Value) -> Result<(), String> {
    if !document.is_object() {
        return Err("it is no mapping".into());
    }
    let containers = document["containerDefinitions"]
        .as_array()
        .filter(|list| !list.is_empty());
    let containers = containers.ok_or("it has no list `containerDefinitions`")?;
    let mut names = HashSet::new();
    for container in containers {
        let name = container["name"].as_str().filter(|name| !name.is_empty());
        let name = name.ok_or("one of its containers has no name")?;
        if !names.insert(name) {
            return Err(format!("two of its containers are called {name}"));
        }
    }
    Ok(())
}

/// In YAML `cpu: 256` is a number; ECS wants the task's cpu and memory as text.
fn numbers_as_text(document: &mut Value) {
    for key in ["cpu", "memory"] {
        if let Some(value) = document.get_mut(key).filter(|value| value.is_u64()) {
            *value = Value::String(value.to_string());
        }
    }
}

/// `value: 1.10` is a number in YAML, and would reach the container as 1.1: it has to be quoted.
fn check_environment(document: &Value) -> Result<(), String> {
    for container in document["containerDefinitions"]
        .as_array()
        .into_iter()
        .flatten()
    {
        for variable in container["environment"].as_array().into_iter().flatten() {
            let name = variable["name"]
                .as_str()
                .ok_or("an environment variable has no name")?;
            if !matches!(variable["value"], Value::String(_) | Value::Null) {
                return Err(format!(
                    "the value of the environment variable {name} is not text: quote it"
                ));
            }
        }
    }
    Ok(())
}

fn tags(value: &Value) -> Result<Vec<(String, String)>, String> {
    if value.is_null() {
        return Ok(Vec::new());
    }
    let list = value.as_array().ok_or("its `tags` are no list")?;
    let tag = |tag: &Value| {
        let value = tag["value"].as_str().unwrap_or_default();
        Some((tag["key"].as_str()?.to_owned(), value.to_owned()))
    };
    list.iter()
        .map(|entry| tag(entry).ok_or_else(|| "one of its `tags` has no key".to_owned()))
        .collect()
}
