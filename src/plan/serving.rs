//! What serves as the run begins, by what was observed.

use crate::{
    domain::{service::Service, tags},
    names::{ImageDigest, ImageSelector, ImageTag},
    observe::running_service::{OtherShare, RunningService, ShareCause},
    report::data::{MissingTasks, Serving, ServingNote},
};

pub(crate) fn at_start(running: &RunningService) -> Serving {
    let digest = main_digest(running);
    // Without a task that says its digest, the revision's own image is only what should run.
    let proven = digest.filter(|_| !running.digests.known.is_empty());
    let tags = tags_of_running_image(running);
    let most = running.digests.most();
    Serving {
        version: digest.map(|digest| tags::version_name(named_tag(running), tags, digest)),
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
    }
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

fn tags_of_running_image(running: &RunningService) -> &[ImageTag] {
    match &running.running_image {
        Some(facts) => &facts.image.tags,
        None => &[],
    }
}

/// The tag that the revision names, where it is still on the image that runs.
fn named_tag(running: &RunningService) -> Option<&ImageTag> {
    let ImageSelector::Tag(tag) = &running.running_selector else {
        return None;
    };
    tags_of_running_image(running).contains(tag).then_some(tag)
}

fn undo_version(digest: &ImageDigest, tags: &[ImageTag]) -> String {
    // A tag that moves (`latest`) may be on another image by the time somebody types it.
    match tags::highest_version(tags) {
        Some(tag) => tag.to_string(),
        None => digest.to_string(),
    }
}

fn notes(running: &RunningService) -> Vec<ServingNote> {
    let digests = &running.digests;
    let mut notes = rest_of_traffic(running);
    if digests.tasks() == 0 {
        notes.push(ServingNote::NoTaskRuns);
    }
    if digests.known.len() > 1 {
        // A release that was broken off leaves tasks of both images behind the load balancer.
        let images = digests.known.iter();
        let images = images.map(|(digest, tasks)| (digest.clone(), *tasks));
        notes.push(ServingNote::SeveralImages(images.collect()));
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

fn rest_of_traffic(running: &RunningService) -> Vec<ServingNote> {
    let beside = running.beside.iter();
    beside.map(note_on_share).collect()
}

fn note_on_share(share: &OtherShare) -> ServingNote {
    ServingNote::RestOfTraffic {
        percent: share.percent,
        revision: share.revision.clone(),
        deployment: match &share.cause {
            ShareCause::Deployment(id) => Some(id.clone()),
            // Nothing will end this split by itself.
            ShareCause::StoppedWithoutRollback => None,
        },
    }
}
