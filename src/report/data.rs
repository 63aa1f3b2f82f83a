//! The report: everything a run found, did and proved, as plain data that any sink can tell.
//!
//! A `String` is a sentence or a name of ours, with text from outside between marks; a text that is from outside as
//! a whole is an `OutsideText`. Both have passed the gate (`clean`) when a sink sees them.

use std::{fmt, time::Duration};

use serde::Serialize;
use time::OffsetDateTime;

use super::{
    changes::Changes, checked::Checked, guarded::Guarded, listing::Listing, marks::Mark, members,
    neighbours::Neighbour, phases::Phases,
};
pub(crate) use super::{
    outcome::{Outcome, Path},
    split::{Part, Share},
};
pub(crate) use crate::domain::config_diff::Change;
use crate::{
    domain::{mode::Mode, service::LoadBalancerKind},
    error::Problem,
    names::{
        ApplicationName, ContainerName, DeploymentId, GroupName, ImageDigest, ImageTag,
        TaskDefinitionArn,
    },
    outside::OutsideText,
    words,
};

/// The run as it was asked for. Where the inputs are invalid, cluster, service and version are what was typed, which
/// is outside text and stands between its marks.
#[derive(Clone, Debug, Default, Serialize)]
pub(crate) struct Asked {
    #[serde(serialize_with = "members::mode")]
    pub mode: Mode,
    pub cluster: String,
    pub service: String,
    /// Empty until a region is known.
    pub region: String,
    /// The input `version`.
    pub version: String,
    pub reason: Option<OutsideText>,
    /// `GITHUB_ACTOR` (or `GITHUB_TRIGGERING_ACTOR`).
    pub actor: Option<OutsideText>,
    /// Link to the workflow run, made from GitHub's variables.
    pub run_url: Option<OutsideText>,
    /// Link to the workflow, where it can be started again; for those who are notified.
    #[serde(skip)]
    pub workflow_url: Option<OutsideText>,
    pub dry_run: bool,
    /// Console link to the service; empty until the region is known.
    pub service_url: String,
}

impl Asked {
    /// Whether nothing is written whatever the plan says.
    pub(super) fn only_looks(&self) -> bool {
        self.dry_run || self.mode != Mode::Rollback
    }
}

/// What holds the production traffic.
#[derive(Clone, Debug, Default)]
pub(crate) struct Serving {
    /// The highest version tag on the digest, else the tag in the task definition where it still fits, else the digest.
    pub version: Option<String>,
    /// `repository@sha256:…`; of several digests that run, the one that most tasks run.
    pub image: Option<String>,
    pub digest: Option<ImageDigest>,
    pub task_definition_arn: Option<TaskDefinitionArn>,
    /// Running tasks that hold the traffic.
    pub tasks: u32,
    /// Of these, how many run `digest`.
    pub tasks_on_digest: u32,
    /// Where fewer tasks run than the service wants.
    pub missing: Option<MissingTasks>,
    /// Since when this has been serving.
    pub since: Option<OffsetDateTime>,
    pub notes: Vec<ServingNote>,
    /// What to give as `version` to come back here: a version tag that is on the digest, else the digest.
    pub undo_version: Option<String>,
    /// Its part of the traffic in percent, in the middle of a shift; `None` where it is all or not known.
    pub share: Option<f64>,
    /// What has the rest of the traffic, or runs on some of the tasks.
    pub beside: Vec<Share>,
}

/// One attempt of a call to AWS.
#[derive(Clone, Debug)]
pub(crate) struct AwsCall {
    /// `CodeDeploy_20141006.GetDeployment`
    pub operation: String,
    pub took: Duration,
    /// HTTP's; `None` where no answer came.
    pub status: Option<u16>,
    /// AWS's, for its support; empty where there is none.
    pub request_id: OutsideText,
}

/// A service that does not have all its tasks.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct MissingTasks {
    /// The service's desired count.
    pub wanted: u32,
    /// How many are starting.
    pub pending: u32,
}

impl fmt::Display for MissingTasks {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { wanted, pending } = self;
        write!(f, "{wanted} wanted, {pending} starting")
    }
}

/// Something to know about what serves.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum ServingNote {
    NoTaskRuns,
    /// Running tasks, but none whose agent says which image it pulled.
    NoDigestKnown,
    /// So many tasks whose agent does not say which image it pulled.
    UnknownImages(u32),
    /// The tag that the revision names points to another image since these tasks started.
    TagMoved(ImageTag),
}

/// What the rollback goes to.
#[derive(Clone, Debug)]
pub(crate) struct TargetView {
    /// Output `version`.
    pub version: String,
    /// `repository@sha256:…`
    pub image: String,
    pub digest: ImageDigest,
    /// Every tag on the digest.
    pub tags: Vec<String>,
    pub pushed_at: Option<OffsetDateTime>,
    /// When it last got the traffic here, if the deployments on record say so.
    pub last_served_from: Option<OffsetDateTime>,
    /// For how long it served then.
    pub served_for: Option<Duration>,
    /// Why this one, for `previous`; candidates passed over with their reasons; under an hour served; …
    pub notes: Vec<String>,
}

/// Something that was not given as an input, and where it was found.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct Discovery {
    /// `container`, `repository`, `deployment group`, `AppSpec`, …
    pub what: String,
    pub value: String,
    /// "the service's load balancer", "the deployment behind the primary task set d-…", …
    pub source: String,
}

/// The plan, for people.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct PlanView {
    pub path: Path,
    /// Why this path: "no deployment is active; revision web1:2 still fits, nothing to register".
    pub why: String,
    /// What it is expected to take until users are served, when that can be told.
    #[serde(rename = "expected_seconds", serialize_with = "members::seconds")]
    pub expected: Option<Duration>,
    /// The revision that will serve; `None` when it is registered first.
    pub task_definition_arn: Option<TaskDefinitionArn>,
    /// What will be written, in order: "register a revision of web1 …", "create a deployment in …".
    pub steps: Vec<String>,
    pub changes: Vec<Change>,
    pub discovered: Vec<Discovery>,
    /// When the deployment began that brought what the rollback takes off, where AWS says it.
    #[serde(skip)]
    pub bad_since: Option<OffsetDateTime>,
    /// `None` where nothing but the target is known to serve.
    #[serde(skip)]
    pub taken_off: Option<TakenOff>,
    /// What shifts the traffic, where that is known.
    #[serde(skip)]
    pub load_balancer: Option<LoadBalancerKind>,
    pub notes: Vec<PlanNote>,
}

#[cfg(test)]
impl PlanView {
    /// With nothing but its path and why that is taken.
    pub(crate) fn redeploy(why: &str) -> Self {
        Self {
            path: Path::Redeploy,
            why: why.to_owned(),
            expected: None,
            task_definition_arn: None,
            steps: Vec::new(),
            changes: Vec::new(),
            discovered: Vec::new(),
            bad_since: None,
            taken_off: None,
            load_balancer: None,
            notes: Vec::new(),
        }
    }
}

/// The return to what served at the start.
#[derive(Clone, Debug, Default)]
pub(crate) struct ReturnView {
    pub version: String,
    /// Once it is planned.
    pub path: Option<Path>,
    pub deployment: Option<Deployment>,
    pub proof: Option<Proof>,
}

impl ReturnView {
    /// Whether it is proven that the version serves again.
    pub(crate) fn is_proven(&self) -> bool {
        self.proof.as_ref().is_some_and(|proof| proof.proven)
    }
}

/// The version that a rollback takes off.
#[derive(Clone, Debug)]
pub(crate) struct TakenOff {
    pub version: String,
    /// Of its image, as a URI.
    pub repository: String,
    pub digest: ImageDigest,
}

/// A line of the plan about what the service's or the group's settings do to the deployment.
#[derive(Clone, Debug)]
pub(crate) struct PlanNote {
    /// `alarms`, `pace`: what a row of the plan begins with.
    pub topic: Option<&'static str>,
    pub text: String,
}

/// A deployment that this run made or follows.
#[derive(Clone, Debug)]
pub(crate) struct Deployment {
    /// CodeDeploy's `d-…`, or the ARN of ECS's service deployment (until that is known, `ecs-svc/…`).
    pub id: DeploymentId,
    /// `None` where ECS itself deploys.
    pub group: Option<DeploymentGroup>,
    /// Console link.
    pub url: String,
}

/// A CodeDeploy deployment group in its application.
#[derive(Clone, Debug)]
pub(crate) struct DeploymentGroup {
    pub application: ApplicationName,
    pub name: GroupName,
}

/// The running tasks' digests against the target's.
#[derive(Clone, Debug, Default, Serialize)]
pub(crate) struct Proof {
    /// Running tasks of the task set that holds the traffic.
    pub tasks: u32,
    /// Of these, how many have the target's digest.
    pub matching: u32,
    pub digest: Option<ImageDigest>,
    pub proven: bool,
    /// What differs: "1 task runs sha256:…", "the digest of 1 task is not known".
    pub notes: Vec<String>,
}

/// One request of the health check.
#[derive(Clone, Debug)]
pub(crate) struct HealthAttempt {
    pub number: u32,
    pub of: u32,
    /// May hold credentials.
    pub url: OutsideText,
    /// The status, or a sentence that says why there was none.
    pub answer: Result<u16, String>,
    pub ok: bool,
    pub took: Duration,
}

/// Why a deployment of the target did not go well, as far as AWS shows it.
#[derive(Clone, Debug, Default)]
pub(crate) struct Diagnosis {
    /// One sentence, lower case and without its full stop: the most likely cause. `None` where nothing shows one.
    pub cause: Option<String>,
    /// Stopped tasks by their reason: "2 tasks: the container web1 exited with code 1".
    pub stopped: Vec<String>,
    pub log: Option<LogTail>,
    /// What could not be read, and where else to look: a sentence each.
    pub notes: Vec<String>,
}

/// The last lines that a container wrote.
#[derive(Clone, Debug)]
pub(crate) struct LogTail {
    pub container: ContainerName,
    /// Console link to the log stream.
    pub url: String,
    pub text: OutsideText,
}

/// What stands at the end, besides the report.
#[derive(Clone, Debug)]
pub(crate) struct Ending {
    pub outcome: Outcome,
    /// Whether nothing would be, or was, started because another service was refused.
    pub is_held_up: bool,
    /// Every problem that ended the run; empty when it went well.
    pub problems: Vec<Problem>,
    /// What AWS is still doing, what was left behind (`web1:8`), how to stop it.
    pub left: Vec<Left>,
    pub written: Written,
    /// The failed lifecycle event, CodeDeploy's error information: raw, possibly several lines, hostile.
    pub details: Vec<Detail>,
    /// What serves users now: read again at the end where something was written; `None` when unknown.
    pub serving: Option<Serving>,
    /// Until when the old tasks stay warm, where the deployment says so.
    pub warm_until: Option<OffsetDateTime>,
    /// What those tasks run: a version, or a revision; `None` where nobody can say.
    pub warm_version: Option<String>,
}

impl Ending {
    /// With nothing but the outcome to say.
    pub(crate) fn new(outcome: Outcome) -> Self {
        Self {
            outcome,
            is_held_up: false,
            problems: Vec::new(),
            left: Vec::new(),
            written: Written::default(),
            details: Vec::new(),
            serving: None,
            warm_until: None,
            warm_version: None,
        }
    }
}

/// Something that the run leaves, or that people can do about it.
#[derive(Clone, Debug)]
pub(crate) struct Left {
    /// A lower-case sentence without its full stop; where there is a command, it leads to that: "check it with".
    pub text: String,
    /// A command to paste, without backticks.
    pub command: Option<String>,
}

impl From<String> for Left {
    fn from(text: String) -> Self {
        Self {
            text,
            command: None,
        }
    }
}

/// What the run wrote to AWS, or may have written.
#[derive(Clone, Debug, Default)]
pub(crate) struct Written {
    /// Whether anything was sent that AWS did not reject.
    pub anything: bool,
    pub registered: bool,
    /// What was done to deployments that this run did not create.
    pub touched: Vec<(DeploymentId, Touch)>,
    /// The marker of a `CreateDeployment` that was sent.
    pub marker: Option<String>,
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

/// A block of text from AWS or an application, with its title.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct Detail {
    pub title: String,
    pub text: OutsideText,
}

/// The whole run. Grows with each event; sinks render it.
#[derive(Clone, Debug, Default)]
pub(crate) struct Report {
    pub asked: Asked,
    pub started_at: Option<OffsetDateTime>,
    /// From the start of the run until the latest event, at most until its end.
    pub elapsed: Duration,
    /// What served when the run began.
    pub before: Option<Serving>,
    pub target: Option<TargetView>,
    pub plan: Option<PlanView>,
    /// The return from a target that is unhealthy; what else is told of the target stays what it was.
    pub back: Option<ReturnView>,
    /// By the first plan: a later one may find that the target serves already.
    pub taken_off: Option<TakenOff>,
    /// The revision that the target runs on, once known.
    pub task_definition_arn: Option<TaskDefinitionArn>,
    pub deployment: Option<Deployment>,
    pub phases: Phases,
    /// Production traffic on the target, in percent, as last read.
    pub traffic: Option<f64>,
    /// From the start of the run until all traffic was on the target.
    pub to_traffic: Option<Duration>,
    pub proof: Option<Proof>,
    pub health: Vec<HealthAttempt>,
    pub warnings: Vec<String>,
    /// What the rollback takes out.
    pub changes: Option<Changes>,
    /// The issue for the root cause.
    pub issue_url: Option<String>,
    /// Who else in the cluster still runs what was taken off.
    pub neighbours: Vec<Neighbour>,
    pub diagnosis: Option<Diagnosis>,
    /// What has served, in the mode `history`.
    pub listing: Option<Listing>,
    /// What was found, in the mode `check`.
    pub checked: Option<Checked>,
    /// What holds there are, in the mode `guard`.
    pub guarded: Option<Guarded>,
    /// The tags on what serves, in the mode `mark-stable`.
    pub marks: Vec<Mark>,
    pub ending: Option<Ending>,
}

impl Report {
    /// The deployment of a return, where it is another one than the rollback's.
    pub(crate) fn deployment_back(&self) -> Option<&Deployment> {
        let back = self.back.as_ref()?.deployment.as_ref()?;
        let is_same = |own: &Deployment| own.id == back.id;
        (!self.deployment.as_ref().is_some_and(is_same)).then_some(back)
    }

    /// When all traffic was on the target.
    fn traffic_at(&self) -> Option<OffsetDateTime> {
        Some(self.started_at? + self.to_traffic?)
    }

    /// The same as RFC 3339.
    pub(crate) fn traffic_back_at(&self) -> Option<String> {
        words::rfc3339(self.traffic_at()?)
    }

    /// From the start of the bad release's deployment until all traffic was on the target.
    pub(crate) fn recovery(&self) -> Option<Duration> {
        let outcome = self.ending.as_ref().map(|ending| ending.outcome);
        // AWS may have taken the traffic away again.
        if outcome != Some(Outcome::RolledBack) {
            return None;
        }
        let bad_since = self.plan.as_ref()?.bad_since?;
        let span = self.traffic_at()? - bad_since;
        // Clocks differ: nothing is recovered before it broke.
        Duration::try_from(span).ok()
    }
}
