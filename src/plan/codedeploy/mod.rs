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
use super::situation::Situation;
use crate::error::Problems;
use crate::inputs::{Alarms, DeploymentConfig};
use crate::observe::codedeploy::Observed;
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
    let deployment = blue_green(situation, row.action.clone(), description);
    let discovered = sentences::discovered(situation);
    let active = situation.observed.active.as_ref();
    Ok(Decision {
        view: view(situation, row, discovered, sentences::notes(situation)),
        deploying: active.and_then(|active| active.definition.clone()),
        warnings: Vec::new(),
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

fn blue_green(
    situation: &Situation<'_, Observed>,
    action: Action,
    description: String,
) -> BlueGreen {
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
        description,
        termination_wait: group.termination_wait,
        auto_rollback: group.auto_rollback,
    }
}
