//! The issue for the root cause: one for each bad version of a service; services that are rolled back together share
//! one.

use super::Records;
use crate::{
    domain::hold::{BadVersion, HOLD_LABEL, LABEL},
    github::{Failure, Issue, IssueState, NewIssue},
    inputs::IssueInput,
    outside::OutsideText,
    report::{
        changes::History,
        data::{Outcome, Report},
        issue::{RolledBack, TEXT_MAX, comment, issue},
    },
};

/// An issue that was opened, or got a comment.
pub(crate) struct WrittenIssue {
    pub url: String,
    /// Which of the services it is about, by their positions.
    pub services: Vec<usize>,
}

/// A service that was rolled back, with what its issue says for machines.
struct Bad<'r> {
    position: usize,
    rolled_back: RolledBack<'r>,
    version: BadVersion,
}

impl Records<'_> {
    /// Opens the issue after a rollback that was done, and comments on those that are open; nothing where the run asks
    /// for none. With a sentence for each that could not be written.
    pub(crate) async fn write_issues(
        &self,
        reports: &[Report],
    ) -> (Vec<WrittenIssue>, Vec<String>) {
        let (mut written, mut failed) = (Vec::new(), Vec::new());
        let bad = self.find_bad(reports);
        if self.inputs.issue == IssueInput::None || bad.is_empty() {
            return (written, failed);
        }
        let repository = &self.access.repository;
        let open = self.github.list_issues(repository, LABEL, IssueState::Open);
        let open = match open.await {
            Ok(open) => open,
            Err(failure) => return (written, vec![failure.sentence()]),
        };
        for (issue, services) in by_issue(&open, bad) {
            match self.write_issue(issue, &services).await {
                Ok(issue) => written.push(issue),
                Err(failure) => failed.push(failure.sentence()),
            }
        }
        (written, failed)
    }

    /// `open`: the one that is open already.
    async fn write_issue(
        &self,
        open: Option<&Issue>,
        services: &[Bad<'_>],
    ) -> Result<WrittenIssue, Failure> {
        let rolled_back: Vec<_> = services.iter().map(|bad| bad.rolled_back).collect();
        let number = match open {
            Some(issue) => self.comment_on(issue, &rolled_back).await?,
            None => self.open_issue(&rolled_back, services).await?,
        };
        Ok(WrittenIssue {
            url: self.access.issue_url(number),
            services: services.iter().map(|bad| bad.position).collect(),
        })
    }

    fn find_bad<'r>(&self, reports: &'r [Report]) -> Vec<Bad<'r>> {
        let mut found = Vec::new();
        for (position, report) in reports.iter().enumerate() {
            if let Some(rolled_back) = rolled_back(report) {
                found.push(Bad {
                    position,
                    rolled_back,
                    version: bad_version(&rolled_back, reports.len()),
                });
            }
        }
        found
    }

    /// The number of the issue.
    async fn comment_on(&self, issue: &Issue, services: &[RolledBack<'_>]) -> Result<u64, Failure> {
        let hold = self.inputs.issue == IssueInput::Hold;
        self.add_to(issue, &comment(services, hold)).await?;
        Ok(issue.number)
    }

    /// The number of the issue.
    async fn open_issue(
        &self,
        services: &[RolledBack<'_>],
        bad: &[Bad<'_>],
    ) -> Result<u64, Failure> {
        let hold = self.inputs.issue == IssueInput::Hold;
        let mut blocks = String::new();
        for bad in bad {
            blocks += &format!("\n\n{}", bad.version.block());
        }
        // Without its block a service is not held, so these come before what people read.
        let room = TEXT_MAX.saturating_sub(blocks.chars().count());
        let text = issue(services, hold, room);
        let body = text.body + &blocks;
        let labels: &[&str] = if hold { &[LABEL, HOLD_LABEL] } else { &[LABEL] };
        let new = NewIssue {
            title: &text.title,
            body: &body,
            labels,
        };
        self.github
            .create_issue(&self.access.repository, &new)
            .await
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
}

/// Where a version was taken off that was the bad one.
fn rolled_back(report: &Report) -> Option<RolledBack<'_>> {
    let ending = report.ending.as_ref()?;
    let taken_off = report.taken_off.as_ref()?;
    let changes = report.changes.as_ref();
    // Back to the newer version: what is taken off now was not the bad one.
    let is_forward = changes.is_some_and(|changes| matches!(changes.history, History::BringsIn(_)));
    (ending.outcome == Outcome::RolledBack && !is_forward)
        .then_some(RolledBack { report, taken_off })
}

/// Each open issue with the services that it is about already, then those that need a new one.
fn by_issue<'i, 'r>(
    open: &'i [Issue],
    mut bad: Vec<Bad<'r>>,
) -> Vec<(Option<&'i Issue>, Vec<Bad<'r>>)> {
    let mut groups = Vec::new();
    for issue in open {
        let known = BadVersion::find_all(&issue.body);
        let is_known = |bad: &Bad<'_>| known.iter().any(|known| known.is_same(&bad.version));
        let (of_issue, others): (Vec<_>, Vec<_>) = bad.into_iter().partition(is_known);
        bad = others;
        if !of_issue.is_empty() {
            groups.push((Some(issue), of_issue));
        }
    }
    if !bad.is_empty() {
        groups.push((None, bad));
    }
    groups
}

/// `services`: how many share the issue's room.
fn bad_version(rolled_back: &RolledBack<'_>, services: usize) -> BadVersion {
    let RolledBack { report, taken_off } = rolled_back;
    let asked = &report.asked;
    let text = |text: &OutsideText| text.raw().to_owned();
    // A commit that the target has as well must not be held.
    let changes = report.changes.as_ref();
    let changes = changes.filter(|changes| changes.history != History::SameCommit);
    let commit = changes.and_then(|changes| changes.taken_off_commit.as_ref());
    let reason = asked.reason.as_ref();
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
        reason: reason.map(|reason| shortened(reason, REASONS_MAX / services)),
    }
}

/// GitHub takes 65,536 characters of a text, and an issue has more to say. Of the reason in all its comments:
const REASONS_MAX: usize = 10_000;
/// In one of them.
const REASON_MAX: usize = 1_000;

fn shortened(reason: &OutsideText, part: usize) -> String {
    reason.raw().chars().take(part.min(REASON_MAX)).collect()
}
