//! The plan for a service that CodeDeploy deploys, in the words that people read.

use std::time::Duration;

use super::path;
use super::{BlueGreen, base_appspec};
use crate::inputs::{Alarms, DeploymentConfig, Inputs, WaitFor};
use crate::names::TaskDefinitionArn;
use crate::observe::Snapshot;
use crate::observe::codedeploy::Observed;
use crate::observe::codedeploy::active::Active;
use crate::plan::path::Takeover;
use crate::plan::views::{self, TYPICAL, WARM, discovery, revision};
use crate::report::data::{Discovery, Path};
use crate::words;

/// The revision that will serve; `None` where it is registered first.
pub fn will_serve(
    snapshot: &Snapshot,
    observed: &Observed,
    path: Path,
    takeover: &Takeover,
) -> Option<TaskDefinitionArn> {
    let active = observed.active.as_ref();
    match (path, takeover) {
        (Path::Nothing, _) => Some(snapshot.now.revision.clone()),
        // Where its AppSpec can't be read, the task set that gets the traffic back says it.
        (_, Takeover::Adopt { onto, .. }) => {
            let active = active?;
            let sides = [active.blue.as_ref(), active.green.as_ref()]
                .into_iter()
                .flatten();
            let side = onto
                .as_ref()
                .and_then(|onto| sides.into_iter().find(|side| side.task_set == *onto));
            active
                .brings
                .clone()
                .ok()
                .or_else(|| side?.revision.clone())
        }
        (_, Takeover::Reroute { .. }) => active?.blue.as_ref()?.revision.clone(),
        _ => snapshot.revision.reused().cloned(),
    }
}

/// What the path takes until users are served; `None` where that depends on somebody else's deployment.
pub fn expected(path: Path) -> Option<Duration> {
    match path {
        Path::Nothing | Path::Adopt => None,
        Path::Reroute => Some(WARM),
        Path::Redeploy => Some(TYPICAL),
        Path::EndWaitAndRedeploy | Path::StopAndRedeploy => Some(TYPICAL + WARM),
    }
}

pub fn why(snapshot: &Snapshot, observed: &Observed, path: Path, takeover: &Takeover) -> String {
    let version = &snapshot.found.version;
    let slow = words::duration(TYPICAL);
    let busy = observed
        .active
        .as_ref()
        .map(|active| describe(active, snapshot))
        .unwrap_or_default();
    match takeover {
        Takeover::None if path == Path::Nothing => format!("{version} is what serves already"),
        Takeover::None => format!("no deployment is active; {}", revision(snapshot)),
        Takeover::Adopt { .. } => format!("{busy}, and that is {version}; it is followed"),
        Takeover::Reroute { .. } => format!(
            "{busy}; its original tasks run {version} and are still warm, so stopping it sends the traffic back in seconds, where a new deployment takes about {slow}"
        ),
        Takeover::EndWait { .. } => {
            format!(
                "{busy} and only waits to end the old tasks; that wait is ended, then {version} is deployed; {}",
                revision(snapshot)
            )
        }
        Takeover::Stop { .. } => {
            format!(
                "{busy}, which is not {version}; it is stopped first; {}",
                revision(snapshot)
            )
        }
        Takeover::LetEnd { .. } | Takeover::Supersede { .. } => {
            format!(
                "{busy}; AWS's own rollback is not stopped, {version} is deployed when it has ended; {}",
                revision(snapshot)
            )
        }
        Takeover::Wait { .. } => {
            format!("{busy}; `active-deployment: wait` lets it end first, then looks again")
        }
    }
}

/// `d-XYZ (InProgress, created 4 min ago by user) brings web1:3`
fn describe(active: &Active, snapshot: &Snapshot) -> String {
    let deployment = &active.deployment;
    let brings = match &active.brings {
        Ok(arn) => format!("brings {}", arn.short()),
        Err(_) => "brings a revision that is not known".to_owned(),
    };
    let created = words::ago(deployment.created_at, snapshot.at);
    format!(
        "{} ({}, created {created} by {}) {brings}",
        deployment.id,
        deployment.status.as_str(),
        deployment.creator
    )
}

pub fn steps(
    snapshot: &Snapshot,
    observed: &Observed,
    takeover: &Takeover,
    deployment: &BlueGreen,
) -> Vec<String> {
    let first = match takeover {
        Takeover::None if path::is_serving(snapshot, observed) => return Vec::new(),
        Takeover::Adopt { deployment, .. } => {
            return vec![format!(
                "follow {deployment}; continue it where it waits at Ready"
            )];
        }
        Takeover::Reroute { deployment, .. } => {
            return vec![format!(
                "stop {deployment} with auto-rollback, and follow the rollback that CodeDeploy starts"
            )];
        }
        Takeover::None => None,
        Takeover::EndWait { deployment } => {
            Some(format!("end the termination wait of {deployment}"))
        }
        Takeover::Stop { deployment } => Some(format!(
            "stop {deployment} with auto-rollback, and wait for that rollback's end"
        )),
        Takeover::LetEnd { deployment } | Takeover::Supersede { deployment } => {
            Some(format!("wait for the end of {deployment}"))
        }
        Takeover::Wait { deployment } => {
            return vec![format!("wait for the end of {deployment}, then look again")];
        }
    };
    let mut steps: Vec<_> = first.into_iter().collect();
    steps.extend(views::registering(snapshot));
    let config = deployment
        .config
        .as_deref()
        .unwrap_or("the group's own configuration");
    steps.push(format!(
        "create a deployment in {} / {} with {config}",
        deployment.application, deployment.group
    ));
    steps
}

/// What was found for the deployment.
pub fn discovered(snapshot: &Snapshot, observed: &Observed, inputs: &Inputs) -> Vec<Discovery> {
    let Observed { group, base, .. } = observed;
    let hooks = base_appspec(snapshot, observed)
        .hooks()
        .into_iter()
        .map(|hook| hook.event)
        .collect::<Vec<_>>();
    let hooks = if hooks.is_empty() {
        "no hooks".to_owned()
    } else {
        format!("hooks {}", hooks.join(", "))
    };
    let facts = &group.facts.group;
    let config = match &inputs.deployment_config {
        DeploymentConfig::Named(name) => name.clone(),
        DeploymentConfig::Inherit => facts.config.clone().unwrap_or_default(),
    };
    let mut found = views::discovered(snapshot);
    found.extend([
        discovery(
            "deployment group",
            format!("{} / {}", facts.application, facts.name),
            &group.source,
        ),
        match base {
            Ok(base) => discovery("AppSpec", hooks, &base.source),
            Err(problem) => discovery("AppSpec", "not needed".to_owned(), &problem.message),
        },
        discovery("deployment configuration", config, config_source(inputs)),
    ]);
    found
}

fn config_source(inputs: &Inputs) -> &'static str {
    match inputs.deployment_config {
        DeploymentConfig::Named(_) => "codedeploy-deployment-config",
        DeploymentConfig::Inherit => "the deployment group",
    }
}

/// What the group does to a deployment.
pub fn notes(observed: &Observed, inputs: &Inputs) -> Vec<String> {
    let group = &observed.group.facts.group;
    let mut notes = Vec::new();
    if !group.alarms.is_empty() {
        let watched = words::list(&group.alarms);
        notes.push(match inputs.alarms {
            Alarms::Ignore => format!(
                "alarms: ignored for this deployment (the group watches {watched}; `alarms: respect` keeps that on)"
            ),
            Alarms::Respect => format!("alarms: respected; {watched} can stop this deployment"),
        });
    }
    if let (Some(wait), WaitFor::Nothing) = (group.ready_wait, inputs.wait_for) {
        notes.push(format!(
            "the group holds the traffic back for up to {} and then stops the deployment; with `wait-for: nothing` nobody continues it",
            words::duration(wait)
        ));
    }
    notes
}
