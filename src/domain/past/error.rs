//! Why `previous` has no answer, and what to type instead.

use super::{Candidate, PassedOver};
use crate::{
    error::{Code, Problem},
    names::DeploymentId,
    words,
};

/// More failed releases than this are of no help to somebody who looks for a version to go back to.
const FAILURES_NAMED: usize = 3;

/// The record does not say what `previous` means.
#[derive(Clone, Debug)]
pub(crate) enum PreviousError {
    /// A release is in progress and serves nobody yet: `previous` could undo it, or what serves.
    Ambiguous {
        deployment: DeploymentId,
        /// What that deployment releases: `v1.3.0 (web1:9)`.
        releases: String,
        /// What undoing the release in progress means.
        either: Box<Candidate>,
        /// What undoing the release before it means; `None` where that is not on record.
        or: Option<Box<Candidate>>,
    },
    /// The deployments on record hold no state that far back.
    NotEnough {
        /// What serves, where that is known: `v1.2.0 (web1:8)`.
        top: Option<String>,
        steps: u32,
        /// What fewer steps mean.
        on_record: Vec<Candidate>,
        /// Releases that did not succeed: what and how.
        failed: Vec<PassedOver>,
        passed_over: Vec<PassedOver>,
    },
}

impl PreviousError {
    /// Whether older deployments, where there are more, may give an answer.
    pub(crate) fn need_more_history(&self) -> bool {
        match self {
            Self::Ambiguous { or, .. } => or.is_none(),
            Self::NotEnough { .. } => true,
        }
    }

    /// As the user reads it, once there are no more deployments to read.
    pub(crate) fn into_problem(self) -> Problem {
        match self {
            Self::Ambiguous {
                deployment,
                releases,
                either,
                or,
            } => {
                let message = format!(
                    "deployment {} is deploying {releases} and has no production traffic yet, \
                     so `previous` could mean two versions",
                    deployment.short()
                );
                let hint = what_to_type(&either, or.as_deref());
                Problem::new(Code::PreviousAmbiguous, message, hint)
            }
            Self::NotEnough {
                top,
                steps,
                on_record,
                failed,
                passed_over,
            } => {
                let message = not_enough(top.as_deref(), steps);
                let on_record = what_is_on_record(&on_record, &failed);
                let hint = what_else_to_type(on_record, &passed_over);
                Problem::new(Code::PreviousUnknown, message, hint)
            }
        }
    }
}

fn what_else_to_type(on_record: Option<String>, passed_over: &[PassedOver]) -> String {
    let mut lines = Vec::from_iter(on_record);
    for passed in passed_over {
        lines.push(format!("passed over: {}: {}", passed.what, passed.reason));
    }
    lines.push("give the version to roll back to: a tag, or `sha256:…`".to_owned());
    lines.join("\n")
}

fn what_to_type(either: &Candidate, or: Option<&Candidate>) -> String {
    let Some(or) = or else {
        let input = version_input(either, false);
        return format!(
            "give {input} to undo that deployment; what ran before it is not on record"
        );
    };
    // Where only configuration was released, both have the same image.
    let same_version = or.version == either.version;
    format!(
        "give {} to undo that deployment, or {} to undo the release before it too",
        version_input(either, same_version),
        version_input(or, same_version)
    )
}

/// The input that means this state; where versions are the same, only the revision tells them apart.
fn version_input(candidate: &Candidate, with_revision: bool) -> String {
    let version = &candidate.version;
    if !with_revision {
        return format!("`version: {version}`");
    }
    let revision = candidate.revision.short();
    format!("`version: {version}` with `task-definition: {revision}`")
}

fn not_enough(top: Option<&str>, steps: u32) -> String {
    let mut question = "what ran before".to_owned();
    if let Some(top) = top {
        question = format!("{question} {top}");
    }
    if steps > 1 {
        question = format!("{question} {steps} steps back");
    }
    format!("the deployments on record do not say {question}")
}

/// "`previous` is v1.1.0, `previous~2` v1.0.0; the release of v0.9.0 failed"
fn what_is_on_record(candidates: &[Candidate], failed: &[PassedOver]) -> Option<String> {
    let mut parts = Vec::new();
    if !candidates.is_empty() {
        parts.push(words::list(candidates.iter().map(meaning)));
    }
    for release in failed.iter().take(FAILURES_NAMED) {
        parts.push(format!("{} {}", release.what, release.reason));
    }
    if parts.is_empty() {
        return None;
    }
    Some(parts.join("; "))
}

fn meaning(candidate: &Candidate) -> String {
    let (spec, name) = (candidate.spec(), candidate.name());
    match candidate.steps {
        // Only the first can be the top.
        1 if candidate.is_top => format!("{spec} is {name}, which is serving"),
        1 => format!("{spec} is {name}"),
        _ => format!("{spec} {name}"),
    }
}
