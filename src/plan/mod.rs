//! Pure decisions: from what was observed to an immutable plan. Nothing in here asks AWS or the clock.
//!
//! The plan is specific enough that carrying it out makes no choice. A dry run prints it; there is no second way to a
//! deployment.

pub(crate) mod codedeploy;
pub(crate) mod ecs;
pub(crate) mod row;
mod sentences;
pub(crate) mod serving;
pub(crate) mod target;

use serde_json::Value;

use crate::domain::config_diff::{self, ImageChange};
use crate::domain::task_definition::{TaskDefinition, rollback_tags};
use crate::error::Problems;
use crate::inputs::Inputs;
use crate::names::{
    ClusterName, ContainerName, DeploymentId, Region, ServiceName, TaskDefinitionArn,
};
use crate::observe::{ControllerState, Snapshot};
use crate::outside::OutsideText;
use crate::report::data::{Change, Discovery, Path, PlanNote, PlanView, Proof, TargetView};
use crate::words;
use row::Row;
use target::{Target, compare, find_target};

/// Who runs this, and how its writes are told from everybody else's.
#[derive(Clone, Debug)]
pub(crate) struct Caller {
    /// Unique for this run: first in the deployment's description, and in the revision's tags.
    pub marker: String,
    pub actor: Option<OutsideText>,
    /// GitHub's run and its attempt: `1234567890/1`.
    pub run_id: Option<String>,
}

/// What will be done, in full.
#[derive(Clone, Debug)]
pub(crate) struct Plan {
    pub region: Region,
    pub cluster: ClusterName,
    pub service: ServiceName,
    pub container: ContainerName,
    pub target: Target,
    pub revision: PlannedRevision,
    /// The revision that will serve; `None` where it is registered first.
    pub serves: Option<TaskDefinitionArn>,
    /// The revision that serves as the plan is made.
    pub serving_revision: TaskDefinitionArn,
    /// How the tasks that serve as the plan is made compare with the target.
    pub proof: Proof,
    pub deployment: PlannedDeployment,
    pub caller: Caller,
    /// What was given and does not count here.
    pub warnings: Vec<String>,
    pub view: PlanView,
    pub target_view: TargetView,
}

/// The revision that will run the target.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum PlannedRevision {
    Reuse(TaskDefinitionArn),
    /// The whole request of `RegisterTaskDefinition`.
    Register {
        family: String,
        request: Value,
    },
}

/// What will be created, or followed, by whoever deploys the service.
#[derive(Clone, Debug)]
pub(crate) enum PlannedDeployment {
    CodeDeploy(Box<codedeploy::BlueGreen>),
    Ecs(Box<ecs::Update>),
}

impl PlannedDeployment {
    /// Somebody else's deployment that is in progress as the plan is made.
    pub(crate) fn active(&self) -> Option<&DeploymentId> {
        match self {
            Self::CodeDeploy(planned) => planned.action.active_deployment(),
            Self::Ecs(planned) => planned.action.active_deployment(),
        }
    }
}

/// What a controller's rules make of the snapshot.
struct Decision {
    path: Path,
    serves: Option<TaskDefinitionArn>,
    view: PlanView,
    /// The revision that the deployment in progress deploys, or goes back to.
    deploying: Option<TaskDefinition>,
    warnings: Vec<String>,
    deployment: PlannedDeployment,
}

impl Plan {
    pub(crate) fn path(&self) -> Path {
        self.view.path
    }

    /// Whether a deployment is created in the end, so that its revision has to be there first.
    pub(crate) fn creates(&self) -> bool {
        match &self.deployment {
            PlannedDeployment::CodeDeploy(planned) => planned.action.creates(),
            PlannedDeployment::Ecs(planned) => planned.action.updates(),
        }
    }
}

/// Makes the plan.
///
/// # Errors
/// Every check that failed, together.
pub(crate) fn make(
    snapshot: &Snapshot,
    inputs: &Inputs,
    caller: &Caller,
) -> Result<Plan, Problems> {
    let target = find_target(snapshot);
    let Decision {
        path,
        serves,
        mut view,
        deploying,
        warnings,
        deployment,
    } = match &snapshot.controller {
        ControllerState::CodeDeploy(observed) => {
            codedeploy::decide(snapshot, observed, inputs, caller, &target)?
        }
        ControllerState::Ecs(observed) => ecs::decide(snapshot, observed, inputs)?,
    };
    if path != Path::Nothing {
        view.changes = changes(snapshot, serves.as_ref(), deploying.as_ref());
    }
    Ok(Plan {
        region: inputs.region.clone(),
        cluster: inputs.cluster.clone(),
        service: inputs.service.clone(),
        container: snapshot.running.container.clone(),
        revision: plan_revision(snapshot, caller, &target),
        serves,
        serving_revision: snapshot.running.revision.clone(),
        proof: compare(&target, &snapshot.running.digests),
        deployment,
        caller: caller.clone(),
        warnings,
        view,
        target_view: sentences::target(&snapshot.target, inputs),
        target,
    })
}

fn plan_revision(snapshot: &Snapshot, caller: &Caller, target: &Target) -> PlannedRevision {
    if let Some(arn) = snapshot.revision.reused() {
        return PlannedRevision::Reuse(arn.clone());
    }
    let content = snapshot.revision.definition();
    let family = family_of(snapshot).to_owned();
    let tags = rollback_tags(&target.version, &target.digest, &caller.marker);
    PlannedRevision::Register {
        request: content.register_request(&family, &tags),
        family,
    }
}

/// A file need not name its family: then the running one gets the revision.
fn family_of(snapshot: &Snapshot) -> &str {
    let content = snapshot.revision.definition();
    content
        .family()
        .unwrap_or_else(|| snapshot.running.revision.family())
}

/// What differs between the revision that serves and the one that will.
fn changes(
    snapshot: &Snapshot,
    serves: Option<&TaskDefinitionArn>,
    deploying: Option<&TaskDefinition>,
) -> Vec<Change> {
    let running = &snapshot.running;
    let found = &snapshot.target;
    let serving_version = serving::at_start(running).version;
    let before = serving_version.unwrap_or_else(|| running.running_selector.to_string());
    let (before, after) = (
        words::short_digest(&before),
        words::short_digest(&found.version),
    );
    // One image may have several tags: what counts is the digest that the tasks run.
    let digests = found.image.digests(running.platform.as_ref());
    let same = running.digests.all_on(&digests) || before == after;
    let image = ImageChange {
        before: &before,
        after: &after,
    };
    config_diff::changes(
        &running.definition,
        definition_that_will_serve(snapshot, serves, deploying),
        running.container.as_str(),
        (!same).then_some(image),
    )
}

fn definition_that_will_serve<'a>(
    snapshot: &'a Snapshot,
    serves: Option<&TaskDefinitionArn>,
    deploying: Option<&'a TaskDefinition>,
) -> &'a TaskDefinition {
    let planned = snapshot.revision.definition();
    let Some(arn) = serves else { return planned };
    if *arn == snapshot.running.revision {
        return &snapshot.running.definition;
    }
    // A deployment that is adopted, or sent back, may run another revision with the same image.
    match deploying {
        Some(deploying) if planned.arn() != Some(arn) && deploying.arn() == Some(arn) => deploying,
        _ => planned,
    }
}

/// The part of the plan that people read, but for the differences.
fn view<Action>(row: Row<Action>, discovered: Vec<Discovery>, notes: Vec<PlanNote>) -> PlanView {
    PlanView {
        path: row.path,
        why: row.why,
        expected: row.expected,
        steps: row.steps,
        changes: Vec::new(),
        task_definition_arn: row.serves,
        discovered,
        notes,
    }
}
