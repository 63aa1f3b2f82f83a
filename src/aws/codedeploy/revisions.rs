//! The AppSpecs of past deployments.

use aws_sdk_codedeploy::types::RevisionLocation;
use futures_util::future::try_join_all;

use super::super::{Aws, Failure, Operation};
use super::{PER_BATCH, operation};
use crate::names::ApplicationName;

pub const BATCH_GET_APPLICATION_REVISIONS: Operation = operation("BatchGetApplicationRevisions");

/// Where an AppSpec is: CodeDeploy has it by its hash, or it lies elsewhere.
#[derive(Clone, Debug, PartialEq)]
pub struct Revision(RevisionLocation);

impl Revision {
    pub(super) fn at(location: RevisionLocation) -> Self {
        Self(location)
    }

    /// What tells two revisions apart, where CodeDeploy itself holds the AppSpec.
    pub fn sha256(&self) -> Option<&str> {
        let Self(location) = self;
        location
            .app_spec_content()
            .and_then(|content| content.sha256())
            .or_else(|| location.string().and_then(|string| string.sha256()))
    }

    /// `s3://bucket/key`, or another place that this action cannot read.
    pub fn elsewhere(&self) -> Option<String> {
        let Self(location) = self;
        if let Some(s3) = location.s3_location() {
            return Some(format!(
                "s3://{}/{}",
                s3.bucket().unwrap_or("?"),
                s3.key().unwrap_or("?")
            ));
        }
        location.git_hub_location().map(|_| "GitHub".to_owned())
    }

    fn content(&self) -> Option<&str> {
        let Self(location) = self;
        location
            .app_spec_content()
            .and_then(|content| content.content())
            .or_else(|| location.string().and_then(|string| string.content()))
    }
}

impl Aws {
    /// `BatchGetApplicationRevisions`: hash and text of each AppSpec that CodeDeploy holds; others are left out.
    pub async fn batch_get_application_revisions(
        &self,
        application: &ApplicationName,
        revisions: &[Revision],
    ) -> Result<Vec<(String, String)>, Failure> {
        let calls = revisions.chunks(PER_BATCH).map(|chunk| async move {
            let request = self
                .codedeploy
                .batch_get_application_revisions()
                .application_name(application.as_str())
                .set_revisions(Some(
                    chunk
                        .iter()
                        .map(|Revision(location)| location.clone())
                        .collect(),
                ));
            let answer = request
                .send()
                .await
                .map_err(|error| Failure::new(BATCH_GET_APPLICATION_REVISIONS, &error))?;
            let found = answer.revisions().iter().filter_map(|info| {
                let revision = Revision(info.revision_location()?.clone());
                Some((
                    revision.sha256()?.to_owned(),
                    revision.content()?.to_owned(),
                ))
            });
            Ok(found.collect::<Vec<_>>())
        });
        Ok(try_join_all(calls).await?.into_iter().flatten().collect())
    }
}
