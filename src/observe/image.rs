//! Images as ECR knows them.

use std::time::Duration;

use futures_util::future::{join, join_all};

use super::checks::repository_or;
use crate::{
    aws::{Aws, Failure},
    domain::{
        image::{Image, Manifest},
        image_config::ImageConfig,
        platform::{ManifestFacts, Platform, parse_manifest},
    },
    error::Problem,
    names::{ImageDigest, ImageSelector, Repository},
};

/// For the few kilobytes of an image's configuration.
const TIMEOUT: Duration = Duration::from_secs(8);

/// An image with what its manifest says.
#[derive(Clone)]
pub(crate) struct ImageFacts {
    pub image: Image,
    /// What its manifest says.
    ///
    /// # Errors
    /// Why it is not known, for people.
    pub manifest: Result<ManifestFacts, String>,
}

impl ImageFacts {
    fn new(image: Image, manifests: &[Manifest]) -> Self {
        let manifest = facts_of(&image.digest, manifests);
        Self { image, manifest }
    }

    /// The digests by which a task may say that it runs this image: its own, and its child's for the platform.
    pub(crate) fn digests(&self, platform: Option<&Platform>) -> Vec<&ImageDigest> {
        let mut digests = vec![&self.image.digest];
        if let Ok(ManifestFacts::Index { children }) = &self.manifest {
            for (digest, child) in children {
                if platform.is_none_or(|wanted| wanted.runs(child)) {
                    digests.push(digest);
                }
            }
        }
        digests
    }
}

/// What the manifest of this digest says.
///
/// # Errors
/// Why it is not known, for people.
pub(super) fn facts_of(
    digest: &ImageDigest,
    manifests: &[Manifest],
) -> Result<ManifestFacts, String> {
    let mut manifests = manifests.iter();
    match manifests.find(|manifest| manifest.digest == *digest) {
        Some(Manifest {
            text, media_type, ..
        }) => parse_manifest(text, media_type.as_deref().unwrap_or_default()),
        None => Err("ECR returned a manifest format this action does not support".to_owned()),
    }
}

/// `DescribeImages` and `BatchGetImage` for several images of one repository at once; `None` for each that is not there.
///
/// # Errors
/// What AWS answered; a repository that is not there, by its name.
pub(crate) async fn read_images(
    aws: &Aws,
    repository: &Repository,
    selectors: &[ImageSelector],
) -> Result<Vec<Option<ImageFacts>>, Problem> {
    // DescribeImages fails as a whole where one image is missing, so each is asked for by itself.
    let descriptions = selectors
        .iter()
        .map(|selector| aws.describe_image(repository, selector));
    let (descriptions, manifests) = join(
        join_all(descriptions),
        aws.batch_get_image(repository, selectors),
    )
    .await;
    let mut images = Vec::new();
    for description in descriptions {
        images.push(description.map_err(|failure| repository_or(failure, repository))?);
    }
    let manifests = manifests.map_err(|failure| repository_or(failure, repository))?;
    let with_manifest = |image| ImageFacts::new(image, &manifests);
    Ok(images
        .into_iter()
        .map(|image| image.map(with_manifest))
        .collect())
}

/// One image; `None` where it is not in the repository.
///
/// # Errors
/// As [`read_images`].
pub(crate) async fn read_image(
    aws: &Aws,
    repository: &Repository,
    selector: &ImageSelector,
) -> Result<Option<ImageFacts>, Problem> {
    let mut images = read_images(aws, repository, std::slice::from_ref(selector)).await?;
    Ok(images.pop().flatten())
}

/// The platforms that an image is built for. An index says that itself; for a single image it takes two round trips:
/// `GetDownloadUrlForLayer` and the layer.
///
/// # Errors
/// What AWS answered; within that, why the platforms are not known.
pub(crate) async fn read_platforms(
    aws: &Aws,
    repository: &Repository,
    facts: &ImageFacts,
) -> Result<Result<Vec<Platform>, String>, Problem> {
    let config = match &facts.manifest {
        Ok(ManifestFacts::Single { config }) => config,
        // An index lists its children with their platforms, so nothing need be downloaded.
        Ok(ManifestFacts::Index { children }) => {
            let platforms = children.iter().map(|(_, platform)| platform.clone());
            return Ok(Ok(platforms.collect()));
        }
        Ok(ManifestFacts::NotAnImage(what)) => {
            return Ok(Err(format!("it is {what}")));
        }
        Err(why) => return Ok(Err(why.clone())),
    };
    // Only the image's configuration names the platform of a single image.
    let text = download_config(aws, repository, config).await?;
    Ok(text.and_then(|text| Ok(vec![ImageConfig::parse(&text)?.platform()?])))
}

/// The configuration of an image; of an index, that of its first child: all are built from the same source. `known`:
/// what its manifest says, where it was read.
///
/// # Errors
/// A sentence that says why it is not known.
pub(crate) async fn read_config(
    aws: &Aws,
    repository: &Repository,
    digest: &ImageDigest,
    mut known: Option<ManifestFacts>,
) -> Result<ImageConfig, String> {
    let mut digest = digest.clone();
    // An index only names the manifests of its children.
    for _ in 0..2 {
        let facts = match known.take() {
            Some(facts) => facts,
            None => read_manifest(aws, repository, &digest).await?,
        };
        match facts {
            ManifestFacts::Single { config } => {
                let text = download_config(aws, repository, &config).await;
                let text = text.map_err(|failure| failure.problem().message)??;
                return ImageConfig::parse(&text);
            }
            ManifestFacts::Index { mut children } if !children.is_empty() => {
                digest = children.swap_remove(0).0;
            }
            ManifestFacts::Index { .. } => break,
            ManifestFacts::NotAnImage(what) => return Err(format!("it is {what}")),
        }
    }
    Err("its index names no image".to_owned())
}

/// What a manifest says.
///
/// # Errors
/// A sentence that says why it is not known.
async fn read_manifest(
    aws: &Aws,
    repository: &Repository,
    digest: &ImageDigest,
) -> Result<ManifestFacts, String> {
    let selector = ImageSelector::Digest(digest.clone());
    let manifests = aws.batch_get_image(repository, &[selector]).await;
    let manifests = manifests.map_err(|failure| failure.problem().message)?;
    facts_of(digest, &manifests)
}

/// The text of an [`ImageConfig`]: ECR hands it out as if it were a layer.
///
/// # Errors
/// What AWS answered; within that, why it could not be downloaded.
pub(super) async fn download_config(
    aws: &Aws,
    repository: &Repository,
    config: &ImageDigest,
) -> Result<Result<String, String>, Failure> {
    let url = aws.get_download_url_for_layer(repository, config).await?;
    Ok(match aws.http.get_body(&url, TIMEOUT).await {
        Ok(body) => Ok(String::from_utf8_lossy(&body).into_owned()),
        Err(error) => Err(format!(
            "the image's configuration could not be read: {error}"
        )),
    })
}
