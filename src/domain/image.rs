//! An image as Amazon ECR describes it.

use time::OffsetDateTime;

use crate::{
    names::{ImageDigest, ImageReference, ImageSelector, ImageTag},
    outside::OutsideText,
};

/// An image as `DescribeImages` describes it.
#[derive(Clone, Debug)]
pub(crate) struct Image {
    pub digest: ImageDigest,
    /// Every tag on it; none for a child of an index.
    pub tags: Vec<ImageTag>,
    pub pushed_at: Option<OffsetDateTime>,
    /// ECR's `lastRecordedPullTime`, a day late at most; none where it was never pulled.
    pub last_pulled_at: Option<OffsetDateTime>,
    /// When it went into archive storage, also where it was restored since.
    pub last_archived_at: Option<OffsetDateTime>,
    /// When it was last restored from archive storage; none where it never was.
    pub last_activated_at: Option<OffsetDateTime>,
    /// Archived, or being restored: it cannot be pulled.
    pub archived: bool,
}

impl Image {
    /// Whether the digest is its own, or the tag is on it.
    pub(crate) fn is_named_by(&self, selector: &ImageSelector) -> bool {
        match selector {
            ImageSelector::Tag(tag) => self.tags.contains(tag),
            ImageSelector::Digest(digest) => self.digest == *digest,
        }
    }
}

/// A manifest as `BatchGetImage` returns it.
#[derive(Clone)]
pub(crate) struct Manifest {
    pub digest: ImageDigest,
    /// The tag that was asked for, if one was.
    pub tag: Option<ImageTag>,
    pub media_type: Option<String>,
    pub text: String,
}

/// A container's `image` in a sentence. One that ECR holds is made of names, which pass untouched; any other text may
/// hold anything.
pub(crate) fn image_in_words(image: &str) -> String {
    match ImageReference::parse(image) {
        ImageReference::Ecr {
            repository,
            selector,
        } => {
            let is_tag = matches!(selector, ImageSelector::Tag(_));
            let mark = if is_tag { ':' } else { '@' };
            format!("{repository}{mark}{selector}")
        }
        ImageReference::EcrPublic | ImageReference::Other => OutsideText::new(image).to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::outside::cleaned;

    fn told(image: &str) -> String {
        cleaned(&image_in_words(image), |_| "***".to_owned())
    }

    #[test]
    fn a_repository_called_like_a_secret_is_told_with_its_tag() {
        let host = "123456789012.dkr.ecr.eu-west-1.amazonaws.com";
        let digest = format!("sha256:{}", "a".repeat(64));
        for image in [
            format!("{host}/client-secret:v1.0.0"),
            format!("{host}/auth-token@{digest}"),
        ] {
            assert_eq!(told(&image), image);
        }
        assert_eq!(told("registry.test/client-secret:v1.0.0"), "***");
        assert_eq!(told(&format!("{host}/web1:::error::")), "***");
    }
}
