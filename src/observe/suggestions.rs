//! What to say when a repository does not have the image: the closest and the newest tags that it has.

use std::cmp::Reverse;

use time::OffsetDateTime;

use crate::aws::Aws;
use crate::domain::image::Image;
use crate::domain::tags;
use crate::error::{Code, Problem};
use crate::names::{ImageDigest, ImageSelector, ImageTag, Repository};
use crate::words;

/// Pages of 1,000 tagged images that are read to suggest another version.
const PAGES: usize = 10;
const CLOSE: usize = 2;
const NEWEST: usize = 3;

/// An image that is not in its repository.
pub(crate) struct MissingImage<'a> {
    pub(crate) repository: &'a Repository,
    pub(crate) selector: &'a ImageSelector,
    /// What most tasks run.
    pub(crate) running: Option<&'a ImageDigest>,
    pub(crate) at: OffsetDateTime,
}

impl MissingImage<'_> {
    /// Lists the repository's tagged images, newest first.
    pub(crate) async fn read_suggestions(&self, aws: &Aws) -> Problem {
        let hint = match aws.list_tagged_images(self.repository, PAGES).await {
            Ok((images, complete)) => self.suggest(images, complete),
            Err(failure) => format!(
                "look at the tags in ECR; they could not be listed here ({})",
                failure.problem().message
            ),
        };
        let Repository {
            registry,
            region,
            name,
            ..
        } = self.repository;
        let missing = match self.selector {
            ImageSelector::Tag(tag) => format!("tag {tag}"),
            ImageSelector::Digest(digest) => format!("image {digest}"),
        };
        Problem::new(
            Code::ImageNotFound,
            format!(
                "there is no {missing} in the ECR repository {name} (account {registry}, {region})"
            ),
            hint,
        )
    }

    fn suggest(&self, mut images: Vec<Image>, complete: bool) -> String {
        if images.is_empty() {
            return "the repository has no tagged images; give `repository` if the image is in another one"
                .to_owned();
        }
        // DescribeImages answers in an order of its own.
        images.sort_by_key(|image| Reverse(image.pushed_at));
        let newest: Vec<_> = images
            .iter()
            .filter_map(|image| self.describe(image))
            .take(NEWEST)
            .collect();
        let mut hint = self.close_tags(&images);
        hint.push_str(&format!("Newest: {}", newest.join(", ")));
        // A repository may hold a hundred thousand images; nobody waits for all of them to be listed.
        if !complete {
            let listed = images.len();
            hint.push_str(&format!("; only {listed} tagged images were listed"));
        }
        hint
    }

    /// `did you mean v1.0.0? `, where a tag was asked for and one is close.
    fn close_tags(&self, images: &[Image]) -> String {
        let ImageSelector::Tag(asked) = self.selector else {
            return String::new();
        };
        let all: Vec<ImageTag> = images.iter().flat_map(|image| image.tags.clone()).collect();
        let close = tags::closest(asked.as_str(), &all, CLOSE);
        if close.is_empty() {
            return String::new();
        }
        let close: Vec<&str> = close.iter().map(ImageTag::as_str).collect();
        format!("did you mean {}? ", close.join(" or "))
    }

    /// `v1.2.0 (1 h ago, running now)`
    fn describe(&self, image: &Image) -> Option<String> {
        // An image may have several tags; the version is what somebody in a hurry recognises.
        let tag = tags::highest_version(&image.tags).or(image.tags.first())?;
        let pushed = match image.pushed_at {
            Some(pushed) => words::ago(pushed, self.at),
            None => String::new(),
        };
        let running = if self.running == Some(&image.digest) {
            ", running now"
        } else {
            ""
        };
        Some(format!("{tag} ({pushed}{running})"))
    }
}
