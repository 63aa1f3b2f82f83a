//! What serves as the run begins, by what was observed.

use crate::{
    domain::{platform::ManifestFacts, service::Service, tags, task_definition::fits},
    names::{ImageDigest, ImageSelector, ImageTag, Repository, TaskDefinitionArn},
    observe::{
        PinnedTarget,
        beside::{OtherImage, OtherShare, ShareCause},
        image::ImageFacts,
        running_service::RunningService,
        target::FoundTarget,
    },
    report::data::{MissingTasks, Part, Serving, ServingNote, Share},
};

/// An image, and what its version is called.
#[derive(Clone)]
pub(crate) struct VersionImage {
    pub version: String,
    pub repository: Repository,
    pub digest: ImageDigest,
    /// The tags that are on it.
    pub tags: Vec<ImageTag>,
    /// What its manifest says, where it was read.
    pub manifest: Option<ManifestFacts>,
}

pub(crate) fn at_start(running: &RunningService) -> Serving {
    let digest = main_digest(running);
    // Without a task that says its digest, the revision's own image is only what should run.
    let proven = digest.filter(|_| !running.digests.known.is_empty());
    let tags = tags_of_running_image(running);
    let most = running.digests.most();
    Serving {
        version: digest.map(|digest| version_on(running, digest)),
        image: proven.map(|digest| format!("{}@{digest}", running.running_repository)),
        digest: proven.cloned(),
        task_definition_arn: Some(running.revision.clone()),
        tasks: running.digests.tasks(),
        tasks_on_digest: most.map_or(0, |(_, tasks)| tasks),
        missing: missing_tasks(&running.service, running.digests.tasks(), running.share),
        since: running.since,
        notes: notes(running),
        undo_version: proven.map(|digest| undo_version(digest, tags)),
        share: running.share,
        beside: beside(running),
    }
}

/// The image that a rollback takes off, where a task says which one it pulled. In the middle of a shift the target may
/// have most of the traffic already: then it is what has the rest.
pub(super) fn taken_off(running: &RunningService, target: &[ImageDigest]) -> Option<VersionImage> {
    let main = main_image(running)?;
    if !target.contains(&main.digest) {
        return Some(main);
    }
    for share in &running.beside.shares {
        if let Some(other) = other_image(running, share.revision.as_ref(), share.digest.as_ref())
            && !target.contains(&other.digest)
        {
            return Some(other);
        }
    }
    for digest in running.digests.known.keys() {
        if let Some(other) = other_image(running, None, Some(digest))
            && !target.contains(&other.digest)
        {
            return Some(other);
        }
    }
    Some(main)
}

/// The image that serves, where a task says which one it pulled.
pub(crate) fn main_image(running: &RunningService) -> Option<VersionImage> {
    let digest = main_digest(running).filter(|_| !running.digests.known.is_empty())?;
    Some(VersionImage {
        version: version_on(running, digest),
        repository: running.running_repository.clone(),
        digest: digest.clone(),
        tags: tags_of_running_image(running).to_vec(),
        manifest: running.running_image.as_ref().and_then(manifest_of),
    })
}

/// What serves, as the target of a run that returns to it.
pub(crate) fn pin(running: &RunningService) -> Option<PinnedTarget> {
    let main = main_image(running)?;
    let definition = &running.definition;
    let container = running.container.as_str();
    // One that names a moving tag, or is INACTIVE, can't be asked for by itself.
    let is_usable = definition.is_active()
        && fits(
            definition,
            container,
            &main.repository,
            &main.digest,
            &main.tags,
        );
    Some(PinnedTarget {
        version: main.version,
        digest: main.digest,
        repository: Some(main.repository),
        revision: is_usable.then(|| running.revision.clone()),
    })
}

/// The target and what it takes off, before the plan is made; `None` where the target serves, or what does is not known.
pub(crate) fn two_versions(
    running: &RunningService,
    found: &FoundTarget,
) -> Option<(VersionImage, VersionImage)> {
    let image = &found.image;
    let mut digests = Vec::new();
    for digest in image.digests(running.platform.as_ref()) {
        digests.push(digest.clone());
    }
    let taken_off = taken_off(running, &digests)?;
    if digests.contains(&taken_off.digest) {
        return None;
    }
    let target = VersionImage {
        version: found.version.clone(),
        repository: found.repository.clone(),
        digest: image.image.digest.clone(),
        tags: image.image.tags.clone(),
        manifest: manifest_of(image),
    };
    Some((target, taken_off))
}

fn manifest_of(image: &ImageFacts) -> Option<ManifestFacts> {
    image.manifest.as_ref().ok().cloned()
}

/// What else runs, by its revision and its digest as far as they are known.
fn other_image(
    running: &RunningService,
    revision: Option<&TaskDefinitionArn>,
    seen: Option<&ImageDigest>,
) -> Option<VersionImage> {
    let other = running.beside.image(revision, seen);
    let version = version_of(running, other, seen)?;
    if let Some((repository, image)) = other.and_then(OtherImage::in_repository) {
        return Some(VersionImage {
            version,
            repository: repository.clone(),
            digest: image.digest.clone(),
            tags: image.tags.clone(),
            manifest: None,
        });
    }
    // ECR did not name it in time.
    Some(VersionImage {
        version,
        repository: running.running_repository.clone(),
        digest: seen?.clone(),
        tags: Vec::new(),
        manifest: None,
    })
}

/// What runs, for somebody who may go back to it: where no task says its digest, the revision alone is sure.
pub(super) fn sure_name(running: &RunningService) -> Option<String> {
    let serving = at_start(running);
    match serving.digest {
        Some(_) => serving.version,
        None => Some(running.revision.short()),
    }
}

/// What the service lacks where so many tasks serve.
pub(crate) fn missing_tasks(
    service: &Service,
    tasks: u32,
    share: Option<f64>,
) -> Option<MissingTasks> {
    // While the traffic is split, two task sets share what is wanted.
    let is_short = share.is_none() && tasks < service.wanted();
    is_short.then_some(MissingTasks {
        wanted: service.wanted(),
        pending: service.pending,
    })
}

/// The digest that most tasks run; of an index whose child they run, the index's own.
fn main_digest(running: &RunningService) -> Option<&ImageDigest> {
    if let Some(facts) = &running.running_image {
        return Some(&facts.image.digest);
    }
    Some(running.digests.most()?.0)
}

fn version_on(running: &RunningService, digest: &ImageDigest) -> String {
    running.version_on(digest)
}

fn tags_of_running_image(running: &RunningService) -> &[ImageTag] {
    running.running_tags()
}

/// The tag that the revision names, where it is still on the image that runs.
fn undo_version(digest: &ImageDigest, tags: &[ImageTag]) -> String {
    // A tag that moves (`latest`) may be on another image by the time somebody types it.
    match tags::highest_version(tags) {
        Some(tag) => tag.to_string(),
        None => digest.to_string(),
    }
}

fn notes(running: &RunningService) -> Vec<ServingNote> {
    let digests = &running.digests;
    let mut notes = Vec::new();
    if digests.tasks() == 0 {
        notes.push(ServingNote::NoTaskRuns);
    }
    if digests.unknown > 0 {
        notes.push(ServingNote::UnknownImages(digests.unknown));
    }
    notes.extend(moved_tag(running).map(ServingNote::TagMoved));
    notes
}

/// The tag that the revision names, where it points to another image than the one that runs.
fn moved_tag(running: &RunningService) -> Option<ImageTag> {
    let ImageSelector::Tag(tag) = &running.running_selector else {
        return None;
    };
    // Tasks that start now would pull the tag's new image: the service would become a mixture.
    let named = running.named_image.as_ref()?;
    let digests = named.digests(running.platform.as_ref());
    let known = !running.digests.known.is_empty();
    (known && running.digests.on(&digests) == 0).then(|| tag.clone())
}

/// What else has a part of the traffic, and what else the tasks run that have most of it.
fn beside(running: &RunningService) -> Vec<Share> {
    let mut beside = Vec::new();
    for share in &running.beside.shares {
        beside.push(other_share(running, share));
    }
    let most = running.digests.most().map(|(digest, _)| digest);
    // A release that was broken off leaves tasks of both images behind the load balancer.
    for (digest, tasks) in &running.digests.known {
        if Some(digest) != most {
            beside.push(other_tasks(running, digest, *tasks));
        }
    }
    beside
}

fn other_share(running: &RunningService, share: &OtherShare) -> Share {
    let OtherShare {
        percent,
        revision,
        digest,
        cause,
    } = share;
    let image = running.beside.image(revision.as_ref(), digest.as_ref());
    Share {
        version: version_of(running, image, digest.as_ref()),
        digest: image_digest(image, digest.as_ref()),
        task_definition_arn: revision.clone(),
        part: Part::Traffic(*percent),
        deployment: match cause {
            ShareCause::Deployment(id) => Some(id.clone()),
            // Nothing will end this split by itself.
            ShareCause::StoppedWithoutRollback => None,
        },
    }
}

fn other_tasks(running: &RunningService, digest: &ImageDigest, tasks: u32) -> Share {
    let image = running.beside.image(None, Some(digest));
    Share {
        version: version_of(running, image, Some(digest)),
        digest: image_digest(image, Some(digest)),
        task_definition_arn: image.map(|image| image.revision.clone()),
        part: Part::Tasks(tasks),
        deployment: running.beside.rolling.clone(),
    }
}

fn version_of(
    running: &RunningService,
    image: Option<&OtherImage>,
    seen: Option<&ImageDigest>,
) -> Option<String> {
    if let Some(version) = image.and_then(OtherImage::version) {
        return Some(version);
    }
    // The same image may be deployed once more.
    match &running.running_image {
        Some(facts) if facts.digests(None).contains(&seen?) => {
            Some(version_on(running, &facts.image.digest))
        }
        _ => seen.map(ToString::to_string),
    }
}

fn image_digest(image: Option<&OtherImage>, seen: Option<&ImageDigest>) -> Option<ImageDigest> {
    image.and_then(OtherImage::image_digest).or(seen).cloned()
}
