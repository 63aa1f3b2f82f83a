//! The path table. One row is one value: it says everything about itself.

use std::time::Duration;

use crate::{names::TaskDefinitionArn, report::data::Path};

/// What a deployment takes where nothing better is known: new tasks start, become healthy, receive the traffic.
pub(super) const TYPICAL: Duration = Duration::from_secs(180);
/// What it takes to send traffic back to warm tasks, or until a deployment that is stopped has ended.
pub(super) const WARM: Duration = Duration::from_secs(30);

/// What a row says, with the action of its own controller.
#[derive(Clone)]
pub(super) struct Row<Action> {
    pub action: Action,
    pub path: Path,
    /// The revision that will serve; `None` where it is registered first.
    pub serves: Option<TaskDefinitionArn>,
    pub why: String,
    /// What will be written, in order.
    pub steps: Vec<String>,
    /// Until users are served; `None` where that depends on somebody else's deployment.
    pub expected: Option<Duration>,
}

/// The state in which the service is found. The first one that fits decides.
#[derive(Clone, Copy)]
pub(crate) enum State {
    Serving,
    Idle,
    DeployingTarget,
    CanGoBack,
    TerminationWait,
    RollingBackToSomethingElse,
    Rolling,
    DeployingSomethingElse,
}

impl State {
    /// Every row in the order of the table.
    pub(crate) const ALL: [Self; 8] = [
        Self::Serving,
        Self::Idle,
        Self::DeployingTarget,
        Self::CanGoBack,
        Self::TerminationWait,
        Self::RollingBackToSomethingElse,
        Self::Rolling,
        Self::DeployingSomethingElse,
    ];

    pub(crate) const fn path(self) -> Path {
        match self {
            Self::Serving => Path::Nothing,
            // ECS replaces a rolling deployment by itself, so nothing is stopped first.
            Self::Idle | Self::Rolling => Path::Redeploy,
            Self::DeployingTarget => Path::Adopt,
            Self::CanGoBack => Path::Reroute,
            Self::TerminationWait => Path::EndWaitAndRedeploy,
            Self::RollingBackToSomethingElse | Self::DeployingSomethingElse => {
                Path::StopAndRedeploy
            }
        }
    }

    /// For the documentation: the state, and what the run does then.
    pub(crate) const fn documented(self) -> (&'static str, &'static str) {
        match self {
            Self::Serving => (
                "all traffic is on the target, and nothing in progress could take it away",
                "nothing",
            ),
            Self::Idle => (
                "no deployment is in progress",
                "creates a deployment; registers a revision only if none fits",
            ),
            Self::DeployingTarget => (
                "a deployment of the target is in progress",
                "follows it, and continues it if it waits for approval",
            ),
            Self::CanGoBack => (
                "a release is in progress that AWS can roll back to the target",
                "stops it, and AWS shifts traffic back: in seconds if the old tasks still run",
            ),
            Self::TerminationWait => (
                "CodeDeploy: a deployment is in its termination wait",
                "ends the wait, then creates a deployment",
            ),
            Self::RollingBackToSomethingElse => (
                "AWS is rolling back to another version",
                "lets the rollback finish, then creates a deployment",
            ),
            Self::Rolling => (
                "ECS: a rolling deployment is in progress",
                "creates a deployment, which replaces it at once",
            ),
            Self::DeployingSomethingElse => (
                "any other deployment is in progress",
                "stops it, waits for AWS's rollback, then creates a deployment",
            ),
        }
    }
}
