//! What is done where CodeDeploy deploys the service.

use std::time::Duration;

use crate::{
    domain::appspec::AppSpec,
    names::{ApplicationName, DeploymentId, GroupName, TaskSetId},
};

/// What is done, where CodeDeploy deploys.
#[derive(Clone)]
pub(crate) enum Action {
    /// The target serves already.
    Nothing,
    /// `CreateDeployment`, once the group is free.
    Create(Clearing),
    /// Follow the deployment that deploys the target.
    Adopt {
        deployment: DeploymentId,
        side: Side,
    },
    /// `StopDeployment` with auto-rollback: traffic returns to the original task set, which runs the target.
    Reroute {
        deployment: DeploymentId,
        original: TaskSetId,
    },
    /// `active-deployment: wait`: wait until it ends, then observe again.
    Wait { deployment: DeploymentId },
}

/// How the group becomes free for a new deployment.
#[derive(Clone)]
pub(crate) enum Clearing {
    Free,
    /// `ContinueDeployment(TERMINATION_WAIT)`
    EndWait(DeploymentId),
    /// `StopDeployment` with auto-rollback, then wait for that rollback.
    Stop(DeploymentId),
    /// AWS's own rollback is not stopped: wait until it ends.
    LetEnd(DeploymentId),
}

/// The task set that receives all traffic in the end.
#[derive(Clone)]
pub(crate) enum Side {
    /// The deployment's replacement (green) task set.
    Replacement,
    /// A task set that was there before: a rollback shifts traffic back to it.
    Original(TaskSetId),
}

impl Action {
    pub(crate) fn creates(&self) -> bool {
        matches!(self, Self::Create(_))
    }

    pub(crate) fn is_reroute(&self) -> bool {
        matches!(self, Self::Reroute { .. })
    }

    /// The deployment that is in progress as the plan is made.
    pub(crate) fn active_deployment(&self) -> Option<&DeploymentId> {
        match self {
            Self::Nothing | Self::Create(Clearing::Free) => None,
            Self::Adopt { deployment, .. }
            | Self::Reroute { deployment, .. }
            | Self::Wait { deployment }
            | Self::Create(
                Clearing::EndWait(deployment)
                | Clearing::Stop(deployment)
                | Clearing::LetEnd(deployment),
            ) => Some(deployment),
        }
    }
}

/// The action, and the deployment that it may create in its group.
#[derive(Clone)]
pub(crate) struct BlueGreen {
    pub action: Action,
    pub application: ApplicationName,
    pub group: GroupName,
    /// `None` uses the group's own.
    pub config: Option<String>,
    /// Complete but for the task definition of a revision that is registered first.
    pub appspec: AppSpec,
    pub ignore_alarms: bool,
    pub description: String,
    /// How long the old tasks stay warm afterwards.
    pub termination_wait: Option<Duration>,
    /// Whether the group rolls a failed deployment back.
    pub auto_rollback: bool,
}
