//! What runs beside the version that serves. It is only named, so nothing that is not known here fails a run.

use std::time::Duration;

use futures_util::future::join_all;
use tokio::time::timeout;

use super::{
    image::{ImageFacts, read_images},
    serving::running,
};
use crate::{
    aws::Aws,
    domain::{image::Image, service::Task, tags, task_definition::TaskDefinition},
    names::{
        ContainerName, DeploymentId, ImageDigest, ImageReference, ImageSelector, ImageTag,
        Repository, TaskDefinitionArn,
    },
};

/// How long ECR may take to name an image: the rollback does not wait longer for a name.
const TIMEOUT: Duration = Duration::from_secs(2);
/// Images that are named, at most: a service moves from one version to another, seldom from two.
const MOST: usize = 4;

/// What serves beside what has most of the traffic.
#[derive(Default)]
pub(crate) struct Beside {
    /// What else has a part of the traffic.
    pub shares: Vec<OtherShare>,
    /// What else runs, as far as the traffic may be split.
    pub images: Vec<OtherImage>,
    /// The rolling deployment in progress.
    pub rolling: Option<DeploymentId>,
}

impl Beside {
    /// What runs with this revision and this digest, as far as they are known.
    pub(crate) fn image(
        &self,
        revision: Option<&TaskDefinitionArn>,
        digest: Option<&ImageDigest>,
    ) -> Option<&OtherImage> {
        let is_of = |image: &&OtherImage| revision.is_none_or(|wanted| image.revision == *wanted);
        let runs = |image: &&OtherImage| digest.is_none() || image.digest.as_ref() == digest;
        let mut images = self.images.iter();
        images.find(|image| is_of(image) && runs(image))
    }
}

/// A part of the traffic that something else than the holder of most of it has.
pub(crate) struct OtherShare {
    /// Percent of the production traffic.
    pub percent: f64,
    pub revision: Option<TaskDefinitionArn>,
    /// What most of its tasks run, where one says it.
    pub digest: Option<ImageDigest>,
    pub cause: ShareCause,
}

/// Why the traffic is split.
pub(crate) enum ShareCause {
    /// The deployment is shifting it.
    Deployment(DeploymentId),
    /// A deployment was stopped in the middle of its shift, and nothing has moved the traffic since.
    StoppedWithoutRollback,
}

/// The image of a revision, as some of its tasks run it.
#[derive(Clone)]
pub(crate) struct OtherImage {
    pub revision: TaskDefinitionArn,
    /// `None` where no task of the revision says what it runs.
    pub digest: Option<ImageDigest>,
    /// The repository and the image that the revision names, where it was described.
    named: Option<(Repository, ImageSelector)>,
    /// What ECR knows of it.
    image: Option<ImageFacts>,
}

impl OtherImage {
    /// The highest version tag on the image, else its digest; where no task runs it, what the revision names.
    pub(crate) fn version(&self) -> Option<String> {
        if let Some(facts) = &self.image {
            let (on_image, digest) = (&facts.image.tags, &facts.image.digest);
            let named = self.named_tag().filter(|tag| on_image.contains(tag));
            return Some(tags::version_name(named, on_image, digest));
        }
        match (&self.digest, &self.named) {
            (Some(digest), _) => Some(digest.to_string()),
            (None, Some((_, selector))) => Some(selector.to_string()),
            (None, None) => None,
        }
    }

    /// The digest that tasks run; of an index whose child they run, the index's own.
    pub(crate) fn image_digest(&self) -> Option<&ImageDigest> {
        // Without a task, the revision's image is only what should run.
        let seen = self.digest.as_ref()?;
        Some(match &self.image {
            Some(facts) => &facts.image.digest,
            None => seen,
        })
    }

    /// What ECR knows of it, and in which repository.
    pub(crate) fn in_repository(&self) -> Option<(&Repository, &Image)> {
        let (repository, _) = self.named.as_ref()?;
        Some((repository, &self.image.as_ref()?.image))
    }

    fn named_tag(&self) -> Option<&ImageTag> {
        match &self.named {
            Some((_, ImageSelector::Tag(tag))) => Some(tag),
            _ => None,
        }
    }

    /// What is looked up in ECR: what the revision names, and what the tasks run.
    fn selectors(&self) -> Vec<ImageSelector> {
        let mut selectors = Vec::new();
        if let Some((_, named)) = &self.named {
            selectors.push(named.clone());
        }
        if let Some(digest) = &self.digest {
            let digest = ImageSelector::Digest(digest.clone());
            if !selectors.contains(&digest) {
                selectors.push(digest);
            }
        }
        selectors
    }

    async fn look_up(mut self, aws: &Aws, serving: &Repository) -> Self {
        let repository = self.named.as_ref().map_or(serving, |(named, _)| named);
        let selectors = self.selectors();
        let read = timeout(TIMEOUT, read_images(aws, repository, &selectors)).await;
        // Without it, the digest or the revision is told.
        if let Ok(Ok(images)) = read {
            let mut images = images.into_iter().flatten();
            self.image = images.find(|image| self.is(image));
        }
        self
    }

    /// Whether the tasks run the image: by its own digest, or of an index by a child's.
    fn is(&self, image: &ImageFacts) -> bool {
        match &self.digest {
            Some(digest) => image.digests(None).contains(&digest),
            None => true,
        }
    }
}

/// The image of each revision that has tasks or was described; where its tasks run several, each of them.
pub(super) fn all_images(
    tasks: &[Task],
    definitions: &[TaskDefinition],
    container: &ContainerName,
) -> Vec<OtherImage> {
    let mut seen = Vec::new();
    for task in running(tasks) {
        if let Some(revision) = &task.task_definition {
            seen.push((revision.clone(), task.digest(container).cloned()));
        }
    }
    for definition in definitions {
        seen.extend(definition.arn().map(|arn| (arn.clone(), None)));
    }
    // Those with a digest first: one without it only counts where no task of its revision has one.
    seen.sort_by_key(|(_, digest)| digest.is_none());
    let mut images: Vec<OtherImage> = Vec::new();
    for (revision, digest) in seen {
        let is_known = |image: &OtherImage| {
            image.revision == revision && (digest.is_none() || image.digest == digest)
        };
        if !images.iter().any(is_known) {
            images.push(OtherImage {
                named: image_named_by(definitions, &revision, container),
                revision,
                digest,
                image: None,
            });
        }
    }
    images
}

fn image_named_by(
    definitions: &[TaskDefinition],
    revision: &TaskDefinitionArn,
    container: &ContainerName,
) -> Option<(Repository, ImageSelector)> {
    let mut definitions = definitions.iter();
    let definition = definitions.find(|definition| definition.arn() == Some(revision))?;
    match ImageReference::parse(definition.image(container.as_str())?) {
        ImageReference::Ecr {
            repository,
            selector,
        } => Some((repository, selector)),
        ImageReference::EcrPublic | ImageReference::Other => None,
    }
}

/// Looks the images up in ECR, all at the same time. `serving` is the repository of what serves, for those whose
/// revision was not described.
pub(super) async fn look_up(
    aws: &Aws,
    serving: &Repository,
    mut images: Vec<OtherImage>,
) -> Vec<OtherImage> {
    images.truncate(MOST);
    let reads = images.into_iter().map(|image| image.look_up(aws, serving));
    join_all(reads).await
}
