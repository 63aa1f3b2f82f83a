//! The target: its image, the revision that will run it, and whether they fit each other and the platform.

use time::OffsetDateTime;

use super::{
    checks::keep,
    commit::OfCommit,
    image::{ImageFacts, read_platforms},
    prefetch::Prefetch,
    revision::Revision,
    target::{FoundTarget, Lookup},
    wanted::{ImageSpec, RevisionSpec},
};
use crate::{
    domain::{
        commands,
        platform::Platform,
        service::Service,
        tags,
        task_definition::{TAG_DIGEST, TaskDefinition},
    },
    error::{Code, Problem, Problems},
    names::{ImageSelector, ImageTag},
    words,
};

impl Lookup<'_> {
    /// The image and the revision asked for.
    ///
    /// # Errors
    /// Every problem with them.
    pub(crate) async fn find_target(
        &self,
        prefetch: &Prefetch,
    ) -> Result<(FoundTarget, Revision), Problems> {
        let (mut target, past) = match &self.spec.image {
            ImageSpec::Selected(selector) => {
                let image = prefetch.image.clone();
                (self.find_selected(selector, image).await?, None)
            }
            ImageSpec::Previous { steps } => self.find_previous(*steps).await?,
        };
        (self.tell)(&target);
        let mut problems = Problems::new();
        keep(
            check_archived(&target, &self.running.service),
            &mut problems,
        );
        let revision = self.choose_revision(&target, past, prefetch).await;
        // An archived image and a revision that does not fit are two things to fix, so both are told.
        let Some(revision) = keep(revision, &mut problems) else {
            return Err(problems);
        };
        let checked = self.check_platform(&target, &revision).await;
        let note = keep(checked, &mut problems).flatten();
        if !problems.is_empty() {
            return Err(problems);
        }
        target.notes.extend(note);
        // `previous` comes with this; for a tag, the record may know it too.
        if target.last_served_from.is_none() {
            target.last_served_from = self.last_served(&target.image, &revision);
        }
        Ok((target, revision))
    }

    /// When the revision last served with this image, by the record.
    fn last_served(&self, image: &ImageFacts, revision: &Revision) -> Option<OffsetDateTime> {
        let arn = revision.reused()?;
        self.record.last_served(arn, image, &self.running.container)
    }

    /// The image asked for by tag or digest.
    pub(super) async fn find_selected(
        &self,
        selector: &ImageSelector,
        image: Option<ImageFacts>,
    ) -> Result<FoundTarget, Problem> {
        let mut notes = Vec::new();
        let (tag, image) = match (image, selector) {
            (Some(image), ImageSelector::Tag(tag)) => (Some(tag.clone()), image),
            (Some(image), ImageSelector::Digest(_)) => (None, image),
            (None, selector) => {
                let OfCommit { image, tag, note } = self.find_by_commit(selector).await?;
                notes.push(note);
                (Some(tag), image)
            }
        };
        let tag = tag.as_ref();
        // A later round must not rename what the first one told.
        let version = match self.spec.pinned {
            Some(pinned) => pinned.version.clone(),
            None => tags::version_name(tag, &image.image.tags, &image.image.digest),
        };
        notes.extend(tag.and_then(|tag| same_image(tag, &image.image.tags)));
        Ok(FoundTarget {
            version,
            image,
            repository: self.running.repository.clone(),
            exact: self.spec.is_exact(),
            last_served_from: None,
            served_for: None,
            notes,
            further: None,
        })
    }

    /// Asks nothing for an image that has run here. What is not known is a note.
    ///
    /// # Errors
    /// `image-platform`: the tasks can't run it, or nobody can say whether they can.
    async fn check_platform(
        &self,
        target: &FoundTarget,
        revision: &Revision,
    ) -> Result<Option<String>, Problem> {
        // An image for another platform starts no task, and a deployment takes many minutes to find that out.
        let Some(wanted) = self.running.platform_for(revision.definition()) else {
            let note = "the platform of the tasks is not known, so the image's was not checked";
            return Ok(Some(note.to_owned()));
        };
        if self.has_run_here(target, revision, &wanted) {
            return Ok(None);
        }
        let version = &target.version;
        let platforms = read_platforms(self.reader.aws, &target.repository, &target.image).await?;
        let platforms = match platforms {
            Ok(platforms) => platforms,
            Err(why) => {
                return Err(Problem::new(
                    Code::ImagePlatform,
                    format!("could not determine the platform of image {version}: {why}"),
                    "choose a version that has run here before: it needs no such check",
                ));
            }
        };
        // An index may hold the image for several platforms; one that fits is enough.
        if platforms.iter().any(|platform| wanted.runs(platform)) {
            return Ok(None);
        }
        let built: Vec<String> = platforms.iter().map(Platform::to_string).collect();
        Err(Problem::new(
            Code::ImagePlatform,
            format!(
                "the image {version} is built for {}, but the tasks run on {wanted}",
                built.join(", ")
            ),
            "choose a version that is built for this platform, or give `task-definition` a revision for the image's",
        ))
    }

    /// Whether tasks of this service have run the image on this platform.
    fn has_run_here(&self, target: &FoundTarget, revision: &Revision, wanted: &Platform) -> bool {
        let same_platform = match &self.running.platform {
            Some(running) => running.runs(wanted),
            None => true,
        };
        let digests = target.image.digests(Some(wanted));
        if same_platform && self.running.digests.on(&digests) > 0 {
            return true;
        }
        // Nobody knows since when the service overrides it: what ran before may have run elsewhere.
        if self.running.overrides_platform() {
            return false;
        }
        match revision {
            Revision::Reuse(definition) => self.has_run_from(definition, target),
            // What is registered from another revision than the running one was found by its image: it had that image.
            Revision::Register { content, .. } if self.was_found_by_image(content) => {
                self.has_run_from(content, target)
            }
            // Registered from the running revision or a file: only the image's own past speaks for it.
            Revision::Register { .. } => target.last_served_from.is_some() && same_platform,
        }
    }

    fn was_found_by_image(&self, definition: &TaskDefinition) -> bool {
        let searched = self.spec.revision == RevisionSpec::Newest;
        searched && definition.arn() != Some(&self.running.revision)
    }

    /// Whether a deployment of the revision succeeded, or this action registered it, after this very check.
    fn has_run_from(&self, definition: &TaskDefinition, target: &FoundTarget) -> bool {
        let image = &target.image;
        if definition.tag(TAG_DIGEST) == Some(image.image.digest.as_str()) {
            return true;
        }
        let Some(arn) = definition.arn() else {
            return false;
        };
        let served = self.record.last_served(arn, image, &self.running.container);
        served.is_some() || self.record.ran_before(arn, image)
    }
}

/// `latest is the same image as v1.2.0`, for a tag that moves.
fn same_image(asked: &ImageTag, on_image: &[ImageTag]) -> Option<String> {
    let mut versions = Vec::new();
    for tag in on_image {
        if tag != asked && tag.is_version() {
            versions.push(tag.as_str());
        }
    }
    if versions.is_empty() {
        return None;
    }
    let versions = words::short_list(versions);
    Some(format!("{asked} is the same image as {versions}"))
}

pub(super) fn check_archived(target: &FoundTarget, service: &Service) -> Result<(), Problem> {
    if !target.image.image.archived {
        return Ok(());
    }
    Err(Problem::new(
        Code::ImageArchived,
        format!(
            "the image {} in {} is archived, so it can't be pulled",
            target.version, target.repository.name
        ),
        format!(
            "restore it first, which takes about 20 minutes: `{}`; or choose another version",
            commands::restore_image(
                &target.repository,
                &target.image.image.digest,
                service.account()
            )
        ),
    ))
}
