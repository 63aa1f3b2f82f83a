//! What is on record of a service's past.

use super::active::Active;
use super::history::History;
use crate::aws::Failure;
use crate::observe::reader::Reader;
use crate::observe::windows::Depth;

/// The service deployments, with the one that is in progress.
pub(crate) struct Record<'a> {
    pub(crate) history: History,
    pub(crate) active: Option<&'a Active>,
}

impl<'a> Record<'a> {
    /// The newest few deployments alone; `None` where there are no others.
    pub(crate) fn few(&self, count: usize) -> Option<Record<'a>> {
        Some(Record {
            history: self.history.few(count)?,
            ..*self
        })
    }

    /// As far back as is asked for.
    pub(crate) async fn read_again(
        &self,
        reader: &Reader<'_>,
        depth: Depth,
    ) -> Result<Record<'a>, Failure> {
        Ok(Record {
            history: self.history.read_again(reader, depth).await?,
            ..*self
        })
    }
}
