//! How a run ends before the target serves, and what it leaves.

use crate::{
    aws::Failure,
    domain::{commands, task_definition::TAG_RUN},
    error::{Code, Problem, Problems},
    names::{DeploymentId, Region, TaskDefinitionArn},
    outside::OutsideText,
    plan::{Plan, codedeploy::BlueGreen},
    report::data::{Detail, Left, Outcome},
};

/// The run is over before the target serves.
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

    pub(super) fn failed(code: Code, message: String, hint: impl Into<String>) -> Self {
        Self::new(Outcome::Failed, Problem::new(code, message, hint))
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

    /// Nobody can say whether a write was done. `what`: the operation, and what was not found.
    pub(super) fn answer_lost(code: Code, what: &str, failure: &Failure, hint: String) -> Self {
        let message = format!("the answer to {what}: {}", failure.message);
        Self::failed(code, message, hint)
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

/// A revision whose registration was sent, and nobody can say whether it was done.
pub(crate) fn may_be_registered(family: &str, marker: &str) -> Left {
    Left::from(format!(
        "a revision of {family} with the tag {TAG_RUN}={marker} may have been registered; it is not in use"
    ))
}

/// A deployment of CodeDeploy's that was sent, and nobody can say whether it exists.
pub(crate) fn may_be_created(planned: &BlueGreen, marker: &str) -> Left {
    let (application, group) = (&planned.application, &planned.group);
    Left::from(format!(
        "a deployment with the marker {marker} may be starting in {application} / {group}"
    ))
}

/// A deployment of ECS's that was sent, and nobody can say whether it was started.
pub(crate) fn may_be_started(plan: &Plan, revision: &TaskDefinitionArn) -> Left {
    let (cluster, service) = (&plan.cluster, &plan.service);
    let revision = revision.short();
    Left::from(format!(
        "a deployment of {revision} may be starting in {cluster}/{service}"
    ))
}

/// What AWS says about a failure, in its own words.
pub(super) fn detail(title: impl Into<String>, text: &OutsideText) -> Detail {
    Detail {
        title: title.into(),
        text: text.clone(),
    }
}

/// How to end what AWS is still doing.
fn how_to_stop(id: &DeploymentId, region: &Region) -> Left {
    Left {
        text: "to stop it and shift traffic back:".to_owned(),
        command: Some(commands::stop(id, region)),
    }
}
