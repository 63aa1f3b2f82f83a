//! A preview of a policy that somebody had ECR make.

use serde_json::Value;

use super::policy::Action;
use crate::names::ImageDigest;

/// What `GetLifecyclePolicyPreview` says of the images that it was asked about.
pub(crate) struct Preview {
    /// Whether ECR has finished it, and still vouches for it: the others are in progress, expired or failed.
    pub is_valid: bool,
    /// The policy that was previewed, which need not be the repository's.
    pub policy_text: String,
    pub marks: Vec<Mark>,
}

/// An image that the previewed policy would remove.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Mark {
    pub digest: ImageDigest,
    /// `None`: one that this action does not know.
    pub action: Option<Action>,
    /// Of the rule that is applied.
    pub priority: Option<u32>,
}

impl Preview {
    /// Whether it says what the repository's own policy does. ECR does not say when a preview was made.
    pub(crate) fn is_of(&self, policy_text: &str) -> bool {
        self.is_valid && is_same_json(&self.policy_text, policy_text)
    }

    /// The mark on an image, if it has one.
    pub(crate) fn mark(&self, digest: &ImageDigest) -> Option<&Mark> {
        self.marks.iter().find(|mark| mark.digest == *digest)
    }
}

fn is_same_json(one: &str, other: &str) -> bool {
    let Ok(one) = serde_json::from_str::<Value>(one) else {
        return false;
    };
    serde_json::from_str(other).is_ok_and(|other: Value| one == other)
}
