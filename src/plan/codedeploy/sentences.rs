//! The plan for a service that CodeDeploy deploys, in the words that people read.

use super::base::base_appspec;
use crate::inputs::{Alarms, DeploymentConfig, WaitFor};
use crate::observe::codedeploy::Observed;
use crate::outside::OutsideText;
use crate::plan::sentences::{self, discovery};
use crate::plan::situation::Situation;
use crate::report::data::{Discovery, PlanNote};
use crate::words;

/// What was found for the deployment, and where.
pub(super) fn discovered(situation: &Situation<'_, Observed>) -> Vec<Discovery> {
    let observed = situation.observed;
    let group = &observed.group.facts.group;
    let name = format!("{} / {}", group.application, group.name);
    let mut found = sentences::discovered(situation.snapshot);
    found.push(discovery("deployment group", name, &observed.group.source));
    found.push(match &observed.base {
        Ok(base) => discovery("AppSpec", hooks(situation), &base.source),
        Err(problem) => discovery("AppSpec", "not needed", &problem.message),
    });
    found.push(deployment_config(situation));
    found
}

fn deployment_config(situation: &Situation<'_, Observed>) -> Discovery {
    let what = "deployment configuration";
    match &situation.inputs.deployment_config {
        DeploymentConfig::Named(name) => discovery(what, name, "codedeploy-deployment-config"),
        DeploymentConfig::Inherit => {
            // `CreateDeployment` takes the group's own where the request names none.
            let config = &situation.observed.group.facts.group.config;
            let config = config.as_deref().unwrap_or_default();
            discovery(what, config, "the deployment group")
        }
    }
}

fn hooks(situation: &Situation<'_, Observed>) -> String {
    let hooks = base_appspec(situation).hooks();
    if hooks.is_empty() {
        return "no hooks".to_owned();
    }
    let events = hooks.iter().map(|hook| &hook.event);
    format!("hooks {}", words::list(events))
}

/// What the group's settings do to the deployment.
pub(super) fn notes(situation: &Situation<'_, Observed>) -> Vec<PlanNote> {
    let group = &situation.observed.group.facts.group;
    let inputs = situation.inputs;
    let mut notes = Vec::new();
    if !group.alarms.is_empty() {
        notes.push(PlanNote {
            topic: Some("alarms"),
            text: alarms(&group.alarms, inputs.alarms),
        });
    }
    // With any other `wait-for`, this run itself continues the deployment.
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

fn alarms(alarms: &[OutsideText], input: Alarms) -> String {
    let watched = words::list(alarms);
    match input {
        Alarms::Ignore => format!(
            "ignored for this deployment (the group watches {watched}; `alarms: respect` keeps that on)"
        ),
        Alarms::Respect => format!("respected; {watched} can stop this deployment"),
    }
}
