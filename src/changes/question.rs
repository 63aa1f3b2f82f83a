//! What is asked, and of whom.

use super::origin::TargetOrigin;
use crate::{
    aws::Aws,
    domain::github::{Access, CommitId, RepositoryName},
    github::GitHub,
    inputs::{GitHubInputs, SafetyInputs},
    names::{ImageDigest, ImageTag, Repository},
    plan::{Plan, TakenOffImage},
};

/// Two images, and whom to ask about them.
pub(crate) struct Question<'a> {
    pub aws: &'a Aws,
    pub github: &'a GitHub,
    pub access: &'a Access,
    pub inputs: &'a GitHubInputs,
    pub safety: &'a SafetyInputs,
    pub plan: &'a Plan,
    pub taken_off: &'a TakenOffImage,
    pub target_origin: &'a TargetOrigin,
}

/// An image in ECR.
pub(super) struct Image<'a> {
    pub version: &'a str,
    pub repository: &'a Repository,
    pub digest: &'a ImageDigest,
    pub tags: &'a [ImageTag],
}

/// Two commits of one repository.
pub(super) struct Range {
    pub repository: RepositoryName,
    /// The target's.
    pub base: CommitId,
    /// What is taken off.
    pub head: CommitId,
}

impl Question<'_> {
    pub(super) fn target_image(&self) -> Image<'_> {
        let target = &self.plan.target;
        Image {
            version: &target.version,
            repository: &target.repository,
            digest: &target.digest,
            tags: &target.tags,
        }
    }

    pub(super) fn taken_off_image(&self) -> Image<'_> {
        let taken_off = self.taken_off;
        Image {
            version: &taken_off.version,
            repository: &taken_off.repository,
            digest: &taken_off.digest,
            tags: &taken_off.tags,
        }
    }
}
