//! The versions that have served, as the mode `history` lists them.

use std::time::Duration;

use serde_json::{Value, json};
use time::OffsetDateTime;

use super::{expiry::Expiry, members::in_seconds};
use crate::{
    names::{ImageDigest, TaskDefinitionArn},
    outside::OutsideText,
    words,
};

/// What served, what serves first, then the latest first.
#[derive(Clone, Debug, Default)]
pub(crate) struct Listing {
    pub versions: Vec<ListedVersion>,
    /// What is not on record, what could not be written: a sentence each.
    pub notes: Vec<String>,
}

/// A version that has served.
#[derive(Clone, Debug, Default)]
pub(crate) struct ListedVersion {
    /// `None` where its digest is not known.
    pub version: Option<String>,
    pub digest: Option<ImageDigest>,
    pub task_definition_arn: Option<TaskDefinitionArn>,
    pub is_serving: bool,
    /// When the deployment that last released it was created.
    pub served_since: Option<OffsetDateTime>,
    /// In all, as far as that is on record.
    pub served_for: Option<Duration>,
    /// Who released it; of one that was taken off, who did that.
    pub by: Option<OutsideText>,
    /// Why, in that person's words.
    pub reason: Option<OutsideText>,
    /// Whether a rollback took it off.
    pub is_taken_off: bool,
    /// Why it cannot be gone back to: "its image is no longer in ECR".
    pub obstacle: Option<String>,
    /// When a lifecycle rule removes its image.
    pub expires: Option<Expiry>,
    /// What to give as `version` to go back to it.
    pub word: Option<String>,
    /// The N of `previous~N` where that means it, too.
    pub steps: Option<u32>,
}

/// What a row of the list begins with.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Mark {
    Serving,
    Good,
    TakenOff,
    Unavailable,
}

impl Mark {
    pub(super) fn as_str(self) -> &'static str {
        match self {
            Self::Serving => "now",
            Self::Good => "✔",
            Self::TakenOff => "✘",
            Self::Unavailable => "–",
        }
    }
}

impl Listing {
    /// The words to choose from: good versions that do not serve, the latest first. Without `previous~2` and its like,
    /// which mean another version after the next release.
    pub(crate) fn choices(&self) -> Vec<&str> {
        let mut choices = Vec::new();
        for version in &self.versions {
            if version.mark() == Mark::Good && version.word == version.version {
                choices.extend(version.word.as_deref());
            }
        }
        choices
    }

    /// What can be gone back to, whatever a rollback thought of it.
    pub(crate) fn ways_back(&self) -> impl Iterator<Item = &ListedVersion> {
        let versions = self.versions.iter();
        versions.filter(|version| version.mark() == Mark::Good)
    }

    /// The output `versions`.
    pub(super) fn json(&self) -> Value {
        self.newest(self.versions.len())
    }

    /// What serves and what came before it, so many in all.
    pub(super) fn newest(&self, most: usize) -> Value {
        let newest = self.versions.iter().take(most);
        newest.map(ListedVersion::json).collect()
    }
}

/// What all services can go back to, in the order of the first one's list.
pub(crate) fn choices_of_all<'l>(listings: impl IntoIterator<Item = &'l Listing>) -> Vec<&'l str> {
    let mut listings = listings.into_iter().map(Listing::choices);
    let mut choices = listings.next().unwrap_or_default();
    for other in listings {
        choices.retain(|choice| other.contains(choice));
    }
    choices
}

impl ListedVersion {
    /// It must not be gone back to.
    pub(crate) fn forbid(&mut self, why: &str) {
        if !self.is_serving && self.obstacle.is_none() {
            self.obstacle = Some(why.to_owned());
            self.word = None;
        }
    }

    pub(super) fn mark(&self) -> Mark {
        match () {
            () if self.is_serving => Mark::Serving,
            () if self.is_taken_off => Mark::TakenOff,
            () if self.obstacle.is_some() || self.word.is_none() => Mark::Unavailable,
            () => Mark::Good,
        }
    }

    /// `v1.1.0`, else its revision.
    pub(crate) fn name(&self) -> String {
        match (&self.version, &self.task_definition_arn) {
            (Some(version), _) => words::short_digest(version),
            (None, Some(revision)) => revision.short(),
            (None, None) => "unknown".to_owned(),
        }
    }

    /// `2 days`; of what serves, since when.
    pub(super) fn served(&self, now: OffsetDateTime) -> String {
        let since = self.served_since.map(|at| words::when(at, now));
        let span = self.served_for.map(words::duration);
        match (self.is_serving, span, since) {
            (true, _, Some(since)) => format!("since {since}"),
            (false, Some(span), Some(since)) => format!("{span}, from {since}"),
            (false, None, Some(since)) => format!("from {since}"),
            (_, Some(span), None) => span,
            (_, None, None) => "not on record".to_owned(),
        }
    }

    /// Who released it. Of one that was taken off only the person who did that is on record, and the remarks say so.
    pub(super) fn released_by(&self) -> Option<&OutsideText> {
        self.by.as_ref().filter(|_| !self.is_taken_off)
    }

    /// What is to be said of it: how to go back to it, or why that is not possible, or not advised; and whether that is
    /// about to change.
    pub(super) fn remarks(&self, now: OffsetDateTime) -> Vec<String> {
        let mut parts = self.ways();
        let near = self.expires.as_ref().filter(|expiry| expiry.is_near(now));
        if let Some(expiry) = near.filter(|_| self.obstacle.is_none()) {
            parts.push(format!("its image {}", expiry.words()));
        }
        parts
    }

    fn ways(&self) -> Vec<String> {
        let mut parts = Vec::new();
        if self.is_taken_off {
            parts.push(self.how_it_was_taken_off());
        }
        match (&self.obstacle, &self.word) {
            (Some(obstacle), _) => parts.push(obstacle.clone()),
            // It can be gone back to, but nobody should be invited to.
            (None, Some(_)) if self.is_taken_off => {}
            (None, Some(word)) => parts.push(self.advice(word)),
            (None, None) if !self.is_serving => {
                parts.push("a newer revision has the same image".to_owned());
            }
            (None, None) => {}
        }
        parts
    }

    fn how_it_was_taken_off(&self) -> String {
        let mut text = "a rollback".to_owned();
        if let Some(by) = &self.by {
            text += &format!(" by {}", by.raw());
        }
        text += " took it off";
        if let Some(reason) = &self.reason {
            text += &format!(": \"{}\"", reason.raw());
        }
        text
    }

    fn advice(&self, word: &str) -> String {
        match self.steps {
            Some(1) if word != "previous" => format!("type `{word}` or `previous`"),
            _ => format!("type `{word}`"),
        }
    }

    fn json(&self) -> Value {
        json!({
            "version": self.version,
            "image-digest": self.digest,
            "task-definition-arn": self.task_definition_arn,
            "serving": self.is_serving,
            "served-since": self.served_since.and_then(words::rfc3339),
            "served-seconds": self.served_for.map(in_seconds),
            "by": self.by,
            "reason": self.reason,
            "taken-off": self.is_taken_off,
            "available": self.obstacle.is_none(),
            "why-not": self.obstacle,
            "expires": self.expires.as_ref().map(Expiry::json),
            "type": self.word,
        })
    }
}
