//! Issues, and comments on them.

use serde::{Deserialize, Serialize};

use super::{Failure, GitHub, failure::Request, pulls::PAGE};
use crate::domain::github::RepositoryName;

const LIST: Request = Request {
    doing: "list the issues",
    permission: "issues: write",
};
const READ: Request = Request {
    doing: "read the issue",
    permission: "issues: write",
};
const WRITE: Request = Request {
    doing: "write the issue",
    permission: "issues: write",
};
/// Pages of open issues with one label. A team has a handful.
const PAGES: u32 = 5;

/// An issue.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Issue {
    pub number: u64,
    pub body: String,
    pub labels: Vec<String>,
}

#[derive(Clone, Copy)]
pub(crate) enum IssueState {
    Open,
    Closed,
}

#[derive(Serialize)]
pub(crate) struct NewIssue<'a> {
    pub title: &'a str,
    pub body: &'a str,
    pub labels: &'a [&'a str],
}

#[derive(Deserialize)]
struct IssueAnswer {
    number: u64,
    body: Option<String>,
    labels: Vec<Label>,
    /// A pull request is listed as an issue, too.
    pull_request: Option<serde::de::IgnoredAny>,
}

#[derive(Deserialize)]
#[serde(untagged)]
enum Label {
    Name(String),
    Object { name: Option<String> },
}

/// A text, of a comment or of an issue itself.
#[derive(Serialize)]
struct Text<'a> {
    body: &'a str,
}

#[derive(Serialize)]
struct Labels<'a> {
    labels: &'a [String],
}

impl GitHub {
    /// `GET /repos/{owner}/{repo}/issues`: those with a label, the newest first; of closed ones the newest hundred.
    pub(crate) async fn list_issues(
        &self,
        repository: &RepositoryName,
        label: &str,
        state: IssueState,
    ) -> Result<Vec<Issue>, Failure> {
        let mut issues = Vec::new();
        let (state, pages) = match state {
            IssueState::Open => ("open", PAGES),
            IssueState::Closed => ("closed", 1),
        };
        for page in 1..=pages {
            let query = format!("state={state}&labels={label}&per_page={PAGE}&page={page}");
            let route = format!("/repos/{repository}/issues?{query}");
            let answer: Vec<IssueAnswer> = self.get(LIST, &route).await?;
            let is_last = answer.len() < PAGE;
            for issue in answer {
                if issue.pull_request.is_none() {
                    issues.push(Issue::from(issue));
                }
            }
            if is_last {
                break;
            }
        }
        Ok(issues)
    }

    /// `POST /repos/{owner}/{repo}/issues`: the number of the new issue. Labels that are not there yet are made.
    pub(crate) async fn create_issue(
        &self,
        repository: &RepositoryName,
        issue: &NewIssue<'_>,
    ) -> Result<u64, Failure> {
        let route = format!("/repos/{repository}/issues");
        let created: IssueAnswer = self.post(WRITE, &route, issue).await?;
        Ok(created.number)
    }

    /// `POST /repos/{owner}/{repo}/issues/{issue_number}/comments`
    pub(crate) async fn create_comment(
        &self,
        repository: &RepositoryName,
        issue: u64,
        body: &str,
    ) -> Result<(), Failure> {
        let route = format!("/repos/{repository}/issues/{issue}/comments");
        let _: serde::de::IgnoredAny = self.post(WRITE, &route, &Text { body }).await?;
        Ok(())
    }

    /// `PATCH /repos/{owner}/{repo}/issues/{issue_number}`: these labels in place of those that it has.
    pub(crate) async fn set_labels(
        &self,
        repository: &RepositoryName,
        issue: u64,
        labels: &[String],
    ) -> Result<(), Failure> {
        self.update_issue(repository, issue, &Labels { labels })
            .await
    }

    /// `GET /repos/{owner}/{repo}/issues/{issue_number}`: the issue's text.
    pub(crate) async fn get_issue_body(
        &self,
        repository: &RepositoryName,
        issue: u64,
    ) -> Result<String, Failure> {
        let route = format!("/repos/{repository}/issues/{issue}");
        let answer: IssueAnswer = self.get(READ, &route).await?;
        Ok(answer.body.unwrap_or_default())
    }

    /// `PATCH /repos/{owner}/{repo}/issues/{issue_number}`: this text in place of its own.
    pub(crate) async fn set_issue_body(
        &self,
        repository: &RepositoryName,
        issue: u64,
        body: &str,
    ) -> Result<(), Failure> {
        self.update_issue(repository, issue, &Text { body }).await
    }

    async fn update_issue(
        &self,
        repository: &RepositoryName,
        issue: u64,
        update: &impl Serialize,
    ) -> Result<(), Failure> {
        let route = format!("/repos/{repository}/issues/{issue}");
        let answer = self.octocrab.patch(route, Some(update)).await;
        let _: serde::de::IgnoredAny = answer.map_err(|error| WRITE.failed(error))?;
        Ok(())
    }
}

impl From<IssueAnswer> for Issue {
    fn from(issue: IssueAnswer) -> Self {
        let mut labels = Vec::new();
        for label in issue.labels {
            labels.extend(match label {
                Label::Name(name) => Some(name),
                Label::Object { name } => name,
            });
        }
        Self {
            number: issue.number,
            body: issue.body.unwrap_or_default(),
            labels,
        }
    }
}
