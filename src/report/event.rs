//! The one vocabulary between doing and telling. Stages emit events; the report and the sinks take them.

use super::{
    changes::Changes,
    checked::Checked,
    data::{
        AwsCall, Deployment, Diagnosis, Ending, HealthAttempt, PlanView, Proof, Serving, TargetView,
    },
    guarded::Guarded,
    listing::Listing,
    marks::Mark,
    neighbours::Neighbour,
};
pub(crate) use super::{
    data::Touch,
    phases::{Step, StepState},
};
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
    /// The new tasks do not start as they should: what AWS shows of them.
    Struggling(String),
    /// Production traffic on the target changed, in percent.
    Traffic { percent: f64 },
    /// All production traffic is on the target (read from the deployment's target).
    TrafficShifted,
    /// The target is unhealthy: what follows leads back to this version, which served at the start.
    Returning { version: String },
    /// One attempt of the health check.
    Health(HealthAttempt),
    /// The running tasks' digests were compared with the target's.
    Proven(Proof),
    /// AWS was called; told in a run that is debugged.
    Called(AwsCall),
    /// GitHub said what lies between the two versions.
    Compared(Changes),
    /// The issue for the root cause is written.
    Recorded { issue_url: String },
    /// Other services of the cluster still run what was taken off.
    StillRunning(Vec<Neighbour>),
    /// What has served.
    Listed(Listing),
    /// What there is to know of a rollback before it is needed.
    Checked(Checked),
    /// Whether a hold covers the version.
    Guarded(Guarded),
    /// What serves is proven, and is to be marked.
    Marking {
        target: TargetView,
        revision: TaskDefinitionArn,
    },
    /// A tag was put on it, or was there.
    Marked(Mark),
    /// Why the deployment did not go well.
    Diagnosed(Diagnosis),
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
    Create {
        marker: String,
        revision: TaskDefinitionArn,
    },
    /// `UpdateService`
    Update { revision: TaskDefinitionArn },
    /// Something that is done to a deployment which this run did not create.
    Touch {
        deployment: DeploymentId,
        touch: Touch,
    },
}
