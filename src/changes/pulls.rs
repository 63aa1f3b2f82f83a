//! The pull requests that brought commits, however they were merged.

use std::collections::HashSet;

use futures_util::{StreamExt, stream};

use crate::{
    domain::github::{CommitId, RepositoryName},
    github::{Commit, Failure, GitHub, Pull},
};

/// Pages of a hundred pull requests each.
const PAGES: u32 = 3;
/// Commits that are asked for one by one.
const COMMITS: usize = 30;
/// Requests in flight at the same time.
const AT_ONCE: usize = 6;

/// The pull requests of these commits, the newest first, and whether these are all. `each`: the commits are asked for one by one.
///
/// # Errors
/// The first request that GitHub did not grant.
pub(super) async fn find(
    github: &GitHub,
    repository: &RepositoryName,
    commits: &[Commit],
    each: bool,
) -> Result<(Vec<Pull>, bool), Failure> {
    let (mut pulls, mut is_complete) = list(github, repository, commits).await?;
    if each || !is_complete {
        pulls.extend(ask_for_each(github, repository, commits).await?);
        is_complete = commits.len() <= COMMITS;
    }
    pulls.sort_by_key(|pull| std::cmp::Reverse(pull.number));
    pulls.dedup_by_key(|pull| pull.number);
    Ok((pulls, is_complete))
}

/// Those among the pull requests that were updated last, and whether no other can have brought a commit.
async fn list(
    github: &GitHub,
    repository: &RepositoryName,
    commits: &[Commit],
) -> Result<(Vec<Pull>, bool), Failure> {
    let ids: HashSet<&CommitId> = commits.iter().map(|commit| &commit.id).collect();
    let oldest = commits
        .iter()
        .map(|commit| commit.committed_at.as_str())
        .min();
    let mut pulls = Vec::new();
    for page in 1..=PAGES {
        let listed = github.list_merged_pulls(repository, page).await?;
        // A merge, a squash and the last commit of a rebase are each told as what the pull request became.
        let is_ours = |pull: &Pull| pull.merged_as.as_ref().is_some_and(|id| ids.contains(id));
        pulls.extend(listed.merged.into_iter().filter(is_ours));
        // Merging updates a pull request, so one that was not touched since the oldest commit brought none of them.
        let is_complete = match &listed.continues_before {
            Some(updated) => oldest.is_some_and(|oldest| updated.as_str() < oldest),
            None => true,
        };
        if is_complete {
            return Ok((pulls, true));
        }
    }
    Ok((pulls, false))
}

/// In a repository with so many pull requests that the list is too long.
async fn ask_for_each(
    github: &GitHub,
    repository: &RepositoryName,
    commits: &[Commit],
) -> Result<Vec<Pull>, Failure> {
    let newest = commits.iter().rev().take(COMMITS);
    let reads = newest.map(|commit| github.list_pulls_of_commit(repository, &commit.id));
    let mut reads = stream::iter(reads).buffered(AT_ONCE);
    let mut pulls = Vec::new();
    while let Some(found) = reads.next().await {
        pulls.extend(found?);
    }
    Ok(pulls)
}
