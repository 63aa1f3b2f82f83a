//! The plan for a service that ECS deploys by itself.

pub mod path;
mod views;

use super::views::further_back;
use super::{Decision, PlannedDeployment};
use crate::domain::service::Strategy;
use crate::error::Problems;
use crate::inputs::{DeploymentConfig, INPUTS, Inputs};
use crate::names::{TaskDefinitionArn, TaskSetId};
use crate::observe::Snapshot;
use crate::observe::ecs::Observed;
use crate::observe::ecs::active::Active;
use crate::plan::path::Takeover;
use crate::report::data::Path;

/// What `UpdateService` will do, or the service deployment that is followed instead.
#[derive(Clone, Debug)]
pub struct Update {
    /// How ECS brings the revision; never written, because it would stay.
    pub strategy: Strategy,
    /// The service's primary deployment as the plan is made: another one is somebody else's.
    pub primary: Option<TaskSetId>,
    /// Whether the service deployment that is followed brings the target, or its rollback does.
    pub direction: Direction,
    /// Where the traffic goes when the deployment is stopped, for people; `None` where that is what served before.
    pub back: Option<String>,
    /// Whether it is on record where a stop leads; else that may be the target.
    pub knows_way_back: bool,
}

/// Where a service deployment goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Direction {
    /// To what it was made for.
    Forward,
    /// To the last successful revision: ECS's rollback.
    Back,
}

/// Decides.
///
/// # Errors
/// `deployment-active` where the input says so.
pub fn decide(
    snapshot: &Snapshot,
    observed: &Observed,
    inputs: &Inputs,
) -> Result<Decision, Problems> {
    let (path, takeover) =
        path::choose(snapshot, observed, inputs).map_err(|problem| vec![problem])?;
    let service = &snapshot.now.service;
    let rolls_back = observed.active.as_ref().is_some_and(Active::is_rollback);
    let direction = match takeover {
        Takeover::Reroute { .. } => Direction::Back,
        Takeover::Adopt { .. } if rolls_back => Direction::Back,
        _ => Direction::Forward,
    };
    let notes = match path {
        Path::Nothing => vec![further_back(snapshot, inputs)],
        _ => views::notes(snapshot, &takeover),
    };
    Ok(Decision {
        serves: views::will_serve(snapshot, observed, path, &takeover),
        why: views::why(snapshot, observed, path, &takeover),
        expected: views::expected(snapshot, observed, path, &takeover),
        steps: views::steps(snapshot, path, &takeover),
        discovered: views::discovered(snapshot),
        brought: brought(observed, &takeover),
        notes,
        path,
        takeover,
        warnings: ignored(inputs),
        deployment: PlannedDeployment::Ecs(Box::new(Update {
            strategy: service.strategy.clone(),
            primary: service.primary_rollout().map(|rollout| rollout.id.clone()),
            direction,
            back: back(snapshot, observed),
            knows_way_back: observed
                .active
                .as_ref()
                .is_some_and(|active| active.way_back.is_some()),
        })),
    })
}

/// The task definition that will serve, where the service deployment under way brings it.
fn brought(observed: &Observed, takeover: &Takeover) -> Option<super::TaskDefinition> {
    let active = observed.active.as_ref()?;
    let release = if matches!(takeover, Takeover::Reroute { .. }) {
        &active.way_back
    } else {
        &active.brings
    };
    release.as_ref()?.definition.clone()
}

/// A stop goes to the last revision that was deployed well, which is not always what serves most users.
fn back(snapshot: &Snapshot, observed: &Observed) -> Option<String> {
    let way_back = observed.active.as_ref()?.way_back.as_ref()?;
    let running = snapshot.now.digests.most().map(|(digest, _)| digest);
    let serves = way_back.digest.is_some() && way_back.digest.as_ref() == running;
    way_back
        .revision
        .as_ref()
        .filter(|_| !serves)
        .map(TaskDefinitionArn::short)
}

/// What was given for CodeDeploy, which does not deploy this service.
fn ignored(inputs: &Inputs) -> Vec<String> {
    let usual = INPUTS
        .iter()
        .find(|input| input.name == "codedeploy-deployment-config");
    let usual = usual.and_then(|input| input.default).unwrap_or_default();
    let config = match &inputs.deployment_config {
        DeploymentConfig::Named(name) => name != usual,
        DeploymentConfig::Inherit => true,
    };
    let given = [
        ("codedeploy-application", inputs.application.is_some()),
        ("codedeploy-deployment-group", inputs.group.is_some()),
        ("codedeploy-appspec", inputs.appspec.is_some()),
        ("codedeploy-deployment-config", config),
    ];
    let given: Vec<_> = given
        .iter()
        .filter(|(_, given)| *given)
        .map(|(name, _)| format!("`{name}`"))
        .collect();
    if given.is_empty() {
        return Vec::new();
    }
    let (cluster, service) = (&inputs.cluster, &inputs.service);
    let are = if given.len() == 1 { "is" } else { "are" };
    vec![format!(
        "{} {are} ignored: ECS deploys {cluster}/{service}, not CodeDeploy",
        given.join(", ")
    )]
}
