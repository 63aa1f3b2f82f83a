//! What differs between two revisions, for people. Environment variables and secrets by name only: a value
//! never leaves the task definition.

use serde::Serialize;
use serde_json::{Map, Value};

use super::task_definition::TaskDefinition;

/// One line of difference between what runs now and the target's revision: `env − NEW_FLAG`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Change {
    /// `image`, `env`, `secrets`, `cpu`, `memory`, `task role`, `execution role`, `ports`, …; prefixed by the container where it is not the rolled-back one.
    pub what: String,
    /// `v1.2.0 → v1.0.0`, `− NEW_FLAG`, `+ OLD_FLAG`, `512 → 1024`. Names only, never values of environment variables.
    pub change: String,
}

/// What differs between `before` (what runs now) and `after` (the target's revision). Versions stand for the
/// image of `container`, the one that is rolled back.
pub fn changes(
    before: &TaskDefinition,
    after: &TaskDefinition,
    container: &str,
    before_version: &str,
    after_version: &str,
) -> Vec<Change> {
    let mut changes = Changes {
        list: Vec::new(),
        prefix: String::new(),
    };
    if before_version != after_version {
        changes.push("image", format!("{before_version} → {after_version}"));
    }
    if let (Some(old), Some(new)) = (before.container(container), after.container(container)) {
        changes.container(old, new, true);
    }
    let names = |td: &TaskDefinition| {
        td.container_names()
            .into_iter()
            .map(str::to_owned)
            .collect::<Vec<_>>()
    };
    changes.set("containers", &names(before), &names(after));
    changes.task(before, after);
    for name in before
        .container_names()
        .into_iter()
        .filter(|name| *name != container)
    {
        if let (Some(old), Some(new)) = (before.container(name), after.container(name)) {
            changes.prefix = format!("{name} ");
            changes.container(old, new, false);
        }
    }
    changes.list
}

/// How one member is told.
enum Told {
    /// `512 → 1024`
    Values,
    /// The last part of an ARN: `old-role → new-role`
    Role,
    /// `+ 8080`, by what a function reads from each entry
    Set(fn(&Value) -> Option<String>),
    /// `− NAME`, `+ NAME`, `~ NAME` for a list of entries with a name
    Named(&'static str),
    /// `changed`, where a value may be long or secret
    Changed,
}

/// A task definition's members in the order they are told, with the words people use.
const TASK: [(&str, &str, Told); 9] = [
    ("cpu", "cpu", Told::Values),
    ("memory", "memory", Told::Values),
    ("taskRoleArn", "task role", Told::Role),
    ("executionRoleArn", "execution role", Told::Role),
    ("networkMode", "network mode", Told::Values),
    (
        "runtimePlatform",
        "platform",
        Told::Set(|value| Some(plain(value))),
    ),
    ("volumes", "volumes", Told::Named("name")),
    (
        "requiresCompatibilities",
        "compatibilities",
        Told::Set(|value| Some(plain(value))),
    ),
    ("ephemeralStorage", "ephemeral storage", Told::Changed),
];

/// A container definition's members likewise.
const CONTAINER: [(&str, &str, Told); 12] = [
    ("environment", "env", Told::Named("name")),
    ("secrets", "secrets", Told::Named("name")),
    (
        "environmentFiles",
        "env files",
        Told::Set(|file| file["value"].as_str().map(last_part)),
    ),
    ("cpu", "container cpu", Told::Values),
    ("memory", "container memory", Told::Values),
    ("memoryReservation", "memory reservation", Told::Values),
    ("portMappings", "ports", Told::Set(port)),
    ("command", "command", Told::Changed),
    ("entryPoint", "entry point", Told::Changed),
    ("healthCheck", "health check", Told::Changed),
    ("logConfiguration", "log configuration", Told::Changed),
    ("essential", "essential", Told::Values),
];

struct Changes {
    list: Vec<Change>,
    /// Put before `what` where it is not about the task or the rolled-back container.
    prefix: String,
}

impl Changes {
    fn push(&mut self, what: &str, change: String) {
        self.list.push(Change {
            what: format!("{}{what}", self.prefix),
            change,
        });
    }

    fn task(&mut self, before: &TaskDefinition, after: &TaskDefinition) {
        for (key, what, told) in TASK {
            self.member(what, &told, before.member(key), after.member(key));
        }
        let told = |key: &str| {
            ["family", "containerDefinitions"].contains(&key)
                || TASK.iter().any(|(known, ..)| *known == key)
        };
        self.others(before.member_names(), after.member_names(), told, |key| {
            differ(before.member(key), after.member(key))
        });
    }

    /// `swapped`: the image is told already, by its versions.
    fn container(&mut self, before: &Value, after: &Value, swapped: bool) {
        if !swapped {
            self.member("image", &Told::Values, &before["image"], &after["image"]);
        }
        for (key, what, told) in CONTAINER {
            self.member(
                what,
                &told,
                &as_described(key, &before[key]),
                &as_described(key, &after[key]),
            );
        }
        let told = |key: &str| {
            ["name", "image"].contains(&key) || CONTAINER.iter().any(|(known, ..)| *known == key)
        };
        self.others(keys(before), keys(after), told, |key| {
            differ(&before[key], &after[key])
        });
    }

    /// Every member that has no words of its own is named where it differs.
    fn others<'a>(
        &mut self,
        before: impl Iterator<Item = &'a str>,
        after: impl Iterator<Item = &'a str>,
        told: impl Fn(&str) -> bool,
        differs: impl Fn(&str) -> bool,
    ) {
        let mut keys = Vec::new();
        for key in before.chain(after).filter(|key| !told(key) && differs(key)) {
            if !keys.contains(&key) {
                keys.push(key);
            }
        }
        keys.into_iter()
            .for_each(|key| self.push(key, "changed".into()));
    }

    fn member(&mut self, what: &str, told: &Told, before: &Value, after: &Value) {
        if !differ(before, after) {
            return;
        }
        let told_before = self.list.len();
        match told {
            Told::Values => self.push(what, format!("{} → {}", plain(before), plain(after))),
            Told::Role => self.push(what, format!("{} → {}", role(before), role(after))),
            Told::Set(read) => self.set(what, &entries(before, *read), &entries(after, *read)),
            Told::Named(key) => self.named(what, key, before, after),
            Told::Changed => {}
        }
        if self.list.len() == told_before {
            self.push(what, "changed".into());
        }
    }

    fn set(&mut self, what: &str, before: &[String], after: &[String]) {
        for gone in before.iter().filter(|entry| !after.contains(entry)) {
            self.push(what, format!("− {gone}"));
        }
        for new in after.iter().filter(|entry| !before.contains(entry)) {
            self.push(what, format!("+ {new}"));
        }
    }

    fn named(&mut self, what: &str, key: &str, before: &Value, after: &Value) {
        let name = |entry: &Value| entry[key].as_str().map(str::to_owned);
        let list = |value: &Value| value.as_array().cloned().unwrap_or_default();
        let names = |value: &Value| list(value).iter().filter_map(name).collect::<Vec<_>>();
        self.set(what, &names(before), &names(after));
        let entry = |value: &Value, wanted: &str| {
            list(value).into_iter().find(|entry| entry[key] == wanted)
        };
        for both in names(after)
            .iter()
            .filter(|name| names(before).contains(name))
        {
            if entry(before, both) != entry(after, both) {
                self.push(what, format!("~ {both}"));
            }
        }
    }
}

fn differ(before: &Value, after: &Value) -> bool {
    before != after && !(is_nothing(before) && is_nothing(after))
}

/// A member with what ECS fills in when it registers a revision: a file leaves that out, and differs in nothing.
fn as_described(key: &str, value: &Value) -> Value {
    let mut value = value.clone();
    match key {
        "essential" if value.is_null() => value = true.into(),
        "portMappings" => value
            .as_array_mut()
            .into_iter()
            .flatten()
            .for_each(fill_port),
        _ => {}
    }
    value
}

fn fill_port(mapping: &mut Value) {
    let Some(members) = mapping.as_object_mut() else {
        return;
    };
    members.entry("protocol").or_insert_with(|| "tcp".into());
    // In the network mode awsvpc the two are always the same.
    if members.get("hostPort") == members.get("containerPort") {
        members.remove("hostPort");
    }
}

fn keys(mapping: &Value) -> impl Iterator<Item = &str> {
    mapping
        .as_object()
        .into_iter()
        .flat_map(Map::keys)
        .map(String::as_str)
}

/// AWS writes what isn't there as nothing, as an empty list or as 0.
fn is_nothing(value: &Value) -> bool {
    value.is_null() || *value == 0 || value.as_array().is_some_and(Vec::is_empty)
}

fn plain(value: &Value) -> String {
    match value {
        Value::Null => "none".into(),
        Value::String(text) => text.clone(),
        other => other.to_string(),
    }
}

/// The entries of a list, or the values of a mapping.
fn entries(value: &Value, read: fn(&Value) -> Option<String>) -> Vec<String> {
    match value {
        Value::Array(list) => list.iter().filter_map(read).collect(),
        Value::Object(members) => members.values().filter_map(read).collect(),
        _ => Vec::new(),
    }
}

fn role(value: &Value) -> String {
    value.as_str().map_or_else(|| "none".into(), last_part)
}

fn last_part(arn: &str) -> String {
    arn.rsplit('/').next().unwrap_or(arn).to_owned()
}

fn port(mapping: &Value) -> Option<String> {
    let port = mapping["containerPort"]
        .as_u64()
        .map(|port| port.to_string());
    port.or_else(|| mapping["containerPortRange"].as_str().map(str::to_owned))
}

#[cfg(test)]
mod tests;
