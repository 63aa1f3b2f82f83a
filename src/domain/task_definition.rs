//! A task definition revision, carried as the JSON it is: members that nobody here knows survive.

mod checks;
mod file;

use serde_json::{Map, Value, json};
use time::OffsetDateTime;

pub use checks::{choose_container, fits};

use crate::names::{ImageDigest, ImageReference, TaskDefinitionArn};

use super::platform::Platform;

/// Members that `DescribeTaskDefinition` adds and `RegisterTaskDefinition` does not take.
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

/// ECS takes this many tags on a resource.
const MAX_TAGS: usize = 50;

/// The tag that names the version a revision was registered for.
pub const TAG_VERSION: &str = "ecs-rollback-action:version";
/// The tag with the image digest a revision was registered for.
pub const TAG_DIGEST: &str = "ecs-rollback-action:digest";
/// The tag that names the workflow run that registered a revision.
pub const TAG_RUN: &str = "ecs-rollback-action:run";

/// A revision of a task definition, or what a file says one should be.
#[derive(Clone, Debug, PartialEq)]
pub struct TaskDefinition {
    /// The `taskDefinition` object as AWS or the file wrote it.
    document: Value,
    tags: Vec<(String, String)>,
    arn: Option<TaskDefinitionArn>,
}

impl TaskDefinition {
    /// Takes the `taskDefinition` object of `DescribeTaskDefinition` and the tags that came beside it.
    ///
    /// # Errors
    /// A sentence, where it has no ARN or no containers with names.
    pub fn from_describe(document: Value, tags: Vec<(String, String)>) -> Result<Self, String> {
        let arn = document["taskDefinitionArn"]
            .as_str()
            .and_then(TaskDefinitionArn::parse);
        let arn = arn.ok_or("the task definition has no ARN")?;
        file::check_containers(&document)?;
        Ok(Self {
            document,
            tags,
            arn: Some(arn),
        })
    }

    /// `None` for one that came from a file.
    pub fn arn(&self) -> Option<&TaskDefinitionArn> {
        self.arn.as_ref()
    }

    /// The family; a file may leave it out.
    pub fn family(&self) -> Option<&str> {
        self.document["family"].as_str()
    }

    /// `ACTIVE`, `INACTIVE` or `DELETE_IN_PROGRESS`; `None` for one that came from a file.
    pub fn status(&self) -> Option<&str> {
        self.document["status"].as_str()
    }

    pub fn is_active(&self) -> bool {
        self.status() == Some("ACTIVE")
    }

    pub fn registered_at(&self) -> Option<OffsetDateTime> {
        let seconds = self.document["registeredAt"].as_f64()?;
        OffsetDateTime::from_unix_timestamp_nanos((seconds * 1e3).round() as i128 * 1_000_000).ok()
    }

    pub fn container_names(&self) -> Vec<&str> {
        self.containers()
            .iter()
            .filter_map(|container| container["name"].as_str())
            .collect()
    }

    /// The container's `image` as it is written.
    pub fn image(&self, container: &str) -> Option<&str> {
        self.container(container)?["image"].as_str()
    }

    pub fn image_reference(&self, container: &str) -> Option<ImageReference> {
        self.image(container).map(ImageReference::parse)
    }

    /// Whether the container opens this port, by itself or as part of a `containerPortRange`.
    pub fn has_port(&self, container: &str, port: u16) -> bool {
        let mappings = self
            .container(container)
            .and_then(|container| container["portMappings"].as_array());
        mappings.is_some_and(|mappings| mappings.iter().any(|mapping| opens(mapping, port)))
    }

    /// The value of one of the revision's tags.
    pub fn tag(&self, key: &str) -> Option<&str> {
        self.tags
            .iter()
            .find(|(name, _)| name == key)
            .map(|(_, value)| value.as_str())
    }

    /// What its tasks run on, from `runtimePlatform`, or where only Fargate can run it, from Fargate's
    /// defaults (`LINUX`, `X86_64`). `None` where the instance decides.
    pub fn platform(&self) -> Option<Platform> {
        let platform = &self.document["runtimePlatform"];
        let fargate = self.document["requiresCompatibilities"] == json!(["FARGATE"]);
        let os = platform["operatingSystemFamily"]
            .as_str()
            .or(fargate.then_some("LINUX"));
        let os = match os {
            Some(family) if family.starts_with("WINDOWS") => "windows",
            Some(_) => "linux",
            None if platform["cpuArchitecture"].is_string() => "linux",
            None => return None,
        };
        match platform["cpuArchitecture"].as_str() {
            Some("ARM64") => Some(Platform::new(os, "arm64")),
            Some("X86_64") => Some(Platform::new(os, "amd64")),
            None if fargate || os == "windows" => Some(Platform::new(os, "amd64")),
            _ => None,
        }
    }

    /// The same revision with another image in one container; nothing else changes.
    pub fn with_image(&self, container: &str, image: &str) -> Self {
        let mut changed = self.clone();
        let containers = changed.document["containerDefinitions"].as_array_mut();
        for definition in containers
            .into_iter()
            .flatten()
            .filter(|definition| definition["name"] == container)
        {
            definition["image"] = image.into();
        }
        changed
    }

    /// Whether both say the same but for how the container's image is written, so that with one and the same
    /// digest they are one state. Tags of the revisions and what AWS adds to them do not count.
    pub fn differs_only_in_image(&self, other: &Self, container: &str) -> bool {
        let plain = |it: &Self| it.with_image(container, "").register_request("", &[]);
        let untagged = |mut request: Value| {
            request
                .as_object_mut()
                .and_then(|members| members.remove("tags"));
            request
        };
        untagged(plain(self)) == untagged(plain(other))
    }

    /// The body of `RegisterTaskDefinition`: every member but those that only describe, in their order, in
    /// `family`, with its own tags and `tags`. Tags of AWS's own (`aws:`) may not be sent; where there is no
    /// room for all, its own tags stay.
    pub fn register_request(&self, family: &str, tags: &[(String, String)]) -> Value {
        let mut request = Map::new();
        request.insert("family".into(), family.into());
        let members = self.document.as_object().into_iter().flatten();
        for (key, value) in
            members.filter(|(key, _)| !DESCRIBE_ONLY.contains(&key.as_str()) && *key != "family")
        {
            request.insert(key.clone(), value.clone());
        }
        let tags = merged_tags(&self.tags, tags);
        if !tags.is_empty() {
            let tags = tags
                .iter()
                .map(|(key, value)| json!({"key": key, "value": value}))
                .collect();
            request.insert("tags".into(), Value::Array(tags));
        }
        Value::Object(request)
    }

    /// A member of the document; `Value::Null` where there is none.
    pub(super) fn member(&self, key: &str) -> &Value {
        &self.document[key]
    }

    /// The document's members that a revision is registered with.
    pub(super) fn member_names(&self) -> impl Iterator<Item = &str> {
        let members = self
            .document
            .as_object()
            .into_iter()
            .flat_map(Map::keys)
            .map(String::as_str);
        members.filter(|key| !DESCRIBE_ONLY.contains(key))
    }

    pub(super) fn container(&self, name: &str) -> Option<&Value> {
        self.containers()
            .iter()
            .find(|container| container["name"] == name)
    }

    fn containers(&self) -> &[Value] {
        self.document["containerDefinitions"]
            .as_array()
            .map_or(&[], Vec::as_slice)
    }
}

fn opens(mapping: &Value, port: u16) -> bool {
    let range = mapping["containerPortRange"].as_str().and_then(|range| {
        let (first, last) = range.split_once('-')?;
        Some(first.parse().ok()?..=last.parse().ok()?)
    });
    mapping["containerPort"] == port || range.is_some_and(|range| range.contains(&port))
}

fn merged_tags(own: &[(String, String)], ours: &[(String, String)]) -> Vec<(String, String)> {
    let reserved = |key: &str| {
        key.get(..4)
            .is_some_and(|prefix| prefix.eq_ignore_ascii_case("aws:"))
    };
    let mut merged: Vec<_> = own
        .iter()
        .filter(|(key, _)| !reserved(key))
        .cloned()
        .collect();
    for (key, value) in ours {
        if let Some(existing) = merged.iter_mut().find(|(name, _)| name == key) {
            existing.1.clone_from(value);
        } else if merged.len() < MAX_TAGS {
            merged.push((key.clone(), value.clone()));
        }
    }
    merged
}

/// The tags of a revision that is registered here; `run` names the workflow run, by id or link.
pub fn rollback_tags(version: &str, digest: &ImageDigest, run: &str) -> Vec<(String, String)> {
    let tags = [
        (TAG_VERSION, version),
        (TAG_DIGEST, digest.as_str()),
        (TAG_RUN, run),
    ];
    let said = tags.into_iter().filter(|(_, value)| !value.is_empty());
    said.map(|(key, value)| (key.to_owned(), tag_value(value)))
        .collect()
}

/// What ECS takes as a tag's value: 256 characters, of which we write the ASCII ones.
fn tag_value(value: &str) -> String {
    let allowed = |c: &char| c.is_ascii_alphanumeric() || " _.:/=+-@".contains(*c);
    value
        .chars()
        .take(256)
        .map(|c| if allowed(&c) { c } else { '_' })
        .collect()
}

#[cfg(test)]
mod tests;
