//! Whether a version may be deployed, as the mode `guard` tells it.

use serde_json::{Value, json};

use crate::outside::OutsideText;

/// What is known of the holds.
#[derive(Clone, Debug, Default)]
pub(crate) struct Guarded {
    /// The hold that covers the version.
    pub hold: Option<HoldView>,
    /// How many holds are open for the service.
    pub open: usize,
    /// Issues that do not count, and what else there is to know: a sentence each.
    pub notes: Vec<String>,
}

/// An open issue that holds a version back.
#[derive(Clone, Debug)]
pub(crate) struct HoldView {
    pub issue: u64,
    pub url: String,
    /// RFC 3339, as the issue has it.
    pub since: OutsideText,
    pub by: Option<OutsideText>,
    pub reason: Option<OutsideText>,
}

impl Guarded {
    pub(super) fn json(&self) -> Value {
        json!({
            "open_holds": self.open,
            "hold": self.hold.as_ref().map(HoldView::json),
            "notes": self.notes,
        })
    }
}

impl HoldView {
    fn json(&self) -> Value {
        json!({
            "issue": self.issue,
            "url": self.url,
            "since": self.since,
            "by": self.by,
            "reason": self.reason,
        })
    }
}
