//! What a run is for: the input `mode`.

/// What a run is for.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum Mode {
    #[default]
    Rollback,
    /// Lists what has served, and whether it can be gone back to.
    History,
    /// Says whether a rollback would work now.
    Check,
    /// Says whether a version may be deployed.
    Guard,
    /// Puts the tag `stable` on what serves, once that is proven.
    MarkStable,
}

impl Mode {
    pub(crate) const fn as_str(self) -> &'static str {
        match self {
            Self::Rollback => "rollback",
            Self::History => "history",
            Self::Check => "check",
            Self::Guard => "guard",
            Self::MarkStable => "mark-stable",
        }
    }
}
