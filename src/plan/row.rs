//! The path table. One row is one value: it says everything about itself, and the documentation is made from it.

use std::time::Duration;

use crate::names::TaskDefinitionArn;
use crate::report::data::Path;

/// What a deployment takes where nothing better is known: new tasks start, become healthy, receive the traffic.
pub(crate) const TYPICAL: Duration = Duration::from_secs(180);
/// What it takes to send traffic back to warm tasks, or until a deployment that is stopped has ended.
pub(crate) const WARM: Duration = Duration::from_secs(30);

/// What a row says, with the action of its own controller.
#[derive(Clone, Debug)]
pub(crate) struct Row<Action> {
    pub(crate) action: Action,
    pub(crate) path: Path,
    /// The revision that will serve; `None` where it is registered first.
    pub(crate) serves: Option<TaskDefinitionArn>,
    pub(crate) why: String,
    /// What will be written, in order.
    pub(crate) steps: Vec<String>,
    /// Until users are served; `None` where that depends on somebody else's deployment.
    pub(crate) expected: Option<Duration>,
}

/// The state in which the service is found. The first one that fits decides.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum State {
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
    pub const ALL: [Self; 8] = [
        Self::Serving,
        Self::Idle,
        Self::DeployingTarget,
        Self::CanGoBack,
        Self::TerminationWait,
        Self::RollingBackToSomethingElse,
        Self::Rolling,
        Self::DeployingSomethingElse,
    ];

    pub const fn path(self) -> Path {
        match self {
            Self::Serving => Path::Nothing,
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
    pub const fn documented(self) -> (&'static str, &'static str) {
        match self {
            Self::Serving => (
                "the target receives all traffic, and nothing in progress will take it away",
                "nothing",
            ),
            Self::Idle => (
                "no deployment is in progress",
                "a new deployment; a revision is registered only if none fits",
            ),
            Self::DeployingTarget => (
                "a deployment of the target",
                "follow it, and continue it where it waits for approval",
            ),
            Self::CanGoBack => (
                "a release that AWS can roll back to the target",
                "stop it; AWS shifts traffic back, in seconds while the old tasks are warm",
            ),
            Self::TerminationWait => (
                "CodeDeploy: a deployment in its termination wait",
                "end the wait, then a new deployment",
            ),
            Self::RollingBackToSomethingElse => (
                "AWS's own rollback to another version",
                "wait until it ends, then a new deployment",
            ),
            Self::Rolling => (
                "ECS: a rolling deployment of another version",
                "a new deployment, which replaces it at once",
            ),
            Self::DeployingSomethingElse => (
                "any other deployment",
                "stop it, wait for AWS's rollback, then a new deployment",
            ),
        }
    }
}
