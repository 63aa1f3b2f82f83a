//! `previous`: undoes the last release, by proof from the group's deployments. The deployments, oldest to
//! newest, build a stack of states (an image digest with a revision); `previous` lies under its top, or is the
//! top itself where that was reached by going back, so that pressing twice doesn't go back two.

mod choose;
mod error;
mod replay;
mod stack;

use std::time::Duration;

use time::OffsetDateTime;

pub use choose::previous;
pub use error::{Meaning, PreviousError};

use crate::names::{DeploymentId, ImageDigest, TaskDefinitionArn};

/// A deployment of the group, as far as it is on record.
#[derive(Clone, Debug, PartialEq)]
pub struct PastDeployment {
    pub id: DeploymentId,
    pub created: OffsetDateTime,
    pub completed: Option<OffsetDateTime>,
    pub status: PastStatus,
    /// CodeDeploy's own rollback: its creator is `codeDeployRollback`.
    pub by_auto_rollback: bool,
    /// The AppSpec's task definition, or why it is unknown: "its AppSpec lies in S3".
    pub revision: Result<TaskDefinitionArn, String>,
    pub image: PastImage,
    /// What the blue task set of an active deployment runs.
    pub blue: Option<(TaskDefinitionArn, PastImage)>,
}

/// How a deployment stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PastStatus {
    Succeeded,
    /// Not over yet, whatever CodeDeploy calls it.
    Active {
        has_production_traffic: bool,
    },
    Failed,
    Stopped,
}

/// The image that a deployment brought.
#[derive(Clone, Debug, PartialEq)]
pub enum PastImage {
    /// `gone` says why it can't be deployed any more: "it is archived", "it was deleted from web1".
    Known {
        digest: ImageDigest,
        gone: Option<String>,
    },
    /// "the tag v1.1.0 has moved since", …
    Unknown { reason: String },
}

impl PastImage {
    pub fn digest(&self) -> Option<&ImageDigest> {
        match self {
            Self::Known { digest, .. } => Some(digest),
            Self::Unknown { .. } => None,
        }
    }
}

/// A state that `previous` can mean.
#[derive(Clone, Debug, PartialEq)]
pub struct Candidate {
    /// Of revisions that differ only in how they spell the image, the one that served last.
    pub revision: TaskDefinitionArn,
    pub digest: ImageDigest,
    /// When the deployment that last brought it was created; `None` where no deployment on record did.
    pub served_from: Option<OffsetDateTime>,
    /// How long it has served in all, as far as that is on record. A state's time ends when the deployment that
    /// took its traffic was created.
    pub served_for: Option<Duration>,
    /// The deployment that last brought it; `None` where it is not on record.
    pub deployment: Option<DeploymentId>,
    /// It is the image that serves now, with another revision: only configuration was released.
    pub same_image_as_top: bool,
    /// It is what serves, or is about to: there is nothing to undo.
    pub is_top: bool,
}

/// A state that is not a candidate, and why.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PassedOver {
    /// `v1.1.0 (web1:7)`
    pub what: String,
    pub reason: String,
}

/// What `previous` (or `previous~N`) is.
#[derive(Clone, Debug, PartialEq)]
pub struct Chosen {
    pub candidate: Candidate,
    pub passed_over: Vec<PassedOver>,
    /// Why this one, how long it served, what one step further would be.
    pub notes: Vec<String>,
    /// A deployment on record may have gone back to something older than the record. Where there are more
    /// deployments to read, reading them may change the answer; where there are none, a note says so.
    pub more_history_may_change: bool,
}

#[cfg(test)]
mod tests;
