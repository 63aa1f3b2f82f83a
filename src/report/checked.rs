//! Whether a rollback would work now, as the mode `check` tells it.

use serde::Serialize;

/// What was found, besides what is in the way: that ends the run as its problems.
#[derive(Clone, Debug, Default, Serialize)]
pub(crate) struct Checked {
    pub findings: Vec<CheckFinding>,
}

/// Something to know before it is needed.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct CheckFinding {
    pub kind: FindingKind,
    /// A lower-case sentence without its full stop.
    pub text: String,
    /// What to do about it.
    pub remedy: Option<String>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum FindingKind {
    /// A way back will be gone.
    Ahead,
    /// A version of the last ten that cannot be gone back to.
    Lost,
    /// What makes a rollback slower.
    Slow,
    /// What only a real rollback proves.
    Unproven,
    /// What could not be read.
    Unread,
    /// An open hold.
    Hold,
    /// The last rollback that was done here.
    LastRollback,
}

impl FindingKind {
    /// What its line begins with.
    pub(super) fn label(self) -> &'static str {
        match self {
            Self::Ahead => "ahead",
            Self::Lost => "lost",
            Self::Slow => "slow",
            Self::Unproven => "unproven",
            Self::Unread => "unread",
            Self::Hold => "hold",
            Self::LastRollback => "last",
        }
    }
}

impl CheckFinding {
    pub(crate) fn new(kind: FindingKind, text: impl Into<String>) -> Self {
        Self {
            kind,
            text: text.into(),
            remedy: None,
        }
    }

    pub(crate) fn with_remedy(self, remedy: impl Into<String>) -> Self {
        Self {
            remedy: Some(remedy.into()),
            ..self
        }
    }
}
