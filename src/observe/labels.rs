//! What the newest images of a repository say they are built from: the revision in their labels.
//!
//! ECR lists tags, but no labels: these are in each image's configuration, which takes a download.

use std::cmp::Reverse;

use futures_util::{StreamExt, stream};

use super::{
    image::{download_config, facts_of},
    target::Lookup,
};
use crate::{
    aws::Failure,
    domain::{
        image::{Image, Manifest},
        image_config::ImageConfig,
        platform::{ManifestFacts, Platform},
    },
    names::{ImageDigest, ImageSelector},
    outside::OutsideText,
    words,
};

/// Manifests that are read, in one call. Signatures and attestations have tags as well, and are no images.
const MANIFESTS: usize = 100;
/// Images whose configuration is read.
const IMAGES: usize = 50;
/// Reads that are in flight at the same time.
const AT_ONCE: usize = 8;

/// The revisions of a repository's newest images.
#[derive(Default)]
pub(super) struct Revisions<'a> {
    /// Each image that names one, the newest first.
    pub known: Vec<(&'a Image, OutsideText)>,
    /// Images whose labels were read.
    looked_at: usize,
    /// Why no more of them were.
    failure: Option<String>,
}

impl Revisions<'_> {
    /// That none of them is what was asked for; empty where there was nothing to read.
    pub(super) fn told(&self) -> String {
        if let Some(why) = &self.failure {
            return format!("; the revision labels could not be read ({why})");
        }
        match self.looked_at {
            0 => String::new(),
            images => {
                let images = words::count(u32::try_from(images).unwrap_or(u32::MAX), "image");
                format!("; no revision label is this commit (newest {images} checked)")
            }
        }
    }
}

impl Lookup<'_> {
    /// The revisions that the newest of these images name in their labels.
    pub(super) async fn read_revisions<'a>(&self, images: &'a [Image]) -> Revisions<'a> {
        let mut revisions = Revisions::default();
        let configs = match self.find_configs(newest(images)).await {
            Ok(configs) => configs,
            Err(failure) => {
                revisions.failure = Some(failure.problem().message);
                return revisions;
            }
        };
        let reads = configs.into_iter().map(|(image, config)| async move {
            let revision = self.read_revision(&config).await;
            (image, revision)
        });
        let mut reads = stream::iter(reads).buffered(AT_ONCE);
        while let Some((image, revision)) = reads.next().await {
            match revision {
                Ok(revision) => {
                    revisions.looked_at += 1;
                    let known = revision.map(|revision| (image, revision));
                    revisions.known.extend(known);
                }
                // What one read lacks, the others lack, too: nobody waits for fifty that time out.
                Err(why) => {
                    revisions.failure = Some(why);
                    break;
                }
            }
        }
        revisions
    }

    /// The digests of the images' configurations: at most [`IMAGES`], the newest first.
    async fn find_configs<'a>(
        &self,
        mut open: Vec<(&'a Image, ImageDigest)>,
    ) -> Result<Vec<(&'a Image, ImageDigest)>, Failure> {
        let mut configs = Vec::new();
        // An index only names the manifests of its children.
        for _ in 0..2 {
            let manifests = self.read_manifests(&open).await?;
            let mut children = Vec::new();
            for (image, digest) in open {
                match facts_of(&digest, &manifests) {
                    Ok(ManifestFacts::Single { config }) => configs.push((image, config)),
                    Ok(ManifestFacts::Index { children: all }) => {
                        children.extend(self.child(all).map(|child| (image, child)));
                    }
                    Ok(ManifestFacts::NotAnImage(_)) | Err(_) => {}
                }
            }
            open = children;
        }
        configs.sort_by_key(|(image, _)| Reverse(image.pushed_at));
        configs.truncate(IMAGES);
        Ok(configs)
    }

    /// Of an index, the image for the tasks' platform; all of them are built from the same commit.
    fn child(&self, children: Vec<(ImageDigest, Platform)>) -> Option<ImageDigest> {
        let wanted = self.running.platform.as_ref();
        let fits = |platform: &Platform| wanted.is_some_and(|wanted| wanted.runs(platform));
        let fitting = children.iter().position(|(_, platform)| fits(platform));
        let mut children = children.into_iter();
        children
            .nth(fitting.unwrap_or_default())
            .map(|(digest, _)| digest)
    }

    async fn read_manifests(
        &self,
        images: &[(&Image, ImageDigest)],
    ) -> Result<Vec<Manifest>, Failure> {
        // ECR refuses to be asked for no image.
        if images.is_empty() {
            return Ok(Vec::new());
        }
        let mut selectors = Vec::new();
        for (_, digest) in images {
            selectors.push(ImageSelector::Digest(digest.clone()));
        }
        let aws = self.reader.aws;
        aws.batch_get_image(&self.running.repository, &selectors)
            .await
    }

    async fn read_revision(&self, config: &ImageDigest) -> Result<Option<OutsideText>, String> {
        let (aws, repository) = (self.reader.aws, &self.running.repository);
        let text = download_config(aws, repository, config).await;
        let text = text.map_err(|failure| failure.problem().message)??;
        // A configuration that nobody can read names no commit.
        Ok(ImageConfig::parse(&text)
            .ok()
            .and_then(|config| config.revision()))
    }
}

/// The newest images that can be pulled, each with its digest.
fn newest(images: &[Image]) -> Vec<(&Image, ImageDigest)> {
    let mut newest: Vec<&Image> = images.iter().filter(|image| !image.archived).collect();
    // DescribeImages answers in an order of its own.
    newest.sort_by_key(|image| Reverse(image.pushed_at));
    let newest = newest.into_iter().take(MANIFESTS);
    newest.map(|image| (image, image.digest.clone())).collect()
}
