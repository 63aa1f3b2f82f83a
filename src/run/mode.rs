//! What the run is for: each mode is a file of this room.

use super::{Run, ending::Finish};
use crate::{aws::Connection, domain::mode::Mode};

impl Run<'_> {
    pub(super) async fn carry_out_mode(&self, connection: &Connection) -> Finish {
        // Boxed, or the futures nest deeper than the compiler likes.
        match self.inputs.mode {
            Mode::Rollback => Box::pin(self.roll_back(connection)).await,
            Mode::Check => Box::pin(self.check(connection)).await,
            Mode::Guard => Box::pin(self.guard(connection)).await,
            Mode::History => Box::pin(self.list_history(connection)).await,
            Mode::MarkStable => Box::pin(self.mark_stable(connection)).await,
        }
    }
}
