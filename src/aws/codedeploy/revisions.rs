//! The AppSpecs of past deployments.

use aws_sdk_codedeploy::types::{
    AppSpecContent, RevisionLocation, RevisionLocationType, S3Location,
};
use futures_util::future::try_join_all;

use super::super::{Aws, Failure, Operation};
use super::{PER_BATCH, operation};
use crate::domain::deployment::{HeldForm, Revision};
use crate::names::ApplicationName;
use crate::outside::OutsideText;

pub const BATCH_GET_APPLICATION_REVISIONS: Operation = operation("BatchGetApplicationRevisions");

impl Aws {
    /// `BatchGetApplicationRevisions`: hash and text of each AppSpec that CodeDeploy holds; others are left out.
    pub async fn batch_get_application_revisions(
        &self,
        application: &ApplicationName,
        revisions: &[Revision],
    ) -> Result<Vec<(String, String)>, Failure> {
        let calls = revisions
            .chunks(PER_BATCH)
            .map(|chunk| self.batch_of_revisions(application, chunk));
        Ok(try_join_all(calls).await?.into_iter().flatten().collect())
    }

    async fn batch_of_revisions(
        &self,
        application: &ApplicationName,
        revisions: &[Revision],
    ) -> Result<Vec<(String, String)>, Failure> {
        let locations = revisions.iter().filter_map(location).collect();
        let request = self
            .codedeploy
            .batch_get_application_revisions()
            .application_name(application.as_str())
            .set_revisions(Some(locations));
        let answer = BATCH_GET_APPLICATION_REVISIONS.answer(request.send().await)?;
        let found = answer.revisions().iter().filter_map(|info| {
            let location = info.revision_location()?;
            let (sha256, content, _) = held(location)?;
            Some((sha256.to_owned(), content?.to_owned()))
        });
        Ok(found.collect())
    }
}

/// Hash, text and form of an AppSpec that CodeDeploy itself holds.
fn held(location: &RevisionLocation) -> Option<(&str, Option<&str>, HeldForm)> {
    if let Some(held) = location.app_spec_content() {
        return Some((held.sha256()?, held.content(), HeldForm::AppSpecContent));
    }
    let held = location.string()?;
    Some((held.sha256()?, held.content(), HeldForm::String))
}

pub(super) fn revision_from(location: &RevisionLocation) -> Revision {
    if let Some((sha256, _, form)) = held(location) {
        let sha256 = sha256.to_owned();
        return Revision::Held { sha256, form };
    }
    match (location.s3_location(), location.git_hub_location()) {
        (Some(s3), _) => Revision::Elsewhere {
            place: OutsideText::new(s3_uri(s3)),
        },
        (None, Some(_)) => Revision::Elsewhere {
            place: OutsideText::new("GitHub"),
        },
        (None, None) => Revision::Unknown,
    }
}

fn s3_uri(s3: &S3Location) -> String {
    let bucket = s3.bucket().unwrap_or("?");
    let key = s3.key().unwrap_or("?");
    format!("s3://{bucket}/{key}")
}

/// How AWS wants to be asked for the text: by its hash alone.
fn location(revision: &Revision) -> Option<RevisionLocation> {
    let Revision::Held { sha256, form } = revision else {
        return None;
    };
    let location = match form {
        HeldForm::AppSpecContent => RevisionLocation::builder()
            .revision_type(RevisionLocationType::AppSpecContent)
            .app_spec_content(AppSpecContent::builder().sha256(sha256).build()),
        HeldForm::String => RevisionLocation::builder()
            .revision_type(RevisionLocationType::String)
            .string(raw_string(sha256)),
    };
    Some(location.build())
}

#[expect(
    deprecated,
    reason = "past deployments may have been made in this form"
)]
fn raw_string(sha256: &str) -> aws_sdk_codedeploy::types::RawString {
    aws_sdk_codedeploy::types::RawString::builder()
        .sha256(sha256)
        .build()
}
