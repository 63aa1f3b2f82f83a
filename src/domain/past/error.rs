//! Why `previous` has no answer, and what to type instead.

use super::{Candidate, PassedOver};
use crate::error::{Code, Problem};
use crate::names::DeploymentId;

/// One of the two things that `previous` could mean.
#[derive(Clone, Debug, PartialEq)]
pub struct Meaning {
    pub candidate: Candidate,
    /// What to type as `version`.
    pub version: String,
}

/// `previous` can't be told.
#[derive(Clone, Debug, PartialEq)]
pub enum PreviousError {
    /// A release is under way and serves nobody yet: `previous` could undo it, or what serves.
    Ambiguous {
        deployment: DeploymentId,
        /// What that deployment brings: `v1.3.0 (web1:9)`.
        brings: String,
        /// What undoing the release that is under way means.
        either: Box<Meaning>,
        /// What undoing the release before means; `None` where the record doesn't say.
        or: Option<Box<Meaning>>,
    },
    /// The deployments on record hold no state that far down.
    NotEnough {
        /// What serves, where that is known: `v1.2.0 (web1:8)`.
        top: Option<String>,
        steps: u32,
        passed_over: Vec<PassedOver>,
    },
}

impl PreviousError {
    /// Whether older deployments, where there are more, may give an answer.
    pub fn need_more_history(&self) -> bool {
        match self {
            Self::Ambiguous { or, .. } => or.is_none(),
            Self::NotEnough { .. } => true,
        }
    }

    /// As the user reads it, once no more deployments are to be had.
    pub fn into_problem(self) -> Problem {
        match self {
            Self::Ambiguous {
                deployment,
                brings,
                either,
                or,
            } => {
                let message = format!(
                    "deployment {deployment} brings {brings} and has no production traffic yet, \
                     so `previous` could mean two versions"
                );
                Problem::new(
                    Code::PreviousAmbiguous,
                    message,
                    to_type(&either, or.as_deref()),
                )
            }
            Self::NotEnough {
                top,
                steps,
                passed_over,
            } => not_enough(top, steps, &passed_over),
        }
    }
}

fn to_type(either: &Meaning, or: Option<&Meaning>) -> String {
    let same_version = or.is_some_and(|or| or.version == either.version);
    let typed = |Meaning { candidate, version }: &Meaning| match same_version {
        true => format!(
            "`version: {version}` with `task-definition: {}`",
            candidate.revision.short()
        ),
        false => format!("`version: {version}`"),
    };
    let first = format!("give {} to undo that deployment", typed(either));
    match or {
        Some(or) => format!(
            "{first}, or {} to undo the release before it too",
            typed(or)
        ),
        None => format!("{first}; what ran before it is not on record"),
    }
}

fn not_enough(top: Option<String>, steps: u32, passed_over: &[PassedOver]) -> Problem {
    let before = top.map_or_else(|| "before".to_owned(), |top| format!("before {top}"));
    let steps = if steps > 1 {
        format!(" {steps} steps back")
    } else {
        String::new()
    };
    let message = format!("the deployments on record do not say what ran {before}{steps}");
    let passed = passed_over
        .iter()
        .map(|it| format!("passed over: {}: {}", it.what, it.reason));
    let mut lines: Vec<_> = passed.collect();
    lines.push("give the version to go back to: a tag, or `sha256:…`".into());
    Problem::new(Code::PreviousUnknown, message, lines.join("\n"))
}
