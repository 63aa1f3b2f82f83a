//! Which path is taken, by the state that the service is in: the first row of its controller's table that fits.

use crate::names::{DeploymentId, TaskDefinitionArn, TaskSetId};
use crate::observe::Snapshot;
use crate::observe::revision::Revision;
use crate::observe::serving::RunningDigests;
use crate::report::data::Path;

/// What is done about the active deployment before, or instead of, a new one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Takeover {
    /// No deployment is in the way.
    None,
    /// It brings the target: follow it. A rollback brings it back on a task set that is there already.
    Adopt {
        deployment: DeploymentId,
        onto: Option<TaskSetId>,
    },
    /// Stop it; AWS sends the traffic back to what was there before, which is the target: the original task set, or
    /// (`None`) the last successful revision of a service that ECS deploys.
    Reroute {
        deployment: DeploymentId,
        onto: Option<TaskSetId>,
    },
    /// End its termination wait, then deploy.
    EndWait { deployment: DeploymentId },
    /// Stop it, let AWS put things back, then deploy.
    Stop { deployment: DeploymentId },
    /// A rollback to something else is not stopped: let it end, then deploy.
    LetEnd { deployment: DeploymentId },
    /// A new deployment takes its place: ECS's rolling deployments.
    Supersede { deployment: DeploymentId },
    /// `active-deployment: wait`: let it end, then look again.
    Wait { deployment: DeploymentId },
}

impl Takeover {
    /// Whether a deployment is created in the end.
    pub fn creates(&self, path: Path) -> bool {
        path != Path::Nothing
            && !matches!(
                self,
                Self::Adopt { .. } | Self::Reroute { .. } | Self::Wait { .. }
            )
    }

    /// The deployment that is active as the plan is made.
    pub fn deployment(&self) -> Option<&DeploymentId> {
        match self {
            Self::None => None,
            Self::Adopt { deployment, .. }
            | Self::Reroute { deployment, .. }
            | Self::EndWait { deployment }
            | Self::Stop { deployment }
            | Self::LetEnd { deployment }
            | Self::Supersede { deployment }
            | Self::Wait { deployment } => Some(deployment),
        }
    }
}

/// Whether tasks run the target: every one, and at least one, has its digest; where the revision counts, it is that
/// revision.
pub fn is_target(
    digests: &RunningDigests,
    revision: Option<&TaskDefinitionArn>,
    snapshot: &Snapshot,
) -> bool {
    let found = &snapshot.found;
    digests.all_on(&found.image.digests(snapshot.now.platform.as_ref()))
        && (!found.exact || is_target_revision(revision, snapshot))
}

/// Whether it is the revision that the target runs on.
pub fn is_target_revision(revision: Option<&TaskDefinitionArn>, snapshot: &Snapshot) -> bool {
    match &snapshot.revision {
        Revision::Reuse(definition) => definition.arn() == revision,
        // An INACTIVE revision that is registered again is still the revision that ran.
        Revision::Register { content, .. } => content.arn().is_some() && content.arn() == revision,
    }
}
