//! Pure decisions: from what was observed to an immutable plan. Nothing in here asks AWS or the clock.
//!
//! The plan is specific enough that carrying it out makes no choice. A dry run prints it; there is
//! no second way to a deployment.

pub mod codedeploy;
pub mod ecs;
pub mod path;
mod views;

use std::time::Duration;

use serde_json::Value;

use crate::domain::task_definition::{TaskDefinition, rollback_tags};
use crate::error::Problems;
use crate::inputs::Inputs;
use crate::names::{
    ClusterName, ContainerName, ImageDigest, Region, ServiceName, TaskDefinitionArn,
};
use crate::observe::serving::RunningDigests;
use crate::observe::target::Found;
use crate::observe::{ControllerState, Snapshot};
use crate::report::data::{Discovery, Path, PlanView, Proof, TargetView};
use crate::words;
use path::Takeover;
pub use views::serving;

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
    /// What this run writes is found by it.
    pub marker: String,
    /// What was given and does not count here.
    pub warnings: Vec<String>,
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
    for (digest, tasks) in running
        .known
        .iter()
        .filter(|(digest, _)| !wanted.contains(digest))
    {
        notes.push(format!("{} on {digest}", words::count(*tasks, "task")));
    }
    if running.unknown > 0 {
        notes.push(format!(
            "{} of unknown digest",
            words::count(running.unknown, "task")
        ));
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

/// What will be created, by whoever deploys the service.
#[derive(Clone, Debug)]
pub enum PlannedDeployment {
    CodeDeploy(Box<codedeploy::BlueGreen>),
    Ecs(Box<ecs::Update>),
}

/// What a controller's rules make of the snapshot.
pub struct Decision {
    path: Path,
    takeover: Takeover,
    /// The revision that will serve; `None` where it is registered first.
    serves: Option<TaskDefinitionArn>,
    why: String,
    expected: Option<Duration>,
    steps: Vec<String>,
    discovered: Vec<Discovery>,
    notes: Vec<String>,
    /// The revision that the active deployment brings.
    brought: Option<TaskDefinition>,
    warnings: Vec<String>,
    deployment: PlannedDeployment,
}

/// Makes the plan.
///
/// # Errors
/// Every check that failed, together.
pub fn plan(snapshot: &Snapshot, inputs: &Inputs, run: &Run) -> Result<Plan, Problems> {
    let now = &snapshot.now;
    let target = target(&snapshot.found, snapshot);
    let decision = match &snapshot.controller {
        ControllerState::CodeDeploy(observed) => {
            codedeploy::decide(snapshot, observed, inputs, run, &target)?
        }
        ControllerState::Ecs(observed) => ecs::decide(snapshot, observed, inputs)?,
    };
    let Decision {
        path,
        takeover,
        serves,
        brought,
        ..
    } = decision;
    let changes = match path {
        Path::Nothing => Vec::new(),
        _ => views::changes(snapshot, serves.as_ref(), brought.as_ref()),
    };
    let view = PlanView {
        path,
        why: decision.why,
        expected: decision.expected,
        steps: decision.steps,
        changes,
        task_definition_arn: serves.as_ref().map(ToString::to_string),
        discovered: decision.discovered,
        notes: decision.notes,
    };
    Ok(Plan {
        path,
        serves,
        takeover,
        region: inputs.region.clone(),
        cluster: inputs.cluster.clone(),
        service: inputs.service.clone(),
        container: now.container.clone(),
        now: now.revision.clone(),
        proof: compare(&target, &now.digests),
        target_view: views::target(&snapshot.found, inputs),
        revision: planned_revision(snapshot, run, &target),
        target,
        marker: run.marker.clone(),
        deployment: decision.deployment,
        warnings: decision.warnings,
        view,
    })
}

fn target(found: &Found, snapshot: &Snapshot) -> Target {
    let platform = snapshot
        .revision
        .definition()
        .platform()
        .or_else(|| snapshot.now.platform.clone());
    Target {
        version: found.version.clone(),
        digest: found.image.image.digest.clone(),
        digests: found
            .image
            .digests(platform.as_ref())
            .into_iter()
            .cloned()
            .collect(),
        image: found.image_uri(),
    }
}

fn planned_revision(snapshot: &Snapshot, run: &Run, target: &Target) -> PlannedRevision {
    if let Some(arn) = snapshot.revision.reused() {
        return PlannedRevision::Reuse(arn.clone());
    }
    let content = snapshot.revision.definition();
    let family = content
        .family()
        .unwrap_or_else(|| snapshot.now.revision.family())
        .to_owned();
    let tags = rollback_tags(&target.version, &target.digest, &run.marker);
    PlannedRevision::Register {
        request: content.register_request(&family, &tags),
        family,
    }
}
