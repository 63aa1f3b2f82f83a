//! A version that is about to be deployed, and whether it contains a commit.

use super::question::Search;
use crate::{
    domain::github::{CommitId, CommitOf},
    github::Relation,
    plan::VersionImage,
};

/// What is about to be deployed: an image, or a commit that has none yet.
pub(crate) enum Candidate {
    Image(VersionImage),
    Commit(CommitId),
}

impl Search<'_> {
    /// The commit of a candidate; one that was typed is of the workflow's own repository.
    ///
    /// # Errors
    /// A sentence that says why it is not known.
    pub(crate) async fn find_commit(&self, candidate: &Candidate) -> Result<CommitOf, String> {
        match candidate {
            Candidate::Image(image) => Ok(self.find_origin(image).await?.commit),
            Candidate::Commit(id) => Ok(CommitOf {
                repository: self.access.repository.clone(),
                id: id.clone(),
            }),
        }
    }

    /// Whether a commit has another one in its history, or is that one.
    ///
    /// # Errors
    /// A sentence that says why nobody can tell.
    pub(crate) async fn contains(
        &self,
        commit: &CommitOf,
        other: &CommitOf,
    ) -> Result<bool, String> {
        // One of them may be the other's name of before, or a workflow's own where the code lies elsewhere.
        if commit.repository != other.repository {
            return Err(format!(
                "{} is a commit of {}, and what was rolled back is one of {}",
                commit.id.short(),
                commit.repository,
                other.repository
            ));
        }
        let related = self
            .github
            .relate(&commit.repository, &other.id, &commit.id);
        match related.await {
            Ok(Some(Relation::Identical | Relation::Ahead)) => Ok(true),
            Ok(Some(Relation::Behind(_) | Relation::Diverged(_))) => Ok(false),
            Ok(None) => Err(format!(
                "{} does not have both commits {} and {}, or the token does not see them",
                commit.repository,
                other.id.short(),
                commit.id.short()
            )),
            Err(failure) => Err(failure.sentence()),
        }
    }
}
