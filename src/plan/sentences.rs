//! The plan in the words that people read, as far as both controllers say the same.

use std::fmt::Display;

use super::target::family_of;
use crate::inputs::{Inputs, VersionSpec};
use crate::names::TaskDefinitionArn;
use crate::observe::Snapshot;
use crate::observe::revision::Revision;
use crate::observe::target::FoundTarget;
use crate::report::data::{Discovery, PlanNote, TargetView};

/// The target, with what to know about it.
pub(super) fn target(target: &FoundTarget, inputs: &Inputs) -> TargetView {
    let image = &target.image.image;
    let mut notes = target.notes.clone();
    // Whoever typed the digest knows that no tag leads to it.
    let typed = matches!(&inputs.version, VersionSpec::Digest(typed) if *typed == image.digest);
    if image.tags.is_empty() && !typed {
        notes.push("this image has no tag any more".to_owned());
    }
    TargetView {
        version: target.version.clone(),
        image: target.image_uri(),
        digest: image.digest.clone(),
        tags: image.tags.iter().map(ToString::to_string).collect(),
        pushed_at: image.pushed_at,
        last_served_from: target.last_served_from,
        served_for: target.served_for,
        notes,
    }
}

/// Why a revision is registered, or that none is.
pub(super) fn revision(snapshot: &Snapshot) -> String {
    match &snapshot.revision {
        Revision::Reuse(definition) => match definition.arn() {
            Some(arn) => format!("revision {} fits, nothing to register", arn.short()),
            None => "a revision fits, nothing to register".to_owned(),
        },
        Revision::Register { why, .. } => format!("a revision is registered first: {why}"),
    }
}

/// The step that registers the revision, where one is registered.
pub(super) fn register_step(snapshot: &Snapshot) -> Option<String> {
    if snapshot.revision.reused().is_some() {
        return None;
    }
    // A revision by digest runs this image for ever; a tag may move.
    Some(format!(
        "register a revision of {} with the image {}",
        family_of(snapshot),
        snapshot.target.image_uri()
    ))
}

/// `web1:8`, or how to speak of the one that is registered first.
pub(super) fn planned_revision(snapshot: &Snapshot) -> String {
    short_or(snapshot.revision.reused(), "that revision")
}

pub(super) fn short_or(arn: Option<&TaskDefinitionArn>, unknown: &str) -> String {
    match arn {
        Some(arn) => arn.short(),
        None => unknown.to_owned(),
    }
}

/// What to type where the version asked for serves already: in an incident that is usually the broken one.
pub(super) fn further_back(snapshot: &Snapshot, inputs: &Inputs) -> PlanNote {
    let text = match (&inputs.version, &snapshot.target.further) {
        (VersionSpec::Previous { .. }, Some(further)) => {
            format!("{} is {}", further.spec(), further.name())
        }
        (VersionSpec::Previous { .. }, None) => "nothing older is on record".to_owned(),
        _ => one_back(snapshot),
    };
    PlanNote { topic: None, text }
}

fn one_back(snapshot: &Snapshot) -> String {
    let Some(nearest) = &snapshot.previous else {
        return "what ran before it is not on record; give the version to roll back to".to_owned();
    };
    let spec = nearest.spec();
    // Where only configuration was released, the version alone would say nothing new.
    if nearest.same_image_as_top {
        let revision = nearest.revision.short();
        return format!("{spec} goes back one, to the same image with {revision}");
    }
    format!("{spec} goes back one, to {}", nearest.version)
}

/// What was found for both controllers.
pub(super) fn discovered(snapshot: &Snapshot) -> Vec<Discovery> {
    let running = &snapshot.running;
    vec![
        discovery("container", &running.container, &running.container_source),
        discovery(
            "repository",
            &running.repository,
            &running.repository_source,
        ),
    ]
}

pub(super) fn discovery(what: &str, value: impl Display, source: &str) -> Discovery {
    Discovery {
        what: what.to_owned(),
        value: value.to_string(),
        source: source.to_owned(),
    }
}
