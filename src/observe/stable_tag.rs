//! Where the tag `stable` is, and what it takes to put it elsewhere.

use futures_util::future::join;

use super::checks::{both, repository_or};
use crate::{
    aws::Aws,
    domain::image::{Image, Manifest},
    error::{Code, Problem, Problems},
    names::{ImageDigest, ImageSelector, ImageTag, Repository},
};

pub(crate) struct StableTag {
    /// The image that has the tag; `None` where none has.
    pub holder: Option<Image>,
    /// Of the image that is to have it.
    pub manifest: Manifest,
}

impl StableTag {
    /// `DescribeImages` of the tag and `BatchGetImage` of the image that is to have it, at the same time.
    ///
    /// # Errors
    /// Every read that did not work; `image-not-found`.
    pub(crate) async fn read(
        aws: &Aws,
        repository: &Repository,
        digest: &ImageDigest,
        tag: &ImageTag,
    ) -> Result<Self, Problems> {
        let by_tag = ImageSelector::Tag(tag.clone());
        let by_digest = [ImageSelector::Digest(digest.clone())];
        let (holder, manifests) = join(
            aws.describe_image(repository, &by_tag),
            aws.batch_get_image(repository, &by_digest),
        )
        .await;
        let holder = holder.map_err(|failure| repository_or(failure, repository));
        let manifests = manifests.map_err(|failure| repository_or(failure, repository));
        let (holder, mut manifests) = both((holder, manifests))?;
        match manifests.pop() {
            Some(manifest) => Ok(Self { holder, manifest }),
            None => Err(without_manifest(repository, digest).into()),
        }
    }
}

fn without_manifest(repository: &Repository, digest: &ImageDigest) -> Problem {
    Problem::new(
        Code::ImageNotFound,
        format!(
            "ECR returned no manifest for the image {digest} in the repository {}",
            repository.name
        ),
        "check that the image is still in the repository",
    )
}
