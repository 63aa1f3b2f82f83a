//! A hold that covers the version, and how that is told.

use time::{OffsetDateTime, format_description::well_known::Rfc3339};

use crate::{
    domain::hold::BadVersion, outside::OutsideText, record::Hold, report::guarded::HoldView, words,
};

/// A hold that covers the version.
pub(super) struct Covering {
    pub issue: u64,
    url: String,
    bad: BadVersion,
    by: By,
}

/// What of the version is held.
#[derive(Clone, Copy)]
pub(super) enum By {
    Image,
    Commit,
}

impl Covering {
    pub(super) fn new(hold: &Hold, by: By) -> Self {
        Self {
            issue: hold.issue,
            url: hold.url.clone(),
            bad: hold.bad.clone(),
            by,
        }
    }

    pub(super) fn view(&self) -> HoldView {
        HoldView {
            issue: self.issue,
            url: self.url.clone(),
            since: OutsideText::new(&self.bad.since),
            by: self.bad.by.as_ref().map(OutsideText::new),
            reason: self.bad.reason.as_ref().map(OutsideText::new),
        }
    }

    /// `v1.2.1 contains the commit of v1.2.0, which was rolled back at 02:58 UTC by oncall ("…")`
    pub(super) fn sentence(&self, version: &str, now: OffsetDateTime) -> String {
        let HoldView {
            since, by, reason, ..
        } = self.view();
        let since = match OffsetDateTime::parse(since.raw(), &Rfc3339) {
            Ok(at) => words::at(at, now),
            Err(_) => since.to_string(),
        };
        let bad = OutsideText::new(words::short_digest(&self.bad.version));
        let mut text = match self.by {
            By::Image => format!("{version} is the image of {bad}"),
            By::Commit => format!("{version} contains the commit of {bad}"),
        };
        text += &format!(", which was rolled back at {since}");
        if let Some(by) = by {
            text += &format!(" by {by}");
        }
        match reason {
            Some(reason) => format!("{text} (\"{reason}\")"),
            None => text,
        }
    }

    pub(super) fn hint(&self) -> String {
        let Self { issue, url, .. } = self;
        format!(
            "lifted when issue #{issue} closes ({url}): fix it in a pull request that says \"Fixes #{issue}\", close it, or deploy with `override: true` and a reason"
        )
    }
}
