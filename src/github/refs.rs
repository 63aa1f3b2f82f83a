//! Git tags as references. Only `refs/tags/…` is ever written.

use serde::{Deserialize, Serialize, de::IgnoredAny};

use super::{Failure, GitHub, failure::Request};
use crate::domain::github::{CommitId, RepositoryName, TagName, segments};

const READ: Request = Request {
    doing: "read the git tag",
    permission: "contents: read",
};
const WRITE: Request = Request {
    doing: "put the git tag",
    permission: "contents: write",
};

#[derive(Deserialize)]
struct ReferenceAnswer {
    object: ObjectAnswer,
}

#[derive(Deserialize)]
struct ObjectAnswer {
    /// `commit`; `tag` where it is annotated.
    r#type: String,
    sha: String,
}

#[derive(Serialize)]
struct NewReference<'a> {
    /// `refs/tags/stable`
    r#ref: String,
    sha: &'a str,
}

#[derive(Serialize)]
struct Move<'a> {
    sha: &'a str,
    /// A tag may go back, to a commit that is no descendant of the one it is on.
    force: bool,
}

impl GitHub {
    /// `GET /repos/{owner}/{repo}/git/ref/{ref}`: the commit that a tag is on; `None` where there is no such tag.
    pub(crate) async fn get_tag(
        &self,
        repository: &RepositoryName,
        tag: &TagName,
    ) -> Result<Option<CommitId>, Failure> {
        let path = segments(&format!("tags/{tag}"));
        let route = format!("/repos/{repository}/git/ref/{path}");
        let answer: Option<ReferenceAnswer> = self.find(READ, &route).await?;
        let Some(ReferenceAnswer { object }) = answer else {
            return Ok(None);
        };
        if object.r#type == "commit" {
            let commit = CommitId::parse(&object.sha).ok_or(READ.garbage())?;
            return Ok(Some(commit));
        }
        // An annotated tag is an object of its own, which leads to the commit.
        self.find_commit_of_tag(repository, tag.as_str()).await
    }

    /// `POST /repos/{owner}/{repo}/git/refs`: a new tag.
    pub(crate) async fn create_tag(
        &self,
        repository: &RepositoryName,
        tag: &TagName,
        commit: &CommitId,
    ) -> Result<(), Failure> {
        let route = format!("/repos/{repository}/git/refs");
        let new = NewReference {
            r#ref: format!("refs/tags/{tag}"),
            sha: commit.as_str(),
        };
        let _: IgnoredAny = self.post(WRITE, &route, &new).await?;
        Ok(())
    }

    /// `PATCH /repos/{owner}/{repo}/git/refs/{ref}`: a tag that is there, on another commit.
    pub(crate) async fn move_tag(
        &self,
        repository: &RepositoryName,
        tag: &TagName,
        commit: &CommitId,
    ) -> Result<(), Failure> {
        let path = segments(&format!("tags/{tag}"));
        let route = format!("/repos/{repository}/git/refs/{path}");
        let update = Move {
            sha: commit.as_str(),
            force: true,
        };
        let answer = self.octocrab.patch(route, Some(&update)).await;
        let _: IgnoredAny = answer.map_err(|error| WRITE.failed(error))?;
        Ok(())
    }
}
