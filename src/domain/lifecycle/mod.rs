//! What a repository's lifecycle policy will do to its images, and when.
//!
//! Source: Amazon ECR user guide, "Lifecycle policy properties" (`lifecycle_policy_parameters`), "Lifecycle policy
//! evaluation rules" (`LifecyclePolicies`) and "Examples of lifecycle policies" (2026-11):
//!
//! - Rules are applied by priority, the lowest number first. "An image that matches the tagging requirements of a rule
//!   cannot be expired or archived by a rule with a lower priority", also where the rule leaves it alone. So an image
//!   has one rule: the first that selects it. There are never a date and a count for the same image.
//! - A rule selects images of one storage class. The class is part of the selection: the guide's own policies archive
//!   with one rule for `any` image, and expire from the archive with the next.
//! - Each entry of `tagPatternList` or `tagPrefixList` must match one of the image's tags, whichever.
//! - `imageCountMoreThan` keeps the youngest of all images that the rule selects. Those that belong to a rule with a
//!   higher priority count as well: rules "can still identify them as if they haven't been expired". Children of an
//!   index and reference artifacts (signatures) count like any other image, as nothing says that they do not.
//! - Images are sorted by `pushed_at_time`; of one that was restored from archive storage, by `last_activated_at`.
//! - An image that an index ("manifest list") refers to goes only after the index.
//! - AWS acts within 24 hours after an image meets a rule's criterion.

mod fate;
mod pattern;
mod policy;
mod preview;

pub(crate) use fate::{Fate, Index, Inventory, Removal};
pub(crate) use policy::{Action, Policy, RuleName};
pub(crate) use preview::{Mark, Preview};

#[cfg(test)]
mod tests;
