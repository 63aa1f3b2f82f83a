//! Where an image comes from.

use crate::{
    domain::github::{CommitId, CommitOf, RepositoryName},
    names::ImageTag,
    outside::OutsideText,
    words,
};

/// Where an image comes from.
#[derive(Clone)]
pub(super) struct Origin {
    pub commit: CommitOf,
    by: By,
}

/// What names the commit.
#[derive(Clone)]
pub(super) enum By {
    /// `org.opencontainers.image.revision`
    Label,
    /// A tag of the image is the commit's id.
    ImageTag(ImageTag),
    GitTag(OutsideText),
}

impl Origin {
    pub(super) fn new(repository: &RepositoryName, id: CommitId, by: By) -> Self {
        let commit = CommitOf {
            repository: repository.clone(),
            id,
        };
        Self { commit, by }
    }

    /// `v1.2.0 is commit 1f3c9ab, by its revision label`
    pub(super) fn sentence(&self, version: &str) -> String {
        let by = match &self.by {
            By::Label => "its revision label".to_owned(),
            By::ImageTag(tag) => format!("its tag {tag}"),
            By::GitTag(tag) => format!("the git tag {tag}"),
        };
        format!(
            "{} is commit {} of {}, by {by}",
            words::short_digest(version),
            self.commit.id.short(),
            self.commit.repository
        )
    }
}
