//! What is asked, and of whom.

use crate::{
    aws::Aws,
    domain::github::{Access, CommitId, RepositoryName},
    github::GitHub,
    inputs::{GitHubInputs, SafetyInputs},
    names::{ImageDigest, ImageTag, Repository},
    plan::{Plan, RunningImage},
};

/// Two images, and whom to ask about them.
pub(crate) struct Question<'a> {
    pub aws: &'a Aws,
    pub github: &'a GitHub,
    pub access: &'a Access,
    pub inputs: &'a GitHubInputs,
    pub safety: &'a SafetyInputs,
    pub plan: &'a Plan,
    pub running: &'a RunningImage,
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
    /// What serves.
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

    pub(super) fn running_image(&self) -> Image<'_> {
        let running = self.running;
        Image {
            version: &running.version,
            repository: &running.repository,
            digest: &running.digest,
            tags: &running.tags,
        }
    }
}
