//! The plan for a service that CodeDeploy deploys.

pub(super) mod action;
mod base;
pub(super) mod description;
mod preflight;
mod rows;
mod sentences;

pub(crate) use action::{Action, BlueGreen, Clearing, Side};

use super::decision::{Decision, PlannedDeployment, view};
use super::row::Row;
use super::sentences::further_back;
use super::situation::Situation;
use crate::error::Problems;
use crate::inputs::{Alarms, DeploymentConfig};
use crate::observe::codedeploy::Observed;
use crate::observe::running_service::RunningService;
use base::base_appspec;

/// Decides.
///
/// # Errors
/// Every check that failed, together.
pub(super) fn decide(
    situation: &Situation<'_, Observed>,
    description: String,
) -> Result<Decision, Problems> {
    let row = checked_row(situation)?;
    let notes = match row.action {
        // Whoever asks for what serves already usually wants the version before it.
        Action::Nothing => vec![further_back(situation.snapshot, situation.inputs)],
        _ => sentences::notes(situation),
    };
    let mut warnings = Vec::new();
    if row.action.creates() {
        warnings.extend(sentences::lost_capacity(situation));
    }
    let deployment = BlueGreen {
        description,
        ..blue_green(situation, row.action.clone())
    };
    let active = situation.observed.active.as_ref();
    Ok(Decision {
        view: view(row, sentences::discovered(situation), notes),
        deploying: active.and_then(|active| active.definition.clone()),
        warnings,
        deployment: PlannedDeployment::CodeDeploy(Box::new(deployment)),
    })
}

/// The row, where nothing stands in its way.
fn checked_row(situation: &Situation<'_, Observed>) -> Result<Row<Action>, Problems> {
    let row = situation.choose();
    let creates = row.as_ref().is_ok_and(|row| row.action.creates());
    let mut problems = preflight::check(situation, creates);
    match row {
        Ok(row) if problems.is_empty() => return Ok(row),
        Ok(_) => {}
        // Somebody who reruns after one problem must not meet the next one: all of them are told together.
        Err(problem) => problems.push(problem),
    }
    Err(problems)
}

/// Whether what serves now is what a stop of the deployment goes back to.
pub(super) fn displaces_running(
    running: &RunningService,
    observed: &Observed,
    action: &Action,
) -> bool {
    match action {
        Action::Create(Clearing::Free | Clearing::EndWait(_)) => true,
        // Once its traffic has shifted, the adopted deployment's original tasks serve nobody.
        Action::Adopt { .. } => {
            let active = observed.active.as_ref();
            let original = active.and_then(|active| active.blue.as_ref());
            original.is_some_and(|original| original.task_set == running.task_set.id)
        }
        // What is stopped, or ends, moves the traffic before the new deployment begins.
        _ => false,
    }
}

fn blue_green(situation: &Situation<'_, Observed>, action: Action) -> BlueGreen {
    let inputs = situation.inputs;
    let group = &situation.observed.group.facts.group;
    let appspec = base_appspec(situation);
    BlueGreen {
        action,
        application: group.application.clone(),
        group: group.name.clone(),
        config: match &inputs.deployment_config {
            DeploymentConfig::Named(name) => Some(name.clone()),
            DeploymentConfig::Inherit => None,
        },
        appspec: match situation.snapshot.revision.reused() {
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
