//! A CodeDeploy deployment and its target: lifecycle events, and who has how much of the traffic.

use std::fmt;

use time::OffsetDateTime;

use super::service::ALL_TRAFFIC;
use crate::{
    names::{ApplicationName, DeploymentId, GroupName, TaskSetId},
    outside::OutsideText,
};

/// How a deployment stands.
#[derive(Clone, PartialEq)]
pub(crate) enum Status {
    Succeeded,
    Failed,
    Stopped,
    /// New tasks are ready, traffic waits for `ContinueDeployment`.
    Ready,
    /// `Created`, `Queued`, `InProgress`, `Baking`, and whatever AWS adds: not over.
    Active(String),
}

impl Status {
    pub(crate) fn is_over(&self) -> bool {
        matches!(self, Self::Succeeded | Self::Failed | Self::Stopped)
    }

    /// AWS's word.
    pub(crate) fn as_str(&self) -> &str {
        match self {
            Self::Succeeded => "Succeeded",
            Self::Failed => "Failed",
            Self::Stopped => "Stopped",
            Self::Ready => "Ready",
            Self::Active(word) => word,
        }
    }
}

/// A deployment as `GetDeployment` describes it.
#[derive(Clone)]
pub(crate) struct Deployment {
    pub id: DeploymentId,
    pub application: ApplicationName,
    pub group: GroupName,
    pub status: Status,
    pub created_at: OffsetDateTime,
    pub creator: Creator,
    pub description: OutsideText,
    pub revision: Option<Revision>,
    /// What ran before, by CodeDeploy's own account.
    pub previous_revision: Option<Revision>,
    /// Set once it failed.
    pub error: Option<DeploymentError>,
    /// The deployment that rolls this one back.
    pub rollback: Option<DeploymentId>,
    /// The deployment that this one rolls back.
    pub rollback_of: Option<DeploymentId>,
}

/// Who created a deployment.
#[derive(Clone, PartialEq)]
pub(crate) enum Creator {
    /// CodeDeploy itself, to roll another deployment back (`codeDeployRollback`).
    AutoRollback,
    /// `user`, `autoscaling`, …
    Other(OutsideText),
}

impl Creator {
    /// Whom it names; `user` is whoever called the API.
    pub(crate) fn name(&self) -> Option<OutsideText> {
        match self {
            Self::AutoRollback => Some(OutsideText::new("CodeDeploy's auto-rollback")),
            Self::Other(creator) if creator.raw() == "user" => None,
            Self::Other(creator) => Some(creator.clone()),
        }
    }
}

impl fmt::Display for Creator {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::AutoRollback => f.write_str("codeDeployRollback"),
            Self::Other(creator) => creator.fmt(f),
        }
    }
}

/// Why a deployment failed, in CodeDeploy's words (`errorInformation`).
#[derive(Clone)]
pub(crate) struct DeploymentError {
    /// `ALARM_ACTIVE`, `HEALTH_CONSTRAINTS`, …
    pub code: OutsideText,
    pub message: OutsideText,
}

/// Everything that `CreateDeployment` is given.
#[derive(Clone)]
pub(crate) struct NewDeployment {
    pub application: ApplicationName,
    pub group: GroupName,
    /// `None` uses the group's own.
    pub config: Option<String>,
    /// The AppSpec as JSON, and the lower-case hexadecimal SHA-256 of that text.
    pub appspec: String,
    pub appspec_sha256: String,
    /// At most 256 characters; starts with the run's marker.
    pub description: String,
    pub ignore_alarms: bool,
}

/// A deployment's target as `GetDeploymentTarget` describes it.
#[derive(Clone)]
pub(crate) struct Target {
    /// `Pending`, `InProgress`, `Succeeded`, `Failed`, `Skipped`, `Ready`, …
    pub status: String,
    pub events: Vec<LifecycleEvent>,
    pub task_sets: Vec<TargetTaskSet>,
}

impl Target {
    /// Whether nothing is left but the termination wait, where the deployment is not over. AWS's own advice: the target
    /// is `Succeeded` then. The flag `instanceTerminationWaitTimeStarted` was reported to stay false on ECS.
    /// `replacement`: the weight of the task set that gets the traffic.
    pub(crate) fn has_shifted(&self, replacement: f64) -> bool {
        // Be right either way: nobody has confirmed that the target's own status says it in every case.
        self.status == "Succeeded" || (replacement >= ALL_TRAFFIC && self.all_events_over())
    }

    /// The weight of the task set that the deployment made.
    pub(crate) fn green_weight(&self) -> f64 {
        let green = self.task_sets.iter().find(|set| set.label == "Green");
        green.map_or(0.0, |green| green.weight)
    }

    fn all_events_over(&self) -> bool {
        let mut traffic_allowed = false;
        for event in &self.events {
            if !matches!(event.status.as_str(), "Succeeded" | "Skipped" | "Failed") {
                return false;
            }
            // Before it has started, a target lists no events at all, and none of them would be open.
            traffic_allowed |= event.name == "AllowTraffic";
        }
        traffic_allowed
    }
}

/// A lifecycle event: `Install`, `AllowTraffic`, …
#[derive(Clone)]
pub(crate) struct LifecycleEvent {
    pub name: String,
    /// `Pending`, `InProgress`, `Succeeded`, `Failed`, `Skipped`, …
    pub status: String,
    pub started_at: Option<OffsetDateTime>,
    pub ended_at: Option<OffsetDateTime>,
    /// Error code, message and the end of the hook's log, where it failed.
    pub diagnostics: Option<OutsideText>,
}

/// A task set as the deployment sees it.
#[derive(Clone)]
pub(crate) struct TargetTaskSet {
    pub id: TaskSetId,
    /// `Blue` (the original) or `Green` (the replacement).
    pub label: String,
    /// Percent of the production traffic.
    pub weight: f64,
    pub running: i64,
    pub desired: i64,
}

/// Where the AppSpec of a deployment is.
#[derive(Clone, PartialEq)]
pub(crate) enum Revision {
    /// CodeDeploy itself holds the text. Source: `RevisionLocation`, `appSpecContent` and `string`.
    Held {
        /// Lower-case hexadecimal SHA-256 of the text; what tells two revisions apart.
        sha256: String,
        form: HeldForm,
    },
    /// `s3://bucket/key`, or another place that this action does not read.
    Elsewhere { place: OutsideText },
    /// CodeDeploy does not say where.
    Unknown,
}

/// The two members of `RevisionLocation` under which CodeDeploy holds a text.
#[derive(Clone, Copy, PartialEq)]
pub(crate) enum HeldForm {
    AppSpecContent,
    /// The older form; AWS's CLI still sends it.
    String,
}

impl Revision {
    pub(crate) fn sha256(&self) -> Option<&str> {
        match self {
            Self::Held { sha256, .. } => Some(sha256),
            Self::Elsewhere { .. } | Self::Unknown => None,
        }
    }

    pub(crate) fn elsewhere(&self) -> Option<&OutsideText> {
        match self {
            Self::Elsewhere { place } => Some(place),
            Self::Held { .. } | Self::Unknown => None,
        }
    }
}
