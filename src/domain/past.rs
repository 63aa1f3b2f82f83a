//! `previous` undoes the last release, and proves what that was from the deployments on record. Replayed from oldest
//! to newest, they build a stack of states (an image digest with a revision). `previous` is the state below the top,
//! or the top itself where a rollback led to it: whoever asks twice does not go back twice.

mod choose;
mod error;
mod explain;
mod list;
mod replay;
mod stack;

use std::time::Duration;

use time::OffsetDateTime;

pub(crate) use choose::previous;
pub(crate) use error::PreviousError;
pub(crate) use list::{PastState, states};

use crate::{
    names::{DeploymentId, ImageDigest, TaskDefinitionArn},
    words,
};

/// A deployment of the service, as far as it is on record.
#[derive(Clone)]
pub(crate) struct PastDeployment {
    pub id: DeploymentId,
    pub created: OffsetDateTime,
    pub status: PastStatus,
    /// CodeDeploy's own rollback: its creator is `codeDeployRollback`.
    pub by_auto_rollback: bool,
    /// The task definition it deployed, or why that is unknown: "its AppSpec is in S3".
    pub revision: Result<TaskDefinitionArn, String>,
    pub image: PastImage,
    /// What the blue task set of an active deployment runs.
    pub blue: Option<(TaskDefinitionArn, PastImage)>,
}

/// How a deployment ended, if it has.
#[derive(Clone, Copy, PartialEq)]
pub(crate) enum PastStatus {
    Succeeded,
    /// Still in progress, whatever AWS calls it.
    Active {
        has_production_traffic: bool,
    },
    Failed,
    Stopped,
}

/// The image that a deployment released.
#[derive(Clone)]
pub(crate) enum PastImage {
    /// `gone` says why it can't be deployed any more: "it is archived", "it was deleted from web1".
    Known {
        digest: ImageDigest,
        gone: Option<String>,
    },
    /// "the tag v1.1.0 has moved since", …
    Unknown { reason: String },
}

impl PastImage {
    pub(crate) fn digest(&self) -> Option<&ImageDigest> {
        match self {
            Self::Known { digest, .. } => Some(digest),
            Self::Unknown { .. } => None,
        }
    }
}

/// A state that `previous~N` can mean.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Candidate {
    /// The N of `previous~N`; `previous` alone is 1.
    pub steps: u32,
    /// What to type as `version`.
    pub version: String,
    /// Of revisions that differ only in how they spell the image, the one that served last.
    pub revision: TaskDefinitionArn,
    pub digest: ImageDigest,
    /// When the deployment that last released it was created; `None` where no deployment on record did.
    pub served_from: Option<OffsetDateTime>,
    /// How long it has served in all, as far as that is on record. Its time ends when the deployment that took its
    /// traffic was created.
    pub served_for: Option<Duration>,
    /// The deployment that last released it; `None` where that is not on record.
    pub deployment: Option<DeploymentId>,
    /// It is the image that serves now, with another revision: only configuration was released.
    pub same_image_as_top: bool,
    /// It already serves, or is about to: there is nothing to undo.
    pub is_top: bool,
}

impl Candidate {
    /// `v1.1.0 (web1:7)`
    pub(crate) fn name(&self) -> String {
        let version = words::short_digest(&self.version);
        format!("{version} ({})", self.revision.short())
    }

    /// What to type to get it: `previous`, or `previous~2`, in backticks.
    pub(crate) fn spec(&self) -> String {
        match self.steps {
            1 => "`previous`".to_owned(),
            steps => format!("`previous~{steps}`"),
        }
    }
}

/// What can't be the answer, and why.
#[derive(Clone, Debug)]
pub(crate) struct PassedOver {
    /// `v1.1.0 (web1:7)`
    pub what: String,
    pub reason: String,
}

/// What `previous` (or `previous~N`) means.
#[derive(Clone, Debug)]
pub(crate) struct Chosen {
    pub candidate: Candidate,
    /// One step further back; `None` where nothing older is on record.
    pub further: Option<Candidate>,
    pub passed_over: Vec<PassedOver>,
    /// For people: why this one, how long it served, what one step further back would be.
    pub notes: Vec<String>,
    /// A deployment on record may be a rollback to something older than the record, so that reading more
    /// deployments may change the answer. Where there are no more, a note says so.
    pub more_history_may_change: bool,
}

impl Chosen {
    /// The nearest state that is not serving already, for whoever wants to go back from here.
    pub(crate) fn nearest_not_serving(self) -> Option<Candidate> {
        if self.candidate.is_top {
            self.further
        } else {
            Some(self.candidate)
        }
    }
}

#[cfg(test)]
mod tests;
