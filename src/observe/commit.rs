//! A version that is a commit id, where no tag has exactly that name.

use super::{
    image::{ImageFacts, read_image},
    labels::Revisions,
    target::Lookup,
};
use crate::{
    domain::{
        image::Image,
        tags::{highest_version, is_commit, is_label_of_commit, is_tag_of_commit},
    },
    error::{Code, Problem},
    names::{ImageSelector, ImageTag},
};

/// The image of a commit.
pub(super) struct OfCommit {
    pub image: ImageFacts,
    /// The tag that names it from here on.
    pub tag: ImageTag,
    /// How it was found.
    pub note: String,
}

/// An image that fits, with the tag to name it by.
type Fitting<'a> = (&'a Image, &'a ImageTag);

impl Lookup<'_> {
    /// No tag has the name asked for: it may be a commit id, as most pipelines tag, in another length; or as the images'
    /// labels name it.
    ///
    /// # Errors
    /// `image-not-found`, also where two images fit.
    pub(super) async fn find_by_commit(
        &self,
        selector: &ImageSelector,
    ) -> Result<OfCommit, Problem> {
        let repository = &self.running.repository;
        let listed = self.list_tagged(repository).await;
        let mut told = String::new();
        if let ImageSelector::Tag(commit) = selector
            && is_commit(commit.as_str())
            // Whoever may not list the tags still learns that there is no such tag.
            && let Ok((images, _)) = &listed
        {
            if let Some(found) = self
                .read_one(commit, &tags_of_commit(commit, images), "")
                .await?
            {
                return Ok(found);
            }
            let revisions = self.read_revisions(images).await;
            let fitting = labels_of_commit(commit, &revisions);
            let by_label = ", by its revision label";
            if let Some(found) = self.read_one(commit, &fitting, by_label).await? {
                return Ok(found);
            }
            told = revisions.told();
        }
        let mut problem = self.image_not_found(repository, selector, listed);
        problem.hint.push_str(&told);
        Err(problem)
    }

    /// The one image that fits. `how`: by what, where that is not its tag.
    ///
    /// # Errors
    /// `image-not-found` where two images fit.
    async fn read_one(
        &self,
        commit: &ImageTag,
        fitting: &[Fitting<'_>],
        how: &str,
    ) -> Result<Option<OfCommit>, Problem> {
        let Some((image, tag)) = fitting.first() else {
            return Ok(None);
        };
        if fitting
            .iter()
            .any(|(other, _)| other.digest != image.digest)
        {
            return Err(ambiguous(commit, fitting));
        }
        let selector = ImageSelector::Digest(image.digest.clone());
        let facts = read_image(self.reader.aws, &self.running.repository, &selector).await?;
        Ok(facts.map(|image| OfCommit {
            image,
            tag: (*tag).clone(),
            note: format!("commit {commit} is the image with the tag {tag}{how}"),
        }))
    }
}

fn tags_of_commit<'a>(commit: &ImageTag, images: &'a [Image]) -> Vec<Fitting<'a>> {
    let mut fitting = Vec::new();
    for image in images {
        for tag in &image.tags {
            if is_tag_of_commit(tag.as_str(), commit.as_str()) {
                fitting.push((image, tag));
            }
        }
    }
    fitting
}

fn labels_of_commit<'a>(commit: &ImageTag, revisions: &Revisions<'a>) -> Vec<Fitting<'a>> {
    let mut fitting = Vec::new();
    for (image, revision) in &revisions.known {
        if is_label_of_commit(revision.raw(), commit.as_str()) {
            // The version is what somebody in a hurry recognises.
            let tag = highest_version(&image.tags).or(image.tags.first());
            fitting.extend(tag.map(|tag| (*image, tag)));
        }
    }
    fitting
}

fn ambiguous(commit: &ImageTag, fitting: &[Fitting<'_>]) -> Problem {
    let tags: Vec<&str> = fitting.iter().map(|(_, tag)| tag.as_str()).collect();
    let tags = tags.join(" and ");
    Problem::new(
        Code::ImageNotFound,
        format!("the commit id {commit} fits more than one image: {tags}"),
        "give one of these tags, or more digits of the commit id",
    )
}
