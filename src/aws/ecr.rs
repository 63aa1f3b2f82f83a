//! Amazon ECR: images, their tags, manifests and configurations.

mod lifecycle;
mod put_image;

use aws_sdk_ecr::{
    operation::describe_images::builders::DescribeImagesFluentBuilder,
    types::{
        self, DescribeImagesFilter, ImageIdentifier, ImageStatus, ImageStatusFilter, TagStatus,
    },
};

use super::{Aws, Call, Failure, Operation, convert, timestamp};
use crate::{
    boxed::boxed,
    domain::image::{Image, Manifest},
    names::{ImageDigest, ImageSelector, ImageTag, Repository},
};
pub(crate) use put_image::Tagged;

const DESCRIBE_IMAGES: Operation = Operation::ecr("DescribeImages");
const BATCH_GET_IMAGE: Operation = Operation::ecr("BatchGetImage");
const GET_DOWNLOAD_URL_FOR_LAYER: Operation = Operation::ecr("GetDownloadUrlForLayer");

/// `DescribeImages` lists 1,000 images a page at most.
const IMAGES_PER_PAGE: i32 = 1000;

/// The manifests that can hold an image.
const MEDIA_TYPES: [&str; 4] = [
    "application/vnd.oci.image.index.v1+json",
    "application/vnd.oci.image.manifest.v1+json",
    "application/vnd.docker.distribution.manifest.list.v2+json",
    "application/vnd.docker.distribution.manifest.v2+json",
];

/// `DescribeImages` for images of one repository. The request lacks their ids only.
#[derive(Clone)]
struct DescribeImages(DescribeImagesFluentBuilder);

impl Call for DescribeImages {
    type Key = ImageSelector;
    type Found = Image;

    const MOST_KEYS: usize = 100;

    async fn send(self, selectors: Vec<ImageSelector>) -> Result<Vec<Image>, Failure> {
        let request = self.0.set_image_ids(identifiers(&selectors));
        let answer = DESCRIBE_IMAGES.answer(request.send().await)?;
        Ok(convert(answer.image_details, image_from))
    }

    fn is_named(image: &Image, selector: &ImageSelector) -> bool {
        match selector {
            ImageSelector::Tag(tag) => image.tags.contains(tag),
            ImageSelector::Digest(digest) => image.digest == *digest,
        }
    }
}

impl Aws {
    /// `DescribeImages` for one image, whatever the size of the repository. Archived ones included.
    ///
    /// `Ok(None)` where the repository has no such image; a repository that does not exist is a failure.
    pub(crate) async fn describe_image(
        &self,
        repository: &Repository,
        selector: &ImageSelector,
    ) -> Result<Option<Image>, Failure> {
        let selectors = std::slice::from_ref(selector);
        match self.describe_images(repository, selectors).await {
            Ok(mut images) => Ok(images.pop()),
            Err(failure) if failure.is("ImageNotFoundException") => Ok(None),
            Err(failure) => Err(failure),
        }
    }

    /// `DescribeImages` for up to 100 images; one that is not there fails the whole call.
    pub(crate) async fn describe_images(
        &self,
        repository: &Repository,
        selectors: &[ImageSelector],
    ) -> Result<Vec<Image>, Failure> {
        // The model says that the filter's default is ACTIVE; an archived image must not look deleted.
        let any = DescribeImagesFilter::builder().image_status(ImageStatusFilter::Any);
        let request = self.describe_images_request(repository).filter(any.build());
        let together = &self.together.images;
        together
            .read(repository, selectors.to_vec(), DescribeImages(request))
            .await
    }

    /// `DescribeImages` over the tagged images, for suggestions: `pages` of 1,000 at most. The flag
    /// says whether that was all.
    pub(crate) async fn list_tagged_images(
        &self,
        repository: &Repository,
        pages: usize,
    ) -> Result<(Vec<Image>, bool), Failure> {
        // Untagged images are mostly the children of indexes, and nobody types them.
        let tagged = DescribeImagesFilter::builder().tag_status(TagStatus::Tagged);
        let read = boxed(|| self.list_images(repository, tagged.build(), pages));
        let together = &self.together.tagged_images;
        together.share((repository.clone(), pages), read).await
    }

    /// `DescribeImages` over all images, for the lifecycle rules: untagged and archived ones included. `pages` of 1,000
    /// at most; the flag says whether that was all.
    pub(crate) async fn list_all_images(
        &self,
        repository: &Repository,
        pages: usize,
    ) -> Result<(Vec<Image>, bool), Failure> {
        let any = DescribeImagesFilter::builder().image_status(ImageStatusFilter::Any);
        let read = boxed(|| self.list_images(repository, any.build(), pages));
        let together = &self.together.all_images;
        together.share((repository.clone(), pages), read).await
    }

    fn list_images(
        &self,
        repository: &Repository,
        filter: DescribeImagesFilter,
        pages: usize,
    ) -> impl Future<Output = Result<(Vec<Image>, bool), Failure>> + use<> {
        let request = self
            .describe_images_request(repository)
            .filter(filter)
            .max_results(IMAGES_PER_PAGE);
        async move {
            let mut images = Vec::new();
            let mut next = None;
            for _ in 0..pages {
                let page = request.clone().set_next_token(next);
                let answer = DESCRIBE_IMAGES.answer(page.send().await)?;
                images.extend(convert(answer.image_details, image_from));
                next = answer.next_token;
                if next.is_none() {
                    return Ok((images, true));
                }
            }
            Ok((images, false))
        }
    }

    fn describe_images_request(&self, repository: &Repository) -> DescribeImagesFluentBuilder {
        self.ecr(repository)
            .describe_images()
            .registry_id(&repository.registry)
            .repository_name(&repository.name)
    }

    /// `BatchGetImage`: the manifests of up to 100 images; those that are not there are left out.
    pub(crate) async fn batch_get_image(
        &self,
        repository: &Repository,
        selectors: &[ImageSelector],
    ) -> Result<Vec<Manifest>, Failure> {
        let request = self
            .ecr(repository)
            .batch_get_image()
            .registry_id(&repository.registry)
            .repository_name(&repository.name)
            .set_accepted_media_types(Some(MEDIA_TYPES.map(str::to_owned).to_vec()))
            .set_image_ids(identifiers(selectors));
        let read = boxed(|| async move {
            // Images that are missing are listed under `failures`; the call itself succeeds.
            let answer = BATCH_GET_IMAGE.answer(request.send().await)?;
            Ok(convert(answer.images, manifest_from))
        });
        let key = (repository.clone(), selectors.to_vec());
        self.together.manifests.share(key, read).await
    }

    /// `GetDownloadUrlForLayer`: where a layer (or a configuration) can be read for a short while.
    pub(crate) async fn get_download_url_for_layer(
        &self,
        repository: &Repository,
        layer: &ImageDigest,
    ) -> Result<String, Failure> {
        let request = self
            .ecr(repository)
            .get_download_url_for_layer()
            .registry_id(&repository.registry)
            .repository_name(&repository.name)
            .layer_digest(layer.as_str());
        let read = boxed(|| async move {
            let answer = GET_DOWNLOAD_URL_FOR_LAYER.answer(request.send().await)?;
            Ok(answer.download_url.unwrap_or_default())
        });
        let key = (repository.clone(), layer.clone());
        self.together.layer_urls.share(key, read).await
    }

    /// The client for the repository's own region.
    fn ecr(&self, repository: &Repository) -> aws_sdk_ecr::Client {
        self.ecr.client(&self.config, &repository.region, |config| {
            aws_sdk_ecr::Client::from_conf(self.own.ecr(config).build())
        })
    }
}

fn identifiers(selectors: &[ImageSelector]) -> Option<Vec<ImageIdentifier>> {
    Some(selectors.iter().map(identifier).collect())
}

fn identifier(selector: &ImageSelector) -> ImageIdentifier {
    let identifier = ImageIdentifier::builder();
    match selector {
        ImageSelector::Tag(tag) => identifier.image_tag(tag.as_str()),
        ImageSelector::Digest(digest) => identifier.image_digest(digest.as_str()),
    }
    .build()
}

fn image_from(detail: types::ImageDetail) -> Option<Image> {
    Some(Image {
        digest: ImageDigest::parse(&detail.image_digest?)?,
        tags: convert(detail.image_tags, |tag| ImageTag::parse(&tag)),
        pushed_at: timestamp(detail.image_pushed_at),
        last_pulled_at: timestamp(detail.last_recorded_pull_time),
        last_archived_at: timestamp(detail.last_archived_at),
        last_activated_at: timestamp(detail.last_activated_at),
        // A status newer than this version is no reason to refuse.
        archived: matches!(
            detail.image_status,
            Some(ImageStatus::Archived | ImageStatus::Activating)
        ),
    })
}

fn manifest_from(image: types::Image) -> Option<Manifest> {
    let id = image.image_id?;
    Some(Manifest {
        digest: ImageDigest::parse(&id.image_digest?)?,
        tag: id.image_tag.and_then(|tag| ImageTag::parse(&tag)),
        media_type: image.image_manifest_media_type,
        text: image.image_manifest?,
    })
}
