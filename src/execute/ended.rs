//! How a run ends before the target serves, and what it leaves.

use crate::aws::{Failure, Fault};
use crate::domain::commands;
use crate::error::{Code, Problem, Problems};
use crate::names::{DeploymentId, Region};
use crate::report::data::{Detail, Left, Outcome};

/// The run is over before the target serves.
#[derive(Clone, Debug)]
pub(crate) struct Ended {
    pub(crate) outcome: Outcome,
    pub(crate) problems: Problems,
    /// What was left, or is still in progress.
    pub(crate) left: Vec<Left>,
    pub(crate) details: Vec<Detail>,
    /// The state of AWS has changed under the run: observing again may find a way.
    pub(crate) observe_again: bool,
}

impl Ended {
    /// With nothing left and nothing more to say.
    pub(crate) fn new(outcome: Outcome, problem: Problem) -> Self {
        Self {
            outcome,
            problems: vec![problem],
            left: Vec::new(),
            details: Vec::new(),
            observe_again: false,
        }
    }

    /// AWS said no to a write.
    pub(super) fn rejected(outcome: Outcome, failure: &Failure, code: Code, what: &str) -> Self {
        if failure.fault != Fault::Rejected {
            return Self::new(outcome, failure.problem());
        }
        let problem = Problem::new(
            code,
            format!("{what}: {} {}", failure.code, failure.message),
            "read what AWS says; where it names a resource, check that this exists in this region and account",
        );
        Self::new(outcome, problem)
    }

    pub(super) fn with_left(mut self, left: Left) -> Self {
        self.left.push(left);
        self
    }
}

/// What AWS is still doing, and how to see it.
pub(crate) fn still_running(id: &DeploymentId, region: &Region) -> Left {
    Left {
        text: format!("deployment {} is still running; check it with", id.short()),
        command: Some(commands::check(id, region)),
    }
}

/// How to end what AWS is still doing.
pub(crate) fn how_to_stop(id: &DeploymentId, region: &Region) -> Left {
    Left {
        text: "to stop it and shift traffic back:".to_owned(),
        command: Some(commands::stop(id, region)),
    }
}
