//! What is done where ECS itself deploys the service.

use time::OffsetDateTime;

use crate::{
    domain::service::Service,
    names::{DeploymentId, TaskSetId},
};

/// What is done, where ECS itself deploys.
#[derive(Clone)]
pub(crate) enum Action {
    /// The target serves already.
    Nothing,
    /// `UpdateService`, once that may be sent.
    Update(Clearing),
    /// Follow the service deployment that deploys the target, or ECS's rollback to it.
    Adopt {
        deployment: DeploymentId,
        direction: Direction,
    },
    /// `StopServiceDeployment(ROLLBACK)`: traffic returns to the last successful revision, which runs the target.
    Reroute { deployment: DeploymentId },
    /// `active-deployment: wait`: wait until it ends, then observe again.
    Wait { deployment: DeploymentId },
}

/// What has to happen before the service is updated.
#[derive(Clone)]
pub(crate) enum Clearing {
    /// Nothing is in progress.
    Idle,
    /// A rolling deployment is replaced by the new one.
    Supersede(DeploymentId),
    /// `StopServiceDeployment(ROLLBACK)`, then wait until it ends.
    Stop {
        deployment: DeploymentId,
        /// Whether it is on record what the stop goes back to; else that may turn out to be the target.
        way_back_known: bool,
    },
    /// It is already rolling back or stopping: wait until it ends.
    LetEnd(DeploymentId),
}

/// Where a service deployment goes.
#[derive(Clone, Copy, PartialEq)]
pub(crate) enum Direction {
    /// To the revision that it was made for.
    Forward,
    /// To the last successful revision: ECS's rollback.
    Back,
}

impl Action {
    pub(crate) fn updates(&self) -> bool {
        matches!(self, Self::Update(_))
    }

    /// The direction of the service deployment that is followed in the end.
    pub(crate) fn direction(&self) -> Direction {
        match self {
            Self::Reroute { .. } => Direction::Back,
            Self::Adopt { direction, .. } => *direction,
            Self::Nothing | Self::Update(_) | Self::Wait { .. } => Direction::Forward,
        }
    }

    /// The service deployment that is in progress as the plan is made.
    pub(crate) fn active_deployment(&self) -> Option<&DeploymentId> {
        match self {
            Self::Nothing | Self::Update(Clearing::Idle) => None,
            Self::Adopt { deployment, .. }
            | Self::Reroute { deployment }
            | Self::Wait { deployment }
            | Self::Update(
                Clearing::Supersede(deployment)
                | Clearing::Stop { deployment, .. }
                | Clearing::LetEnd(deployment),
            ) => Some(deployment),
        }
    }
}

/// The action, and what an update of the service starts from.
#[derive(Clone)]
pub(crate) struct Update {
    pub action: Action,
    /// The service as the plan is made. Its strategy is never written, because it would stay.
    pub service: Service,
    /// When AWS described it.
    pub seen_at: OffsetDateTime,
    /// Whether a deployment of somebody else's may be replaced that began since.
    pub takes_over: bool,
}

impl Update {
    /// The service's primary deployment as the plan is made: another one is somebody else's.
    pub(crate) fn primary(&self) -> Option<&TaskSetId> {
        Some(&self.service.primary_rollout()?.id)
    }
}
