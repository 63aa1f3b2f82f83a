//! A repository's lifecycle policy: read, previewed, and applied.

use serde_json::{Value, json};

use super::super::World;
use super::super::input::{Page, list, put, text, with_next};
use super::super::time::{Ms, stamp};
use super::images::{find, invalid};
use super::lifecycle_rules::{Mark, marks, marks_beside_indexes};
use super::listing::paged;
use super::{Image, Repository};
use crate::aws::{Answer, AwsError};

/// A preview, made when it was asked for.
#[derive(Clone, Debug)]
pub(in super::super) struct Preview {
    policy: String,
    started_at: Ms,
    marks: Vec<Mark>,
    is_expired: bool,
}

/// A lifecycle policy's text has at least so many characters.
const SHORTEST_POLICY: usize = 100;

impl World {
    /// Gives a repository of this account a lifecycle policy: its rules.
    pub fn set_lifecycle_policy(&mut self, repo: &str, rules: &Value) {
        let text = json!({ "rules": rules }).to_string();
        assert!(
            text.len() >= SHORTEST_POLICY,
            "AWS takes no policy as short"
        );
        self.repository_of_ours(repo).lifecycle_policy = Some(text);
    }

    /// ECR no longer vouches for the last preview.
    pub fn expire_lifecycle_preview(&mut self, repo: &str) {
        let preview = self.repository_of_ours(repo).preview.as_mut();
        preview.expect("a preview was made").is_expired = true;
    }

    /// What ECR does within 24 hours, done now.
    pub fn apply_lifecycle_policy(&mut self, repo: &str) {
        let now = self.now;
        let repository = self.repository_of_ours(repo);
        let Some(policy) = repository.lifecycle_policy.clone() else {
            return;
        };
        for mark in marks_beside_indexes(repository, &policy, now) {
            if mark.is_expired {
                repository.delete(&mark.digest);
            } else if let Some(image) = repository.image_mut(&mark.digest) {
                image.archived_at = Some(now);
            }
        }
    }

    pub(super) fn get_lifecycle_policy(&self, input: &Value) -> Answer {
        let key = self.repository_key(input)?;
        let repository = self.repository(&key)?;
        let policy = repository.lifecycle_policy.as_ref();
        let policy = policy.ok_or_else(|| no_policy(&key))?;
        Ok(json!({
            "registryId": key.0,
            "repositoryName": key.1,
            "lifecyclePolicyText": policy,
            "lastEvaluatedAt": stamp(self.now),
        }))
    }

    pub(super) fn start_lifecycle_policy_preview(&mut self, input: &Value) -> Answer {
        let key = self.repository_key(input)?;
        let repository = self.repository(&key)?;
        let last = repository.preview.as_ref();
        if last.is_some_and(|last| self.status_of(last) == "IN_PROGRESS") {
            return Err(AwsError::client(
                "LifecyclePolicyPreviewInProgressException",
                "The previous lifecycle policy preview request has not completed. Wait and try again.",
            ));
        }
        let own = repository.lifecycle_policy.as_deref();
        let policy = text(input, "lifecyclePolicyText").or(own);
        let policy = policy.ok_or_else(|| no_policy(&key))?.to_owned();
        let marks = if self.switches.preview_names_index_children {
            marks(repository, &policy, self.now)
        } else {
            marks_beside_indexes(repository, &policy, self.now)
        };
        let answer = json!({
            "registryId": key.0,
            "repositoryName": key.1,
            "lifecyclePolicyText": policy,
            "status": "IN_PROGRESS",
        });
        let preview = Preview {
            policy,
            started_at: self.now,
            marks,
            is_expired: false,
        };
        self.repository_mut(&key)?.preview = Some(preview);
        Ok(answer)
    }

    pub(super) fn get_lifecycle_policy_preview(&self, input: &Value) -> Answer {
        let key = self.repository_key(input)?;
        let repository = self.repository(&key)?;
        let Some(preview) = &repository.preview else {
            let (registry, name) = &key;
            return Err(AwsError::client(
                "LifecyclePolicyPreviewNotFoundException",
                format!(
                    "There is no lifecycle policy preview for the repository with name '{name}' in the registry \
                     with id '{registry}'"
                ),
            ));
        };
        let status = self.status_of(preview);
        let mut answer = json!({
            "registryId": key.0,
            "repositoryName": key.1,
            "lifecyclePolicyText": preview.policy,
            "status": status,
        });
        if status != "COMPLETE" {
            return Ok(answer);
        }
        put(&mut answer, "summary", Some(summary(&preview.marks)));
        let (rows, next) = self.preview_rows(repository, preview, input)?;
        put(&mut answer, "previewResults", Some(rows));
        Ok(with_next(answer, next))
    }

    /// One page, or what is asked for by id; images that stay are left out.
    fn preview_rows(
        &self,
        repository: &Repository,
        preview: &Preview,
        input: &Value,
    ) -> Result<(Vec<Value>, Option<String>), AwsError> {
        let ids = list(input, "imageIds");
        if !ids.is_empty() && paged(input) {
            return Err(invalid(
                "maxResults and nextToken cannot be used when you specify imageIds",
            ));
        }
        let mut rows = Vec::new();
        for mark in &preview.marks {
            let image = repository.by_digest(&mark.digest);
            let Some(image) = image.filter(|image| self.has_tag_status(image, input)) else {
                continue;
            };
            let is_named =
                |id| find(repository, id).is_some_and(|named| named.digest == image.digest);
            if ids.is_empty() || ids.iter().any(is_named) {
                rows.push(row(image, mark));
            }
        }
        if !ids.is_empty() {
            return Ok((rows, None));
        }
        let page = Page::of_hundred(input, 100)?;
        Ok(page.cut(rows))
    }

    fn has_tag_status(&self, image: &Image, input: &Value) -> bool {
        match text(&input["filter"], "tagStatus") {
            Some("TAGGED") => !image.tags.is_empty(),
            Some("UNTAGGED") => image.tags.is_empty(),
            _ => true,
        }
    }

    fn status_of(&self, preview: &Preview) -> &'static str {
        let finished_at = preview.started_at + self.pace.lifecycle_preview;
        if preview.is_expired {
            "EXPIRED"
        } else if self.now < finished_at {
            "IN_PROGRESS"
        } else {
            "COMPLETE"
        }
    }
}

fn row(image: &Image, mark: &Mark) -> Value {
    let class = if image.archived_at.is_some() {
        "ARCHIVE"
    } else {
        "STANDARD"
    };
    json!({
        "imageTags": image.tags,
        "imageDigest": image.digest,
        "imagePushedAt": stamp(image.pushed_at),
        "action": mark.action(),
        "appliedRulePriority": mark.priority,
        "storageClass": class,
    })
}

fn summary(marks: &[Mark]) -> Value {
    let expired = marks.iter().filter(|mark| mark.is_expired).count();
    let archived = marks.len() - expired;
    json!({
        "expiringImageTotalCount": expired,
        "transitioningImageTotalCounts": [
            { "targetStorageClass": "ARCHIVE", "imageTotalCount": archived },
        ],
    })
}

fn no_policy((registry, name): &(String, String)) -> AwsError {
    AwsError::client(
        "LifecyclePolicyNotFoundException",
        format!(
            "Lifecycle policy does not exist for the repository with name '{name}' in the registry with id '{registry}'"
        ),
    )
}
