//! What is asked, and of whom.

use super::{once::Once, origin::Origin};
use crate::{
    aws::Aws,
    domain::github::{Access, CommitId, RepositoryName},
    error::Problems,
    github::GitHub,
    inputs::{GitHubInputs, SafetyInputs},
    names::ImageDigest,
    plan::VersionImage,
    report::changes::Changes,
};

/// Looks up where images come from.
#[derive(Clone, Copy)]
pub(crate) struct Search<'a> {
    pub aws: &'a Aws,
    pub github: &'a GitHub,
    pub access: &'a Access,
    pub inputs: &'a GitHubInputs,
    pub answers: &'a Answers,
}

/// Two images, and whom to ask about them.
pub(crate) struct Question<'a> {
    pub search: Search<'a>,
    pub safety: &'a SafetyInputs,
    pub target: VersionImage,
    pub taken_off: VersionImage,
}

/// What was found out in a run. It takes several requests each, and the floor wants to know some of it as well as whoever
/// compares.
#[derive(Default)]
pub(crate) struct Answers {
    /// By digest and version: a tag in git is found by the version's name.
    pub(super) origins: Once<(ImageDigest, String), Result<Origin, String>>,
    /// The commits of tags in ECR, by repository and tag.
    pub(super) tagged: Once<String, Result<Option<CommitId>, String>>,
    /// By the target and what is taken off.
    pub(super) changes: Once<(ImageDigest, ImageDigest), Changes>,
    /// By the target.
    pub(super) floors: Once<ImageDigest, Result<(), Problems>>,
}

/// Two commits of one repository.
pub(super) struct Range {
    pub repository: RepositoryName,
    /// The target's.
    pub base: CommitId,
    /// What is taken off.
    pub head: CommitId,
}
