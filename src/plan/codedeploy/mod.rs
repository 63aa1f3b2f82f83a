//! The plan for a service that CodeDeploy deploys.

mod preflight;
mod rows;
mod sentences;

use std::time::Duration;

use super::target::Target;
use super::{Caller, Decision, PlannedDeployment, view};
use crate::domain::appspec::AppSpec;
use crate::error::Problems;
use crate::inputs::{Alarms, DeploymentConfig, Inputs};
use crate::names::{ApplicationName, DeploymentId, GroupName, TaskSetId};
use crate::observe::Snapshot;
use crate::observe::codedeploy::Observed;
use crate::outside::without_marks;

/// `CreateDeployment` takes a description of 256 characters.
const DESCRIPTION: usize = 256;

/// What is done, where CodeDeploy deploys.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Action {
    /// The target serves already.
    Nothing,
    /// `CreateDeployment`, once the group is free.
    Create(Clearing),
    /// Follow the deployment that deploys the target.
    Adopt {
        deployment: DeploymentId,
        side: Side,
    },
    /// `StopDeployment` with auto-rollback: traffic returns to the original task set, which runs the target.
    Reroute {
        deployment: DeploymentId,
        original: TaskSetId,
    },
    /// `active-deployment: wait`: wait until it ends, then observe again.
    Wait { deployment: DeploymentId },
}

/// How the group becomes free for a new deployment.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Clearing {
    Free,
    /// `ContinueDeployment(TERMINATION_WAIT)`
    EndWait(DeploymentId),
    /// `StopDeployment` with auto-rollback, then wait for that rollback.
    Stop(DeploymentId),
    /// AWS's own rollback is not stopped: wait until it ends.
    LetEnd(DeploymentId),
}

/// The task set that receives all traffic in the end.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Side {
    /// The deployment's replacement (green) task set.
    Replacement,
    /// A task set that was there before: a rollback shifts traffic back to it.
    Original(TaskSetId),
}

impl Action {
    pub(crate) fn creates(&self) -> bool {
        matches!(self, Self::Create(_))
    }

    pub(crate) fn is_reroute(&self) -> bool {
        matches!(self, Self::Reroute { .. })
    }

    /// The deployment that is in progress as the plan is made.
    pub(crate) fn active_deployment(&self) -> Option<&DeploymentId> {
        match self {
            Self::Nothing | Self::Create(Clearing::Free) => None,
            Self::Adopt { deployment, .. }
            | Self::Reroute { deployment, .. }
            | Self::Wait { deployment }
            | Self::Create(
                Clearing::EndWait(deployment)
                | Clearing::Stop(deployment)
                | Clearing::LetEnd(deployment),
            ) => Some(deployment),
        }
    }
}

/// The action, and the deployment that it may create in its group.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct BlueGreen {
    pub action: Action,
    pub application: ApplicationName,
    pub group: GroupName,
    /// `None` uses the group's own.
    pub config: Option<String>,
    /// Complete but for the task definition of a revision that is registered first.
    pub appspec: AppSpec,
    pub ignore_alarms: bool,
    pub description: String,
    /// How long the old tasks stay warm afterwards.
    pub termination_wait: Option<Duration>,
    /// Whether the group rolls a failed deployment back.
    pub auto_rollback: bool,
}

/// Decides.
///
/// # Errors
/// Every check that failed, together.
pub(super) fn decide(
    snapshot: &Snapshot,
    observed: &Observed,
    inputs: &Inputs,
    caller: &Caller,
    target: &Target,
) -> Result<Decision, Problems> {
    let situation = rows::Situation {
        snapshot,
        observed,
        inputs,
    };
    let row = situation.choose();
    let creates = row.as_ref().is_ok_and(|row| row.action.creates());
    let mut problems = preflight::check(snapshot, observed, creates);
    let row = match row {
        Ok(row) if problems.is_empty() => row,
        Ok(_) => return Err(problems),
        Err(problem) => {
            problems.push(problem);
            return Err(problems);
        }
    };
    let notes = match row.action {
        Action::Nothing => vec![super::sentences::further_back(snapshot, inputs)],
        _ => sentences::notes(observed, inputs),
    };
    let deployment = BlueGreen {
        action: row.action.clone(),
        description: description(inputs, caller, target),
        ..blue_green(snapshot, observed, inputs)
    };
    let active = observed.active.as_ref();
    Ok(Decision {
        path: row.path,
        serves: row.serves.clone(),
        view: view(
            row,
            sentences::discovered(snapshot, observed, inputs),
            notes,
        ),
        deploying: active.and_then(|active| active.definition.clone()),
        warnings: Vec::new(),
        deployment: PlannedDeployment::CodeDeploy(Box::new(deployment)),
    })
}

fn blue_green(snapshot: &Snapshot, observed: &Observed, inputs: &Inputs) -> BlueGreen {
    let group = &observed.group.facts.group;
    let appspec = base_appspec(snapshot, observed);
    BlueGreen {
        action: Action::Nothing,
        application: group.application.clone(),
        group: group.name.clone(),
        config: match &inputs.deployment_config {
            DeploymentConfig::Named(name) => Some(name.clone()),
            DeploymentConfig::Inherit => None,
        },
        appspec: match snapshot.revision.reused() {
            Some(arn) => appspec.with_task_definition(arn),
            None => appspec,
        },
        // The override needs a permission that many roles lack, so it is sent only where alarms are on.
        ignore_alarms: inputs.alarms == Alarms::Ignore && !group.alarms.is_empty(),
        description: String::new(),
        termination_wait: group.termination_wait,
        auto_rollback: group.auto_rollback,
    }
}

/// The AppSpec to start from; a fresh one where CodeDeploy never deployed the service.
fn base_appspec(snapshot: &Snapshot, observed: &Observed) -> AppSpec {
    if let Ok(base) = &observed.base
        && let Some(appspec) = &base.appspec
    {
        return appspec.clone();
    }
    let running = &snapshot.running;
    let of_task_set = running.task_set.load_balancer.as_ref();
    match of_task_set.or(running.service.load_balancer.as_ref()) {
        Some(balancer) => AppSpec::fresh(
            &running.revision,
            balancer.container.as_str(),
            balancer.port,
        ),
        // CodeDeploy can't shift traffic without a load balancer; preflight refuses that.
        None => AppSpec::fresh(&running.revision, "", 0),
    }
}

/// `ecs-rollback-action/3f2a… v1.0.0 by oncall, run 1234/1: checkout page is down`
fn description(inputs: &Inputs, caller: &Caller, target: &Target) -> String {
    let mut text = format!("{} {}", caller.marker, target.version);
    if let Some(actor) = &caller.actor {
        text.push_str(&format!(" by {actor}"));
    }
    if let Some(id) = &caller.run_id {
        text.push_str(&format!(", run {id}"));
    }
    if let Some(reason) = &inputs.reason {
        text.push_str(&format!(": {}", reason.raw()));
    }
    // AWS rejects a description with control characters, and would with it reject the rollback.
    let text = without_marks(&text).replace(char::is_control, " ");
    if text.chars().count() <= DESCRIPTION {
        return text;
    }
    // The marker and the names come first, so it is the reason that is shortened.
    let start: String = text.chars().take(DESCRIPTION - 1).collect();
    format!("{start}…")
}
