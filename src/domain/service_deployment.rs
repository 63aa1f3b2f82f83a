//! Service deployments and service revisions: how ECS itself deploys, and what it deployed.

use time::OffsetDateTime;

use super::service::{ALL_TRAFFIC, ContainerDigest, SOME_TRAFFIC, digest_of};
use crate::{
    names::{ContainerName, DeploymentId, ImageDigest, TaskDefinitionArn},
    outside::OutsideText,
};

/// Stages of a shift in which all production traffic has moved.
const AFTER_SHIFT: [&str; 3] = ["POST_PRODUCTION_TRAFFIC_SHIFT", "BAKE_TIME", "CLEAN_UP"];

/// The state of a service deployment.
#[derive(Clone, PartialEq)]
pub(crate) enum ServiceStatus {
    Pending,
    InProgress,
    Successful,
    StopRequested,
    Stopped,
    RollbackRequested,
    RollbackInProgress,
    RollbackSuccessful,
    RollbackFailed,
    /// One that this version does not know: not over.
    Other(String),
}

impl ServiceStatus {
    const KNOWN: [Self; 9] = [
        Self::Pending,
        Self::InProgress,
        Self::Successful,
        Self::StopRequested,
        Self::Stopped,
        Self::RollbackRequested,
        Self::RollbackInProgress,
        Self::RollbackSuccessful,
        Self::RollbackFailed,
    ];

    /// From AWS's word.
    pub(crate) fn from_word(word: &str) -> Self {
        for status in Self::KNOWN {
            if status.as_str() == word {
                return status;
            }
        }
        // A status that AWS adds must not look like an end.
        Self::Other(word.to_owned())
    }

    pub(crate) fn as_str(&self) -> &str {
        match self {
            Self::Pending => "PENDING",
            Self::InProgress => "IN_PROGRESS",
            Self::Successful => "SUCCESSFUL",
            Self::StopRequested => "STOP_REQUESTED",
            Self::Stopped => "STOPPED",
            Self::RollbackRequested => "ROLLBACK_REQUESTED",
            Self::RollbackInProgress => "ROLLBACK_IN_PROGRESS",
            Self::RollbackSuccessful => "ROLLBACK_SUCCESSFUL",
            Self::RollbackFailed => "ROLLBACK_FAILED",
            Self::Other(other) => other,
        }
    }

    pub(crate) fn is_over(&self) -> bool {
        // A status that AWS adds later counts as not over: to wait too long is safer than to stop too early.
        matches!(
            self,
            Self::Successful | Self::Stopped | Self::RollbackSuccessful | Self::RollbackFailed
        )
    }

    /// Whether it ends, or has ended, with what it was made to deploy.
    pub(crate) fn brings_target(&self) -> bool {
        !self.is_rollback() && !matches!(self, Self::StopRequested | Self::Stopped)
    }

    /// Whether a description says more of the past than a list: what ECS went back to, what had the traffic.
    pub(crate) fn needs_description(&self) -> bool {
        self.is_rollback() || *self == Self::Stopped
    }

    /// ECS takes `StopServiceDeployment` until the deployment is rolling back, or is being stopped.
    pub(crate) fn can_be_stopped(&self) -> bool {
        matches!(self, Self::Pending | Self::InProgress)
    }

    /// Whether ECS is rolling back, has rolled back, or is about to.
    pub(crate) fn is_rollback(&self) -> bool {
        matches!(
            self,
            Self::RollbackRequested
                | Self::RollbackInProgress
                | Self::RollbackSuccessful
                | Self::RollbackFailed
        )
    }
}

/// A service deployment as a list names it.
#[derive(Clone)]
pub(crate) struct ListedDeployment {
    pub id: DeploymentId,
    pub status: ServiceStatus,
    pub created_at: OffsetDateTime,
    pub finished_at: Option<OffsetDateTime>,
    /// ARN of the service revision that it deploys.
    pub target: Option<String>,
}

/// A service deployment in full.
#[derive(Clone)]
pub(crate) struct ServiceDeployment {
    pub id: DeploymentId,
    pub status: ServiceStatus,
    /// `statusReason`, in AWS's words.
    pub reason: Option<OutsideText>,
    /// `SCALE_UP`, `BAKE_TIME`, …; a rolling deployment has none.
    pub stage: Option<String>,
    pub created_at: OffsetDateTime,
    pub finished_at: Option<OffsetDateTime>,
    pub sources: Vec<RevisionShare>,
    pub target: Option<RevisionShare>,
    pub rollback: Option<ServiceRollback>,
    /// Ids of the lifecycle hooks that wait for `ContinueServiceDeployment`.
    pub paused_at: Vec<String>,
    pub triggered_alarms: Vec<OutsideText>,
    /// Whether the circuit breaker ended it: its tasks did not start, or did not stay.
    pub breaker_tripped: bool,
}

impl ServiceDeployment {
    /// Whether all production traffic has moved to what it deploys. A rolling deployment has neither stages nor weights:
    /// of that, never.
    pub(crate) fn has_shifted(&self) -> bool {
        let Some(stage) = &self.stage else {
            return false;
        };
        let Some(target) = &self.target else {
            return false;
        };
        // A weight that ECS leaves out says nothing; the stage does.
        let all = target.weight.is_none_or(|weight| weight >= ALL_TRAFFIC);
        let mut sources = self.sources.iter();
        AFTER_SHIFT.contains(&stage.as_str())
            && all
            && sources.all(|source| source.percent() < SOME_TRAFFIC)
    }

    /// Whether users were served by its revision alone, whatever became of it: one that is replaced in its bake time
    /// ends as `STOPPED`, and was no failure.
    pub(crate) fn served_everything(&self) -> bool {
        let Some(target) = &self.target else {
            return false;
        };
        if target.weight.is_some() {
            return target.percent() >= ALL_TRAFFIC;
        }
        // A rolling deployment has no weights: all of its tasks run, and no old one does.
        let has_all = target.running > 0 && target.running >= target.wanted;
        has_all && self.sources.iter().all(|source| source.running == 0)
    }
}

/// ECS's rollback of a service deployment.
#[derive(Clone)]
pub(crate) struct ServiceRollback {
    pub reason: Option<OutsideText>,
    pub started_at: Option<OffsetDateTime>,
    /// ARN of the service revision that it goes to: the last successful one.
    pub revision: Option<String>,
}

/// How many tasks and how much traffic a service revision has.
#[derive(Clone)]
pub(crate) struct RevisionShare {
    /// ARN of the service revision.
    pub arn: String,
    pub wanted: u32,
    pub running: u32,
    /// Percent of the production traffic; none where no weights move.
    pub weight: Option<f64>,
}

impl RevisionShare {
    /// Percent of the production traffic; what ECS leaves out counts as none.
    pub(crate) fn percent(&self) -> f64 {
        self.weight.unwrap_or_default()
    }
}

/// A service revision: what a deployment deployed, with the digests that its first task resolved.
#[derive(Clone)]
pub(crate) struct ServiceRevision {
    pub arn: String,
    pub task_definition: Option<TaskDefinitionArn>,
    /// Each container with the digest that its first task resolved.
    pub images: Vec<ContainerDigest>,
    /// `ARM64` or `X86_64`, where ECS runs its tasks on another architecture than the task definition says.
    pub overridden_architecture: Option<String>,
}

impl ServiceRevision {
    /// The digest of the container's image.
    pub(crate) fn digest(&self, container: &ContainerName) -> Option<&ImageDigest> {
        // With version consistency (the default), ECS resolves a tag once for each service revision, and starts all
        // of its tasks from that digest.
        digest_of(&self.images, container)
    }
}
