//! The plan for a service that ECS itself deploys.

mod rows;
mod sentences;

use super::sentences::further_back;
use super::{Decision, PlannedDeployment, view};
use crate::domain::service::Strategy;
use crate::domain::task_definition::TaskDefinition;
use crate::error::Problems;
use crate::inputs::{DeploymentConfig, INPUTS, Inputs};
use crate::names::{DeploymentId, TaskDefinitionArn, TaskSetId};
use crate::observe::Snapshot;
use crate::observe::ecs::Observed;
use crate::observe::ecs::active::Active;

/// What is done, where ECS itself deploys.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Action {
    /// The target serves already.
    Nothing,
    /// `UpdateService`, once that may be sent.
    Update(Clearing),
    /// Follow the service deployment that deploys the target, or ECS's rollback to it.
    Adopt {
        deployment: DeploymentId,
        direction: Direction,
    },
    /// `StopServiceDeployment(ROLLBACK)`: traffic returns to the last successful revision, which runs the target.
    Reroute { deployment: DeploymentId },
    /// `active-deployment: wait`: wait until it ends, then observe again.
    Wait { deployment: DeploymentId },
}

/// What has to happen before the service is updated.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Clearing {
    /// Nothing is in progress.
    Idle,
    /// A rolling deployment is replaced by the new one.
    Supersede(DeploymentId),
    /// `StopServiceDeployment(ROLLBACK)`, then wait until it ends.
    Stop {
        deployment: DeploymentId,
        /// Whether it is on record what the stop goes back to; else that may turn out to be the target.
        way_back_known: bool,
    },
    /// It is already rolling back or stopping: wait until it ends.
    LetEnd(DeploymentId),
}

/// Where a service deployment goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Direction {
    /// To the revision that it was made for.
    Forward,
    /// To the last successful revision: ECS's rollback.
    Back,
}

impl Action {
    pub(crate) fn updates(&self) -> bool {
        matches!(self, Self::Update(_))
    }

    /// The direction of the service deployment that is followed in the end.
    pub(crate) fn direction(&self) -> Direction {
        match self {
            Self::Reroute { .. } => Direction::Back,
            Self::Adopt { direction, .. } => *direction,
            Self::Nothing | Self::Update(_) | Self::Wait { .. } => Direction::Forward,
        }
    }

    /// The service deployment that is in progress as the plan is made.
    pub(crate) fn active_deployment(&self) -> Option<&DeploymentId> {
        match self {
            Self::Nothing | Self::Update(Clearing::Idle) => None,
            Self::Adopt { deployment, .. }
            | Self::Reroute { deployment }
            | Self::Wait { deployment }
            | Self::Update(
                Clearing::Supersede(deployment)
                | Clearing::Stop { deployment, .. }
                | Clearing::LetEnd(deployment),
            ) => Some(deployment),
        }
    }
}

/// The action, and what an update of the service starts from.
#[derive(Clone, Debug)]
pub(crate) struct Update {
    pub action: Action,
    /// How ECS deploys the revision; never written, because it would stay.
    pub strategy: Strategy,
    /// The service's primary deployment as the plan is made: another one is somebody else's.
    pub primary: Option<TaskSetId>,
    /// The revision that a stop goes back to, where that is not what serves most users.
    pub way_back: Option<TaskDefinitionArn>,
}

/// Decides.
///
/// # Errors
/// `deployment-active` where the input says so.
pub(super) fn decide(
    snapshot: &Snapshot,
    observed: &Observed,
    inputs: &Inputs,
) -> Result<Decision, Problems> {
    let situation = rows::Situation {
        snapshot,
        observed,
        inputs,
    };
    let row = situation.choose().map_err(|problem| vec![problem])?;
    let service = &snapshot.running.service;
    let notes = match row.action {
        Action::Nothing => vec![further_back(snapshot, inputs)],
        _ => sentences::notes(snapshot, &row.action),
    };
    let primary = service.primary_rollout();
    Ok(Decision {
        path: row.path,
        serves: row.serves.clone(),
        deploying: deploying(observed, &row.action),
        deployment: PlannedDeployment::Ecs(Box::new(Update {
            action: row.action.clone(),
            strategy: service.strategy.clone(),
            primary: primary.map(|rollout| rollout.id.clone()),
            way_back: way_back(snapshot, observed),
        })),
        view: view(row, sentences::discovered(snapshot), notes),
        warnings: ignored_inputs(inputs).into_iter().collect(),
    })
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
    let mut given = Vec::new();
    if inputs.application.is_some() {
        given.push("`codedeploy-application`");
    }
    if inputs.group.is_some() {
        given.push("`codedeploy-deployment-group`");
    }
    if inputs.appspec.is_some() {
        given.push("`codedeploy-appspec`");
    }
    if !is_default_config(&inputs.deployment_config) {
        given.push("`codedeploy-deployment-config`");
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
    let input = INPUTS
        .iter()
        .find(|input| input.name == "codedeploy-deployment-config");
    input.is_some_and(|input| input.default == Some(name.as_str()))
}
