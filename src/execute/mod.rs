//! Plan → what happened. The only folder that writes to AWS; it makes no choice that the plan has not made.

pub mod codedeploy;
pub mod ecs;
pub mod register;

use crate::aws::Failure;
use crate::error::{Code, Problem, Problems};
use crate::report::data::{Detail, Outcome};

/// The run is over before the target serves.
#[derive(Clone, Debug)]
pub struct Ended {
    pub outcome: Outcome,
    pub problems: Problems,
    /// What was left behind, or is still under way: one line each.
    pub left: Vec<String>,
    pub details: Vec<Detail>,
    /// The state of things has changed under the run: looking again may find a way.
    pub again: bool,
    /// AWS rejected the write that was sent last: it did not happen.
    pub rejected: bool,
}

impl Ended {
    /// With nothing left behind and nothing more to say.
    pub fn new(outcome: Outcome, problem: Problem) -> Self {
        Self {
            outcome,
            problems: vec![problem],
            left: Vec::new(),
            details: Vec::new(),
            again: false,
            rejected: false,
        }
    }

    /// AWS said no to a write. Where nothing had been written before, nothing was changed.
    pub fn rejected(failure: &Failure, code: Code, what: &str, changed: bool) -> Self {
        let outcome = if changed { Outcome::Failed } else { Outcome::Refused };
        let problem = if failure.fault == crate::aws::Fault::Rejected {
            Problem::new(
                code,
                format!("{what}: {} {}", failure.code, failure.message),
                "look at what AWS says; where it names a resource, check that it exists in this region and account",
            )
        } else {
            failure.problem()
        };
        Self { rejected: true, ..Self::new(outcome, problem) }
    }
}
