//! The words of the outputs `outcome` and `path`.

use serde::Serialize;

/// How a run ended. The word is the output `outcome`; the exit code follows from it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Outcome {
    RolledBack,
    Unchanged,
    Planned,
    Started,
    Listed,
    Ready,
    Marked,
    Clear,
    Failed,
    Reverted,
    Refused,
    NotReady,
    Held,
    TimedOut,
    Cancelled,
}

impl Outcome {
    pub(crate) fn as_str(self) -> &'static str {
        match self {
            Self::RolledBack => "rolled-back",
            Self::Unchanged => "unchanged",
            Self::Planned => "planned",
            Self::Started => "started",
            Self::Listed => "listed",
            Self::Ready => "ready",
            Self::Marked => "marked",
            Self::Clear => "clear",
            Self::Failed => "failed",
            Self::Reverted => "reverted",
            Self::Refused => "refused",
            Self::NotReady => "not-ready",
            Self::Held => "held",
            Self::TimedOut => "timed-out",
            Self::Cancelled => "cancelled",
        }
    }

    /// The worst of several comes first.
    fn rank(self) -> u8 {
        match self {
            Self::Failed => 0,
            Self::Reverted => 1,
            Self::TimedOut => 2,
            Self::Cancelled => 3,
            Self::Refused => 4,
            Self::Held => 5,
            Self::NotReady => 6,
            Self::RolledBack | Self::Marked => 7,
            Self::Started => 8,
            Self::Planned => 9,
            Self::Listed | Self::Ready | Self::Clear => 10,
            Self::Unchanged => 11,
        }
    }

    /// `None` of none.
    pub(crate) fn worst(outcomes: impl IntoIterator<Item = Self>) -> Option<Self> {
        outcomes.into_iter().min_by_key(|outcome| outcome.rank())
    }

    /// Of a run that can't go on: whether it has written something decides.
    pub(crate) fn cut_short(wrote: bool) -> Self {
        if wrote { Self::Failed } else { Self::Refused }
    }

    /// 0 done, 1 it went wrong after a write, 2 nothing was changed, 3 AWS may still be working.
    pub(crate) fn exit_code(self) -> u8 {
        match self {
            Self::RolledBack
            | Self::Unchanged
            | Self::Planned
            | Self::Started
            | Self::Listed
            | Self::Ready
            | Self::Marked
            | Self::Clear => 0,
            Self::Failed | Self::Reverted => 1,
            Self::Refused | Self::NotReady | Self::Held => 2,
            Self::TimedOut | Self::Cancelled => 3,
        }
    }
}

/// Which way the rollback takes; the word is the output `path`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum Path {
    Nothing,
    Redeploy,
    Adopt,
    Reroute,
    EndWaitAndRedeploy,
    StopAndRedeploy,
}

impl Path {
    pub(crate) fn as_str(self) -> &'static str {
        match self {
            Self::Nothing => "nothing",
            Self::Redeploy => "redeploy",
            Self::Adopt => "adopt",
            Self::Reroute => "reroute",
            Self::EndWaitAndRedeploy => "end-wait-and-redeploy",
            Self::StopAndRedeploy => "stop-and-redeploy",
        }
    }
}
