//! ECR: repositories of this and of other accounts, their images, and the tags that move between them.

use std::collections::{BTreeMap, HashMap};

use serde_json::Value;

use super::World;
use super::behavior::Behavior;
use super::input::{required, text};
use super::time::Ms;
use crate::aws::{Answer, AwsError};

mod arrange;
mod images;
mod lifecycle;
mod lifecycle_rules;
mod listing;
mod manifest;
mod put_image;
mod reference;
mod wildcard;

pub use arrange::ImageSpec;

#[derive(Clone, Debug)]
pub(super) struct Image {
    pub digest: String,
    pub tags: Vec<String>,
    pub pushed_at: Ms,
    /// Since when it is archived; none where it is not.
    pub archived_at: Option<Ms>,
    pub restored: Option<Restored>,
    pub last_pulled_at: Option<Ms>,
    pub media_type: &'static str,
    pub manifest: String,
    pub size: u64,
    /// Of an index: platform (`linux/amd64`) and digest of each child.
    pub children: Vec<(String, String)>,
    pub behavior: Behavior,
}

/// When an image was archived that is not any more, and when it came back.
#[derive(Clone, Copy, Debug)]
pub(super) struct Restored {
    pub archived_at: Ms,
    pub activated_at: Ms,
}

impl Image {
    /// Puts an archived image back into standard storage.
    pub(crate) fn restore(&mut self, now: Ms) {
        if let Some(archived_at) = self.archived_at.take() {
            self.restored = Some(Restored {
                archived_at,
                activated_at: now,
            });
        }
    }
}

#[derive(Clone, Debug, Default)]
pub(super) struct Repository {
    pub created_at: Ms,
    pub immutable: bool,
    /// Tags that move all the same: wildcards.
    pub mutable_tags: Vec<String>,
    /// The text of its lifecycle policy.
    pub lifecycle_policy: Option<String>,
    pub preview: Option<lifecycle::Preview>,
    /// In the order of their first push; a deleted image leaves a gap.
    images: Vec<Option<Image>>,
    by_digest: HashMap<String, usize>,
    by_tag: HashMap<String, usize>,
}

impl Repository {
    pub(crate) fn images(&self) -> impl Iterator<Item = &Image> {
        self.images.iter().flatten()
    }

    pub(crate) fn by_digest(&self, digest: &str) -> Option<&Image> {
        self.by_digest
            .get(digest)
            .and_then(|&at| self.images[at].as_ref())
    }

    pub(crate) fn by_tag(&self, tag: &str) -> Option<&Image> {
        self.by_tag
            .get(tag)
            .and_then(|&at| self.images[at].as_ref())
    }

    pub(crate) fn image_mut(&mut self, digest: &str) -> Option<&mut Image> {
        self.by_digest
            .get(digest)
            .and_then(|&at| self.images[at].as_mut())
    }

    /// Adds the image, or keeps the one that is there: an image is its digest.
    pub(crate) fn add(&mut self, image: Image) {
        if !self.by_digest.contains_key(&image.digest) {
            self.by_digest
                .insert(image.digest.clone(), self.images.len());
            self.images.push(Some(image));
        }
    }

    /// Puts the tag on this image, and so takes it off the one that had it.
    pub(crate) fn tag(&mut self, digest: &str, tag: &str) {
        self.untag(tag);
        if let Some(&at) = self.by_digest.get(digest)
            && let Some(image) = self.images[at].as_mut()
        {
            image.tags.push(tag.to_owned());
            self.by_tag.insert(tag.to_owned(), at);
        }
    }

    pub(crate) fn untag(&mut self, tag: &str) {
        if let Some(at) = self.by_tag.remove(tag)
            && let Some(image) = self.images[at].as_mut()
        {
            image.tags.retain(|other| other != tag);
        }
    }

    pub(crate) fn delete(&mut self, digest: &str) {
        if let Some(at) = self.by_digest.remove(digest)
            && let Some(image) = self.images[at].take()
        {
            for tag in image.tags {
                self.by_tag.remove(&tag);
            }
        }
    }
}

#[derive(Clone, Debug, Default)]
pub(super) struct Ecr {
    /// By registry id and name.
    pub repositories: BTreeMap<(String, String), Repository>,
    /// Config blobs by digest.
    pub blobs: HashMap<String, Vec<u8>>,
    pub blob_base: Option<String>,
}

impl World {
    pub(super) fn ecr_call(&mut self, operation: &str, input: &Value) -> Answer {
        match operation {
            "DescribeImages" => self.describe_images(input),
            "BatchGetImage" => self.batch_get_image(input),
            "GetDownloadUrlForLayer" => self.get_download_url_for_layer(input),
            "ListImages" => self.list_images(input),
            "DescribeRepositories" => self.describe_repositories(input),
            "PutImage" => self.put_image(input),
            "GetLifecyclePolicy" => self.get_lifecycle_policy(input),
            "StartLifecyclePolicyPreview" => self.start_lifecycle_policy_preview(input),
            "GetLifecyclePolicyPreview" => self.get_lifecycle_policy_preview(input),
            _ => Err(super::unknown_operation(operation)),
        }
    }

    /// The registry and repository that an input names; the registry defaults to this account's.
    fn repository_key(&self, input: &Value) -> Result<(String, String), AwsError> {
        let registry = text(input, "registryId")
            .unwrap_or(&self.account)
            .to_owned();
        Ok((registry, required(input, "repositoryName")?.to_owned()))
    }

    fn repository(&self, key: &(String, String)) -> Result<&Repository, AwsError> {
        self.ecr
            .repositories
            .get(key)
            .ok_or_else(|| no_repository(key))
    }

    fn repository_mut(&mut self, key: &(String, String)) -> Result<&mut Repository, AwsError> {
        self.ecr
            .repositories
            .get_mut(key)
            .ok_or_else(|| no_repository(key))
    }
}

fn no_repository((registry, name): &(String, String)) -> AwsError {
    AwsError::client(
        "RepositoryNotFoundException",
        format!(
            "The repository with name '{name}' does not exist in the registry with id '{registry}'"
        ),
    )
}
