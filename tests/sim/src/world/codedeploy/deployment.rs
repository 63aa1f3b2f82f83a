//! What a deployment is made of.

use serde_json::Value;

use super::super::ecs::ServiceKey;
use super::super::time::Ms;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Status {
    Created,
    InProgress,
    Ready,
    Succeeded,
    Failed,
    Stopped,
}

impl Status {
    pub fn name(self) -> &'static str {
        match self {
            Self::Created => "Created",
            Self::InProgress => "InProgress",
            Self::Ready => "Ready",
            Self::Succeeded => "Succeeded",
            Self::Failed => "Failed",
            Self::Stopped => "Stopped",
        }
    }

    /// Whether the deployment occupies its group.
    pub fn active(self) -> bool {
        matches!(self, Self::Created | Self::InProgress | Self::Ready)
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum EventStatus {
    Pending,
    InProgress,
    Succeeded,
    Failed,
    Skipped,
}

impl EventStatus {
    pub fn name(self) -> &'static str {
        match self {
            Self::Pending => "Pending",
            Self::InProgress => "InProgress",
            Self::Succeeded => "Succeeded",
            Self::Failed => "Failed",
            Self::Skipped => "Skipped",
        }
    }
}

/// One lifecycle event of a deployment's target.
#[derive(Clone, Debug)]
pub struct LifecycleEvent {
    pub name: &'static str,
    pub status: EventStatus,
    pub started_at: Option<Ms>,
    pub ended_at: Option<Ms>,
    /// Error code (`ScriptFailed`, …) and message of a failed event.
    pub diagnostics: Option<(&'static str, String)>,
}

/// One of the two task sets as the deployment's target shows it.
#[derive(Clone, Debug, PartialEq)]
pub struct Side {
    /// `Blue` or `Green`.
    pub label: &'static str,
    pub task_set: String,
    /// Percent of the production traffic.
    pub weight: f64,
    pub status: &'static str,
    pub desired: u32,
    pub running: u32,
    pub pending: u32,
    pub target_group: String,
}

#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct AutoRollback {
    pub enabled: bool,
    pub events: Vec<String>,
}

impl AutoRollback {
    pub fn on(&self, event: &str) -> bool {
        self.enabled && self.events.iter().any(|enabled| enabled == event)
    }
}

/// A deployment, active or over.
#[derive(Clone, Debug)]
pub struct Deployment {
    pub id: String,
    pub application: String,
    pub group: String,
    pub service: ServiceKey,
    pub status: Status,
    pub target_status: &'static str,
    pub description: Option<String>,
    pub creator: String,
    /// ARN of the task definition that its AppSpec names.
    pub task_definition: String,
    pub config: String,
    pub created_at: Ms,
    pub started_at: Option<Ms>,
    pub completed_at: Option<Ms>,
    pub updated_at: Ms,
    pub events: Vec<LifecycleEvent>,
    /// As last written; the live ones are read from the service while the deployment is active.
    pub sides: Vec<Side>,
    /// Error code and message.
    pub error: Option<(&'static str, String)>,
    pub auto_rollback: AutoRollback,
    pub override_alarms: Option<Value>,
    /// The events that have a hook in the AppSpec.
    pub hooks: Vec<String>,
    /// The deployment that this one undoes.
    pub undoes: Option<String>,
    /// The deployment that undoes this one.
    pub undone_by: Option<String>,
    pub rollback_message: Option<String>,
    /// Names the revision within the application.
    pub revision: String,
    pub previous_revision: Option<String>,
    /// Counts stops and failures: a step planned before the last one is void.
    pub epoch: u32,
    /// The task set that gets the traffic, and the one that loses it.
    pub receiver: Option<String>,
    pub giver: Option<String>,
    pub in_termination_wait: bool,
}

impl Deployment {
    pub fn event(&self, name: &str) -> Option<&LifecycleEvent> {
        self.events.iter().find(|event| event.name == name)
    }

    pub fn is_rollback(&self) -> bool {
        self.creator == "codeDeployRollback"
    }
}

/// The lifecycle events of an ECS deployment in AWS's order; test traffic only where it is routed or hooked.
pub(crate) fn event_names(hooks: &[String], test_listener: bool) -> Vec<&'static str> {
    let hooked = |name: &str| hooks.iter().any(|hook| hook == name);
    let mut names = vec!["BeforeInstall", "Install", "AfterInstall"];
    if test_listener || hooked("AfterAllowTestTraffic") {
        names.extend(["AllowTestTraffic", "AfterAllowTestTraffic"]);
    }
    names.extend(["BeforeAllowTraffic", "AllowTraffic", "AfterAllowTraffic"]);
    names
}
