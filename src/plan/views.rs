//! The plan, the target and what serves now, in the words that people read.

use std::time::Duration;

use super::path::{self, Takeover};
use super::{PlannedDeployment, base_appspec, config_diff};
use crate::inputs::{Alarms, DeploymentConfig, Inputs, VersionSpec, WaitFor};
use crate::names::{ImageSelector, TaskDefinitionArn};
use crate::observe::Snapshot;
use crate::observe::active::Active;
use crate::observe::now::Now;
use crate::observe::target::{Found, Revision};
use crate::plan::tags;
use crate::report::data::{Change, Discovery, Path, PlanView, Serving, TargetView};
use crate::report::words;

/// What a deployment takes where nothing better is known: new tasks start, become healthy, get the traffic.
const TYPICAL: Duration = Duration::from_secs(180);
/// What sending the traffic back to warm tasks takes, or the end of a deployment that is stopped.
const WARM: Duration = Duration::from_secs(30);

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
        share: now.share,
    }
}

fn notes(now: &Now) -> Vec<String> {
    let mut notes = now.beside.clone();
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
pub fn plan(
    snapshot: &Snapshot,
    inputs: &Inputs,
    (path, takeover): (Path, &Takeover),
    deployment: &PlannedDeployment,
) -> PlanView {
    let unchanged = path == Path::Nothing;
    let serves = will_serve(snapshot, path, takeover);
    PlanView {
        path,
        why: why(snapshot, path, takeover),
        expected: expected(path),
        steps: steps(snapshot, takeover, deployment),
        changes: if unchanged { Vec::new() } else { changes(snapshot, serves.as_ref()) },
        task_definition_arn: serves.map(|arn| arn.to_string()),
        discovered: discovered(snapshot, inputs),
        notes: if unchanged { vec![further_back(snapshot, inputs)] } else { plan_notes(snapshot, inputs) },
    }
}

/// The revision that will serve; `None` where it is registered first.
pub fn will_serve(snapshot: &Snapshot, path: Path, takeover: &Takeover) -> Option<TaskDefinitionArn> {
    let active = snapshot.active.as_ref();
    match (path, takeover) {
        (Path::Nothing, _) => Some(snapshot.now.revision.clone()),
        // Where its AppSpec can't be read, the task set that gets the traffic back says it.
        (_, Takeover::Adopt { onto, .. }) => {
            let active = active?;
            let sides = [active.blue.as_ref(), active.green.as_ref()].into_iter().flatten();
            let side = onto.as_ref().and_then(|onto| sides.into_iter().find(|side| side.task_set == *onto));
            active.brings.clone().ok().or_else(|| side?.revision.clone())
        }
        (_, Takeover::Reroute { .. }) => active?.blue.as_ref()?.revision.clone(),
        _ => match &snapshot.revision {
            Revision::Reuse(definition) => definition.arn().cloned(),
            Revision::Register { .. } => None,
        },
    }
}

/// What the path takes until users are served; `None` where that depends on somebody else's deployment.
fn expected(path: Path) -> Option<Duration> {
    match path {
        Path::Nothing | Path::Adopt => None,
        Path::Reroute => Some(WARM),
        Path::Redeploy => Some(TYPICAL),
        Path::EndWaitAndRedeploy | Path::StopAndRedeploy => Some(TYPICAL + WARM),
    }
}

fn why(snapshot: &Snapshot, path: Path, takeover: &Takeover) -> String {
    let version = &snapshot.found.version;
    let slow = words::duration(TYPICAL);
    let busy = snapshot.active.as_ref().map(|active| describe(active, snapshot)).unwrap_or_default();
    match takeover {
        Takeover::None if path == Path::Nothing => format!("{version} is what serves already"),
        Takeover::None => format!("no deployment is active; {}", revision(snapshot)),
        Takeover::Adopt { .. } => format!("{busy}, and that is {version}; it is followed to its end"),
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
            format!("{busy}, which is not {version}; it is stopped first; {}", revision(snapshot))
        }
        Takeover::LetEnd { .. } => {
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

fn revision(snapshot: &Snapshot) -> String {
    match &snapshot.revision {
        Revision::Reuse(definition) => {
            let name = definition.arn().map(TaskDefinitionArn::short).unwrap_or_default();
            format!("revision {name} fits, nothing to register")
        }
        Revision::Register { why, .. } => format!("a revision is registered first: {why}"),
    }
}

/// What to type where the version asked for serves already: in an incident it is usually the broken one.
fn further_back(snapshot: &Snapshot, inputs: &Inputs) -> String {
    if matches!(inputs.version, VersionSpec::Previous { .. }) {
        let below = snapshot.found.notes.iter().find(|note| note.starts_with("`previous~"));
        return below.cloned().unwrap_or_else(|| "nothing older is on record".to_owned());
    }
    match &snapshot.previous {
        Some(previous) => format!("`previous` goes back one, to {previous}"),
        None => "what ran before it is not on record; give the version to go back to".to_owned(),
    }
}

fn steps(snapshot: &Snapshot, takeover: &Takeover, deployment: &PlannedDeployment) -> Vec<String> {
    let first = match takeover {
        Takeover::None if path::is_serving(snapshot) => return Vec::new(),
        Takeover::Adopt { deployment, .. } => {
            return vec![format!("follow {deployment}; continue it where it waits at Ready")];
        }
        Takeover::Reroute { deployment, .. } => {
            return vec![format!(
                "stop {deployment} with auto-rollback, and follow the rollback that CodeDeploy starts"
            )];
        }
        Takeover::None => None,
        Takeover::EndWait { deployment } => Some(format!("end the termination wait of {deployment}")),
        Takeover::Stop { deployment } => {
            Some(format!("stop {deployment} with auto-rollback, and wait for that rollback's end"))
        }
        Takeover::LetEnd { deployment } => Some(format!("wait for the end of {deployment}")),
        Takeover::Wait { deployment } => {
            return vec![format!("wait for the end of {deployment}, then look again")];
        }
    };
    let mut steps: Vec<_> = first.into_iter().collect();
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

fn changes(snapshot: &Snapshot, serves: Option<&TaskDefinitionArn>) -> Vec<Change> {
    let now = &snapshot.now;
    let before = serving(now).version.unwrap_or_else(|| now.running_selector.to_string());
    let (before, after) = (words::short_digest(&before), words::short_digest(&snapshot.found.version));
    let planned = snapshot.revision.definition();
    let brought = snapshot.active.as_ref().and_then(|active| active.definition.as_ref());
    let after_definition = match serves {
        Some(arn) if *arn == now.revision => &now.definition,
        Some(arn) => {
            [Some(planned), brought].into_iter().flatten().find(|it| it.arn() == Some(arn)).unwrap_or(planned)
        }
        None => planned,
    };
    config_diff::changes(&now.definition, after_definition, now.container.as_str(), &before, &after)
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
        match base {
            Ok(base) => found("AppSpec", hooks, &base.source),
            Err(problem) => found("AppSpec", "not needed".to_owned(), &problem.message),
        },
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
