//! The newest rollback that this action did, as far as that is on record.

use time::OffsetDateTime;

use crate::{names::DeploymentId, outside::OutsideText};

/// A rollback of this action.
#[derive(Clone)]
pub(crate) struct OwnRollback {
    pub deployment: DeploymentId,
    /// When it was created.
    pub at: OffsetDateTime,
    pub by: Option<OutsideText>,
}
