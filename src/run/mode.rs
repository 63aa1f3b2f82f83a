//! What the run is for: each mode is a file of this room.

use super::{Run, ending::Finish};
use crate::{aws::Connection, boxed::boxed, domain::mode::Mode};

impl Run<'_> {
    pub(super) async fn carry_out_mode(&self, connection: &Connection) -> Finish {
        match self.inputs.mode {
            Mode::Rollback => boxed(|| self.roll_back(connection)).await,
            Mode::Check => boxed(|| self.check(connection)).await,
            Mode::Guard => boxed(|| self.guard(connection)).await,
            Mode::History => boxed(|| self.list_history(connection)).await,
            Mode::MarkStable => boxed(|| self.mark_stable(connection)).await,
        }
    }
}
