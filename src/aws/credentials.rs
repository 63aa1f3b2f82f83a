//! Whether there are AWS credentials, and why there are none.

use std::io;

use aws_config::profile::credentials::ProfileFileError;
use aws_credential_types::provider::error::CredentialsError;
use aws_sdk_ecs::config::{Credentials, ProvideCredentials};
use aws_smithy_types::error::ErrorMetadata;

use super::{
    settings::Connection,
    sources::{Source, Sources},
};
use crate::{
    error::{Code, Problem},
    http::{Breakage, Setting, causes},
    outside::OutsideText,
};

impl Sources {
    /// The source that an error is from.
    fn failed(&self, error: &CredentialsError) -> Source {
        let first_that = |fits: fn(&Source) -> bool| self.named.iter().find(|source| fits(source));
        if causes(error).any(|cause| cause.is::<ProfileFileError>()) {
            let profile = first_that(|source| matches!(source, Source::Profile(_)));
            let default = || Source::Profile(OutsideText::new("default"));
            return profile.cloned().unwrap_or_else(default);
        }
        // A profile that is not there is passed over.
        let named = first_that(|source| matches!(source, Source::WebIdentity { .. }))
            .or_else(|| first_that(|source| matches!(source, Source::Container(_))))
            .or_else(|| first_that(|source| matches!(source, Source::Profile(_))));
        named.cloned().unwrap_or(Source::Instance)
    }

    /// Why every source is none.
    fn tried(&self) -> String {
        let mut tried = Vec::new();
        for source in &self.named {
            tried.push(format!("{source} has none"));
        }
        tried.extend(self.lacking.iter().map(|why| (*why).to_owned()));
        tried.join("; ")
    }
}

/// Looks for credentials before anything is asked, so that their lack has a code of its own.
///
/// # Errors
/// `credentials-missing` where no source has any that can be used.
pub(crate) async fn credentials(connection: &Connection) -> Result<Credentials, Problem> {
    let sources = &connection.sources;
    // Without this, the lack would show up as a failure of whichever call comes first.
    let Some(provider) = connection.config.credentials_provider() else {
        return Err(missing(sources));
    };
    let error = match provider.provide_credentials().await {
        Ok(credentials) => return Ok(credentials),
        Err(error) => error,
    };
    match &error {
        CredentialsError::CredentialsNotLoaded(_) => Err(missing(sources)),
        _ => Err(unusable(&sources.failed(&error), &error)),
    }
}

fn missing(sources: &Sources) -> Problem {
    let why = match sources.tried() {
        tried if tried.is_empty() => String::new(),
        tried => format!(": {tried}"),
    };
    Problem::new(
        Code::CredentialsMissing,
        format!("there are no AWS credentials{why}"),
        "run aws-actions/configure-aws-credentials with `role-to-assume` in a step before this one, in a job whose permissions set `id-token` to `write`",
    )
}

/// A source that is there and gives no credentials.
fn unusable(source: &Source, error: &CredentialsError) -> Problem {
    let file = causes(error).find_map(|cause| cause.downcast_ref::<io::Error>());
    let is_file = matches!(source, Source::WebIdentity { .. });
    let (why, hint) = match file.map(io::Error::kind).filter(|_| is_file) {
        Some(io::ErrorKind::NotFound) => ("the token's file does not exist".to_owned(), NO_FILE),
        Some(io::ErrorKind::PermissionDenied) => {
            ("the token's file cannot be read".to_owned(), NO_FILE)
        }
        _ => (broken(error), hint(source, error)),
    };
    Problem::new(
        Code::CredentialsMissing,
        format!("{source} has no usable AWS credentials: {why}"),
        hint,
    )
}

const NO_FILE: &str = "in a container action only files of the workspace and of the runner's own folders are there; let aws-actions/configure-aws-credentials get the credentials in a step before this one";

fn broken(error: &CredentialsError) -> String {
    let Breakage { words, way, .. } = Breakage::of(error);
    let mut why = words.to_string();
    for Setting { variable, url } in way.proxy.iter().chain(&way.endpoint) {
        why += &format!(" ({variable} is {url})");
    }
    why
}

fn hint(source: &Source, error: &CredentialsError) -> &'static str {
    let refusal = causes(error).find_map(|cause| cause.downcast_ref::<ErrorMetadata>());
    match source {
        Source::WebIdentity { .. } if refusal.is_some() => {
            "check the role's trust policy: it must allow sts:AssumeRoleWithWebIdentity to this token's issuer, audience and subject; aws-actions/configure-aws-credentials gets the token and the credentials by itself"
        }
        Source::Profile(_) => {
            "correct the profile, or unset AWS_PROFILE and run aws-actions/configure-aws-credentials in a step before this one"
        }
        _ => {
            "check the source, or run aws-actions/configure-aws-credentials with `role-to-assume` in a step before this one"
        }
    }
}
