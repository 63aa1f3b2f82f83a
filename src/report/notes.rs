//! Notes as sentences: lower-case, without a full stop.

use std::fmt;

use serde::{Serialize, Serializer};

use super::data::{PlanNote, ServingNote};

impl fmt::Display for PlanNote {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.topic {
            Some(topic) => write!(f, "{topic}: {}", self.text),
            None => f.write_str(&self.text),
        }
    }
}

impl Serialize for PlanNote {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl fmt::Display for ServingNote {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NoTaskRuns => f.write_str("no task is running"),
            Self::NoDigestKnown => f.write_str("no task reports which image it runs"),
            Self::UnknownImages(1) => f.write_str("1 task does not report which image it runs"),
            Self::UnknownImages(tasks) => {
                write!(f, "{tasks} tasks do not report which image they run")
            }
            Self::TagMoved(tag) => {
                write!(
                    f,
                    "the tag {tag} has moved since these tasks started; the digest they run counts"
                )
            }
        }
    }
}
