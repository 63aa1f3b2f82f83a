//! What single inputs say, as types.

use std::fmt;

use crate::{
    domain::{appspec::AppSpec, task_definition::TaskDefinition},
    names::{ImageDigest, ImageTag, Repository},
    outside::OutsideText,
};

/// The input `version` as typed; AWS's answers make a target of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum VersionSpec {
    /// Also `latest` and `stable`, which are ordinary tags.
    Tag(ImageTag),
    Digest(ImageDigest),
    /// `previous` is one step; at most 25.
    Previous {
        steps: u32,
        typed: String,
    },
}

impl VersionSpec {
    /// One step back.
    pub(crate) fn previous() -> Self {
        Self::Previous {
            steps: 1,
            typed: "previous".to_owned(),
        }
    }
}

impl fmt::Display for VersionSpec {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Tag(tag) => tag.fmt(f),
            Self::Digest(digest) => digest.fmt(f),
            Self::Previous { typed, .. } => f.write_str(typed),
        }
    }
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum RepositoryInput {
    /// In the registry of the running image.
    Name(String),
    Uri(Repository),
}

#[derive(Clone, Debug, PartialEq)]
pub(crate) enum TaskDefinitionInput {
    Auto,
    Current,
    /// `path` as typed, and the file's content.
    File {
        path: OutsideText,
        document: Box<TaskDefinition>,
    },
    /// `arn` where an ARN was typed.
    Revision {
        family: String,
        revision: u32,
        arn: Option<String>,
    },
}

/// An AppSpec file: its path as typed, and its content.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct AppSpecInput {
    pub path: OutsideText,
    pub document: AppSpec,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum DeploymentConfig {
    Named(String),
    /// The deployment group's own.
    Inherit,
}
