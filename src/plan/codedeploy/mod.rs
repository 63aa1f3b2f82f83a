//! The plan for a service that CodeDeploy deploys.

pub mod path;
mod preflight;
mod views;

use std::time::Duration;

use super::views::further_back;
use super::{Decision, PlannedDeployment, Run, Target};
use crate::domain::appspec::AppSpec;
use crate::error::Problems;
use crate::inputs::{Alarms, DeploymentConfig, Inputs};
use crate::names::{ApplicationName, GroupName};
use crate::observe::Snapshot;
use crate::observe::codedeploy::Observed;
use crate::report::data::Path;

/// `CreateDeployment` takes a description of 256 characters.
const DESCRIPTION: usize = 256;

/// The deployment that will be created, and its group.
#[derive(Clone, Debug, PartialEq)]
pub struct BlueGreen {
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
    /// Whether CodeDeploy rolls a failed deployment back by itself.
    pub auto_rollback: bool,
}

/// Decides.
///
/// # Errors
/// Every check that failed, together.
pub fn decide(
    snapshot: &Snapshot,
    observed: &Observed,
    inputs: &Inputs,
    run: &Run,
    target: &Target,
) -> Result<Decision, Problems> {
    let chosen = path::choose(snapshot, observed, inputs);
    let creates = chosen
        .as_ref()
        .is_ok_and(|(path, takeover)| takeover.creates(*path));
    let mut problems = preflight::check(snapshot, observed, creates);
    let chosen = chosen.map_err(|problem| problems.push(problem));
    let (Ok((path, takeover)), true) = (chosen, problems.is_empty()) else {
        return Err(problems);
    };
    let deployment = blue_green(snapshot, observed, inputs, run, target);
    let notes = match path {
        Path::Nothing => vec![further_back(snapshot, inputs)],
        _ => views::notes(observed, inputs),
    };
    Ok(Decision {
        path,
        serves: views::will_serve(snapshot, observed, path, &takeover),
        why: views::why(snapshot, observed, path, &takeover),
        expected: views::expected(path),
        steps: views::steps(snapshot, observed, &takeover, &deployment),
        discovered: views::discovered(snapshot, observed, inputs),
        brought: observed
            .active
            .as_ref()
            .and_then(|active| active.definition.clone()),
        notes,
        takeover,
        warnings: Vec::new(),
        deployment: PlannedDeployment::CodeDeploy(Box::new(deployment)),
    })
}

fn blue_green(
    snapshot: &Snapshot,
    observed: &Observed,
    inputs: &Inputs,
    run: &Run,
    target: &Target,
) -> BlueGreen {
    let group = &observed.group.facts.group;
    let appspec = base_appspec(snapshot, observed);
    BlueGreen {
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
        ignore_alarms: inputs.alarms == Alarms::Ignore && !group.alarms.is_empty(),
        description: description(inputs, run, target),
        termination_wait: group.termination_wait,
        auto_rollback: group.auto_rollback,
    }
}

/// The AppSpec to start from; a fresh one where nothing was ever deployed by CodeDeploy.
fn base_appspec(snapshot: &Snapshot, observed: &Observed) -> AppSpec {
    if let Some(appspec) = observed
        .base
        .as_ref()
        .ok()
        .and_then(|base| base.appspec.as_ref())
    {
        return appspec.clone();
    }
    let now = &snapshot.now;
    let balanced = now
        .task_set
        .load_balancer
        .as_ref()
        .or(now.service.load_balancer.as_ref());
    // Without a load balancer there is no blue/green deployment to roll back; preflight refuses that.
    let (container, port) = balanced.map_or(("", 0), |lb| (lb.container.as_str(), lb.port));
    AppSpec::fresh(&now.revision, container, port)
}

/// `ecs-rollback-action/3f2a… v1.0.0 by oncall, run 1234/1: checkout page is down`
fn description(inputs: &Inputs, run: &Run, target: &Target) -> String {
    let mut text = format!("{} {}", run.marker, target.version);
    if let Some(actor) = &run.actor {
        text.push_str(&format!(" by {actor}"));
    }
    if let Some(id) = &run.id {
        text.push_str(&format!(", run {id}"));
    }
    if let Some(reason) = &inputs.reason {
        text.push_str(&format!(": {reason}"));
    }
    let printable = text.chars().map(|c| if c.is_control() { ' ' } else { c });
    printable.take(DESCRIPTION).collect()
}
