//! The sources that AWS credentials can be from, as far as the environment names them.

use std::fmt;

use crate::{environment::Environment, outside::OutsideText};

const KEY: &str = "AWS_ACCESS_KEY_ID";
const SECRET: &str = "AWS_SECRET_ACCESS_KEY";
const PROFILE: &str = "AWS_PROFILE";
const TOKEN_FILE: &str = "AWS_WEB_IDENTITY_TOKEN_FILE";
const ROLE: &str = "AWS_ROLE_ARN";
const RELATIVE_URI: &str = "AWS_CONTAINER_CREDENTIALS_RELATIVE_URI";
const FULL_URI: &str = "AWS_CONTAINER_CREDENTIALS_FULL_URI";
const NO_INSTANCE: &str = "AWS_EC2_METADATA_DISABLED";

/// Where credentials can be from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Source {
    Environment,
    Profile(OutsideText),
    WebIdentity {
        file: OutsideText,
        role: OutsideText,
    },
    /// By the variable that names its endpoint. The value stays untold: its path is a key to the credentials.
    Container(&'static str),
    Instance,
}

impl fmt::Display for Source {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Environment => write!(f, "the environment variables {KEY} and {SECRET}"),
            Self::Profile(name) => write!(f, "the profile {name}"),
            Self::WebIdentity { file, role } => {
                write!(
                    f,
                    "the web identity ({TOKEN_FILE} is {file}, {ROLE} is {role})"
                )
            }
            Self::Container(variable) => write!(f, "the container's endpoint ({variable})"),
            Self::Instance => f.write_str("the instance's role (IMDS)"),
        }
    }
}

/// The sources that the environment names, as the SDK's default chain asks them.
#[derive(Clone, Debug, Default)]
pub(super) struct Sources {
    pub(super) named: Vec<Source>,
    /// Of each other source, why it is none.
    pub(super) lacking: Vec<&'static str>,
    /// Whether no workflow has a step that could sign in.
    pub(super) by_hand: bool,
}

impl Sources {
    pub(super) fn from_environment(environment: &Environment) -> Self {
        let mut sources = Self {
            by_hand: !environment.is_workflow(),
            ..Self::default()
        };
        sources.add(keys(environment));
        let profile = environment.get(PROFILE).map(OutsideText::new);
        sources.add(
            profile
                .map(Source::Profile)
                .ok_or("no profile in ~/.aws has any"),
        );
        sources.add(web_identity(environment));
        sources.add(container(environment));
        sources.add(instance(environment));
        sources
    }

    fn add(&mut self, source: Result<Source, &'static str>) {
        match source {
            Ok(source) => self.named.push(source),
            Err(why) => self.lacking.push(why),
        }
    }

    /// The source that credentials are from, where the environment names it.
    pub(super) fn used(&self) -> Option<Source> {
        // A profile that is named may not be there, and of an instance's role the environment says nothing.
        let first = self.named.first().filter(|source| {
            let unsure = matches!(source, Source::Profile(_) | Source::Instance);
            !unsure
        });
        first.cloned()
    }
}

fn keys(environment: &Environment) -> Result<Source, &'static str> {
    match (environment.get(KEY), environment.get(SECRET)) {
        (Some(_), Some(_)) => Ok(Source::Environment),
        (Some(_), None) => Err("AWS_ACCESS_KEY_ID is set, but not AWS_SECRET_ACCESS_KEY"),
        (None, _) => Err("AWS_ACCESS_KEY_ID is not set"),
    }
}

fn web_identity(environment: &Environment) -> Result<Source, &'static str> {
    let get = |name: &str| environment.get(name).map(OutsideText::new);
    match (get(TOKEN_FILE), get(ROLE)) {
        (Some(file), Some(role)) => Ok(Source::WebIdentity { file, role }),
        (Some(_), None) => Err("AWS_WEB_IDENTITY_TOKEN_FILE is set, but not AWS_ROLE_ARN"),
        (None, _) => Err("AWS_WEB_IDENTITY_TOKEN_FILE is not set"),
    }
}

fn container(environment: &Environment) -> Result<Source, &'static str> {
    // The SDK reads the relative one first.
    let mut variables = [RELATIVE_URI, FULL_URI].into_iter();
    let named = variables.find(|variable| environment.get(variable).is_some());
    named.map(Source::Container).ok_or(
        "AWS_CONTAINER_CREDENTIALS_RELATIVE_URI and AWS_CONTAINER_CREDENTIALS_FULL_URI are not set",
    )
}

fn instance(environment: &Environment) -> Result<Source, &'static str> {
    match environment.get(NO_INSTANCE) {
        Some(word) if word.eq_ignore_ascii_case("true") => Err("AWS_EC2_METADATA_DISABLED is true"),
        _ => Ok(Source::Instance),
    }
}
