//! Pure decisions: from what was observed to an immutable plan. Nothing in here asks AWS or the clock.
//!
//! The plan is specific enough that carrying it out makes no choice. A dry run prints it; there is
//! no second way to a deployment.

pub mod appspec;
pub mod config_diff;
mod document;
pub mod path;
pub mod platform;
mod preflight;
pub mod previous;
pub mod tags;
pub mod task_definition;
mod views;

use std::time::Duration;

use serde_json::Value;

use crate::error::Problems;
use crate::inputs::{Alarms, DeploymentConfig, Inputs};
use crate::names::{
    ApplicationName, ClusterName, ContainerName, GroupName, ImageDigest, Region, ServiceName,
    TaskDefinitionArn,
};
use crate::observe::Snapshot;
use crate::observe::serving::RunningDigests;
use crate::observe::target::{Found, Revision};
use crate::report::data::{Path, PlanView, Proof, TargetView};
use crate::report::words;
use appspec::AppSpec;
use path::Takeover;
use task_definition::rollback_tags;
pub use views::serving;

/// `CreateDeployment` takes a description of 256 characters.
const DESCRIPTION: usize = 256;

/// Who runs this, and how its writes are told from everybody else's.
#[derive(Clone, Debug, Default)]
pub struct Run {
    /// Unique for this run, first in the deployment's description and in the revision's tags.
    pub marker: String,
    pub actor: Option<String>,
    /// GitHub's id and attempt: `1234567890/1`.
    pub id: Option<String>,
}

/// A marker that no other run has: `ecs-rollback-action/` and 64 random bits.
pub fn new_marker() -> String {
    let bits = getrandom::u64().unwrap_or_else(|_| u64::from(std::process::id()));
    format!("ecs-rollback-action/{bits:016x}")
}

/// What will be done, in full.
#[derive(Clone, Debug)]
pub struct Plan {
    pub path: Path,
    pub takeover: Takeover,
    pub region: Region,
    pub cluster: ClusterName,
    pub service: ServiceName,
    pub container: ContainerName,
    pub target: Target,
    pub revision: PlannedRevision,
    /// The revision that will serve; `None` where it is registered first.
    pub serves: Option<TaskDefinitionArn>,
    /// The revision that serves as the plan is made, and how its tasks compare with the target.
    pub now: TaskDefinitionArn,
    pub proof: Proof,
    pub deployment: PlannedDeployment,
    pub view: PlanView,
    pub target_view: TargetView,
}

/// The digests that tasks run, against the target's.
pub fn compare(target: &Target, running: &RunningDigests) -> Proof {
    let wanted: Vec<_> = target.digests.iter().collect();
    let mut notes = Vec::new();
    if running.tasks() == 0 {
        notes.push("no running task was found in the task set that holds the traffic".to_owned());
    }
    for (digest, tasks) in running.known.iter().filter(|(digest, _)| !wanted.contains(digest)) {
        notes.push(format!("{} on {digest}", words::count(*tasks, "task")));
    }
    if running.unknown > 0 {
        notes.push(format!("{} of unknown digest", words::count(running.unknown, "task")));
    }
    Proof {
        tasks: running.tasks(),
        matching: running.on(&wanted),
        digest: target.digest.to_string(),
        proven: running.all_on(&wanted),
        notes,
    }
}

/// The image that will serve.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Target {
    pub version: String,
    pub digest: ImageDigest,
    /// Every digest by which a task may say that it runs the image: the image's own first.
    pub digests: Vec<ImageDigest>,
    /// `repository@sha256:…`
    pub image: String,
}

/// The revision that will run it.
#[derive(Clone, Debug, PartialEq)]
pub enum PlannedRevision {
    Reuse(TaskDefinitionArn),
    /// The whole request of `RegisterTaskDefinition`.
    Register {
        family: String,
        request: Value,
    },
}

/// The deployment that will be created.
#[derive(Clone, Debug, PartialEq)]
pub struct PlannedDeployment {
    pub application: ApplicationName,
    pub group: GroupName,
    /// `None` uses the group's own.
    pub config: Option<String>,
    /// Complete but for the task definition of a revision that is registered first.
    pub appspec: AppSpec,
    pub ignore_alarms: bool,
    pub marker: String,
    pub description: String,
    /// How long the old tasks stay warm afterwards.
    pub termination_wait: Option<Duration>,
    /// Whether CodeDeploy rolls a failed deployment back by itself.
    pub auto_rollback: bool,
}

/// Makes the plan.
///
/// # Errors
/// Every check that failed, together.
pub fn plan(snapshot: &Snapshot, inputs: &Inputs, run: &Run) -> Result<Plan, Problems> {
    let chosen = path::choose(snapshot, inputs);
    let creates = chosen.as_ref().is_ok_and(|(path, takeover)| takeover.creates(*path));
    let mut problems = preflight::check(snapshot, creates);
    let chosen = chosen.map_err(|problem| problems.push(problem));
    let (Ok((path, takeover)), true) = (chosen, problems.is_empty()) else { return Err(problems) };
    let now = &snapshot.now;
    let target = target(&snapshot.found, snapshot);
    let revision = planned_revision(snapshot, run, &target);
    let deployment = planned_deployment(snapshot, inputs, run, &target);
    let view = views::plan(snapshot, inputs, (path, &takeover), &deployment);
    Ok(Plan {
        path,
        serves: views::will_serve(snapshot, path, &takeover),
        takeover,
        region: inputs.region.clone(),
        cluster: inputs.cluster.clone(),
        service: inputs.service.clone(),
        container: now.container.clone(),
        now: now.revision.clone(),
        proof: compare(&target, &now.digests),
        target_view: views::target(&snapshot.found, inputs),
        target,
        revision,
        deployment,
        view,
    })
}

fn target(found: &Found, snapshot: &Snapshot) -> Target {
    let platform = snapshot.revision.definition().platform().or_else(|| snapshot.now.platform.clone());
    Target {
        version: found.version.clone(),
        digest: found.image.image.digest.clone(),
        digests: found.image.digests(platform.as_ref()).into_iter().cloned().collect(),
        image: found.image_uri(),
    }
}

fn planned_revision(snapshot: &Snapshot, run: &Run, target: &Target) -> PlannedRevision {
    let (content, arn) = match &snapshot.revision {
        Revision::Reuse(definition) => (definition, definition.arn()),
        Revision::Register { content, .. } => (content, None),
    };
    if let Some(arn) = arn {
        return PlannedRevision::Reuse(arn.clone());
    }
    let family = content.family().unwrap_or_else(|| snapshot.now.revision.family()).to_owned();
    let tags = rollback_tags(&target.version, &target.digest, &run.marker);
    PlannedRevision::Register { request: content.register_request(&family, &tags), family }
}

fn planned_deployment(snapshot: &Snapshot, inputs: &Inputs, run: &Run, target: &Target) -> PlannedDeployment {
    let group = &snapshot.group.facts.group;
    let appspec = base_appspec(snapshot);
    let arn = match &snapshot.revision {
        Revision::Reuse(definition) => definition.arn(),
        Revision::Register { .. } => None,
    };
    PlannedDeployment {
        application: group.application.clone(),
        group: group.name.clone(),
        config: match &inputs.deployment_config {
            DeploymentConfig::Named(name) => Some(name.clone()),
            DeploymentConfig::Inherit => None,
        },
        appspec: arn.map_or_else(|| appspec.clone(), |arn| appspec.with_task_definition(arn)),
        ignore_alarms: inputs.alarms == Alarms::Ignore && !group.alarms.is_empty(),
        marker: run.marker.clone(),
        description: description(inputs, run, target),
        termination_wait: group.termination_wait,
        auto_rollback: group.auto_rollback,
    }
}

/// The AppSpec to start from; a fresh one where nothing was ever deployed by CodeDeploy.
fn base_appspec(snapshot: &Snapshot) -> AppSpec {
    if let Some(appspec) = snapshot.base.as_ref().ok().and_then(|base| base.appspec.as_ref()) {
        return appspec.clone();
    }
    let now = &snapshot.now;
    let balanced = now.task_set.load_balancer.as_ref().or(now.service.load_balancer.as_ref());
    // Without a load balancer there is no blue/green deployment to roll back; preflight refuses that.
    let (container, port) = balanced.map_or(("", 0), |lb| (lb.container.as_str(), lb.port));
    AppSpec::fresh(&now.revision, container, port)
}

/// `ecs-rollback-action/3f2a… v1.0.0 by oncall, run 1234/1: checkout page is down`
fn description(inputs: &Inputs, run: &Run, target: &Target) -> String {
    let mut text = format!("{} {}", run.marker, target.version);
    if let Some(actor) = &run.actor {
        text.push_str(&format!(" by {actor}"));
    }
    if let Some(id) = &run.id {
        text.push_str(&format!(", run {id}"));
    }
    if let Some(reason) = &inputs.reason {
        text.push_str(&format!(": {reason}"));
    }
    let printable = text.chars().map(|c| if c.is_control() { ' ' } else { c });
    printable.take(DESCRIPTION).collect()
}
