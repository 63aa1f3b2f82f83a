//! The target: its image, the revision that will run it, and whether they fit.

use super::checks::keep;
use super::image::ImageFacts;
use super::prefetch::Prefetch;
use super::revision::Revision;
use super::target::{Found, Lookup};
use super::wanted::ImageSpec;
use crate::domain::tags;
use crate::error::{Code, Problem, Problems};
use crate::names::{ImageSelector, ImageTag};

impl Lookup<'_> {
    /// The image and the revision asked for.
    ///
    /// # Errors
    /// Every problem with them.
    pub(crate) async fn find_target(
        &self,
        prefetch: &Prefetch,
    ) -> Result<(Found, Revision), Problems> {
        let (mut found, past) = match &self.spec.image {
            ImageSpec::Selected(selector) => {
                let image = prefetch.image.clone();
                (self.find_selected(selector, image).await?, None)
            }
            ImageSpec::Previous { steps } => self.find_previous(*steps).await?,
        };
        let mut problems = Problems::new();
        keep(check_archived(&found), &mut problems);
        let revision = self.choose_revision(&found, past, prefetch).await;
        // An archived image and a revision that does not fit are two things to fix, so both are told.
        let Some(revision) = keep(revision, &mut problems) else {
            return Err(problems);
        };
        let checked = self.check_platform(&found, &revision).await;
        let note = keep(checked, &mut problems).flatten();
        if !problems.is_empty() {
            return Err(problems);
        }
        found.notes.extend(note);
        // `previous` comes with this; for a tag, the record may know it too.
        if found.last_served_from.is_none()
            && let Some(arn) = revision.reused()
        {
            let container = &self.now.container;
            found.last_served_from = self.record.last_served(arn, &found.image, container);
        }
        Ok((found, revision))
    }

    /// The image asked for by tag or digest.
    async fn find_selected(
        &self,
        selector: &ImageSelector,
        image: Option<ImageFacts>,
    ) -> Result<Found, Problem> {
        let Some(image) = image else {
            let repository = &self.now.repository;
            return Err(self.read_suggestions(repository, selector).await);
        };
        let tag = match selector {
            ImageSelector::Tag(tag) => Some(tag),
            ImageSelector::Digest(_) => None,
        };
        // A later round must not rename what the first one told.
        let version = match self.spec.pinned {
            Some(pinned) => pinned.version.clone(),
            None => tags::version_name(tag, &image.image.tags, &image.image.digest),
        };
        let same = tag.and_then(|tag| same_image(tag, &image.image.tags));
        Ok(Found {
            version,
            image,
            repository: self.now.repository.clone(),
            exact: self.spec.is_exact(),
            last_served_from: None,
            served_for: None,
            notes: same.into_iter().collect(),
            further: None,
        })
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
    Some(format!(
        "{asked} is the same image as {}",
        versions.join(", ")
    ))
}

fn check_archived(found: &Found) -> Result<(), Problem> {
    if !found.image.image.archived {
        return Ok(());
    }
    Err(Problem::new(
        Code::ImageArchived,
        format!(
            "the image {} in {} is archived, so it can't be pulled",
            found.version, found.repository.name
        ),
        "restore it first (`aws ecr update-image-storage-class --target-storage-class STANDARD …`, it takes about 20 minutes), or choose another version",
    ))
}
