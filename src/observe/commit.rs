//! A version that is a commit id, where no tag has exactly that name.

use super::{
    image::{ImageFacts, read_image},
    target::Lookup,
};
use crate::{
    domain::{image::Image, tags::is_tag_of_commit},
    error::{Code, Problem},
    names::{ImageSelector, ImageTag},
};

impl Lookup<'_> {
    /// The one of these images whose tag is this commit, shortened or in full, with that tag.
    ///
    /// # Errors
    /// `image-not-found` where two images fit.
    pub(super) async fn find_commit(
        &self,
        commit: &ImageTag,
        images: &[Image],
    ) -> Result<Option<(ImageTag, ImageFacts)>, Problem> {
        let fitting = tags_of_commit(commit, images);
        let Some((image, tag)) = fitting.first() else {
            return Ok(None);
        };
        if fitting
            .iter()
            .any(|(other, _)| other.digest != image.digest)
        {
            return Err(ambiguous(commit, &fitting));
        }
        let selector = ImageSelector::Digest(image.digest.clone());
        let facts = read_image(self.reader.aws, &self.running.repository, &selector).await?;
        Ok(facts.map(|facts| ((*tag).clone(), facts)))
    }
}

fn tags_of_commit<'a>(commit: &ImageTag, images: &'a [Image]) -> Vec<(&'a Image, &'a ImageTag)> {
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

fn ambiguous(commit: &ImageTag, fitting: &[(&Image, &ImageTag)]) -> Problem {
    let tags: Vec<&str> = fitting.iter().map(|(_, tag)| tag.as_str()).collect();
    let tags = tags.join(" and ");
    Problem::new(
        Code::ImageNotFound,
        format!("the commit id {commit} fits more than one image: {tags}"),
        "give one of these tags, or more digits of the commit id",
    )
}
