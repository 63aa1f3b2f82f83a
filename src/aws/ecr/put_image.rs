//! A further tag for an image that is in its repository already.

use crate::{
    aws::{Aws, Failure, Operation},
    domain::image::Manifest,
    names::{ImageTag, Repository},
};

const PUT_IMAGE: Operation = Operation::ecr("PutImage");

/// What became of the tag.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Tagged {
    /// It is on the image now.
    Done,
    /// It was on the image already, or a lost answer's attempt put it there.
    WasThere,
    /// The repository's tags are immutable, and there is this one: on another image, or (nobody confirmed that) on this
    /// one.
    Immutable,
}

impl Aws {
    /// `PutImage` of the manifest as it was read, an index as an index, so that nothing is pushed but the tag.
    ///
    /// Twice does the same as once, so the SDK's own retries stay on. After an ambiguous failure `describe_image` of the
    /// tag tells by the digest whether it took effect.
    pub(crate) async fn put_image(
        &self,
        repository: &Repository,
        manifest: &Manifest,
        tag: &ImageTag,
    ) -> Result<Tagged, Failure> {
        let request = self
            .ecr(repository)
            .put_image()
            .registry_id(&repository.registry)
            .repository_name(&repository.name)
            .image_manifest(&manifest.text)
            .set_image_manifest_media_type(manifest.media_type.clone())
            .image_digest(manifest.digest.as_str())
            .image_tag(tag.as_str());
        self.turn(PUT_IMAGE).await;
        match PUT_IMAGE.confirmed(request.send().await) {
            Ok(()) => Ok(Tagged::Done),
            Err(failure) if failure.is("ImageAlreadyExistsException") => Ok(Tagged::WasThere),
            Err(failure) if failure.is("ImageTagAlreadyExistsException") => Ok(Tagged::Immutable),
            Err(failure) => Err(failure),
        }
    }
}
