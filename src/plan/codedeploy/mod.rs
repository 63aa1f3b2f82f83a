//! The plan for a service that CodeDeploy deploys.

pub(super) mod action;
mod base;
mod description;
mod preflight;
mod rows;
mod sentences;

pub(crate) use action::{Action, BlueGreen, Clearing, Side};

use super::decision::{Caller, Decision, PlannedDeployment, view};
use super::row::Row;
use super::sentences::further_back;
use super::situation::Situation;
use super::target::Target;
use crate::error::Problems;
use crate::inputs::{Alarms, DeploymentConfig, Inputs};
use crate::observe::Snapshot;
use crate::observe::codedeploy::Observed;
use base::base_appspec;
use description::description;

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
    let situation = Situation {
        snapshot,
        observed,
        inputs,
    };
    let row = checked_row(&situation)?;
    let notes = match row.action {
        Action::Nothing => vec![further_back(snapshot, inputs)],
        _ => sentences::notes(observed, inputs),
    };
    let deployment = BlueGreen {
        description: description(inputs, caller, &target.version),
        ..blue_green(&situation, row.action.clone())
    };
    let discovered = sentences::discovered(snapshot, observed, inputs);
    let active = observed.active.as_ref();
    Ok(Decision {
        view: view(row, discovered, notes),
        deploying: active.and_then(|active| active.definition.clone()),
        warnings: Vec::new(),
        deployment: PlannedDeployment::CodeDeploy(Box::new(deployment)),
    })
}

/// The row, where nothing stands in its way.
fn checked_row(situation: &Situation<'_, Observed>) -> Result<Row<Action>, Problems> {
    let row = situation.choose();
    let creates = row.as_ref().is_ok_and(|row| row.action.creates());
    let mut problems = preflight::check(situation.snapshot, situation.observed, creates);
    match row {
        Ok(row) if problems.is_empty() => return Ok(row),
        Ok(_) => {}
        // Somebody who reruns after one problem must not meet the next one: all of them are told together.
        Err(problem) => problems.push(problem),
    }
    Err(problems)
}

fn blue_green(situation: &Situation<'_, Observed>, action: Action) -> BlueGreen {
    let (snapshot, inputs) = (situation.snapshot, situation.inputs);
    let group = &situation.observed.group.facts.group;
    let appspec = base_appspec(snapshot, situation.observed);
    BlueGreen {
        action,
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
