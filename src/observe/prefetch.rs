//! The third round trip: the images that run, and what the target will need.

use futures_util::future::join3;

use super::checks::both;
use super::image::{ImageFacts, read_image, read_images};
use super::now::Now;
use super::reader::Reader;
use super::revisions;
use super::wanted::{ImageSpec, RevisionSpec};
use crate::aws::Failure;
use crate::domain::task_definition::TaskDefinition;
use crate::error::{Problem, Problems};
use crate::names::TaskDefinitionArn;

/// What the target will need, read along with the service, so that it costs no round trip of its own.
#[derive(Default)]
pub(crate) struct Prefetch {
    /// The image asked for by tag or digest; `None` where it is not in the repository.
    pub image: Option<ImageFacts>,
    /// The newest revisions of the family.
    pub family: Vec<TaskDefinitionArn>,
    /// The first of these, described; or the one revision that was asked for.
    pub described: Vec<TaskDefinition>,
}

/// Reads the images that run into `now`, and the rest ahead. `family` was listed with the second round trip.
///
/// # Errors
/// Every read that did not work.
pub(crate) async fn read_ahead(
    reader: &Reader<'_>,
    now: &mut Now,
    family: Vec<TaskDefinitionArn>,
) -> Result<Prefetch, Problems> {
    let selectors = now.running_selectors();
    // Two reads of images, though mostly of one repository: one answer that fails must not hide the other's.
    let (running, image, described) = join3(
        read_images(reader.aws, &now.running_repository, &selectors),
        read_target_image(reader, now),
        describe_revisions(reader, &family),
    )
    .await;
    let ((image, running), described) = both((both((image, running)), described))?;
    now.set_running_images(running);
    Ok(Prefetch {
        image,
        family,
        described,
    })
}

async fn read_target_image(reader: &Reader<'_>, now: &Now) -> Result<Option<ImageFacts>, Problem> {
    match reader.spec.map(|spec| &spec.image) {
        Some(ImageSpec::Selected(selector)) => {
            read_image(reader.aws, &now.repository, selector).await
        }
        Some(ImageSpec::Previous { .. }) | None => Ok(None),
    }
}

async fn describe_revisions(
    reader: &Reader<'_>,
    family: &[TaskDefinitionArn],
) -> Result<Vec<TaskDefinition>, Failure> {
    match reader.spec.map(|spec| &spec.revision) {
        Some(RevisionSpec::Exactly(name)) => {
            let definition = reader.aws.describe_task_definition(name).await?;
            Ok(definition.into_iter().collect())
        }
        // Whether one of them fits is only known once the image is: the newest are described on suspicion.
        _ => revisions::describe_first(reader.aws, family).await,
    }
}
