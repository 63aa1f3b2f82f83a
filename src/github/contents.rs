//! Files of a repository.

use base64::prelude::{BASE64_STANDARD, Engine};
use serde::Deserialize;

use super::{Failure, GitHub, failure::Request};
use crate::domain::github::{CommitId, RepositoryName, segments};

const READ: Request = Request {
    doing: "read a file",
    permission: "contents: read",
};

#[derive(Deserialize)]
struct FileAnswer {
    encoding: Option<String>,
    content: Option<String>,
}

impl GitHub {
    /// `GET /repos/{owner}/{repo}/contents/{path}`: a file as it is at a commit. `None` where it is not there, or has
    /// more than the 1 MiB that GitHub puts into an answer.
    pub(crate) async fn get_content(
        &self,
        repository: &RepositoryName,
        path: &str,
        commit: &CommitId,
    ) -> Result<Option<String>, Failure> {
        let path = segments(path);
        let route = format!("/repos/{repository}/contents/{path}?ref={commit}");
        let answer: Option<FileAnswer> = self.find(READ, &route).await?;
        let Some(FileAnswer {
            encoding: Some(encoding),
            content: Some(content),
        }) = answer
        else {
            return Ok(None);
        };
        if encoding != "base64" {
            return Ok(None);
        }
        let content: String = content.split_whitespace().collect();
        let bytes = BASE64_STANDARD.decode(content);
        let bytes = bytes.map_err(|_| READ.garbage())?;
        Ok(Some(String::from_utf8_lossy(&bytes).into_owned()))
    }
}
