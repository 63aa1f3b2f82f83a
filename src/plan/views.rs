//! The plan, the target and what serves now, in the words that people read.

use std::time::Duration;

use super::{PlannedDeployment, base_appspec, config_diff};
use crate::inputs::{Alarms, DeploymentConfig, Inputs, WaitFor};
use crate::names::{ImageSelector, TaskDefinitionArn};
use crate::observe::Snapshot;
use crate::observe::now::Now;
use crate::observe::target::{Found, Revision};
use crate::plan::tags;
use crate::report::data::{Change, Discovery, Path, PlanView, Serving, TargetView};
use crate::report::words;

/// What a deployment takes where nothing better is known: new tasks start, become healthy, get the traffic.
const TYPICAL: Duration = Duration::from_secs(180);
/// A version that served for less than this may itself be broken.
const SHORT: Duration = Duration::from_secs(3600);

/// What serves as the run begins.
pub fn serving(now: &Now) -> Serving {
    let image = now.running_image.as_ref().map(|facts| &facts.image);
    let most = now.digests.most();
    let digest = image.map(|image| &image.digest).or(most.map(|(digest, _)| digest));
    let tag = match &now.running_selector {
        ImageSelector::Tag(tag) => {
            Some(tag).filter(|tag| image.is_some_and(|image| image.tags.contains(tag)))
        }
        ImageSelector::Digest(_) => None,
    };
    let tags = image.map(|image| image.tags.as_slice()).unwrap_or_default();
    let known = !now.digests.known.is_empty();
    let undo = digest.filter(|_| known).map(|digest| {
        tags::highest_version(tags).map_or_else(|| digest.to_string(), |tag| tag.as_str().to_owned())
    });
    Serving {
        version: digest.map(|digest| tags::version_name(tag, tags, digest)),
        image: digest.filter(|_| known).map(|digest| format!("{}@{digest}", now.running_repository)),
        digest: digest.filter(|_| known).map(ToString::to_string),
        task_definition_arn: Some(now.revision.to_string()),
        tasks: now.digests.tasks(),
        tasks_on_digest: most.map_or(0, |(_, tasks)| tasks),
        since: now.since,
        notes: notes(now),
        undo_version: undo,
    }
}

fn notes(now: &Now) -> Vec<String> {
    let mut notes = Vec::new();
    if now.digests.tasks() == 0 {
        notes.push("no task is running".to_owned());
    }
    if now.digests.known.len() > 1 {
        let all = now.digests.known.iter().map(|(digest, tasks)| format!("{} on {tasks}", digest.short()));
        notes.push(format!(
            "the tasks run {} different images: {}",
            now.digests.known.len(),
            all.collect::<Vec<_>>().join(", ")
        ));
    }
    if now.digests.unknown > 0 {
        notes.push(format!("{} do not say which image they run", words::count(now.digests.unknown, "task")));
    }
    let moved = now.named_image.as_ref().is_some_and(|named| {
        let digests = named.digests(now.platform.as_ref());
        !now.digests.known.is_empty() && now.digests.on(&digests) == 0
    });
    if let (ImageSelector::Tag(tag), true) = (&now.running_selector, moved) {
        notes.push(format!(
            "the tag {tag} has moved since these tasks started; what counts is the digest that they run"
        ));
    }
    notes
}

/// The target, with its warnings.
pub fn target(found: &Found, inputs: &Inputs) -> TargetView {
    let image = &found.image.image;
    let mut notes = found.notes.clone();
    let short = found.served_for.filter(|served| *served < SHORT);
    if let Some(served) = short.filter(|_| !notes.iter().any(|note| note.contains("under an hour"))) {
        notes.push(format!("it served for {} only, under an hour", words::duration(served)));
    }
    if image.tags.is_empty() && inputs.version.to_string() != image.digest.as_str() {
        notes.push("no tag is on this image any more".to_owned());
    }
    TargetView {
        version: found.version.clone(),
        image: found.image_uri(),
        digest: image.digest.to_string(),
        tags: image.tags.iter().map(ToString::to_string).collect(),
        pushed_at: image.pushed_at,
        last_served_from: found.last_served_from,
        served_for: found.served_for,
        notes,
    }
}

/// The plan.
pub fn plan(snapshot: &Snapshot, inputs: &Inputs, path: Path, deployment: &PlannedDeployment) -> PlanView {
    let unchanged = path == Path::Nothing;
    PlanView {
        path,
        why: why(snapshot, path),
        expected: (!unchanged).then_some(TYPICAL),
        task_definition_arn: match &snapshot.revision {
            _ if unchanged => Some(snapshot.now.revision.to_string()),
            Revision::Reuse(definition) => definition.arn().map(ToString::to_string),
            Revision::Register { .. } => None,
        },
        steps: if unchanged { Vec::new() } else { steps(snapshot, deployment) },
        changes: if unchanged { Vec::new() } else { changes(snapshot) },
        discovered: discovered(snapshot, inputs),
        notes: if unchanged { Vec::new() } else { plan_notes(snapshot, inputs) },
    }
}

fn why(snapshot: &Snapshot, path: Path) -> String {
    if path == Path::Nothing {
        let back = match &snapshot.previous {
            Some(previous) => format!("`previous` goes back one, to {previous}"),
            None => "what ran before it is not on record; give the version to go back to".to_owned(),
        };
        return format!("{} is what serves already; {back}", snapshot.found.version);
    }
    let revision = match &snapshot.revision {
        Revision::Reuse(definition) => {
            let name = definition.arn().map(TaskDefinitionArn::short).unwrap_or_default();
            format!("revision {name} fits, nothing to register")
        }
        Revision::Register { why, .. } => format!("a revision is registered first: {why}"),
    };
    format!("no deployment is active; {revision}")
}

fn steps(snapshot: &Snapshot, deployment: &PlannedDeployment) -> Vec<String> {
    let mut steps = Vec::new();
    if let Revision::Register { content, .. } = &snapshot.revision {
        let family = content.family().unwrap_or_else(|| snapshot.now.revision.family());
        steps.push(format!("register a revision of {family} with the image {}", snapshot.found.image_uri()));
    }
    let config = deployment.config.as_deref().unwrap_or("the group's own configuration");
    steps.push(format!(
        "create a deployment in {} / {} with {config}",
        deployment.application, deployment.group
    ));
    steps
}

fn changes(snapshot: &Snapshot) -> Vec<Change> {
    let now = &snapshot.now;
    let before = serving(now).version.unwrap_or_else(|| now.running_selector.to_string());
    config_diff::changes(
        &now.definition,
        snapshot.revision.definition(),
        now.container.as_str(),
        &before,
        &snapshot.found.version,
    )
}

fn discovered(snapshot: &Snapshot, inputs: &Inputs) -> Vec<Discovery> {
    let Snapshot { now, group, base, .. } = snapshot;
    let found = |what: &str, value: String, source: &str| Discovery {
        what: what.to_owned(),
        value,
        source: source.to_owned(),
    };
    let hooks = base_appspec(snapshot).hooks().into_iter().map(|(event, _)| event).collect::<Vec<_>>();
    let hooks = if hooks.is_empty() { "no hooks".to_owned() } else { format!("hooks {}", hooks.join(", ")) };
    let facts = &group.facts.group;
    let config = match &inputs.deployment_config {
        DeploymentConfig::Named(name) => name.clone(),
        DeploymentConfig::Inherit => facts.config.clone().unwrap_or_default(),
    };
    vec![
        found("container", now.container.to_string(), &now.container_source),
        found("repository", now.repository.to_string(), &now.repository_source),
        found("deployment group", format!("{} / {}", facts.application, facts.name), &group.source),
        found("AppSpec", hooks, &base.source),
        found("deployment configuration", config, config_source(inputs)),
    ]
}

fn config_source(inputs: &Inputs) -> &'static str {
    match inputs.deployment_config {
        DeploymentConfig::Named(_) => "codedeploy-deployment-config",
        DeploymentConfig::Inherit => "the deployment group",
    }
}

fn plan_notes(snapshot: &Snapshot, inputs: &Inputs) -> Vec<String> {
    let group = &snapshot.group.facts.group;
    let mut notes = Vec::new();
    if !group.alarms.is_empty() {
        let watched = group.alarms.join(", ");
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
