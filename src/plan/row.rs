//! The path table. One row is one value: it says everything about itself.

use std::time::Duration;

use crate::names::TaskDefinitionArn;
use crate::report::data::Path;

/// What a deployment takes where nothing better is known: new tasks start, become healthy, receive the traffic.
pub(super) const TYPICAL: Duration = Duration::from_secs(180);
/// What it takes to send traffic back to warm tasks, or until a deployment that is stopped has ended.
pub(super) const WARM: Duration = Duration::from_secs(30);

/// What a row says, with the action of its own controller.
#[derive(Clone, Debug)]
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
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum State {
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
    pub(super) fn path(self) -> Path {
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
}
