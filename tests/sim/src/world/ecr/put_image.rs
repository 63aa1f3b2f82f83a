//! PutImage as retagging uses it: the manifest of an image that is there, under another tag.

use serde_json::{Value, json};

use super::super::World;
use super::super::input::{required, text};
use super::super::switches::Switches;
use super::wildcard::is_match;
use super::{Image, Repository, images, manifest};
use crate::aws::{Answer, AwsError};

type Key = (String, String);

impl World {
    pub(super) fn put_image(&mut self, input: &Value) -> Answer {
        let key = self.repository_key(input)?;
        let tag = text(input, "imageTag");
        let digest = manifest::digest(required(input, "imageManifest")?);
        if text(input, "imageDigest").is_some_and(|given| given != digest) {
            return Err(AwsError::client(
                "ImageDigestDoesNotMatchException",
                "The specified image digest does not match the digest that Amazon ECR calculated for the image",
            ));
        }
        let repository = self.repository(&key)?;
        let Some(image) = repository.by_digest(&digest) else {
            return Err(AwsError::client(
                "LayersNotFoundException",
                format!(
                    "The layers of the image '{digest}' do not exist in the repository '{}'",
                    key.1
                ),
            ));
        };
        check_media_type(image, input)?;
        check_tag(repository, &self.switches, &key, image, tag)?;
        if self.switches.retag_asks_for_children {
            check_children(repository, image)?;
        }
        self.put(&key, &digest, tag)
    }

    fn put(&mut self, key: &Key, digest: &str, tag: Option<&str>) -> Answer {
        let now = self.now;
        let repository = self.repository_mut(key)?;
        if let Some(tag) = tag {
            repository.tag(digest, tag);
        }
        // ECR's user guide, "Archiving an image": pushing it again restores it.
        if let Some(image) = repository.image_mut(digest) {
            image.restore(now);
        }
        let image = repository
            .by_digest(digest)
            .map(|image| images::image_json(image, tag, key));
        Ok(json!({ "image": image }))
    }
}

fn check_media_type(image: &Image, input: &Value) -> Result<(), AwsError> {
    match text(input, "imageManifestMediaType") {
        Some(given) if given != image.media_type => Err(images::invalid(
            "The specified imageManifestMediaType does not match the manifest's mediaType",
        )),
        _ => Ok(()),
    }
}

fn check_children(repository: &Repository, image: &Image) -> Result<(), AwsError> {
    for (_, child) in &image.children {
        if repository.by_digest(child).is_none() {
            return Err(AwsError::client(
                "ReferencedImagesNotFoundException",
                format!("Image with digest '{child}' that the manifest refers to does not exist"),
            ));
        }
    }
    Ok(())
}

// the tag may be on this image already, or fixed on another one; with no tag nothing new would be put
fn check_tag(
    repository: &Repository,
    switches: &Switches,
    key: &Key,
    image: &Image,
    tag: Option<&str>,
) -> Result<(), AwsError> {
    let Some(tag) = tag else {
        return match image.archived_at {
            None => Err(already_there(key, image, tag)),
            Some(_) => Ok(()),
        };
    };
    let is_fixed = repository.is_immutable(tag);
    match repository.by_tag(tag) {
        Some(holder) if holder.digest == image.digest => {
            if is_fixed && switches.own_immutable_tag_is_taken {
                return Err(taken(key, tag));
            }
            Err(already_there(key, image, Some(tag)))
        }
        Some(_) if is_fixed => Err(taken(key, tag)),
        _ => Ok(()),
    }
}

impl Repository {
    fn is_immutable(&self, tag: &str) -> bool {
        self.immutable
            && !self
                .mutable_tags
                .iter()
                .any(|mutable| is_match(mutable, tag))
    }
}

fn already_there((registry, name): &Key, image: &Image, tag: Option<&str>) -> AwsError {
    let tag = tag.unwrap_or("null");
    AwsError::client(
        "ImageAlreadyExistsException",
        format!(
            "Image with digest '{}' and tag '{tag}' already exists in the repository with name '{name}' \
             in registry with id '{registry}'",
            image.digest
        ),
    )
}

fn taken((_, name): &Key, tag: &str) -> AwsError {
    AwsError::client(
        "ImageTagAlreadyExistsException",
        format!(
            "The image tag '{tag}' already exists in the '{name}' repository and cannot be overwritten \
             because the tag is immutable."
        ),
    )
}
