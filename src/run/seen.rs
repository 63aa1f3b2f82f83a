//! What the first round sees of the two versions, before the plan is made.

use tokio::sync::SetOnce;

use crate::{names::Repository, plan::VersionImage};

/// What is known before the plan is.
#[derive(Default)]
pub(super) struct Seen {
    pub running: SetOnce<Running>,
    /// `None` where nothing is taken off.
    pub versions: SetOnce<Option<Versions>>,
}

pub(super) struct Running {
    /// `None` where no task says what it runs.
    pub image: Option<VersionImage>,
    /// Where the target's image is looked for.
    pub repository: Repository,
}

pub(super) struct Versions {
    pub target: VersionImage,
    pub taken_off: VersionImage,
}
