//! What GitHub keeps of a rollback: a deployment record, and an issue for the root cause.

mod board;
pub(crate) mod choices;
mod deployment;
mod holds;
mod issue;
mod overridden;
mod stable_tag;

pub(crate) use board::Board;
pub(crate) use holds::{Hold, HoldIssues, Holds};
pub(crate) use issue::WrittenIssue;
pub(crate) use overridden::note_override;
pub(crate) use stable_tag::{PutTag, put_stable_tag};

use crate::{
    domain::github::{Access, CommitId},
    github::GitHub,
    inputs::{GitHubInputs, IssueInput},
    report::data::Report,
};

/// Where records are kept, and which are asked for.
pub(crate) struct Records<'a> {
    github: &'a GitHub,
    access: &'a Access,
    inputs: &'a GitHubInputs,
}

impl<'a> Records<'a> {
    /// `None` where no record is asked for.
    pub(crate) fn new(github: Option<&'a GitHub>, inputs: &'a GitHubInputs) -> Option<Self> {
        let is_asked_for = inputs.environment.is_some() || inputs.issue != IssueInput::None;
        let access = inputs.access.as_ref()?;
        is_asked_for.then_some(Self {
            github: github?,
            access,
            inputs,
        })
    }

    /// The commit of the target, where it is one of the workflow's own repository.
    fn commit(&self, report: &Report) -> Option<CommitId> {
        let target = report.changes.as_ref()?.target_commit.as_ref()?;
        (target.repository == self.access.repository).then(|| target.id.clone())
    }
}
