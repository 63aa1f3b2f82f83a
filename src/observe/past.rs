//! The past as `previous` needs it: each deployment with the digest that it brought.
//!
//! A digest is known from the revision where that names one. A version tag leads to one as long as
//! its image was there before the deployment; a name that moves (`latest`) never does.

use std::collections::BTreeMap;

use futures_util::future::{join_all, try_join_all};
use time::OffsetDateTime;

use super::now::Now;
use super::serving::RunningDigests;
use crate::aws::{Aws, Failure};
use crate::domain::image::Image;
use crate::domain::past::{Candidate, PastDeployment, PastImage};
use crate::domain::task_definition::TaskDefinition;
use crate::names::{
    ContainerName, ImageDigest, ImageReference, ImageSelector, Repository, TaskDefinitionArn,
};

/// `DescribeImages` and `BatchGetImage` take 100 images at most.
const IMAGES_PER_CALL: usize = 100;

/// A service's past, every deployment with what it brought.
pub struct Past {
    pub deployments: Vec<PastDeployment>,
    pub definitions: BTreeMap<TaskDefinitionArn, TaskDefinition>,
    pub images: BTreeMap<ImageDigest, Image>,
}

impl Past {
    /// Whether two revisions differ only in how they spell the container's image.
    pub fn same_but_for_image(
        &self,
        a: &TaskDefinitionArn,
        b: &TaskDefinitionArn,
        container: &ContainerName,
    ) -> bool {
        let both = self.definitions.get(a).zip(self.definitions.get(b));
        a == b || both.is_some_and(|(a, b)| a.differs_only_in_image(b, container.as_str()))
    }

    /// Whether anything that came since the candidate may have been there before `cut`, too, which would make it a
    /// return. An image that was pushed after `cut` was not, and what runs has to be one of these deployments'.
    pub fn may_repeat(
        &self,
        candidate: &Candidate,
        running: &TaskDefinitionArn,
        cut: OffsetDateTime,
    ) -> bool {
        let is_candidate = |past: &PastDeployment| Some(&past.id) == candidate.deployment.as_ref();
        let Some(from) = self.deployments.iter().rposition(is_candidate) else {
            return true;
        };
        let since = &self.deployments[from..];
        let is_new = |past: &PastDeployment| {
            let image = past
                .image
                .digest()
                .and_then(|digest| self.images.get(digest));
            image.is_some_and(|image| pushed_after(image, cut))
        };
        let explained = since
            .iter()
            .any(|past| past.revision.as_ref() == Ok(running));
        !explained || !since.iter().all(is_new)
    }
}

/// What ECR has for the images that past revisions name.
pub struct Images(BTreeMap<(Repository, ImageSelector), Option<Image>>);

impl Images {
    /// Those that the revisions name, those of `digests`, and what runs: two round trips for one repository.
    pub async fn read(
        aws: &Aws,
        definitions: &BTreeMap<TaskDefinitionArn, TaskDefinition>,
        digests: Vec<(Repository, ImageDigest)>,
        now: &Now,
    ) -> Result<Self, Failure> {
        let mut wanted: BTreeMap<Repository, Vec<ImageSelector>> = BTreeMap::new();
        for (repository, digest) in digests {
            wanted
                .entry(repository)
                .or_default()
                .push(ImageSelector::Digest(digest));
        }
        for definition in definitions.values() {
            if let Some((repository, selector)) = reference(definition, now) {
                wanted.entry(repository).or_default().push(selector);
            }
        }
        if let Some((digest, _)) = now.digests.most() {
            let repository = now.running_repository.clone();
            wanted
                .entry(repository)
                .or_default()
                .push(ImageSelector::Digest(digest.clone()));
        }
        let reads = wanted
            .into_iter()
            .map(|(repository, mut selectors)| async move {
                selectors.sort();
                selectors.dedup();
                let found = describe(aws, &repository, &selectors).await?;
                Ok::<_, Failure>((repository, found))
            });
        let mut images = BTreeMap::new();
        for (repository, found) in try_join_all(reads).await? {
            images.extend(
                found
                    .into_iter()
                    .map(|(selector, image)| ((repository.clone(), selector), image)),
            );
        }
        Ok(Self(images))
    }

    /// The digest that a deployment of the revision brought, which was created then.
    pub fn of(
        &self,
        arn: &TaskDefinitionArn,
        definition: Option<&TaskDefinition>,
        created: OffsetDateTime,
        now: &Now,
    ) -> PastImage {
        let unknown = |reason: String| PastImage::Unknown { reason };
        if *arn == now.revision
            && let Some(facts) = now
                .running_image
                .as_ref()
                .filter(|_| now.digests.known.len() == 1)
        {
            return known(&facts.image);
        }
        let Some(definition) = definition else {
            return unknown(format!("its revision {} no longer exists", arn.short()));
        };
        let Some((repository, selector)) = reference(definition, now) else {
            return unknown("its image does not come from ECR".to_owned());
        };
        let image = self
            .0
            .get(&(repository, selector.clone()))
            .and_then(Option::as_ref);
        match (selector, image) {
            (ImageSelector::Digest(_), Some(image)) => known(image),
            (ImageSelector::Digest(digest), None) => PastImage::Known {
                digest,
                gone: Some("its image is no longer in ECR".to_owned()),
            },
            (ImageSelector::Tag(tag), _) if !tag.is_version() => unknown(format!(
                "its revision names the tag {tag}, which moves, so its digest is not on record"
            )),
            (ImageSelector::Tag(tag), None) => {
                unknown(format!("its tag {tag} is no longer in ECR"))
            }
            (ImageSelector::Tag(tag), Some(image)) if pushed_after(image, created) => {
                unknown(format!("its tag {tag} has moved since it was deployed"))
            }
            (ImageSelector::Tag(_), Some(image)) => known(image),
        }
    }

    /// What running tasks run: by what their revision names, else by their own digest.
    pub fn running(
        &self,
        (arn, digests): (&TaskDefinitionArn, &RunningDigests),
        definition: Option<&TaskDefinition>,
        created: OffsetDateTime,
        now: &Now,
    ) -> PastImage {
        let named = self.of(arn, definition, created, now);
        match (digests.most(), &named) {
            // A child's digest is what some agents say of an index: then the revision's own is kept.
            (Some((digest, _)), PastImage::Unknown { .. }) => PastImage::Known {
                digest: digest.clone(),
                gone: None,
            },
            _ => named,
        }
    }

    /// An image whose digest is on record.
    pub fn by_record(&self, repository: &Repository, digest: &ImageDigest) -> PastImage {
        let selector = ImageSelector::Digest(digest.clone());
        match self
            .0
            .get(&(repository.clone(), selector))
            .and_then(Option::as_ref)
        {
            Some(image) => known(image),
            None => PastImage::Known {
                digest: digest.clone(),
                gone: Some("its image is no longer in ECR".to_owned()),
            },
        }
    }

    pub fn by_digest(self) -> BTreeMap<ImageDigest, Image> {
        self.0
            .into_values()
            .flatten()
            .map(|image| (image.digest.clone(), image))
            .collect()
    }
}

fn pushed_after(image: &Image, at: OffsetDateTime) -> bool {
    image.pushed_at.is_some_and(|pushed| pushed > at)
}

fn known(image: &Image) -> PastImage {
    let gone = image
        .archived
        .then(|| "its image is archived, so it can't be pulled".to_owned());
    PastImage::Known {
        digest: image.digest.clone(),
        gone,
    }
}

/// What the rolled-back container's image names.
pub fn reference(definition: &TaskDefinition, now: &Now) -> Option<(Repository, ImageSelector)> {
    match ImageReference::parse(definition.image(now.container.as_str())?) {
        ImageReference::Ecr {
            repository,
            selector,
        } => Some((repository, selector)),
        ImageReference::EcrPublic | ImageReference::Other => None,
    }
}

/// Describes images of one repository. `DescribeImages` fails as a whole when one is missing, so
/// `BatchGetImage`, which does not, says first which ones are there.
async fn describe(
    aws: &Aws,
    repository: &Repository,
    selectors: &[ImageSelector],
) -> Result<Vec<(ImageSelector, Option<Image>)>, Failure> {
    // Both operations take 100 images at most.
    if selectors.len() > IMAGES_PER_CALL {
        let calls = selectors
            .chunks(IMAGES_PER_CALL)
            .map(|chunk| Box::pin(describe(aws, repository, chunk)));
        return Ok(try_join_all(calls).await?.into_iter().flatten().collect());
    }
    match aws.describe_images(repository, selectors).await {
        Ok(images) => return Ok(pair(selectors, &images)),
        Err(failure) if failure.is("ImageNotFoundException") => {}
        Err(failure) if failure.is("RepositoryNotFoundException") => {
            return Ok(pair(selectors, &[]));
        }
        Err(failure) => return Err(failure),
    }
    let there = aws.batch_get_image(repository, selectors).await?;
    let is_there = |selector: &&ImageSelector| {
        there.iter().any(|manifest| match selector {
            ImageSelector::Tag(tag) => manifest.tag.as_ref() == Some(tag),
            ImageSelector::Digest(digest) => manifest.digest == *digest,
        })
    };
    let found: Vec<_> = selectors.iter().filter(is_there).cloned().collect();
    if found.is_empty() {
        return Ok(pair(selectors, &[]));
    }
    match aws.describe_images(repository, &found).await {
        Ok(images) => Ok(pair(selectors, &images)),
        // One was deleted in between, or its manifest is there and its description is not: ask for each.
        Err(failure) if failure.is("ImageNotFoundException") => {
            each(aws, repository, selectors).await
        }
        Err(failure) => Err(failure),
    }
}

async fn each(
    aws: &Aws,
    repository: &Repository,
    selectors: &[ImageSelector],
) -> Result<Vec<(ImageSelector, Option<Image>)>, Failure> {
    let reads = selectors.iter().map(|selector| async move {
        Ok((
            selector.clone(),
            aws.describe_image(repository, selector).await?,
        ))
    });
    join_all(reads).await.into_iter().collect()
}

fn pair(selectors: &[ImageSelector], images: &[Image]) -> Vec<(ImageSelector, Option<Image>)> {
    let find = |selector: &ImageSelector| {
        images.iter().find(|image| match selector {
            ImageSelector::Tag(tag) => image.tags.contains(tag),
            ImageSelector::Digest(digest) => image.digest == *digest,
        })
    };
    selectors
        .iter()
        .map(|selector| (selector.clone(), find(selector).cloned()))
        .collect()
}
