//! A task definition from a file that the user gave: JSON or YAML, in each form that AWS's tools write.

use std::collections::HashSet;

use serde_json::Value;

use super::{
    conform::{Fault, conform, joined},
    shape,
};
use crate::{
    domain::{
        document::{self, Keys, list},
        placeholder::find_placeholder,
    },
    outside::OutsideText,
};

/// How many faults one message names.
const MOST_FAULTS: usize = 5;

const HINT: &str = "give a task definition as `aws ecs describe-task-definition` prints it, or as \
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

/// What this action says of a file that it refuses.
pub(super) struct Refusal {
    /// What is wrong, to go behind the file's name.
    pub what: String,
    pub hint: String,
}

/// The parts of a file.
struct Parts {
    document: Value,
    /// Those beside the task definition; null where there are none.
    tags: Value,
    /// Where in the file the task definition is; empty where it is all of it.
    path: &'static str,
}

/// The document without what only describes, and its tags.
pub(super) fn read(text: &str) -> Result<(Value, Vec<(String, String)>), Refusal> {
    let document = match document::parse(text, Keys::Exact) {
        Ok(document) => document,
        Err(reason) => return Err(unreadable(text, reason)),
    };
    let mut parts = split(document);
    let Some(members) = parts.document.as_object_mut() else {
        return Err(not_a_task_definition("it is not a mapping".to_owned()));
    };
    members.retain(|key, _| is_registered(key));
    let faults = conform_parts(&mut parts, text);
    if !faults.is_empty() {
        return Err(cannot_be_registered(&faults));
    }
    let Parts {
        mut document,
        mut tags,
        ..
    } = parts;
    check_containers(&document).map_err(not_a_task_definition)?;
    // Register input has its tags inside.
    if let Some(members) = document.as_object_mut()
        && let Some(inside) = members.shift_remove("tags")
    {
        tags = inside;
    }
    Ok((document, read_tags(&tags)))
}

fn split(mut document: Value) -> Parts {
    // The AWS CLI prints a revision's tags beside the task definition; AWS's tools for PowerShell write capitals.
    for path in ["taskDefinition", "TaskDefinition"] {
        if let Some(inner) = document.get_mut(path).map(Value::take) {
            return Parts {
                tags: document["tags"].take(),
                document: inner,
                path,
            };
        }
    }
    Parts {
        document,
        tags: Value::Null,
        path: "",
    }
}

fn conform_parts(parts: &mut Parts, text: &str) -> Vec<Fault> {
    let document = &mut parts.document;
    // First, since what is left out changes the places of the rest.
    let image_faults = image_faults(document, parts.path);
    let mut faults = conform(document, shape::TASK_DEFINITION, parts.path, text);
    faults.extend(image_faults);
    if !parts.tags.is_null() {
        faults.extend(conform(&mut parts.tags, shape::TAGS, "tags", text));
    }
    faults
}

/// Images that nobody can tell. One placeholder may be in the container that is rolled back, whose image is replaced:
/// AWS CodePipeline's files have `<IMAGE1_NAME>` there.
fn image_faults(document: &Value, path: &str) -> Vec<Fault> {
    let mut faults = Vec::new();
    for (index, container) in list(&document["containerDefinitions"]).iter().enumerate() {
        let image = container["image"].as_str().unwrap_or_default();
        if let Some(placeholder) = find_placeholder(image) {
            let image_path = joined(path, &format!("containerDefinitions[{index}].image"));
            faults.push(Fault::placeholder(&image_path, placeholder));
        }
    }
    if faults.len() == 1 {
        faults.clear();
    }
    faults
}

/// Whether a member of a file is one of the task definition's own.
fn is_registered(key: &str) -> bool {
    // Editors find a file's schema by `$schema`, and `x-` is where people keep what YAML's merge keys repeat.
    !DESCRIBE_ONLY.contains(&key) && key != "$schema" && !key.starts_with("x-")
}

fn unreadable(text: &str, reason: String) -> Refusal {
    let mut refusal = not_a_task_definition(reason);
    // `"cpu": {{ must_env "CPU" }}`, without quotes around it.
    if text.contains("{{") || text.contains("{%") {
        refusal.hint = "it looks like a template: render it in a step before this one".to_owned();
    }
    refusal
}

fn not_a_task_definition(reason: String) -> Refusal {
    Refusal {
        what: format!("is not a task definition: {reason}"),
        hint: HINT.to_owned(),
    }
}

/// Names the first faults, so that one run is enough to find most of them.
fn cannot_be_registered(faults: &[Fault]) -> Refusal {
    let mut reasons = Vec::new();
    let mut hints = Vec::new();
    for fault in faults.iter().take(MOST_FAULTS) {
        reasons.push(fault.reason.as_str());
        if !hints.contains(&fault.hint) {
            hints.push(fault.hint);
        }
    }
    let mut what = format!("cannot be registered: {}", reasons.join("; "));
    if faults.len() > MOST_FAULTS {
        what.push_str(&format!("; and {} more", faults.len() - MOST_FAULTS));
    }
    Refusal {
        what,
        hint: hints.join("; "),
    }
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

fn read_tags(tags: &Value) -> Vec<(String, String)> {
    let mut read = Vec::new();
    for tag in list(tags) {
        // ECS takes a tag without a value as one with an empty value.
        let text = |member: &str| tag[member].as_str().unwrap_or_default().to_owned();
        read.push((text("key"), text("value")));
    }
    read
}
