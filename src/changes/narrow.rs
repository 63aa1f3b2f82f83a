//! Which commits of a monorepo are this application's: those that change one of its files.

use futures_util::{StreamExt, stream};

use super::question::Question;
use crate::{
    domain::github::RepositoryName,
    github::{Commit, Failure},
};

/// A commit's files take a request each.
const COMMITS: usize = 60;
/// Requests in flight at the same time.
const AT_ONCE: usize = 8;

impl Question<'_> {
    /// The commits that change a file of `paths`; all where there are no such patterns, `None` where there are too many
    /// commits to tell.
    pub(super) async fn narrow(
        &self,
        repository: &RepositoryName,
        commits: &[Commit],
    ) -> Result<Option<Vec<Commit>>, Failure> {
        let paths = &self.safety.paths;
        if paths.is_empty() {
            return Ok(Some(commits.to_vec()));
        }
        if commits.len() > COMMITS {
            return Ok(None);
        }
        let reads = commits.iter().map(|commit| async move {
            let files = self
                .search
                .github
                .list_paths_of_commit(repository, &commit.id);
            (files.await, commit)
        });
        let mut reads = stream::iter(reads).buffered(AT_ONCE);
        let mut ours = Vec::new();
        while let Some((files, commit)) = reads.next().await {
            if files?.iter().any(|file| paths.is_match(file)) {
                ours.push(commit.clone());
            }
        }
        Ok(Some(ours))
    }
}
