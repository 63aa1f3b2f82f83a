//! An image as Amazon ECR describes it.

use time::OffsetDateTime;

use crate::names::{ImageDigest, ImageTag};

/// An image as `DescribeImages` describes it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Image {
    pub digest: ImageDigest,
    /// Every tag on it; none for a child of an index.
    pub tags: Vec<ImageTag>,
    pub pushed_at: Option<OffsetDateTime>,
    /// Archived, or being restored: it cannot be pulled.
    pub archived: bool,
}

/// A manifest as `BatchGetImage` returns it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Manifest {
    pub digest: ImageDigest,
    /// The tag that was asked for, if one was.
    pub tag: Option<ImageTag>,
    pub media_type: Option<String>,
    pub text: String,
}
