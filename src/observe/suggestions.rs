//! What to say when a repository does not have the image: the closest and the newest tags that it has.

use std::cmp::Reverse;

use super::target::Lookup;
use crate::{
    aws::Failure,
    domain::{image::Image, tags},
    error::{Code, Problem},
    names::{ImageSelector, ImageTag, Repository},
    words,
};

/// Pages of 1,000 tagged images that are read to suggest another version.
const PAGES: usize = 10;
const CLOSE: usize = 2;
const NEWEST: usize = 3;

/// A repository's tagged images, and whether these are all.
pub(super) type Listed = Result<(Vec<Image>, bool), Failure>;

impl Lookup<'_> {
    /// What to say of an image that its repository does not have: lists the repository's tagged images, newest first.
    pub(crate) async fn read_suggestions(
        &self,
        repository: &Repository,
        selector: &ImageSelector,
    ) -> Problem {
        let listed = self.list_tagged(repository).await;
        self.image_not_found(repository, selector, listed)
    }

    pub(super) async fn list_tagged(&self, repository: &Repository) -> Listed {
        self.reader.aws.list_tagged_images(repository, PAGES).await
    }

    /// The same from a list that was read already.
    pub(super) fn image_not_found(
        &self,
        repository: &Repository,
        selector: &ImageSelector,
        listed: Listed,
    ) -> Problem {
        let hint = match listed {
            Ok((images, complete)) => self.suggest(selector, images, complete),
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
        } = repository;
        let missing = match selector {
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

    fn suggest(&self, asked: &ImageSelector, mut images: Vec<Image>, complete: bool) -> String {
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
        let mut hint = close_tags(asked, &images);
        hint.push_str(&format!("Newest: {}", newest.join(", ")));
        // A repository may hold a hundred thousand images; nobody waits for all of them to be listed.
        if !complete {
            let listed = images.len();
            hint.push_str(&format!("; only {listed} tagged images were listed"));
        }
        hint
    }

    /// `v1.2.0 (1 h ago, running now)`
    fn describe(&self, image: &Image) -> Option<String> {
        // An image may have several tags; the version is what somebody in a hurry recognises.
        let tag = tags::highest_version(&image.tags).or(image.tags.first())?;
        let pushed = match image.pushed_at {
            Some(pushed) => words::ago(pushed, self.reader.clock.now()),
            None => String::new(),
        };
        // Without a task, the running image is only what the revision names.
        let tasks = self.running.digests.tasks();
        let running = match &self.running.running_image {
            Some(facts) if tasks > 0 && facts.image.digest == image.digest => ", running now",
            _ => "",
        };
        Some(format!("{tag} ({pushed}{running})"))
    }
}

/// `did you mean v1.0.0? `, where a tag was asked for and one is close, or the word `previous`, which is no tag.
fn close_tags(asked: &ImageSelector, images: &[Image]) -> String {
    let ImageSelector::Tag(asked) = asked else {
        return String::new();
    };
    let mut all: Vec<ImageTag> = images.iter().flat_map(|image| image.tags.clone()).collect();
    all.extend(ImageTag::parse("previous"));
    let close = tags::closest(asked.as_str(), &all, CLOSE);
    if close.is_empty() {
        return String::new();
    }
    let close: Vec<&str> = close.iter().map(ImageTag::as_str).collect();
    format!("did you mean {}? ", close.join(" or "))
}
