//! PutImage as retagging uses it: the manifest of an image that is there, under another tag.

use serde_json::{Value, json};

use super::super::World;
use super::super::input::{required, text};
use super::{Repository, images, manifest};
use crate::aws::{Answer, AwsError};

impl World {
    pub(super) fn put_image(&mut self, input: &Value) -> Answer {
        let key = self.repository_key(input)?;
        let tag = text(input, "imageTag");
        let digest = manifest::digest(required(input, "imageManifest")?);
        let repository = self
            .ecr
            .repositories
            .get_mut(&key)
            .ok_or_else(|| super::no_repository(&key))?;
        if text(input, "imageDigest").is_some_and(|given| given != digest) {
            return Err(AwsError::client(
                "ImageDigestDoesNotMatchException",
                "The specified image digest does not match the digest that Amazon ECR calculated for the image",
            ));
        }
        if repository.by_digest(&digest).is_none() {
            return Err(AwsError::client(
                "LayersNotFoundException",
                format!(
                    "The layers of the image '{digest}' do not exist in the repository '{}'",
                    key.1
                ),
            ));
        }
        if let Some(tag) = tag {
            check_tag(repository, &key, &digest, tag)?;
            repository.tag(&digest, tag);
        }
        let image = self
            .repository(&key)?
            .by_digest(&digest)
            .map(|image| images::image_json(image, tag, &key));
        Ok(json!({ "image": image }))
    }
}

// the tag may be on this image already, or fixed on another one
fn check_tag(
    repository: &Repository,
    key: &(String, String),
    digest: &str,
    tag: &str,
) -> Result<(), AwsError> {
    let (registry, name) = key;
    match repository.by_tag(tag) {
        Some(holder) if holder.digest == digest => Err(AwsError::client(
            "ImageAlreadyExistsException",
            format!(
                "Image with digest '{digest}' and tag '{tag}' already exists in the repository with name '{name}' \
                 in registry with id '{registry}'"
            ),
        )),
        Some(_) if repository.immutable => Err(AwsError::client(
            "ImageTagAlreadyExistsException",
            format!(
                "The image tag '{tag}' already exists in the '{name}' repository and cannot be overwritten \
                 because the tag is immutable."
            ),
        )),
        _ => Ok(()),
    }
}
