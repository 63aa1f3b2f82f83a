//! How a run ends before the target serves, and what it leaves.

use crate::domain::commands;
use crate::error::{Problem, Problems};
use crate::names::{DeploymentId, Region};
use crate::report::data::{Detail, Left, Outcome};

/// The run is over before the target serves.
#[derive(Clone, Debug)]
pub(crate) struct Ended {
    pub outcome: Outcome,
    pub problems: Problems,
    /// What was left, or is still in progress.
    pub left: Vec<Left>,
    pub details: Vec<Detail>,
    /// The state of AWS has changed under the run: observing again may find a way.
    pub observe_again: bool,
}

impl Ended {
    /// With nothing left and nothing more to say.
    pub(crate) fn new(outcome: Outcome, problem: Problem) -> Self {
        Self::with_problems(outcome, vec![problem])
    }

    pub(crate) fn with_problems(outcome: Outcome, problems: Problems) -> Self {
        Self {
            outcome,
            problems,
            left: Vec::new(),
            details: Vec::new(),
            observe_again: false,
        }
    }

    pub(crate) fn with_left(mut self, left: impl Into<Left>) -> Self {
        self.left.push(left.into());
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

/// The same with how to end it. AWS's own rollback is not to be stopped: ECS's would leave the target, and where one of
/// CodeDeploy's would leave the traffic is not documented.
pub(super) fn left_running(id: &DeploymentId, region: &Region, is_rollback: bool) -> Vec<Left> {
    let mut left = vec![still_running(id, region)];
    if !is_rollback {
        left.push(how_to_stop(id, region));
    }
    left
}

/// How to end what AWS is still doing.
fn how_to_stop(id: &DeploymentId, region: &Region) -> Left {
    Left {
        text: "to stop it and shift traffic back:".to_owned(),
        command: Some(commands::stop(id, region)),
    }
}
