//! Whether the image is built for the platform that its tasks will run on.

use super::image::read_platforms;
use super::revision::Revision;
use super::target::{Found, Lookup};
use super::wanted::RevisionSpec;
use crate::domain::platform::Platform;
use crate::domain::task_definition::{TAG_DIGEST, TaskDefinition};
use crate::error::{Code, Problem};

impl Lookup<'_> {
    /// Asks nothing for an image that has run here. What is not known is a note.
    ///
    /// # Errors
    /// `image-platform`: the tasks can't run it, or nobody can say whether they can.
    pub(crate) async fn check_platform(
        &self,
        found: &Found,
        revision: &Revision,
    ) -> Result<Option<String>, Problem> {
        // An image for another platform starts no task, and a deployment takes many minutes to find that out.
        let of_revision = revision.definition().platform();
        let Some(wanted) = of_revision.or_else(|| self.now.platform.clone()) else {
            let note = "the platform of the tasks is not known, so the image's was not checked";
            return Ok(Some(note.to_owned()));
        };
        if self.has_run_here(found, revision, &wanted) {
            return Ok(None);
        }
        let version = &found.version;
        let platforms = read_platforms(self.reader.aws, &found.repository, &found.image).await?;
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
    fn has_run_here(&self, found: &Found, revision: &Revision, wanted: &Platform) -> bool {
        let same_platform = match &self.now.platform {
            Some(running) => running.runs(wanted),
            None => true,
        };
        let digests = found.image.digests(Some(wanted));
        if same_platform && self.now.digests.on(&digests) > 0 {
            return true;
        }
        match revision {
            Revision::Reuse(definition) => self.has_run_from(definition, found),
            // What is registered from another revision than the running one was found by its image: it had that image.
            Revision::Register { content, .. } if self.was_found_by_image(content) => {
                self.has_run_from(content, found)
            }
            // Registered from the running revision or a file: only the image's own past speaks for it.
            Revision::Register { .. } => found.last_served_from.is_some() && same_platform,
        }
    }

    fn was_found_by_image(&self, definition: &TaskDefinition) -> bool {
        let searched = self.spec.revision == RevisionSpec::Newest;
        searched && definition.arn() != Some(&self.now.revision)
    }

    /// Whether a deployment of the revision succeeded, or this action registered it, after this very check.
    fn has_run_from(&self, definition: &TaskDefinition, found: &Found) -> bool {
        let image = &found.image;
        if definition.tag(TAG_DIGEST) == Some(image.image.digest.as_str()) {
            return true;
        }
        let Some(arn) = definition.arn() else {
            return false;
        };
        let served = self.record.last_served(arn, image, &self.now.container);
        served.is_some() || self.record.ran_before(arn, image)
    }
}
