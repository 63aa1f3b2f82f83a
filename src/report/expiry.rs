//! When an image goes, in words.

use serde_json::{Value, json};
use time::OffsetDateTime;

use crate::{outside::OutsideText, words};

/// What is near enough to be told with a version; the output `versions` has all of it.
const NEAR_DAYS: i64 = 30;
const NEAR_IMAGES: u32 = 10;

/// When and how a lifecycle rule removes an image.
#[derive(Clone, Debug)]
pub(crate) struct Expiry {
    pub when: When,
    /// It is moved to archive storage, from which it can be restored; else it is deleted.
    pub is_archived: bool,
    /// The rule's priority, and its description.
    pub rule: u32,
    pub description: Option<OutsideText>,
}

#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum When {
    At(OffsetDateTime),
    /// After so many more images, at the earliest.
    AfterImages(u32),
}

impl Expiry {
    /// Whether that may be before somebody looks again.
    pub(crate) fn is_near(&self, now: OffsetDateTime) -> bool {
        match self.when {
            When::At(at) => at - now < time::Duration::days(NEAR_DAYS),
            When::AfterImages(images) => images <= NEAR_IMAGES,
        }
    }

    /// `expires on 2026-12-06`, `is archived after 4 more images`; the day, so that it says the same until then.
    pub(crate) fn words(&self) -> String {
        let verb = if self.is_archived {
            "is archived"
        } else {
            "expires"
        };
        match self.when {
            When::At(at) => format!("{verb} on {}", at.date()),
            When::AfterImages(0) => format!("{verb} today"),
            When::AfterImages(images) => {
                format!(
                    "{verb} after {} at the earliest",
                    words::count(images, "more image")
                )
            }
        }
    }

    /// `lifecycle rule 2: keep 10 images`
    pub(crate) fn rule(&self) -> String {
        match &self.description {
            Some(description) => format!("lifecycle rule {}: {description}", self.rule),
            None => format!("lifecycle rule {}", self.rule),
        }
    }

    pub(super) fn json(&self) -> Value {
        match self.when {
            When::At(at) => json!(words::rfc3339(at)),
            When::AfterImages(images) => json!(format!("after {}", words::count(images, "image"))),
        }
    }
}
