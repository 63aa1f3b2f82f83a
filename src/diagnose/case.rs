//! What is diagnosed, and how to speak of what can't be read.

use std::time::Duration;

use crate::{
    aws::Aws,
    domain::clue::Clue,
    error::Problem,
    names::{DeploymentId, TaskDefinitionArn},
    plan::Plan,
};

/// A deployment that did not go well.
pub(crate) struct Case<'a> {
    pub aws: &'a Aws,
    pub plan: &'a Plan,
    /// The target's revision.
    pub revision: TaskDefinitionArn,
    /// The deployment of it. What happened before that was created has nothing to do with it.
    pub deployment: DeploymentId,
    /// What the deployment itself said.
    pub clue: Option<Clue>,
    /// Nobody waits longer for a cause.
    pub within: Duration,
}

pub(super) fn unreadable(what: &str, problem: &Problem) -> String {
    format!("{what} could not be read: {}", problem.message)
}
