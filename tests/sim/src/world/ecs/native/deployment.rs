//! A service deployment and the service revisions that it moves between.

use std::collections::BTreeMap;

use super::super::super::time::Ms;
use super::super::{ServiceKey, running::TaskContainer};
use super::HookTarget;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ServiceDeploymentStatus {
    Pending,
    InProgress,
    Successful,
    StopRequested,
    Stopped,
    RollbackRequested,
    RollbackInProgress,
    RollbackSuccessful,
    RollbackFailed,
}

impl ServiceDeploymentStatus {
    pub fn name(self) -> &'static str {
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
        }
    }

    pub fn over(self) -> bool {
        matches!(
            self,
            Self::Successful | Self::Stopped | Self::RollbackSuccessful | Self::RollbackFailed
        )
    }
}

/// Where a deployment that is not a rolling one has come to. Before the production traffic moves there is one more
/// stage for hooks, which the description of a deployment does not name.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Stage {
    ReconcileService,
    PreScaleUp,
    ScaleUp,
    PostScaleUp,
    TestTrafficShift,
    PostTestTrafficShift,
    PreProductionTrafficShift,
    ProductionTrafficShift,
    PostProductionTrafficShift,
    BakeTime,
    CleanUp,
}

impl Stage {
    const ALL: [Self; 11] = [
        Self::ReconcileService,
        Self::PreScaleUp,
        Self::ScaleUp,
        Self::PostScaleUp,
        Self::TestTrafficShift,
        Self::PostTestTrafficShift,
        Self::PreProductionTrafficShift,
        Self::ProductionTrafficShift,
        Self::PostProductionTrafficShift,
        Self::BakeTime,
        Self::CleanUp,
    ];

    /// As a hook's configuration names it.
    pub fn hook_name(self) -> &'static str {
        match self {
            Self::PreProductionTrafficShift => "PRE_PRODUCTION_TRAFFIC_SHIFT",
            other => other.name(),
        }
    }

    /// As `lifecycleStage` shows it.
    pub fn name(self) -> &'static str {
        match self {
            Self::ReconcileService => "RECONCILE_SERVICE",
            Self::PreScaleUp => "PRE_SCALE_UP",
            Self::ScaleUp => "SCALE_UP",
            Self::PostScaleUp => "POST_SCALE_UP",
            Self::TestTrafficShift => "TEST_TRAFFIC_SHIFT",
            Self::PostTestTrafficShift | Self::PreProductionTrafficShift => {
                "POST_TEST_TRAFFIC_SHIFT"
            }
            Self::ProductionTrafficShift => "PRODUCTION_TRAFFIC_SHIFT",
            Self::PostProductionTrafficShift => "POST_PRODUCTION_TRAFFIC_SHIFT",
            Self::BakeTime => "BAKE_TIME",
            Self::CleanUp => "CLEAN_UP",
        }
    }

    pub(super) fn next(self) -> Self {
        Self::ALL
            .into_iter()
            .find(|stage| *stage > self)
            .unwrap_or(Self::CleanUp)
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum HookStatus {
    AwaitingAction,
    InProgress,
    Succeeded,
    Failed,
    TimedOut,
}

impl HookStatus {
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::AwaitingAction => "AWAITING_ACTION",
            Self::InProgress => "IN_PROGRESS",
            Self::Succeeded => "SUCCEEDED",
            Self::Failed => "FAILED",
            Self::TimedOut => "TIMED_OUT",
        }
    }

    pub(super) fn open(self) -> bool {
        matches!(self, Self::AwaitingAction | Self::InProgress)
    }
}

/// A hook that a deployment has come to.
#[derive(Clone, Debug)]
pub struct Hook {
    pub id: String,
    pub stage: Stage,
    pub target: HookTarget,
    pub status: HookStatus,
    pub expires_at: Option<Ms>,
}

/// The way back, once it was asked for and begun.
#[derive(Clone, Debug)]
pub struct Rollback {
    pub reason: String,
    pub started_at: Ms,
    /// ARN of the service revision that it goes to.
    pub revision: String,
}

/// What a service revision had when its deployment ended.
#[derive(Clone, Copy, Debug, Default)]
pub struct Share {
    pub requested: u32,
    pub running: u32,
    pub pending: u32,
    /// In percent.
    pub weight: f64,
    pub test_weight: f64,
}

/// One deployment by ECS itself.
#[derive(Clone, Debug)]
pub struct ServiceDeployment {
    pub arn: String,
    pub service: ServiceKey,
    pub status: ServiceDeploymentStatus,
    pub reason: Option<String>,
    pub stage: Option<Stage>,
    pub created_at: Ms,
    pub started_at: Option<Ms>,
    pub finished_at: Option<Ms>,
    pub stopped_at: Option<Ms>,
    pub updated_at: Ms,
    /// ARNs of the service revisions that were there before.
    pub sources: Vec<String>,
    /// ARN of the service revision that it brings.
    pub target: String,
    pub rollback: Option<Rollback>,
    pub hooks: Vec<Hook>,
    /// Failed tasks of the target.
    pub failures: u32,
    pub breaker_tripped: bool,
    /// Alarms that rang while it watched them.
    pub triggered_alarms: Vec<String>,
    /// Whether it watches the service's alarms: not where one rang as it started.
    pub watches_alarms: bool,
    /// All is in place but the bake time.
    pub baking: bool,
    /// The task set that is to get all of the traffic: the target's, in a rollback the old one.
    pub(super) destination: String,
    pub(super) rollback_failures: u32,
    /// How many traffic shifts there were.
    pub(super) shifts: usize,
    /// The destination's tasks are all there, and the next step is planned.
    pub(super) in_place: bool,
    /// Steps that were planned before it was stopped are void.
    pub(super) epoch: u32,
    /// Each revision's share as it ended.
    pub(super) left: BTreeMap<String, Share>,
}

impl ServiceDeployment {
    /// Whether it moves: neither waiting for its start nor for its stop.
    pub(in super::super::super) fn moves(&self) -> bool {
        use ServiceDeploymentStatus::{InProgress, RollbackInProgress};
        matches!(self.status, InProgress | RollbackInProgress)
    }

    pub(super) fn rolls_back(&self) -> bool {
        self.status == ServiceDeploymentStatus::RollbackInProgress
    }

    /// Whether it waits at a `PAUSE` hook.
    pub fn paused(&self) -> bool {
        self.hooks
            .iter()
            .any(|hook| hook.status == HookStatus::AwaitingAction)
    }
}

/// What a service runs, as of one deployment.
#[derive(Clone, Debug)]
pub(crate) struct Revision {
    pub service: ServiceKey,
    pub task_definition: String,
    pub created_at: Ms,
    /// Resolved by its first task, and kept.
    pub images: Vec<TaskContainer>,
    /// Whether it can be described.
    pub recorded: bool,
}

/// What a service under the ECS controller has beyond the others.
#[derive(Clone, Debug)]
pub(crate) struct Native {
    pub spec: super::NativeSpec,
    /// ARNs in the order of their creation.
    pub deployments: Vec<String>,
    /// ARN of the revision that the last successful deployment, or rollback, left.
    pub last_successful: Option<String>,
}

impl Native {
    pub(crate) fn new(spec: super::NativeSpec) -> Self {
        Self {
            spec,
            deployments: Vec::new(),
            last_successful: None,
        }
    }
}
