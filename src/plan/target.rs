//! The image that will serve, and whether tasks run it.

use super::{serving::VersionImage, situation::Situation};
use crate::{
    domain::{
        platform::{ManifestFacts, Platform},
        task_definition::{TaskDefinition, fits},
    },
    names::{ContainerName, ImageDigest, ImageTag, Repository, TaskDefinitionArn},
    observe::{Snapshot, serving::RunningDigests, target::FoundTarget},
    report::data::Proof,
    words,
};

/// The image that will serve.
#[derive(Clone)]
pub(crate) struct Target {
    pub version: String,
    /// Only this revision counts, not every one with the image.
    pub exact: bool,
    pub digest: ImageDigest,
    /// Every digest by which a task may say that it runs the image: the image's own first.
    pub digests: Vec<ImageDigest>,
    /// `repository@sha256:…`
    pub image: String,
    pub repository: Repository,
    /// The tags that are on the image.
    pub tags: Vec<ImageTag>,
    /// What its manifest says, where it was read.
    pub manifest: Option<ManifestFacts>,
}

impl Target {
    pub(crate) fn version_image(&self) -> VersionImage {
        VersionImage {
            version: self.version.clone(),
            repository: self.repository.clone(),
            digest: self.digest.clone(),
            tags: self.tags.clone(),
            manifest: self.manifest.clone(),
        }
    }

    /// Whether a revision names the image.
    pub(crate) fn is_named_by(
        &self,
        definition: &TaskDefinition,
        container: &ContainerName,
    ) -> bool {
        let container = container.as_str();
        fits(
            definition,
            container,
            &self.repository,
            &self.digest,
            &self.tags,
        )
    }
}

pub(super) fn find_target(snapshot: &Snapshot) -> Target {
    let found = &snapshot.target;
    // The revision that will run may name another platform than the one that runs.
    let platform = snapshot
        .running
        .platform_for(snapshot.revision.definition());
    target_on(found, platform.as_ref())
}

/// What was found, for tasks on this platform.
pub(super) fn target_on(found: &FoundTarget, platform: Option<&Platform>) -> Target {
    let digests = found.image.digests(platform);
    Target {
        version: found.version.clone(),
        exact: found.exact,
        digest: found.image.image.digest.clone(),
        digests: digests.into_iter().cloned().collect(),
        image: found.image_uri(),
        repository: found.repository.clone(),
        tags: found.image.image.tags.clone(),
        manifest: found.image.manifest.as_ref().ok().cloned(),
    }
}

/// A file need not name its family: then the running one gets the revision.
pub(super) fn family_of(snapshot: &Snapshot) -> &str {
    let content = snapshot.revision.definition();
    content
        .family()
        .unwrap_or_else(|| snapshot.running.revision.family())
}

/// The digests that tasks run, against the target's.
pub(crate) fn compare(target: &Target, running: &RunningDigests) -> Proof {
    let wanted: Vec<_> = target.digests.iter().collect();
    Proof {
        tasks: running.tasks(),
        matching: running.on(&wanted),
        digest: Some(target.digest.clone()),
        proven: running.all_on(&wanted),
        notes: misses(target, running),
    }
}

/// What keeps the proof from being whole.
fn misses(target: &Target, running: &RunningDigests) -> Vec<String> {
    let mut notes = Vec::new();
    // Without a task, nothing contradicts the target, but nobody is served either.
    if running.tasks() == 0 {
        let note = "no running task was found in the task set that receives the traffic";
        notes.push(note.to_owned());
    }
    notes.extend(other_images(target, running));
    if running.unknown > 0 {
        let tasks = words::count(running.unknown, "task");
        notes.push(format!("{tasks} of unknown digest"));
    }
    notes
}

fn other_images(target: &Target, running: &RunningDigests) -> Vec<String> {
    let mut notes = Vec::new();
    for (digest, tasks) in &running.known {
        if !target.digests.contains(digest) {
            notes.push(format!("{} on {digest}", words::count(*tasks, "task")));
        }
    }
    notes
}

impl<Observed> Situation<'_, Observed> {
    /// Whether tasks run the target: every one, and at least one, has its digest; where the revision counts, it is that
    /// revision.
    pub(super) fn is_target(
        &self,
        digests: &RunningDigests,
        revision: Option<&TaskDefinitionArn>,
    ) -> bool {
        if self.snapshot.target.exact && !self.is_target_revision(revision) {
            return false;
        }
        digests.all_on(&self.target_digests())
    }

    /// Every digest by which a running task may say that it runs the target's image.
    pub(super) fn target_digests(&self) -> Vec<&ImageDigest> {
        let platform = self.snapshot.running.platform.as_ref();
        self.snapshot.target.image.digests(platform)
    }

    /// Whether it is the revision that the target runs on.
    pub(super) fn is_target_revision(&self, revision: Option<&TaskDefinitionArn>) -> bool {
        // An INACTIVE revision that is registered again is still the revision that ran.
        let wanted = self.snapshot.revision.definition().arn();
        wanted.is_some() && wanted == revision
    }

    /// Whether a revision names the target's image.
    pub(super) fn names_target(&self, definition: &TaskDefinition) -> bool {
        let found = &self.snapshot.target;
        let image = &found.image.image;
        let container = self.snapshot.running.container.as_str();
        fits(
            definition,
            container,
            &found.repository,
            &image.digest,
            &image.tags,
        )
    }
}
