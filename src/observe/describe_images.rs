//! Many images of one repository at once, though some of them may be gone.

use futures_util::future::{try_join, try_join_all};

use crate::{
    aws::{Aws, Failure},
    domain::image::{Image, Manifest},
    names::{ImageSelector, Repository},
};

/// `DescribeImages` and `BatchGetImage` take 100 images at most.
const PER_CALL: usize = 100;

/// What was asked for, and what it is; without those that are not there.
type Answer = Vec<(ImageSelector, Image)>;

/// Describes images of one repository, a call for each hundred.
///
/// # Errors
/// What AWS answered; a repository that is gone has no images and is no failure.
pub(crate) async fn describe_images(
    aws: &Aws,
    repository: &Repository,
    selectors: &[ImageSelector],
) -> Result<Answer, Failure> {
    let calls = selectors
        .chunks(PER_CALL)
        .map(|chunk| describe_chunk(aws, repository, chunk));
    Ok(try_join_all(calls).await?.concat())
}

/// `DescribeImages` fails as a whole when one image is missing. `BatchGetImage` does not, so it says then which ones
/// are there; each of the others is asked for by itself.
async fn describe_chunk(
    aws: &Aws,
    repository: &Repository,
    selectors: &[ImageSelector],
) -> Result<Answer, Failure> {
    let failure = match aws.describe_images(repository, selectors).await {
        Ok(images) => return Ok(pair(selectors, &images)),
        Err(failure) => failure,
    };
    // The past may name a repository that was deleted; that is no reason to refuse today's rollback.
    if failure.is("RepositoryNotFoundException") {
        return Ok(Answer::new());
    }
    if !failure.is("ImageNotFoundException") {
        return Err(failure);
    }
    let manifests = aws.batch_get_image(repository, selectors).await?;
    let has_manifest =
        |selector: &&ImageSelector| manifests.iter().any(|manifest| is_of(manifest, selector));
    let (there, others): (Vec<_>, Vec<_>) = selectors
        .iter()
        .cloned()
        .partition(|selector| has_manifest(&selector));
    // The manifest of an archived image cannot be read, and it must not look deleted.
    let (there, others) = try_join(
        describe_present(aws, repository, &there),
        describe_each(aws, repository, &others),
    )
    .await?;
    Ok([there, others].concat())
}

async fn describe_present(
    aws: &Aws,
    repository: &Repository,
    selectors: &[ImageSelector],
) -> Result<Answer, Failure> {
    if selectors.is_empty() {
        return Ok(Answer::new());
    }
    match aws.describe_images(repository, selectors).await {
        Ok(images) => Ok(pair(selectors, &images)),
        // One was deleted in between, or its manifest is there and its description is not.
        Err(failure) if failure.is("ImageNotFoundException") => {
            describe_each(aws, repository, selectors).await
        }
        Err(failure) => Err(failure),
    }
}

async fn describe_each(
    aws: &Aws,
    repository: &Repository,
    selectors: &[ImageSelector],
) -> Result<Answer, Failure> {
    let reads = selectors
        .iter()
        .map(|selector| aws.describe_image(repository, selector));
    let images: Vec<_> = try_join_all(reads).await?.into_iter().flatten().collect();
    Ok(pair(selectors, &images))
}

fn is_of(manifest: &Manifest, selector: &ImageSelector) -> bool {
    match selector {
        ImageSelector::Tag(tag) => manifest.tag.as_ref() == Some(tag),
        ImageSelector::Digest(digest) => manifest.digest == *digest,
    }
}

fn pair(selectors: &[ImageSelector], images: &[Image]) -> Answer {
    let mut answer = Answer::new();
    for selector in selectors {
        let image = images.iter().find(|image| image.is_named_by(selector));
        answer.extend(image.map(|image| (selector.clone(), image.clone())));
    }
    answer
}
