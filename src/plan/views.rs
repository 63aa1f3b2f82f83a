//! The plan, the target and what serves now, in the words that people read.

use std::time::Duration;

use crate::domain::config_diff;
use crate::domain::tags;
use crate::domain::task_definition::TaskDefinition;
use crate::inputs::{Inputs, VersionSpec};
use crate::names::{ImageSelector, TaskDefinitionArn};
use crate::observe::Snapshot;
use crate::observe::now::{Now, OtherShare, ShareCause};
use crate::observe::revision::Revision;
use crate::observe::target::Found;
use crate::report::data::{Change, Discovery, Serving, TargetView};
use crate::words;

/// What a deployment takes where nothing better is known: new tasks start, become healthy, get the traffic.
pub const TYPICAL: Duration = Duration::from_secs(180);
/// What sending the traffic back to warm tasks takes, or the end of a deployment that is stopped.
pub const WARM: Duration = Duration::from_secs(30);

/// What serves as the run begins.
pub fn serving(now: &Now) -> Serving {
    let image = now.running_image.as_ref().map(|facts| &facts.image);
    let most = now.digests.most();
    let digest = image
        .map(|image| &image.digest)
        .or(most.map(|(digest, _)| digest));
    let tag = match &now.running_selector {
        ImageSelector::Tag(tag) => {
            Some(tag).filter(|tag| image.is_some_and(|image| image.tags.contains(tag)))
        }
        ImageSelector::Digest(_) => None,
    };
    let tags = image.map(|image| image.tags.as_slice()).unwrap_or_default();
    let known = !now.digests.known.is_empty();
    let undo = digest.filter(|_| known).map(|digest| {
        tags::highest_version(tags)
            .map_or_else(|| digest.to_string(), |tag| tag.as_str().to_owned())
    });
    Serving {
        version: digest.map(|digest| tags::version_name(tag, tags, digest)),
        image: digest
            .filter(|_| known)
            .map(|digest| format!("{}@{digest}", now.running_repository)),
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
    let mut notes: Vec<_> = now.beside.iter().map(other_share).collect();
    if now.digests.tasks() == 0 {
        notes.push("no task is running".to_owned());
    }
    if now.digests.known.len() > 1 {
        let all = now
            .digests
            .known
            .iter()
            .map(|(digest, tasks)| format!("{} on {tasks}", digest.short()));
        notes.push(format!(
            "the tasks run {} different images: {}",
            now.digests.known.len(),
            all.collect::<Vec<_>>().join(", ")
        ));
    }
    if now.digests.unknown > 0 {
        notes.push(format!(
            "{} do not say which image they run",
            words::count(now.digests.unknown, "task")
        ));
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

/// `20 % of the traffic is on web1:7, in the middle of d-XYZ`
fn other_share(share: &OtherShare) -> String {
    let OtherShare {
        percent,
        revision,
        cause,
    } = share;
    let revision = match revision {
        Some(revision) => revision.short(),
        None => "another revision".to_owned(),
    };
    let cause = match cause {
        ShareCause::Deployment(id) => format!("in the middle of {}", id.short()),
        ShareCause::StoppedWithoutRollback => {
            "left by a deployment that was stopped without a rollback".to_owned()
        }
    };
    let percent = words::percent(*percent);
    format!("{percent} of the traffic is on {revision}, {cause}")
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

pub fn revision(snapshot: &Snapshot) -> String {
    match &snapshot.revision {
        Revision::Reuse(definition) => {
            let name = definition
                .arn()
                .map(TaskDefinitionArn::short)
                .unwrap_or_default();
            format!("revision {name} fits, nothing to register")
        }
        Revision::Register { why, .. } => format!("a revision is registered first: {why}"),
    }
}

/// What to type where the version asked for is already serving: in an incident it is usually the broken one.
pub fn further_back(snapshot: &Snapshot, inputs: &Inputs) -> String {
    let asked_for_previous = matches!(inputs.version, VersionSpec::Previous { .. });
    let Some(nearest) = &snapshot.previous else {
        return match asked_for_previous {
            true => "nothing older is on record".to_owned(),
            false => {
                "what ran before it is not on record; give the version to roll back to".to_owned()
            }
        };
    };
    let spec = nearest.spec();
    if asked_for_previous {
        return format!("{spec} is {}", nearest.name());
    }
    if nearest.same_image_as_top {
        let revision = nearest.revision.short();
        return format!("{spec} goes back one, to the same image with {revision}");
    }
    format!("{spec} goes back one, to {}", nearest.version)
}

pub fn changes(
    snapshot: &Snapshot,
    serves: Option<&TaskDefinitionArn>,
    brought: Option<&TaskDefinition>,
) -> Vec<Change> {
    let now = &snapshot.now;
    let before = serving(now)
        .version
        .unwrap_or_else(|| now.running_selector.to_string());
    let (before, after) = (
        words::short_digest(&before),
        words::short_digest(&snapshot.found.version),
    );
    // One image may have several tags: what counts is the digest that the tasks run.
    let same_image = now
        .digests
        .all_on(&snapshot.found.image.digests(now.platform.as_ref()));
    let image = config_diff::ImageChange {
        before: &before,
        after: &after,
    };
    let image = (!same_image && before != after).then_some(image);
    let planned = snapshot.revision.definition();
    let after_definition = match serves {
        Some(arn) if *arn == now.revision => &now.definition,
        Some(arn) => [Some(planned), brought]
            .into_iter()
            .flatten()
            .find(|it| it.arn() == Some(arn))
            .unwrap_or(planned),
        None => planned,
    };
    config_diff::changes(
        &now.definition,
        after_definition,
        now.container.as_str(),
        image,
    )
}

/// The step that registers the revision, where one is registered.
pub fn registering(snapshot: &Snapshot) -> Option<String> {
    let Revision::Register { content, .. } = &snapshot.revision else {
        return None;
    };
    let family = content
        .family()
        .unwrap_or_else(|| snapshot.now.revision.family());
    Some(format!(
        "register a revision of {family} with the image {}",
        snapshot.found.image_uri()
    ))
}

/// What was found for both controllers.
pub fn discovered(snapshot: &Snapshot) -> Vec<Discovery> {
    let now = &snapshot.now;
    vec![
        discovery(
            "container",
            now.container.to_string(),
            &now.container_source,
        ),
        discovery(
            "repository",
            now.repository.to_string(),
            &now.repository_source,
        ),
    ]
}

pub fn discovery(what: &str, value: String, source: &str) -> Discovery {
    Discovery {
        what: what.to_owned(),
        value,
        source: source.to_owned(),
    }
}
