//! Where the mode `mark-stable` put its tag.

use std::fmt;

use serde::Serialize;

/// A tag on what serves.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct Mark {
    pub place: MarkPlace,
    pub tag: String,
    pub state: MarkState,
    /// What it is on now: a version, in git a commit. In a dry run, what it would be put on.
    pub on: Option<String>,
    /// What it was on before, where that is something else.
    pub before: Option<String>,
    /// Why it was not put there.
    pub why_not: Option<String>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum MarkPlace {
    Ecr,
    Git,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum MarkState {
    Put,
    /// A dry run.
    Planned,
    WasThere,
    NotPut,
}

impl fmt::Display for MarkPlace {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Ecr => "ECR tag",
            Self::Git => "git tag",
        })
    }
}

impl Mark {
    /// `on v1.2.0 now; it was on v1.1.0`
    pub(super) fn remark(&self) -> String {
        let on = self.on.as_deref().unwrap_or("it");
        match (self.state, &self.before) {
            (MarkState::Put, Some(before)) => format!("on {on} now; it was on {before}"),
            (MarkState::Put, None) => format!("on {on} now"),
            (MarkState::Planned, Some(before)) => format!("would move from {before} to {on}"),
            (MarkState::Planned, None) => format!("would be put on {on}"),
            (MarkState::WasThere, _) => format!("already on {on}"),
            (MarkState::NotPut, _) => match &self.why_not {
                Some(why) => format!("not put: {why}"),
                None => "not put".to_owned(),
            },
        }
    }
}
