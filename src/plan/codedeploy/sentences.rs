//! The plan for a service that CodeDeploy deploys, in the words that people read.

use std::time::Duration;

use crate::{
    inputs::{Alarms, DeploymentConfig, WaitFor},
    observe::codedeploy::Observed,
    outside::OutsideText,
    plan::{
        sentences::{discovery, slow_switch},
        situation::Situation,
    },
    report::data::{Discovery, PlanNote},
    words,
};

impl Situation<'_, Observed> {
    /// What was found for the deployment, and where.
    pub(super) fn discovered(&self) -> Vec<Discovery> {
        let observed = self.observed;
        let group = self.group();
        let name = format!("{} / {}", group.application, group.name);
        let mut found = self.container_and_repository();
        found.push(discovery("deployment group", name, &observed.group.source));
        found.push(match &observed.base {
            Ok(base) => discovery("AppSpec", self.hooks(), &base.source),
            Err(problem) => discovery("AppSpec", "not needed", &problem.message),
        });
        found.push(self.deployment_config());
        found
    }

    fn deployment_config(&self) -> Discovery {
        let what = "deployment configuration";
        match &self.inputs.codedeploy.deployment_config {
            DeploymentConfig::Named(name) => discovery(what, name, "codedeploy-deployment-config"),
            DeploymentConfig::Inherit => {
                // `CreateDeployment` takes the group's own where the request names none.
                let config = &self.group().config;
                let config = config.as_deref().unwrap_or_default();
                discovery(what, config, "the deployment group")
            }
        }
    }

    fn hooks(&self) -> String {
        let hooks = self.base_appspec().hooks();
        if hooks.is_empty() {
            return "no hooks".to_owned();
        }
        let events = hooks.iter().map(|hook| &hook.event);
        format!("hooks {}", words::list(events))
    }

    /// What the group's settings do to the deployment.
    pub(super) fn notes(&self) -> Vec<PlanNote> {
        let group = self.group();
        let inputs = self.inputs;
        let mut notes = Vec::new();
        if !group.alarms.is_empty() {
            notes.push(PlanNote {
                topic: Some("alarms"),
                text: alarms(&group.alarms, inputs.alarms),
            });
        }
        // With any other `wait-for`, this run itself continues the deployment.
        if let (Some(wait), WaitFor::Nothing) = (group.ready_wait, inputs.wait_for) {
            notes.push(nobody_continues(wait));
        }
        notes.extend(slow_switch(group.load_balancer, inputs));
        notes
    }

    /// A fresh AppSpec has no hooks, so nothing validates the new tasks.
    pub(super) fn lost_hooks(&self) -> Option<String> {
        let base = self.observed.base.as_ref().ok()?;
        let application = base.lost_with.as_ref()?;
        Some(format!(
            "the CodeDeploy application {application} is gone, and with it the last AppSpec: this deployment runs no hooks; to keep them, give `codedeploy-appspec`"
        ))
    }

    /// An AppSpec without a capacity provider strategy takes the service's away: FARGATE_SPOT becomes FARGATE.
    pub(super) fn lost_capacity(&self) -> Option<String> {
        let providers = &self.snapshot.running.task_set.placement.capacity_providers;
        if providers.is_empty() || self.base_appspec().has_capacity_providers() {
            return None;
        }
        let names = words::list(providers.iter().map(|provider| &provider.name));
        Some(format!(
            "the AppSpec has no CapacityProviderStrategy, but the running tasks have one ({names}): the new tasks will run without it; to keep it, add it to the AppSpec"
        ))
    }
}

fn nobody_continues(wait: Duration) -> PlanNote {
    let wait = words::duration(wait);
    PlanNote {
        topic: None,
        text: format!(
            "the group holds the traffic back for up to {wait} and then stops the deployment; with `wait-for: nothing` this run does not continue it"
        ),
    }
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
