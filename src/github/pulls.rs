//! Pull requests, and which commits they brought.

use serde::Deserialize;

use super::{Failure, GitHub, failure::Request};
use crate::{
    domain::github::{CommitId, RepositoryName},
    outside::OutsideText,
};

const LIST: Request = Request {
    doing: "list the pull requests",
    permission: "pull-requests: read",
};
/// GitHub's largest page.
pub(crate) const PAGE: usize = 100;

/// A pull request that was merged.
#[derive(Clone, Debug)]
pub(crate) struct Pull {
    pub number: u64,
    pub title: OutsideText,
    pub author: OutsideText,
    /// The merge commit; of a squash the one commit, of a rebase the last one.
    pub merged_as: Option<CommitId>,
}

/// One page of pull requests.
pub(crate) struct PullPage {
    pub merged: Vec<Pull>,
    /// When the last one of the page was updated, RFC 3339; `None` where there is no further page.
    pub continues_before: Option<String>,
}

#[derive(Deserialize)]
struct PullAnswer {
    number: u64,
    title: String,
    user: Option<User>,
    merged_at: Option<String>,
    updated_at: String,
    merge_commit_sha: Option<String>,
}

#[derive(Deserialize)]
struct User {
    login: String,
}

impl GitHub {
    /// `GET /repos/{owner}/{repo}/pulls`: those that were merged, the last updated first. `page` counts from 1.
    pub(crate) async fn list_merged_pulls(
        &self,
        repository: &RepositoryName,
        page: u32,
    ) -> Result<PullPage, Failure> {
        let query = format!("state=closed&sort=updated&direction=desc&per_page={PAGE}&page={page}");
        let route = format!("/repos/{repository}/pulls?{query}");
        let pulls: Vec<PullAnswer> = self.get(LIST, &route).await?;
        let is_last = pulls.len() < PAGE;
        let oldest = pulls.last().map(|pull| pull.updated_at.clone());
        Ok(PullPage {
            merged: merged(pulls),
            continues_before: oldest.filter(|_| !is_last),
        })
    }

    /// `GET /repos/{owner}/{repo}/commits/{commit_sha}/pulls`: those that were merged and brought this commit.
    pub(crate) async fn list_pulls_of_commit(
        &self,
        repository: &RepositoryName,
        commit: &CommitId,
    ) -> Result<Vec<Pull>, Failure> {
        let route = format!("/repos/{repository}/commits/{commit}/pulls?per_page={PAGE}");
        let pulls: Vec<PullAnswer> = self.get(LIST, &route).await?;
        Ok(merged(pulls))
    }
}

fn merged(pulls: Vec<PullAnswer>) -> Vec<Pull> {
    let mut merged = Vec::new();
    for pull in pulls {
        if pull.merged_at.is_none() {
            continue;
        }
        let author = pull.user.map(|user| user.login).unwrap_or_default();
        merged.push(Pull {
            number: pull.number,
            title: OutsideText::new(pull.title),
            author: OutsideText::new(author),
            merged_as: pull.merge_commit_sha.as_deref().and_then(CommitId::parse),
        });
    }
    merged
}
