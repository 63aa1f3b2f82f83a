//! What a container wrote.

use time::OffsetDateTime;

use crate::outside::OutsideText;

/// A line of a container's log; a log driver that joins lines makes one of several.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct LogLine {
    pub at: OffsetDateTime,
    pub text: OutsideText,
}
