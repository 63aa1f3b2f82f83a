//! Amazon ECR: images, their tags, manifests and configurations.

use super::{Aws, Failure, Operation, timestamp};
use crate::domain::image::{Image, Manifest};
use crate::names::{ImageDigest, ImageSelector, ImageTag, Repository};
use aws_sdk_ecr::types::{
    DescribeImagesFilter, ImageIdentifier, ImageStatus, ImageStatusFilter, TagStatus,
};

const fn operation(name: &'static str) -> Operation {
    Operation {
        service: "ecr",
        name,
    }
}

pub const DESCRIBE_IMAGES: Operation = operation("DescribeImages");
pub const BATCH_GET_IMAGE: Operation = operation("BatchGetImage");
pub const GET_DOWNLOAD_URL_FOR_LAYER: Operation = operation("GetDownloadUrlForLayer");

/// `DescribeImages` lists 1,000 images a page at most.
const IMAGES_PER_PAGE: i32 = 1000;

/// The manifests that can hold an image.
const MEDIA_TYPES: [&str; 4] = [
    "application/vnd.oci.image.index.v1+json",
    "application/vnd.oci.image.manifest.v1+json",
    "application/vnd.docker.distribution.manifest.list.v2+json",
    "application/vnd.docker.distribution.manifest.v2+json",
];

impl Aws {
    /// `DescribeImages` for one image, whatever the size of the repository. Archived ones included.
    ///
    /// `Ok(None)` where the repository has no such image; a repository that does not exist is a failure.
    pub async fn describe_image(
        &self,
        repository: &Repository,
        selector: &ImageSelector,
    ) -> Result<Option<Image>, Failure> {
        let all = self
            .describe_images(repository, std::slice::from_ref(selector))
            .await;
        match all {
            Ok(images) => Ok(images.into_iter().next()),
            Err(failure) if failure.is("ImageNotFoundException") => Ok(None),
            Err(failure) => Err(failure),
        }
    }

    /// `DescribeImages` for up to 100 images; one that is not there fails the whole call.
    pub async fn describe_images(
        &self,
        repository: &Repository,
        selectors: &[ImageSelector],
    ) -> Result<Vec<Image>, Failure> {
        // The model says that the filter's default is ACTIVE; an archived image must not look deleted.
        let any = DescribeImagesFilter::builder()
            .image_status(ImageStatusFilter::Any)
            .build();
        let request = self
            .ecr(repository)
            .describe_images()
            .registry_id(&repository.registry)
            .repository_name(&repository.name)
            .filter(any)
            .set_image_ids(Some(selectors.iter().map(identifier).collect()));
        let answer = DESCRIBE_IMAGES.answer(request.send().await)?;
        Ok(answer
            .image_details()
            .iter()
            .filter_map(image_from)
            .collect())
    }

    /// `DescribeImages` over the tagged images, for suggestions: `pages` of 1,000 at most. The flag
    /// says whether that was all.
    pub async fn list_tagged_images(
        &self,
        repository: &Repository,
        pages: usize,
    ) -> Result<(Vec<Image>, bool), Failure> {
        let tagged = DescribeImagesFilter::builder()
            .tag_status(TagStatus::Tagged)
            .build();
        let mut images = Vec::new();
        let mut next: Option<String> = None;
        for _ in 0..pages {
            let request = self
                .ecr(repository)
                .describe_images()
                .registry_id(&repository.registry)
                .repository_name(&repository.name)
                .filter(tagged.clone())
                .max_results(IMAGES_PER_PAGE)
                .set_next_token(next);
            let answer = DESCRIBE_IMAGES.answer(request.send().await)?;
            images.extend(answer.image_details().iter().filter_map(image_from));
            next = answer.next_token().map(str::to_owned);
            if next.is_none() {
                return Ok((images, true));
            }
        }
        Ok((images, false))
    }

    /// `BatchGetImage`: the manifests of up to 100 images; those that are not there are left out.
    pub async fn batch_get_image(
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
            .set_image_ids(Some(selectors.iter().map(identifier).collect()));
        let answer = BATCH_GET_IMAGE.answer(request.send().await)?;
        Ok(answer.images().iter().filter_map(manifest_from).collect())
    }

    /// `GetDownloadUrlForLayer`: where a layer (or a configuration) can be read for a short while.
    pub async fn get_download_url_for_layer(
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
        let answer = GET_DOWNLOAD_URL_FOR_LAYER.answer(request.send().await)?;
        Ok(answer.download_url().unwrap_or_default().to_owned())
    }

    /// The client for the repository's own region.
    fn ecr(&self, repository: &Repository) -> aws_sdk_ecr::Client {
        let mut clients = self
            .ecr
            .lock()
            .expect("nothing panics while it holds this lock");
        if let Some((_, client)) = clients
            .iter()
            .find(|(region, _)| *region == repository.region)
        {
            return client.clone();
        }
        let region = aws_config::Region::new(repository.region.as_str().to_owned());
        let config = aws_sdk_ecr::config::Builder::from(&self.config)
            .region(region)
            .retry_classifier(super::retries::NotAnAnswer)
            .retry_partition(self.retries.clone())
            .build();
        let client = aws_sdk_ecr::Client::from_conf(config);
        clients.push((repository.region.clone(), client.clone()));
        client
    }
}

fn identifier(selector: &ImageSelector) -> ImageIdentifier {
    match selector {
        ImageSelector::Tag(tag) => ImageIdentifier::builder().image_tag(tag.as_str()).build(),
        ImageSelector::Digest(digest) => ImageIdentifier::builder()
            .image_digest(digest.as_str())
            .build(),
    }
}

fn image_from(detail: &aws_sdk_ecr::types::ImageDetail) -> Option<Image> {
    Some(Image {
        digest: ImageDigest::parse(detail.image_digest()?)?,
        tags: detail
            .image_tags()
            .iter()
            .filter_map(|tag| ImageTag::parse(tag))
            .collect(),
        pushed_at: timestamp(detail.image_pushed_at()),
        // A status newer than this version is no reason to refuse.
        archived: matches!(
            detail.image_status(),
            Some(ImageStatus::Archived | ImageStatus::Activating)
        ),
    })
}

fn manifest_from(image: &aws_sdk_ecr::types::Image) -> Option<Manifest> {
    let id = image.image_id()?;
    Some(Manifest {
        digest: ImageDigest::parse(id.image_digest()?)?,
        tag: id.image_tag().and_then(ImageTag::parse),
        media_type: image.image_manifest_media_type().map(str::to_owned),
        text: image.image_manifest()?.to_owned(),
    })
}
