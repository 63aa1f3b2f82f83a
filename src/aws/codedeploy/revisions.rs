//! The AppSpecs of past deployments.

use aws_sdk_codedeploy::{
    Client,
    types::{self, AppSpecContent, RevisionLocation, RevisionLocationType, S3Location},
};

use crate::{
    aws::{Aws, Call, Failure, Operation, convert, in_batches},
    domain::deployment::{HeldForm, Revision},
    names::ApplicationName,
    outside::OutsideText,
};

const BATCH_GET_APPLICATION_REVISIONS: Operation =
    Operation::codedeploy("BatchGetApplicationRevisions");

/// `BatchGetApplicationRevisions` for AppSpecs of one application.
#[derive(Clone)]
struct BatchGetApplicationRevisions {
    codedeploy: Client,
    application: ApplicationName,
}

impl Call for BatchGetApplicationRevisions {
    type Key = Revision;
    /// Hash and text of an AppSpec.
    type Found = (String, String);

    const MOST_KEYS: usize = 25;

    async fn send(self, revisions: Vec<Revision>) -> Result<Vec<(String, String)>, Failure> {
        let mut request = self
            .codedeploy
            .batch_get_application_revisions()
            .application_name(&self.application);
        for location in revisions.into_iter().filter_map(location) {
            request = request.revisions(location);
        }
        let answer = BATCH_GET_APPLICATION_REVISIONS.answer(request.send().await)?;
        Ok(convert(answer.revisions, |info| {
            let held = held(info.revision_location?)?;
            Some((held.sha256, held.text?))
        }))
    }

    fn is_named((sha256, _): &(String, String), revision: &Revision) -> bool {
        revision.sha256() == Some(sha256)
    }
}

impl Aws {
    /// `BatchGetApplicationRevisions`: hash and text of each AppSpec that CodeDeploy holds; others are left out.
    pub(crate) async fn batch_get_application_revisions(
        &self,
        application: &ApplicationName,
        revisions: &[Revision],
    ) -> Result<Vec<(String, String)>, Failure> {
        let most = BatchGetApplicationRevisions::MOST_KEYS;
        in_batches(revisions, most, async |batch| {
            let call = BatchGetApplicationRevisions {
                codedeploy: self.codedeploy.clone(),
                application: application.clone(),
            };
            self.together.appspecs.read(application, batch, call).await
        })
        .await
    }
}

/// An AppSpec that CodeDeploy itself holds.
struct Held {
    sha256: String,
    /// Only `BatchGetApplicationRevisions` and `GetApplicationRevision` give it.
    text: Option<String>,
    form: HeldForm,
}

fn held(location: RevisionLocation) -> Option<Held> {
    if let Some(content) = location.app_spec_content {
        return Some(Held {
            sha256: content.sha256?,
            text: content.content,
            form: HeldForm::AppSpecContent,
        });
    }
    let string = location.string?;
    Some(Held {
        sha256: string.sha256()?.to_owned(),
        text: string.content().map(str::to_owned),
        form: HeldForm::String,
    })
}

pub(super) fn revision_from(location: RevisionLocation) -> Revision {
    if let Some(s3) = &location.s3_location {
        let place = OutsideText::new(s3_uri(s3));
        return Revision::Elsewhere { place };
    }
    if location.git_hub_location.is_some() {
        let place = OutsideText::new("GitHub");
        return Revision::Elsewhere { place };
    }
    match held(location) {
        Some(Held { sha256, form, .. }) => Revision::Held { sha256, form },
        None => Revision::Unknown,
    }
}

fn s3_uri(s3: &S3Location) -> String {
    let bucket = s3.bucket().unwrap_or("?");
    let key = s3.key().unwrap_or("?");
    format!("s3://{bucket}/{key}")
}

/// How AWS wants to be asked for the text: by its hash alone.
fn location(revision: Revision) -> Option<RevisionLocation> {
    let Revision::Held { sha256, form } = revision else {
        return None;
    };
    let location = RevisionLocation::builder();
    let location = match form {
        HeldForm::AppSpecContent => location
            .revision_type(RevisionLocationType::AppSpecContent)
            .app_spec_content(AppSpecContent::builder().sha256(sha256).build()),
        HeldForm::String => location
            .revision_type(RevisionLocationType::String)
            .string(raw_string(sha256)),
    };
    Some(location.build())
}

#[expect(
    deprecated,
    reason = "past deployments may have been made in this form"
)]
fn raw_string(sha256: String) -> types::RawString {
    types::RawString::builder().sha256(sha256).build()
}
