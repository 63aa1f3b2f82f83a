//! The issue for the root cause: one for each bad version of a service.

use super::Records;
use crate::{
    domain::hold::{BadVersion, HOLD_LABEL, LABEL},
    github::{Failure, Issue, IssueState, NewIssue},
    inputs::IssueInput,
    outside::OutsideText,
    report::{
        changes::History,
        data::{Outcome, Report, TakenOff},
        issue::{comment, issue},
    },
};

impl Records<'_> {
    /// Opens the issue after a rollback that was done, or comments on the one that is open: its page. `None` where the
    /// run asks for none.
    ///
    /// # Errors
    /// A sentence that says why there is none.
    pub(crate) async fn write_issue(&self, report: &Report) -> Result<Option<String>, String> {
        let ending = report.ending.as_ref();
        let is_done = ending.is_some_and(|ending| ending.outcome == Outcome::RolledBack);
        if self.inputs.issue == IssueInput::None || !is_done {
            return Ok(None);
        }
        let Some(taken_off) = &report.taken_off else {
            return Ok(None);
        };
        let changes = report.changes.as_ref();
        // Back to the newer version: what is taken off now was not the bad one.
        if changes.is_some_and(|changes| matches!(changes.history, History::BringsIn(_))) {
            return Ok(None);
        }
        let number = self.open_or_comment(report, taken_off).await;
        let number = number.map_err(|failure| failure.sentence())?;
        Ok(Some(self.access.issue_url(number)))
    }

    /// The number of the issue.
    async fn open_or_comment(&self, report: &Report, taken_off: &TakenOff) -> Result<u64, Failure> {
        let repository = &self.access.repository;
        let bad = self.bad_version(report, taken_off);
        let hold = self.inputs.issue == IssueInput::Hold;
        let open = self
            .github
            .list_issues(repository, LABEL, IssueState::Open)
            .await?;
        for issue in open {
            let is_same = BadVersion::find(&issue.body).is_some_and(|found| found.is_same(&bad));
            if is_same {
                let comment = comment(report, taken_off, hold);
                self.add_to(&issue, &comment).await?;
                return Ok(issue.number);
            }
        }
        let text = issue(report, taken_off, hold);
        let body = format!("{}\n\n{}", text.body, bad.block());
        let labels: &[&str] = if hold { &[LABEL, HOLD_LABEL] } else { &[LABEL] };
        let new = NewIssue {
            title: &text.title,
            body: &body,
            labels,
        };
        self.github.create_issue(repository, &new).await
    }

    async fn add_to(&self, issue: &Issue, comment: &str) -> Result<(), Failure> {
        let repository = &self.access.repository;
        self.github
            .create_comment(repository, issue.number, comment)
            .await?;
        let lacks_hold = !issue.labels.iter().any(|label| label == HOLD_LABEL);
        if self.inputs.issue == IssueInput::Hold && lacks_hold {
            let mut labels = issue.labels.clone();
            labels.push(HOLD_LABEL.to_owned());
            self.github
                .set_labels(repository, issue.number, &labels)
                .await?;
        }
        Ok(())
    }

    fn bad_version(&self, report: &Report, taken_off: &TakenOff) -> BadVersion {
        let asked = &report.asked;
        let text = |text: &OutsideText| text.raw().to_owned();
        // A commit that the target has as well must not be held.
        let changes = report.changes.as_ref();
        let changes = changes.filter(|changes| changes.history != History::SameCommit);
        let commit = changes.and_then(|changes| changes.taken_off_commit.as_ref());
        BadVersion {
            schema: BadVersion::SCHEMA,
            cluster: asked.cluster.clone(),
            service: asked.service.clone(),
            version: taken_off.version.clone(),
            digest: taken_off.digest.to_string(),
            image_repository: Some(taken_off.repository.clone()),
            commit: commit.map(|commit| commit.id.to_string()),
            repository: commit.map(|commit| commit.repository.to_string()),
            since: report.traffic_back_at().unwrap_or_default(),
            by: asked.actor.as_ref().map(text),
            reason: asked.reason.as_ref().map(shortened),
        }
    }
}

/// GitHub takes 65,536 characters of a text, and an issue has more to say.
const REASON_MAX: usize = 1_000;

fn shortened(reason: &OutsideText) -> String {
    reason.raw().chars().take(REASON_MAX).collect()
}
