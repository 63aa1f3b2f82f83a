//! The plan for a service that CodeDeploy deploys, in the words that people read.

use super::base::base_appspec;
use crate::inputs::{Alarms, DeploymentConfig, Inputs, WaitFor};
use crate::observe::Snapshot;
use crate::observe::codedeploy::Observed;
use crate::plan::sentences::{self, discovery};
use crate::report::data::{Discovery, PlanNote};
use crate::words;

/// What was found for the deployment, and where.
pub(super) fn discovered(
    snapshot: &Snapshot,
    observed: &Observed,
    inputs: &Inputs,
) -> Vec<Discovery> {
    let group = &observed.group.facts.group;
    let name = format!("{} / {}", group.application, group.name);
    let (config, config_source) = match &inputs.deployment_config {
        DeploymentConfig::Named(name) => (name.clone(), "codedeploy-deployment-config"),
        DeploymentConfig::Inherit => (
            group.config.clone().unwrap_or_default(),
            "the deployment group",
        ),
    };
    let mut found = sentences::discovered(snapshot);
    found.push(discovery("deployment group", name, &observed.group.source));
    found.push(match &observed.base {
        Ok(base) => discovery("AppSpec", hooks(snapshot, observed), &base.source),
        Err(problem) => discovery("AppSpec", "not needed".to_owned(), &problem.message),
    });
    found.push(discovery("deployment configuration", config, config_source));
    found
}

fn hooks(snapshot: &Snapshot, observed: &Observed) -> String {
    let hooks = base_appspec(snapshot, observed).hooks();
    if hooks.is_empty() {
        return "no hooks".to_owned();
    }
    let events = hooks.iter().map(|hook| &hook.event);
    format!("hooks {}", words::list(events))
}

/// What the group's settings do to the deployment.
pub(super) fn notes(observed: &Observed, inputs: &Inputs) -> Vec<PlanNote> {
    let group = &observed.group.facts.group;
    let mut notes = Vec::new();
    if !group.alarms.is_empty() {
        let watched = words::list(&group.alarms);
        let text = match inputs.alarms {
            Alarms::Ignore => format!(
                "ignored for this deployment (the group watches {watched}; `alarms: respect` keeps that on)"
            ),
            Alarms::Respect => format!("respected; {watched} can stop this deployment"),
        };
        notes.push(PlanNote {
            topic: Some("alarms"),
            text,
        });
    }
    if let (Some(wait), WaitFor::Nothing) = (group.ready_wait, inputs.wait_for) {
        let wait = words::duration(wait);
        notes.push(PlanNote {
            topic: None,
            text: format!(
                "the group holds the traffic back for up to {wait} and then stops the deployment; with `wait-for: nothing` this run does not continue it"
            ),
        });
    }
    notes
}
