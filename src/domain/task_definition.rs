//! A task definition revision, carried as the JSON it is: members that nobody here knows survive.

mod checks;
mod conform;
mod file;
mod shape;
mod traffic;

use std::{fmt, ops::RangeInclusive};

use serde_json::{Map, Value, json};

pub(super) use checks::container_list;
pub(crate) use checks::{check_other_images, choose_container, fits};
pub(super) use file::DESCRIBE_ONLY;
pub(crate) use traffic::check_traffic;

use super::{document::list, platform::Platform};
use crate::{
    error::{Code, Problem},
    names::{ImageDigest, ImageReference, TaskDefinitionArn},
};

/// ECS takes this many tags on a resource.
const MAX_TAGS: usize = 50;
/// ECS takes this many characters as a tag's value.
const MAX_TAG_VALUE: usize = 256;

/// The tag that names the version a revision was registered for.
const TAG_VERSION: &str = "ecs-rollback-action:version";
/// The tag with the image digest a revision was registered for.
pub(crate) const TAG_DIGEST: &str = "ecs-rollback-action:digest";
/// The tag with the marker of the run that registered a revision.
pub(crate) const TAG_RUN: &str = "ecs-rollback-action:run";
/// The tag with GitHub's run and its attempt: `1234567890/1`.
const TAG_GITHUB_RUN: &str = "ecs-rollback-action:github-run";

/// Key and value.
pub(super) type Tag = (String, String);
type Tags = Vec<Tag>;

/// A revision of a task definition, or what a file says one should be.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct TaskDefinition {
    /// The `taskDefinition` object as AWS or the file wrote it.
    document: Value,
    tags: Tags,
    arn: Option<TaskDefinitionArn>,
}

impl TaskDefinition {
    /// Takes the `taskDefinition` object of `DescribeTaskDefinition` and the tags that came beside it.
    ///
    /// # Errors
    /// A sentence, where it has no ARN or no containers with names.
    pub(crate) fn from_describe(document: Value, tags: Tags) -> Result<Self, String> {
        let arn = document["taskDefinitionArn"].as_str();
        let arn = arn.and_then(TaskDefinitionArn::parse);
        let arn = arn.ok_or("the task definition has no ARN")?;
        file::check_containers(&document)?;
        Ok(Self {
            document,
            tags,
            arn: Some(arn),
        })
    }

    /// Reads the bare document, the `{"taskDefinition": {…}}` that the AWS CLI prints, or register input.
    /// What AWS added when it described a revision is dropped: the file may have been changed since. Values become
    /// what the type of their member says (`cpu: "256"` of a container a number, `8080` in a command a text).
    /// `origin` is the file's path, for messages.
    ///
    /// # Errors
    /// [`Code::FileInvalid`] where it is no task definition, or one that ECS can't take.
    pub(crate) fn from_file(text: &str, origin: impl fmt::Display) -> Result<Self, Problem> {
        match file::read(text) {
            Ok((document, tags)) => Ok(Self {
                document,
                tags,
                arn: None,
            }),
            Err(refusal) => {
                let message = format!("{origin} {}", refusal.what);
                Err(Problem::new(Code::FileInvalid, message, refusal.hint))
            }
        }
    }

    /// `None` for one that came from a file.
    pub(crate) fn arn(&self) -> Option<&TaskDefinitionArn> {
        self.arn.as_ref()
    }

    /// `web1:7`, or how to speak of one that is not registered.
    pub(super) fn name(&self) -> String {
        match &self.arn {
            Some(arn) => arn.short(),
            None => "the new revision".to_owned(),
        }
    }

    /// The family; a file may leave it out.
    pub(crate) fn family(&self) -> Option<&str> {
        self.document["family"].as_str()
    }

    /// `ACTIVE`, `INACTIVE` or `DELETE_IN_PROGRESS`; `None` for one that came from a file.
    pub(crate) fn status(&self) -> Option<&str> {
        self.document["status"].as_str()
    }

    pub(crate) fn is_active(&self) -> bool {
        self.status() == Some("ACTIVE")
    }

    pub(crate) fn container_names(&self) -> Vec<&str> {
        let containers = self.containers().iter();
        containers.filter_map(|c| c["name"].as_str()).collect()
    }

    /// The container's `image` as it is written.
    pub(crate) fn image(&self, container: &str) -> Option<&str> {
        self.container(container)?["image"].as_str()
    }

    fn image_reference(&self, container: &str) -> Option<ImageReference> {
        self.image(container).map(ImageReference::parse)
    }

    /// Whether the container opens this port, by itself or as part of a `containerPortRange`.
    pub(crate) fn has_port(&self, container: &str, port: u16) -> bool {
        let container = self.container(container).unwrap_or(&Value::Null);
        let mut mappings = list(&container["portMappings"]).iter();
        mappings.any(|mapping| opens(mapping, port))
    }

    /// The value of one of the revision's tags.
    pub(crate) fn tag(&self, key: &str) -> Option<&str> {
        let (_, value) = self.tags.iter().find(|(name, _)| name == key)?;
        Some(value)
    }

    /// What its tasks run on, from `runtimePlatform`, or where only Fargate can run it, from Fargate's
    /// defaults (`LINUX`, `X86_64`). `None` where the instance decides.
    pub(crate) fn platform(&self) -> Option<Platform> {
        let platform = &self.document["runtimePlatform"];
        let family = platform["operatingSystemFamily"].as_str();
        let architecture = platform["cpuArchitecture"].as_str();
        let only_fargate = self.is_only_for_fargate();
        // ECS calls Windows by its versions: `WINDOWS_SERVER_2022_CORE`.
        let is_windows = family.is_some_and(|family| family.starts_with("WINDOWS"));
        if family.is_none() && architecture.is_none() && !only_fargate {
            return None;
        }
        let architecture = match architecture {
            Some("ARM64") => "arm64",
            Some("X86_64") => "amd64",
            // Windows on ECS is x86 only.
            None if only_fargate || is_windows => "amd64",
            _ => return None,
        };
        let os = if is_windows { "windows" } else { "linux" };
        Some(Platform::new(os, architecture))
    }

    fn is_only_for_fargate(&self) -> bool {
        self.document["requiresCompatibilities"] == json!(["FARGATE"])
    }

    /// The same revision with another image in these containers; nothing else changes.
    pub(crate) fn with_image(&self, containers: &[&str], image: &str) -> Self {
        let mut changed = self.clone();
        let definitions = changed.document["containerDefinitions"].as_array_mut();
        for definition in definitions.into_iter().flatten() {
            let name = definition["name"].as_str().unwrap_or_default();
            if containers.contains(&name) {
                definition["image"] = image.into();
            }
        }
        changed
    }

    /// The containers that have the same image as this one, itself among them: as it is written, or as `is_same` says.
    pub(crate) fn containers_like(
        &self,
        container: &str,
        is_same: impl Fn(&str) -> bool,
    ) -> Vec<&str> {
        let image = self.image(container);
        let mut names = Vec::new();
        for name in self.container_names() {
            let own = self.image(name);
            if name == container || own.is_some_and(|own| Some(own) == image || is_same(own)) {
                names.push(name);
            }
        }
        names
    }

    /// Whether both say the same but for how the container's image is written, so that with one and the same
    /// digest they are one state. Tags of the revisions and what AWS adds to them do not count.
    pub(crate) fn differs_only_in_image(&self, other: &Self, container: &str) -> bool {
        self.without_image(container) == other.without_image(container)
    }

    fn without_image(&self, container: &str) -> Map<String, Value> {
        let containers = self.containers_like(container, |_| false);
        let mut members = self.with_image(&containers, "").registered_members();
        // A family is where a revision is registered, not what it runs.
        members.remove("family");
        members.remove("tags");
        members
    }

    /// The body of `RegisterTaskDefinition`: every member but those that only describe, in their order, in
    /// `family`, with its own tags and `tags`. Where there is no room for all tags, its own stay.
    pub(crate) fn register_request(&self, family: &str, tags: &[Tag]) -> Value {
        let mut request = Map::new();
        request.insert("family".into(), family.into());
        // The family may be missing in a file, and is the service's own then.
        for (key, value) in self.registered_members() {
            if key != "family" {
                request.insert(key, value);
            }
        }
        let tags = merged_tags(&self.tags, tags);
        // With tags, ECS wants the permission `ecs:TagResource`, which a role without tags need not have.
        if !tags.is_empty() {
            request.insert("tags".into(), tags.iter().map(tag_member).collect());
        }
        Value::Object(request)
    }

    /// The members that a revision is registered with, in their order.
    fn registered_members(&self) -> Map<String, Value> {
        let mut members = self.document.as_object().cloned().unwrap_or_default();
        members.retain(|key, _| !DESCRIBE_ONLY.contains(&key.as_str()));
        members
    }

    pub(super) fn document(&self) -> &Value {
        &self.document
    }

    pub(super) fn container(&self, name: &str) -> Option<&Value> {
        let mut containers = self.containers().iter();
        containers.find(|container| container["name"] == name)
    }

    fn containers(&self) -> &[Value] {
        list(&self.document["containerDefinitions"])
    }
}

fn opens(mapping: &Value, port: u16) -> bool {
    let range = port_range(mapping);
    mapping["containerPort"] == port || range.is_some_and(|range| range.contains(&port))
}

/// `9000-9010`
fn port_range(mapping: &Value) -> Option<RangeInclusive<u16>> {
    let range = mapping["containerPortRange"].as_str()?;
    let (first, last) = range.split_once('-')?;
    Some(first.parse().ok()?..=last.parse().ok()?)
}

fn tag_member((key, value): &Tag) -> Value {
    json!({"key": key, "value": value})
}

/// A revision's own tags with ours; of one key, ours count.
fn merged_tags(own: &[Tag], ours: &[Tag]) -> Tags {
    let mut merged = own.to_vec();
    // AWS refuses to be sent tags of its own (`aws:cloudformation:stack-name`), in any letter case.
    merged.retain(|(key, _)| !key.to_ascii_lowercase().starts_with("aws:"));
    for (key, value) in ours {
        if let Some((_, existing)) = merged.iter_mut().find(|(name, _)| name == key) {
            existing.clone_from(value);
        } else if merged.len() < MAX_TAGS {
            // Cost reports may rely on the revision's own tags: where there is no room, ours are left out.
            merged.push((key.clone(), value.clone()));
        }
    }
    merged
}

/// The tags of a revision that is registered here; `marker` names the run, `github_run` GitHub's run of it
/// (`1234567890/1`), where there is one.
pub(crate) fn rollback_tags(
    version: &str,
    digest: &ImageDigest,
    marker: &str,
    github_run: Option<&str>,
) -> Tags {
    let mut tags = Vec::new();
    // Where a revision has room for some of them only, the first are worth most.
    for (key, value) in [
        (TAG_VERSION, version),
        (TAG_DIGEST, digest.as_str()),
        (TAG_RUN, marker),
        (TAG_GITHUB_RUN, github_run.unwrap_or_default()),
    ] {
        if !value.is_empty() {
            tags.push((key.to_owned(), tag_value(value)));
        }
    }
    tags
}

/// The text with nothing that ECS does not take in a tag's value.
fn tag_value(value: &str) -> String {
    let value: String = value.chars().take(MAX_TAG_VALUE).collect();
    value.replace(|c| !is_taken(c), "_")
}

fn is_taken(c: char) -> bool {
    // ECS also takes letters of other scripts, but not every one: ASCII is safe.
    c.is_ascii_alphanumeric() || " _.:/=+-@".contains(c)
}

#[cfg(test)]
mod tests;
