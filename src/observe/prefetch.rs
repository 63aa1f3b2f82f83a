//! The third round trip: the images that run, and what the target will need.

use futures_util::future::{join, join3};

use super::{
    beside::{self, OtherImage},
    checks::both,
    image::{ImageFacts, read_image, read_images},
    reader::Reader,
    revisions::{self, Family},
    running_service::RunningService,
    wanted::{ImageSpec, RevisionSpec},
};
use crate::{
    aws::Failure,
    domain::task_definition::TaskDefinition,
    error::{Problem, Problems},
};

/// What the target will need, read along with the service, so that it costs no round trip of its own.
pub(crate) struct Prefetch {
    /// The image asked for by tag or digest; `None` where it is not in the repository.
    pub image: Option<ImageFacts>,
    /// The newest revisions of the family; `None` where they were not asked for.
    pub family: Option<Family>,
    /// The first of these, described; or the one revision that was asked for.
    pub described: Vec<TaskDefinition>,
}

/// Reads the images that run into `running`, and the rest ahead. `family` was listed with the second round trip, and
/// `others` are the images that run beside what serves.
///
/// # Errors
/// Every read that did not work.
pub(crate) async fn read_ahead(
    reader: &Reader<'_>,
    running: &mut RunningService,
    family: Option<Family>,
    others: Vec<OtherImage>,
) -> Result<Prefetch, Problems> {
    let selectors = running.running_selectors();
    // Two reads of images, though mostly of one repository: one answer that fails must not hide the other's.
    let needed = join3(
        read_images(reader.aws, &running.running_repository, &selectors),
        read_target_image(reader, running),
        describe_revisions(reader, family.as_ref(), &running.definition),
    );
    let names = beside::look_up(reader.aws, &running.running_repository, others);
    let ((images, image, described), others) = join(needed, names).await;
    let ((image, images), described) = both((both((image, images)), described))?;
    running.set_running_images(images);
    running.beside.images = others;
    Ok(Prefetch {
        image,
        family,
        described,
    })
}

async fn read_target_image(
    reader: &Reader<'_>,
    running: &RunningService,
) -> Result<Option<ImageFacts>, Problem> {
    match reader.spec.map(|spec| &spec.image) {
        Some(ImageSpec::Selected(selector)) => {
            read_image(reader.aws, &running.repository, selector).await
        }
        Some(ImageSpec::Previous { .. }) | None => Ok(None),
    }
}

async fn describe_revisions(
    reader: &Reader<'_>,
    family: Option<&Family>,
    running: &TaskDefinition,
) -> Result<Vec<TaskDefinition>, Failure> {
    match reader.spec.map(|spec| &spec.revision) {
        Some(RevisionSpec::Exactly(name)) => {
            let definition = reader.aws.describe_task_definition(name).await?;
            Ok(definition.into_iter().collect())
        }
        _ => describe_suspects(reader, family, running).await,
    }
}

/// Whether one of them fits is only known once the image is, or the past.
async fn describe_suspects(
    reader: &Reader<'_>,
    family: Option<&Family>,
    running: &TaskDefinition,
) -> Result<Vec<TaskDefinition>, Failure> {
    let (Some(spec), Some(family)) = (reader.spec, family) else {
        return Ok(Vec::new());
    };
    let newest = &family.revisions[..family.revisions.len().min(reader.suspects())];
    let described = match reader.aws.is_shared() {
        true => {
            let known = std::slice::from_ref(running);
            family.describe(reader.aws, newest, known).await
        }
        false => revisions::describe(reader.aws, newest).await,
    };
    match described {
        Err(_) if spec.can_do_without_family() => Ok(Vec::new()),
        described => described,
    }
}
