//! The image asked for and the one that runs, as ECR knows them.

use futures_util::future::{join, join_all};

use crate::aws::{Aws, Failure};
use crate::domain::image::{Image, Manifest};
use crate::domain::platform::{ManifestFacts, Platform, parse_config, parse_manifest};
use crate::domain::tags;
use crate::error::{Code, Problem};
use crate::names::{ImageDigest, ImageSelector, ImageTag, Repository};
use crate::words;

/// Pages of 1,000 tagged images that are read to suggest another version.
const SUGGESTION_PAGES: usize = 10;
const HTTP: std::time::Duration = std::time::Duration::from_secs(8);

/// An image with what its manifest says.
#[derive(Clone, Debug)]
pub struct ImageFacts {
    pub image: Image,
    /// What its manifest says.
    ///
    /// # Errors
    /// Why it is not known, for people.
    pub manifest: Result<ManifestFacts, String>,
}

impl ImageFacts {
    /// The digests by which a task may say that it runs this image: its own, and its child's for the platform.
    pub fn digests(&self, platform: Option<&Platform>) -> Vec<&ImageDigest> {
        let mut digests = vec![&self.image.digest];
        if let Ok(ManifestFacts::Index { children }) = &self.manifest {
            let fits = |child: &Platform| platform.is_none_or(|wanted| wanted.runs(child));
            digests.extend(
                children
                    .iter()
                    .filter(|(_, child)| fits(child))
                    .map(|(digest, _)| digest),
            );
        }
        digests
    }
}

/// Reads several images of one repository at once; `None` for each that is not there.
pub async fn read(
    aws: &Aws,
    repository: &Repository,
    selectors: &[ImageSelector],
) -> Result<Vec<Option<ImageFacts>>, Failure> {
    let descriptions = join_all(
        selectors
            .iter()
            .map(|selector| aws.describe_image(repository, selector)),
    );
    let (descriptions, manifests) =
        join(descriptions, aws.batch_get_image(repository, selectors)).await;
    let descriptions = descriptions.into_iter().collect::<Result<Vec<_>, _>>()?;
    let manifests = manifests?;
    Ok(descriptions
        .into_iter()
        .map(|image| image.map(|image| facts(image, &manifests)))
        .collect())
}

fn facts(image: Image, manifests: &[Manifest]) -> ImageFacts {
    let manifest = manifests
        .iter()
        .find(|manifest| manifest.digest == image.digest);
    let unknown = || Err("ECR hands its manifest out in no format that is known here".to_owned());
    let manifest = manifest.map_or_else(unknown, |m| {
        parse_manifest(&m.text, m.media_type.as_deref().unwrap_or_default())
    });
    ImageFacts { image, manifest }
}

/// The platforms that an image is built for. Costs two round trips for a single image; an index says it itself.
///
/// # Errors
/// What AWS said to the read; within that, why the platforms cannot be told.
pub async fn platforms(
    aws: &Aws,
    repository: &Repository,
    facts: &ImageFacts,
) -> Result<Result<Vec<Platform>, String>, Failure> {
    let config = match &facts.manifest {
        Ok(ManifestFacts::Index { children }) => {
            return Ok(Ok(children.iter().map(|(_, p)| p.clone()).collect()));
        }
        Ok(ManifestFacts::NotAnImage(what)) => return Ok(Err(format!("it is {what}"))),
        Ok(ManifestFacts::Single { config }) => config,
        Err(why) => return Ok(Err(why.clone())),
    };
    let url = aws.get_download_url_for_layer(repository, config).await?;
    Ok(match aws.http.get_body(&url, HTTP).await {
        Ok(body) => parse_config(&String::from_utf8_lossy(&body)).map(|platform| vec![platform]),
        Err(error) => Err(format!("the image's configuration cannot be read: {error}")),
    })
}

/// What to say when the repository does not have the image: the closest and the newest tags that it has.
pub async fn not_found(
    aws: &Aws,
    repository: &Repository,
    selector: &ImageSelector,
    running: Option<&ImageDigest>,
    now: time::OffsetDateTime,
) -> Problem {
    let Repository {
        registry,
        region,
        name,
        ..
    } = repository;
    let what = match selector {
        ImageSelector::Tag(tag) => format!("tag {tag}"),
        ImageSelector::Digest(digest) => format!("image {digest}"),
    };
    let message =
        format!("there is no {what} in the ECR repository {name} (account {registry}, {region})");
    let hint = match aws.list_tagged_images(repository, SUGGESTION_PAGES).await {
        Ok((images, complete)) => suggestions(selector, images, complete, running, now),
        Err(failure) => {
            format!(
                "look at the tags in ECR; they could not be listed here ({})",
                failure.problem().message
            )
        }
    };
    Problem::new(Code::ImageNotFound, message, hint)
}

fn suggestions(
    selector: &ImageSelector,
    mut images: Vec<Image>,
    complete: bool,
    running: Option<&ImageDigest>,
    now: time::OffsetDateTime,
) -> String {
    if images.is_empty() {
        return "the repository has no tagged image at all; give `repository` if the image is elsewhere"
            .to_owned();
    }
    images.sort_by_key(|image| std::cmp::Reverse(image.pushed_at));
    let all: Vec<ImageTag> = images
        .iter()
        .flat_map(|image| image.tags.iter().cloned())
        .collect();
    let mut hint = String::new();
    if let ImageSelector::Tag(asked) = selector {
        let close: Vec<_> = tags::closest(asked.as_str(), &all, 2)
            .iter()
            .map(ImageTag::to_string)
            .collect();
        if !close.is_empty() {
            hint = format!("did you mean {}? ", close.join(" or "));
        }
    }
    let newest = images.iter().filter_map(|image| {
        let tag = tags::highest_version(&image.tags).or(image.tags.first())?;
        let pushed = image
            .pushed_at
            .map(|at| words::ago(at, now))
            .unwrap_or_default();
        let running = if running == Some(&image.digest) {
            ", running now"
        } else {
            ""
        };
        Some(format!("{tag} ({pushed}{running})"))
    });
    hint.push_str(&format!(
        "Newest: {}",
        newest.take(3).collect::<Vec<_>>().join(", ")
    ));
    if !complete {
        hint.push_str(&format!(
            "; only {} tagged images were looked at",
            images.len()
        ));
    }
    hint
}
