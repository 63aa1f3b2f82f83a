//! Images asked for by id: DescribeImages, BatchGetImage, and the layers' download addresses.

use serde_json::{Value, json};

use super::super::World;
use super::super::input::{Page, list, put, required, text, with_next};
use super::super::time::stamp;
use super::listing::paged;
use super::{Image, Repository};
use crate::aws::{Answer, AwsError};

impl World {
    pub(super) fn describe_images(&self, input: &Value) -> Answer {
        let key = self.repository_key(input)?;
        let repository = self.repository(&key)?;
        let ids = list(input, "imageIds");
        if ids.is_empty() {
            let page = Page::of(input, 100, "InvalidParameterException")?;
            let rows = repository
                .images()
                .filter(|image| self.passes(image, input));
            let (rows, next) = page.cut(rows);
            let details: Vec<Value> = rows.into_iter().map(|image| detail(image, &key)).collect();
            return Ok(with_next(json!({ "imageDetails": details }), next));
        }
        if paged(input) {
            return Err(invalid(
                "maxResults and nextToken cannot be used when you specify imageIds",
            ));
        }
        let mut found: Vec<&Image> = Vec::new();
        let mut missing = Vec::new();
        for id in ids {
            match find(repository, id).filter(|image| self.passes(image, input)) {
                Some(image) if found.iter().any(|other| other.digest == image.digest) => {}
                Some(image) => found.push(image),
                None => missing.push(name(id)),
            }
        }
        if missing.is_empty() {
            let details: Vec<Value> = found.into_iter().map(|image| detail(image, &key)).collect();
            return Ok(json!({ "imageDetails": details }));
        }
        Err(AwsError::client(
            "ImageNotFoundException",
            not_found(&missing, &key),
        ))
    }

    /// Whether the filter on status and tags lets the image through.
    pub(super) fn passes(&self, image: &Image, input: &Value) -> bool {
        let filter = input.get("filter").unwrap_or(&Value::Null);
        let default = if self.switches.archived_hidden_by_default {
            "ACTIVE"
        } else {
            "ANY"
        };
        let status = text(filter, "imageStatus").unwrap_or(default);
        let tagged = match text(filter, "tagStatus") {
            Some("TAGGED") => !image.tags.is_empty(),
            Some("UNTAGGED") => image.tags.is_empty(),
            _ => true,
        };
        tagged && (status == "ANY" || status == status_of(image))
    }

    pub(super) fn batch_get_image(&self, input: &Value) -> Answer {
        let key = self.repository_key(input)?;
        let repository = self.repository(&key)?;
        let mut images = Vec::new();
        let mut failures = Vec::new();
        for id in list(input, "imageIds") {
            match find(repository, id) {
                Some(image) if image.archived_at.is_none() => {
                    images.push(image_json(image, text(id, "imageTag"), &key));
                }
                Some(_) => failures.push(json!({
                    "imageId": id,
                    "failureCode": "ImageInaccessible",
                    "failureReason": "Requested image is archived",
                })),
                None => failures.push(json!({
                    "imageId": id,
                    "failureCode": "ImageNotFound",
                    "failureReason": "Requested image not found",
                })),
            }
        }
        Ok(json!({ "images": images, "failures": failures }))
    }

    pub(super) fn get_download_url_for_layer(&self, input: &Value) -> Answer {
        let key = self.repository_key(input)?;
        self.repository(&key)?;
        let digest = required(input, "layerDigest")?;
        if !self.ecr.blobs.contains_key(digest) {
            return Err(AwsError::client(
                "LayersNotFoundException",
                format!(
                    "The layer with digest '{digest}' does not exist in the repository '{}'",
                    key.1
                ),
            ));
        }
        let base = self
            .ecr
            .blob_base
            .as_deref()
            .unwrap_or("https://blobs.ecr.sim");
        Ok(json!({ "downloadUrl": format!("{base}/_blob/{digest}"), "layerDigest": digest }))
    }
}

/// The image that an id names; where it gives digest and tag, both must fit.
pub(super) fn find<'a>(repository: &'a Repository, id: &Value) -> Option<&'a Image> {
    match (text(id, "imageDigest"), text(id, "imageTag")) {
        (Some(digest), None) => repository.by_digest(digest),
        (digest, Some(tag)) => repository
            .by_tag(tag)
            .filter(|image| digest.is_none_or(|digest| image.digest == digest)),
        (None, None) => None,
    }
}

pub(super) fn image_json(
    image: &Image,
    tag: Option<&str>,
    (registry, name): &(String, String),
) -> Value {
    let mut id = json!({ "imageDigest": image.digest });
    put(&mut id, "imageTag", tag);
    json!({
        "registryId": registry,
        "repositoryName": name,
        "imageId": id,
        "imageManifest": image.manifest,
        "imageManifestMediaType": image.media_type,
    })
}

fn status_of(image: &Image) -> &'static str {
    if image.archived_at.is_some() {
        "ARCHIVED"
    } else {
        "ACTIVE"
    }
}

fn detail(image: &Image, (registry, name): &(String, String)) -> Value {
    let mut detail = json!({
        "registryId": registry,
        "repositoryName": name,
        "imageDigest": image.digest,
        "imageSizeInBytes": image.size,
        "imagePushedAt": stamp(image.pushed_at),
        "imageManifestMediaType": image.media_type,
        "imageStatus": status_of(image),
    });
    put(
        &mut detail,
        "imageTags",
        (!image.tags.is_empty()).then(|| json!(image.tags)),
    );
    let was_archived = image.restored.map(|restored| restored.archived_at);
    put(
        &mut detail,
        "lastArchivedAt",
        image.archived_at.or(was_archived).map(stamp),
    );
    put(
        &mut detail,
        "lastActivatedAt",
        image.restored.map(|restored| stamp(restored.activated_at)),
    );
    put(
        &mut detail,
        "lastRecordedPullTime",
        image.last_pulled_at.map(stamp),
    );
    if image.children.is_empty() {
        put(
            &mut detail,
            "artifactMediaType",
            Some("application/vnd.oci.image.config.v1+json"),
        );
    }
    detail
}

fn name(id: &Value) -> String {
    let part = |member| text(id, member).unwrap_or("null").to_owned();
    format!(
        "{{imageDigest:'{}', imageTag:'{}'}}",
        part("imageDigest"),
        part("imageTag")
    )
}

fn not_found(missing: &[String], (registry, name): &(String, String)) -> String {
    let (what, verb) = match missing {
        [one] => (format!("The image with imageId {one}"), "does"),
        many => (
            format!("The images with imageIds [{}]", many.join(", ")),
            "do",
        ),
    };
    format!(
        "{what} {verb} not exist within the repository with name '{name}' in the registry with id '{registry}'"
    )
}

pub(super) fn invalid(message: &str) -> AwsError {
    AwsError::client("InvalidParameterException", message)
}
