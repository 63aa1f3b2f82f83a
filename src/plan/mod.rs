//! Pure decisions: from what was observed to an immutable plan. Nothing in here asks AWS or the clock.
//!
//! The plan is specific enough that carrying it out makes no choice. A dry run prints it; there is no second way to a
//! deployment.

pub(crate) mod codedeploy;
mod decision;
pub(crate) mod ecs;
pub(crate) mod marking;
mod permissions;
pub(crate) mod row;
mod sentences;
pub(crate) mod serving;
mod situation;
pub(crate) mod target;

use serde_json::Value;
use time::OffsetDateTime;

pub(crate) use decision::{Caller, PlannedDeployment};

use crate::{
    domain::{
        config_diff::{self, ImageChange},
        task_definition::{TaskDefinition, rollback_tags},
    },
    error::Problems,
    inputs::Inputs,
    names::{ClusterName, ContainerName, DeploymentId, Region, ServiceName, TaskDefinitionArn},
    observe::{ControllerState, Snapshot},
    report::data::{Change, Path, PlanView, Proof, TakenOff, TargetView},
    words,
};
use decision::Decision;
pub(crate) use serving::VersionImage;
use situation::Situation;
use target::{Target, compare, family_of, find_target};

/// What will be done, in full.
#[derive(Clone)]
pub(crate) struct Plan {
    pub region: Region,
    pub cluster: ClusterName,
    pub service: ServiceName,
    pub container: ContainerName,
    pub target: Target,
    /// The image that is to serve no longer; `None` where no task says it.
    pub taken_off: Option<VersionImage>,
    pub revision: PlannedRevision,
    /// The revision that will serve; `None` where it is registered first.
    pub serves: Option<TaskDefinitionArn>,
    /// The revision that serves as the plan is made.
    pub serving_revision: TaskDefinitionArn,
    /// The version or revision to which a stop of the deployment that is made, or followed, shifts traffic back: what
    /// holds the traffic as it begins. `None`: nobody can say before it has begun.
    pub way_back: Option<String>,
    /// The deployment that ended with what serves as the plan is made, where that is on record.
    pub served_by: Option<DeploymentId>,
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
#[derive(Clone)]
pub(crate) enum PlannedRevision {
    Reuse(TaskDefinitionArn),
    /// The whole request of `RegisterTaskDefinition`.
    Register {
        family: String,
        request: Value,
    },
}

impl Plan {
    pub(crate) fn path(&self) -> Path {
        self.view.path
    }

    /// Whether a deployment is created in the end, so that its revision has to be there first.
    pub(crate) fn creates(&self) -> bool {
        self.deployment.creates()
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
        mut view,
        deploying,
        way_back,
        served_by,
        warnings,
        deployment,
    } = decide(snapshot, inputs, caller, &target)?;
    view.bad_since = bad_since(snapshot, view.path);
    let taken_off = serving::taken_off(&snapshot.running, &target.digests);
    view.taken_off = taken_off.as_ref().and_then(|image| told(image, &target));
    tell_changes(&mut view, snapshot, deploying.as_ref());
    Ok(Plan {
        region: inputs.region.clone(),
        cluster: inputs.cluster.clone(),
        service: inputs.service.clone(),
        container: snapshot.running.container.clone(),
        taken_off,
        revision: plan_revision(snapshot, caller, &target),
        serves: view.task_definition_arn.clone(),
        serving_revision: snapshot.running.revision.clone(),
        way_back,
        served_by,
        proof: compare(&target, &snapshot.running.digests),
        deployment,
        caller: caller.clone(),
        warnings,
        view,
        target_view: sentences::target(&snapshot.target, inputs),
        target,
    })
}

fn decide(
    snapshot: &Snapshot,
    inputs: &Inputs,
    caller: &Caller,
    target: &Target,
) -> Result<Decision, Problems> {
    match &snapshot.controller {
        ControllerState::CodeDeploy(observed) => {
            let situation = Situation {
                snapshot,
                observed: observed.as_ref(),
                inputs,
            };
            let reason = inputs.reason.as_ref();
            situation.decide(caller.description(&target.version, reason))
        }
        ControllerState::Ecs(observed) => {
            let situation = Situation {
                snapshot,
                observed: observed.as_ref(),
                inputs,
            };
            situation.decide()
        }
    }
}

/// What is taken off, where that is another image than the target.
fn told(taken_off: &VersionImage, target: &Target) -> Option<TakenOff> {
    let is_other = !target.digests.contains(&taken_off.digest);
    is_other.then(|| TakenOff {
        version: taken_off.version.clone(),
        repository: taken_off.repository.to_string(),
        digest: taken_off.digest.clone(),
    })
}

/// When the deployment began that brought what is taken off.
fn bad_since(snapshot: &Snapshot, path: Path) -> Option<OffsetDateTime> {
    let active = match &snapshot.controller {
        ControllerState::CodeDeploy(observed) => {
            let active = observed.active.as_ref();
            active.map(|active| active.deployment.created_at)
        }
        ControllerState::Ecs(observed) => {
            let active = observed.active.as_ref();
            active.map(|active| active.deployment.created_at)
        }
    };
    let served = snapshot.running.task_set.created_at;
    match path {
        Path::Nothing => None,
        // What is stopped is the bad release's own deployment.
        Path::Reroute => active.or(served),
        // What is stopped may be AWS's rollback to something else.
        _ => served,
    }
}

fn plan_revision(snapshot: &Snapshot, caller: &Caller, target: &Target) -> PlannedRevision {
    // Each registration adds a revision for good, so one that fits is used again.
    if let Some(arn) = snapshot.revision.reused() {
        return PlannedRevision::Reuse(arn.clone());
    }
    let content = snapshot.revision.definition();
    let family = family_of(snapshot).to_owned();
    let tags = rollback_tags(
        &target.version,
        &target.digest,
        &caller.marker,
        caller.run_id.as_deref(),
    );
    PlannedRevision::Register {
        request: content.register_request(&family, &tags),
        family,
    }
}

/// What differs between the revision that serves and the one that will.
fn changes(snapshot: &Snapshot, will_serve: &TaskDefinition) -> Vec<Change> {
    let running = &snapshot.running;
    let (before, after) = versions(snapshot);
    // One image may have several tags: what counts is the digest that the tasks run.
    let digests = snapshot.target.image.digests(running.platform.as_ref());
    let same = running.digests.all_on(&digests) || before == after;
    // A part of the traffic that another version loses is a change, whatever has most of it.
    let split = serving::at_start(running).split();
    let same = same && split.is_none();
    let image = ImageChange {
        before: split.as_ref().unwrap_or(&before),
        after: &after,
    };
    config_diff::changes(
        &running.definition,
        will_serve,
        running.container.as_str(),
        (!same).then_some(image),
    )
}

/// The version that serves, and the one that will.
fn versions(snapshot: &Snapshot) -> (String, String) {
    let running = &snapshot.running;
    let before = serving::at_start(running).version;
    // No task says what it runs: then the revision's own image is all that is known.
    let before = before.unwrap_or_else(|| running.running_selector.to_string());
    let after = &snapshot.target.version;
    (words::short_digest(&before), words::short_digest(after))
}

/// Where nothing is done, differences between two revisions would read like a plan.
fn tell_changes(view: &mut PlanView, snapshot: &Snapshot, deploying: Option<&TaskDefinition>) {
    if view.path != Path::Nothing {
        let will_serve = definition_that_will_serve(snapshot, view, deploying);
        view.changes = changes(snapshot, will_serve);
        view.notes.extend(sentences::stack(snapshot));
    }
}

fn definition_that_will_serve<'a>(
    snapshot: &'a Snapshot,
    view: &PlanView,
    deploying: Option<&'a TaskDefinition>,
) -> &'a TaskDefinition {
    let planned = snapshot.revision.definition();
    let Some(arn) = &view.task_definition_arn else {
        return planned;
    };
    if *arn == snapshot.running.revision {
        return &snapshot.running.definition;
    }
    // A deployment that is adopted, or sent back, may run another revision with the same image.
    match deploying {
        Some(deploying) if planned.arn() != Some(arn) && deploying.arn() == Some(arn) => deploying,
        _ => planned,
    }
}
