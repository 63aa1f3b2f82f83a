//! The one vocabulary between doing and telling. Stages emit events; the report and the sinks take them.

use std::fmt;
use std::time::Duration;

use super::data::{Deployment, Ending, HealthAttempt, PlanView, Proof, Serving, TargetView};
use crate::names::{DeploymentId, TaskDefinitionArn};

/// Something that happened in the run, in the order it happened.
#[derive(Clone, Debug)]
pub(crate) enum Event {
    /// The inputs are valid; reading begins.
    Asked,
    /// What serves users as the run begins.
    Observed(Serving),
    /// The version asked for, resolved.
    Targeted(TargetView),
    /// All reads and checks have passed: this is what will be done (or, in a dry run, would be).
    Planned(PlanView),
    /// A write is about to be sent; its answer may be lost.
    Sending(Write),
    /// `RegisterTaskDefinition` took effect.
    Registered(TaskDefinitionArn),
    /// The deployment exists.
    Created(Deployment),
    /// A deployment that this run did not create brings the target: adopted, or the rollback that a stop started.
    Followed(Deployment),
    /// A step of the deployment began or ended. Each is told once.
    Step(Step),
    /// Production traffic on the target changed, in percent.
    Traffic { percent: f64 },
    /// All production traffic is on the target (read from the deployment's target).
    TrafficShifted,
    /// One attempt of the health check.
    Health(HealthAttempt),
    /// The running tasks' digests were compared with the target's.
    Proven(Proof),
    /// Something the user should know that changes nothing about the outcome.
    Warned(String),
    /// The run is over.
    Ended(Box<Ending>),
}

/// The writes of a run. None of them has an idempotency token.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Write {
    /// `RegisterTaskDefinition`
    Register { family: String },
    /// `CreateDeployment`
    Create { marker: String },
    /// `UpdateService`
    Update { revision: TaskDefinitionArn },
    /// Something that is done to a deployment which this run did not create.
    Touch {
        deployment: DeploymentId,
        touch: Touch,
    },
}

/// What is done to somebody else's deployment.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Touch {
    /// `StopDeployment` with auto-rollback, `StopServiceDeployment(ROLLBACK)`
    Stop,
    /// `ContinueDeployment(TERMINATION_WAIT)`
    EndTerminationWait,
    /// `ContinueDeployment(READY_WAIT)`
    ContinueAtReady,
    /// `ContinueServiceDeployment`
    ContinueAfterPause,
}

/// What the log says behind the deployment's id, and what an ending says was done to it.
impl fmt::Display for Touch {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Stop => "stopping it, which shifts traffic back",
            Self::EndTerminationWait => "ending its termination wait",
            Self::ContinueAtReady => "continuing it at Ready",
            Self::ContinueAfterPause => "continuing it after a hook's pause",
        })
    }
}

/// A step as a person follows it: `AllowTraffic`, `Install`, … (CodeDeploy's lifecycle events).
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Step {
    pub name: String,
    pub state: StepState,
    /// For people: "new tasks are starting", "2 of 2 running".
    pub detail: String,
    /// How long it took, once it ended.
    pub took: Option<Duration>,
}

/// How a step stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum StepState {
    Started,
    Done,
    Failed,
}
