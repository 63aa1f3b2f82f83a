//! What differs between two revisions, for people. Environment variables and secrets are shown by name only: a
//! value never leaves the task definition.

use serde::Serialize;
use serde_json::Value;

use super::{
    document::list,
    image::image_in_words,
    task_definition::{DESCRIBE_ONLY, TaskDefinition},
};
use crate::outside::OutsideText;

/// One line of difference between what is running and the target's revision: `env − NEW_FLAG`.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub(crate) struct Change {
    /// `image`, `env`, `secrets`, `cpu`, `memory`, `task role`, `execution role`, `ports`, …; after the container's
    /// name where that is not the rolled-back one.
    pub what: String,
    /// `v1.2.0 → v1.0.0`, `− NEW_FLAG`, `+ OLD_FLAG`, `512 → 1024`. Never the value of an environment variable.
    pub change: String,
}

/// The rolled-back container's image before and after, by version.
#[derive(Clone, Copy)]
pub(crate) struct ImageChange<'a> {
    pub before: &'a str,
    pub after: &'a str,
}

/// What differs between `before` (what is running) and `after` (the target's revision). `container` is the one that
/// is rolled back, `image` is `None` where its image stays the same.
pub(crate) fn changes(
    before: &TaskDefinition,
    after: &TaskDefinition,
    container: &str,
    image: Option<ImageChange>,
) -> Vec<Change> {
    let mut diff = Diff {
        changes: Vec::new(),
        prefix: String::new(),
    };
    if let Some(ImageChange { before, after }) = image {
        diff.push("image", format!("{before} → {after}"));
    }
    if let (Some(old), Some(new)) = (before.container(container), after.container(container)) {
        diff.container(old, new);
    }
    // A container that is only in one of the two has no rows of its own: its name says it all.
    let (old, new) = (before.document(), after.document());
    let containers = "containerDefinitions";
    diff.list(
        "containers",
        Format::Named,
        &old[containers],
        &new[containers],
    );
    // The family is AWS's name for the revisions, and the containers have rows of their own.
    diff.members(&TASK, &["family", containers], old, new);
    for name in before.container_names() {
        if let (Some(old), Some(new)) = (before.container(name), after.container(name))
            && name != container
        {
            diff.other_container(name, old, new);
        }
    }
    diff.changes
}

/// How the difference of one member is shown.
#[derive(Clone, Copy)]
enum Format {
    /// `512 → 1024`
    Values,
    /// The same for images, which are references.
    Image,
    /// The last part of an ARN: `old-role → new-role`
    Role,
    /// `− EC2`, `+ FARGATE` for each entry of a list, or value of a mapping.
    Entries,
    /// `− prod.env`, by the last part of an S3 object's ARN.
    Files,
    /// `+ 8080`, by container port or port range.
    Ports,
    /// `− NAME`, `+ NAME`, `~ NAME` for a list of entries with a name.
    Named,
    /// `changed`, where a value may be long or secret.
    Changed,
}

use Format::{Changed, Entries, Files, Named, Ports, Role, Values};

/// A member of a task or container definition, and what people call it.
struct Member {
    key: &'static str,
    title: &'static str,
    format: Format,
}

const fn member(key: &'static str, title: &'static str, format: Format) -> Member {
    Member { key, title, format }
}

/// A task definition's members in the order in which they are shown.
const TASK: [Member; 9] = [
    member("cpu", "cpu", Values),
    member("memory", "memory", Values),
    member("taskRoleArn", "task role", Role),
    member("executionRoleArn", "execution role", Role),
    member("networkMode", "network mode", Values),
    member("runtimePlatform", "platform", Entries),
    member("volumes", "volumes", Named),
    member("requiresCompatibilities", "compatibilities", Entries),
    member("ephemeralStorage", "ephemeral storage", Changed),
];

/// A container definition's members likewise.
const CONTAINER: [Member; 12] = [
    member("environment", "env", Named),
    member("secrets", "secrets", Named),
    member("environmentFiles", "env files", Files),
    member("cpu", "container cpu", Values),
    member("memory", "container memory", Values),
    member("memoryReservation", "memory reservation", Values),
    member("portMappings", "ports", Ports),
    member("command", "command", Changed),
    member("entryPoint", "entry point", Changed),
    member("healthCheck", "health check", Changed),
    member("logConfiguration", "log configuration", Changed),
    member("essential", "essential", Values),
];

struct Diff {
    changes: Vec<Change>,
    /// Written before `what` where that is not about the task or the rolled-back container.
    prefix: String,
}

impl Diff {
    fn push(&mut self, what: &str, change: String) {
        let what = format!("{}{what}", self.prefix);
        self.changes.push(Change { what, change });
    }

    fn container(&mut self, before: &Value, after: &Value) {
        self.members(&CONTAINER, &["name", "image"], before, after);
    }

    fn members(&mut self, titled: &[Member], ignored: &[&str], before: &Value, after: &Value) {
        for Member { key, title, format } in titled {
            let before = as_described(key, &before[key]);
            let after = as_described(key, &after[key]);
            self.member(title, *format, &before, &after);
        }
        self.others(before, after, titled, ignored);
    }

    fn other_container(&mut self, name: &str, before: &Value, after: &Value) {
        self.prefix = format!("{} ", OutsideText::new(name));
        // Other containers are not resolved to versions: their images are shown as they are written.
        self.member("image", Format::Image, &before["image"], &after["image"]);
        self.container(before, after);
    }

    /// Members that have no title here: AWS adds new ones, and none may change unseen.
    fn others(&mut self, before: &Value, after: &Value, titled: &[Member], ignored: &[&str]) {
        for key in all_keys(before, after) {
            let is_titled = titled.iter().any(|member| member.key == key);
            let is_other = !is_titled && !ignored.contains(&key) && !DESCRIBE_ONLY.contains(&key);
            if is_other && differ(&before[key], &after[key]) {
                self.push(&OutsideText::new(key).to_string(), "changed".to_owned());
            }
        }
    }

    fn member(&mut self, title: &str, format: Format, before: &Value, after: &Value) {
        if !differ(before, after) {
            return;
        }
        let shown = self.changes.len();
        match format {
            Values | Role | Format::Image => {
                let (before, after) = (in_words(format, before), in_words(format, after));
                self.push(title, format!("{before} → {after}"));
            }
            Entries | Files | Ports | Named => self.list(title, format, before, after),
            Changed => {}
        }
        if matches!(format, Named) {
            self.changed_entries(title, list(before), list(after));
        }
        // The order of a list may matter, and so may what its entries' names do not show.
        if self.changes.len() == shown {
            self.push(title, "changed".to_owned());
        }
    }

    fn list(&mut self, title: &str, format: Format, before: &Value, after: &Value) {
        let (before, after) = (entries(format, before), entries(format, after));
        self.only_in_first(title, '−', &before, &after);
        self.only_in_first(title, '+', &after, &before);
    }

    fn only_in_first(&mut self, title: &str, sign: char, first: &[String], second: &[String]) {
        for entry in first {
            if !second.contains(entry) {
                self.push(title, format!("{sign} {}", OutsideText::new(entry)));
            }
        }
    }

    /// Entries that are in both lists under one name, with another content.
    fn changed_entries(&mut self, title: &str, before: &[Value], after: &[Value]) {
        for entry in after {
            let Some(name) = entry["name"].as_str() else {
                continue;
            };
            // The content may be a secret, so only its name is shown.
            let old = before.iter().find(|old| old["name"] == name);
            if old.is_some_and(|old| old != entry) {
                self.push(title, format!("~ {}", OutsideText::new(name)));
            }
        }
    }
}

fn differ(before: &Value, after: &Value) -> bool {
    before != after && !(is_nothing(before) && is_nothing(after))
}

/// AWS describes what isn't there as null, as an empty list or as 0.
fn is_nothing(value: &Value) -> bool {
    value.is_null() || *value == 0 || value.as_array().is_some_and(Vec::is_empty)
}

/// A member with the defaults that ECS fills in when it registers a revision: a file may leave them out.
fn as_described(key: &str, value: &Value) -> Value {
    let mut value = value.clone();
    // ECS takes a container as essential unless it says that it isn't.
    if key == "essential" && value.is_null() {
        return true.into();
    }
    if key == "portMappings"
        && let Some(mappings) = value.as_array_mut()
    {
        mappings.iter_mut().for_each(fill_port);
    }
    value
}

fn fill_port(mapping: &mut Value) {
    let Some(members) = mapping.as_object_mut() else {
        return;
    };
    members.entry("protocol").or_insert_with(|| "tcp".into());
    // In the network mode awsvpc, ECS sets the host port to the container port.
    if members.get("hostPort") == members.get("containerPort") {
        members.remove("hostPort");
    }
}

fn all_keys<'a>(before: &'a Value, after: &'a Value) -> Vec<&'a str> {
    let mut all = keys(before);
    for key in keys(after) {
        if before.get(key).is_none() {
            all.push(key);
        }
    }
    all
}

fn keys(mapping: &Value) -> Vec<&str> {
    match mapping {
        Value::Object(members) => members.keys().map(String::as_str).collect(),
        _ => Vec::new(),
    }
}

/// One value of a member, as it is shown.
fn in_words(format: Format, value: &Value) -> String {
    match (format, value.as_str()) {
        (Role, Some(arn)) => OutsideText::new(last_part(arn)).to_string(),
        (Role, None) => "none".to_owned(),
        (Format::Image, Some(image)) => image_in_words(image),
        _ => plain(value),
    }
}

fn plain(value: &Value) -> String {
    let text = match value {
        Value::Null => return "none".to_owned(),
        Value::String(text) => text.clone(),
        other => other.to_string(),
    };
    OutsideText::new(text).to_string()
}

/// What stands for each entry of a list (or value of a mapping).
fn entries(format: Format, value: &Value) -> Vec<String> {
    let values: Vec<&Value> = match value {
        Value::Array(list) => list.iter().collect(),
        Value::Object(members) => members.values().collect(),
        _ => Vec::new(),
    };
    // A list may be written as a mapping by mistake: its values may be secret, and have no name.
    let entries = values.into_iter().filter_map(|value| entry(format, value));
    entries.collect()
}

fn entry(format: Format, value: &Value) -> Option<String> {
    match format {
        Files => value["value"].as_str().map(last_part),
        Ports => port(value),
        Named => value["name"].as_str().map(str::to_owned),
        _ => Some(plain(value)),
    }
}

fn last_part(arn: &str) -> String {
    let (_, last) = arn.rsplit_once('/').unwrap_or(("", arn));
    last.to_owned()
}

fn port(mapping: &Value) -> Option<String> {
    if let Some(port) = mapping["containerPort"].as_u64() {
        return Some(port.to_string());
    }
    // A mapping has either a port or a range.
    Some(mapping["containerPortRange"].as_str()?.to_owned())
}

#[cfg(test)]
mod tests;
