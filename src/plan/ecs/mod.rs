//! The plan for a service that ECS itself deploys.

pub(super) mod action;
mod rows;
mod sentences;

pub(crate) use action::{Action, Clearing, Direction, Update};

use super::decision::{Decision, PlannedDeployment, view};
use super::situation::Situation;
use crate::domain::task_definition::TaskDefinition;
use crate::error::Problems;
use crate::inputs::{DeploymentConfig, INPUTS, Inputs};
use crate::names::TaskDefinitionArn;
use crate::observe::Snapshot;
use crate::observe::ecs::Observed;
use crate::observe::ecs::active::Active;

/// Decides.
///
/// # Errors
/// `deployment-active` where the input says so.
pub(super) fn decide(situation: &Situation<'_, Observed>) -> Result<Decision, Problems> {
    let (snapshot, inputs) = (situation.snapshot, situation.inputs);
    let row = situation.choose().map_err(|problem| vec![problem])?;
    let notes = sentences::notes(snapshot, &row.action);
    let update = update(situation, row.action.clone());
    Ok(Decision {
        deploying: deploying(situation.observed, &row.action),
        deployment: PlannedDeployment::Ecs(Box::new(update)),
        view: view(situation, row, sentences::discovered(snapshot), notes),
        warnings: ignored_inputs(inputs).into_iter().collect(),
    })
}

fn update(situation: &Situation<'_, Observed>, action: Action) -> Update {
    let snapshot = situation.snapshot;
    let service = &snapshot.running.service;
    let primary = service.primary_rollout();
    Update {
        action,
        strategy: service.strategy.clone(),
        primary: primary.map(|rollout| rollout.id.clone()),
        way_back: way_back(snapshot, situation.observed),
    }
}

/// The task definition of the service deployment in progress: what it deploys, or goes back to.
fn deploying(observed: &Observed, action: &Action) -> Option<TaskDefinition> {
    let active = observed.active.as_ref()?;
    let release = match action {
        Action::Reroute { .. } => &active.way_back,
        _ => &active.brings,
    };
    release.as_ref()?.definition.clone()
}

/// A stop goes to the last successful revision, which is not always what serves most users.
fn way_back(snapshot: &Snapshot, observed: &Observed) -> Option<TaskDefinitionArn> {
    let Active { way_back, .. } = observed.active.as_ref()?;
    let release = way_back.as_ref()?;
    if let (Some(digest), Some((running, _))) = (&release.digest, snapshot.running.digests.most())
        && digest == running
    {
        return None;
    }
    release.revision.clone()
}

/// The inputs that were given for CodeDeploy, which does not deploy this service.
fn ignored_inputs(inputs: &Inputs) -> Option<String> {
    // Whoever gives them expects CodeDeploy: worth a warning, but no reason to refuse in an incident.
    let all = [
        (inputs.application.is_some(), "`codedeploy-application`"),
        (inputs.group.is_some(), "`codedeploy-deployment-group`"),
        (inputs.appspec.is_some(), "`codedeploy-appspec`"),
        (
            !is_default_config(&inputs.deployment_config),
            "`codedeploy-deployment-config`",
        ),
    ];
    let mut given = Vec::new();
    for (is_given, input) in all {
        if is_given {
            given.push(input);
        }
    }
    let (cluster, service) = (&inputs.cluster, &inputs.service);
    let are = match given.len() {
        0 => return None,
        1 => "is",
        _ => "are",
    };
    let given = given.join(", ");
    Some(format!(
        "{given} {are} ignored: ECS deploys {cluster}/{service}, not CodeDeploy"
    ))
}

/// The runner passes an input that the workflow leaves out as its default: that was not given.
fn is_default_config(config: &DeploymentConfig) -> bool {
    let DeploymentConfig::Named(name) = config else {
        return false;
    };
    let mut inputs = INPUTS.iter();
    let input = inputs.find(|input| input.name == "codedeploy-deployment-config");
    input.is_some_and(|input| input.default == Some(name))
}
