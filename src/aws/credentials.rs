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

    /// Why every source is none; of the instance's, what was wrong with it.
    fn tried(&self, instance: &str) -> String {
        let mut tried: Vec<String> = self.lacking.iter().map(|why| (*why).to_owned()).collect();
        for source in &self.named {
            let why = if *source == Source::Instance {
                instance
            } else {
                ""
            };
            tried.push(format!("{source} has none{why}"));
        }
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
        return Err(missing(sources, ""));
    };
    let error = match provider.provide_credentials().await {
        Ok(credentials) => return Ok(credentials),
        Err(error) => error,
    };
    if let CredentialsError::CredentialsNotLoaded(_) = &error {
        return Err(missing(sources, ""));
    }
    Err(match sources.failed(&error) {
        // It is asked last, and wherever the runner is: a machine of another cloud answers something, too.
        Source::Instance => missing(sources, &format!(" ({})", broken(&error))),
        source => unusable(sources, &source, &error),
    })
}

fn missing(sources: &Sources, instance: &str) -> Problem {
    let why = match sources.tried(instance) {
        tried if tried.is_empty() => String::new(),
        tried => format!(": {tried}"),
    };
    let hint = if sources.by_hand {
        BY_HAND
    } else {
        "run aws-actions/configure-aws-credentials with `role-to-assume` in a step before this one, in a job whose permissions set `id-token` to `write`"
    };
    let message = format!("there are no AWS credentials{why}");
    Problem::new(Code::CredentialsMissing, message, hint)
}

/// A source that is there and gives no credentials.
fn unusable(sources: &Sources, source: &Source, error: &CredentialsError) -> Problem {
    let file = causes(error).find_map(|cause| cause.downcast_ref::<io::Error>());
    let is_file = matches!(source, Source::WebIdentity { .. });
    let (why, hint) = match file.map(io::Error::kind).filter(|_| is_file) {
        Some(io::ErrorKind::NotFound) => ("the token's file does not exist".to_owned(), NO_FILE),
        Some(io::ErrorKind::PermissionDenied) => {
            ("the token's file cannot be read".to_owned(), NO_FILE)
        }
        _ => (why_unusable(source, error), hint(sources, source, error)),
    };
    Problem::new(
        Code::CredentialsMissing,
        format!("{source} has no usable AWS credentials: {why}"),
        hint,
    )
}

/// A profile that signs in by SSO is one that only the AWS CLI can use.
const BY_HAND: &str = "sign in with the AWS CLI and give its credentials as variables: `eval \"$(aws configure export-credentials --format env)\"`; a container gets them by `-e AWS_ACCESS_KEY_ID -e AWS_SECRET_ACCESS_KEY -e AWS_SESSION_TOKEN`";

const NO_FILE: &str = "in a container action only files of the workspace and of the runner's own folders are there; let aws-actions/configure-aws-credentials get the credentials in a step before this one";

fn broken(error: &CredentialsError) -> String {
    let Breakage { words, way, .. } = Breakage::of(error);
    // Nothing behind it has words for people.
    if words.raw() == error.to_string() {
        return "it answered without credentials".to_owned();
    }
    let mut why = words.to_string();
    for Setting { variable, url } in way.proxy.iter().chain(&way.endpoint) {
        why += &format!(" ({variable} is {url})");
    }
    why
}

/// What is wrong with a source.
fn why_unusable(source: &Source, error: &CredentialsError) -> String {
    match (source, error) {
        (_, CredentialsError::ProviderTimedOut(_)) => "it did not answer in time".to_owned(),
        // The SDK's words have the whole URL in them.
        (Source::Container(_), CredentialsError::InvalidConfiguration(_)) => {
            "its value is not a URL of this machine, of ECS or of EKS, nor one with https://"
                .to_owned()
        }
        _ => broken(error),
    }
}

fn hint(sources: &Sources, source: &Source, error: &CredentialsError) -> &'static str {
    let refusal = causes(error).find_map(|cause| cause.downcast_ref::<ErrorMetadata>());
    match source {
        Source::WebIdentity { .. } if refusal.is_some() => {
            "check the role's trust policy: it must allow sts:AssumeRoleWithWebIdentity to this token's issuer, audience and subject; aws-actions/configure-aws-credentials gets the token and the credentials by itself"
        }
        _ if sources.by_hand => BY_HAND,
        Source::Profile(_) => {
            "correct the profile, or unset AWS_PROFILE and run aws-actions/configure-aws-credentials in a step before this one"
        }
        _ => {
            "check the source, or run aws-actions/configure-aws-credentials with `role-to-assume` in a step before this one"
        }
    }
}
