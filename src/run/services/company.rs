//! What goes on beside all runs: people are told, and GitHub keeps records. Nobody waits for it, and nothing of it
//! changes an outcome.

use std::time::Duration;

use futures_util::future::{FusedFuture, join, join3};

use super::{Company, Services};
use crate::{run::company::AFTERWARDS, words};

/// Kept of it for records, where GitHub's earlier answers do not come.
const TO_RECORD: Duration = Duration::from_secs(4);
/// What of it may still come of GitHub's answers that are on their way, once the runner's signal has come.
const HURRIED: Duration = Duration::from_millis(500);

impl Services<'_> {
    /// Once the first write is about to be sent: nobody is told of a rollback that is refused.
    pub(super) async fn keep_company(&self) {
        self.common.begun.notified().await;
        if self.common.is_begun.get() {
            join3(
                self.notify_start(),
                self.open_record(),
                self.look_at_neighbours(),
            )
            .await;
        }
    }

    /// Waits for what goes on beside the runs, and for what is recorded of their end. `hurry`: how long the process has,
    /// where the runner's signal has come.
    pub(super) async fn take_leave(
        &self,
        companies: Vec<Company<'_>>,
        company: impl FusedFuture<Output = ()>,
        hurry: Option<Duration>,
    ) {
        let within = hurry.unwrap_or(AFTERWARDS);
        let answers = match hurry {
            Some(_) => HURRIED,
            None => within.saturating_sub(TO_RECORD),
        };
        let records = async {
            self.wait_for_answers(companies, company, answers).await;
            self.conclude().await;
        };
        join(self.record_within(records, within), self.notify_end(within)).await;
    }

    async fn record_within(&self, records: impl Future<Output = ()>, within: Duration) {
        let is_over = tokio::time::timeout(within, records).await.is_ok();
        if !is_over && self.records().is_some() {
            let within = words::duration(within);
            self.first().warn(format!(
                "GitHub did not respond within {within} of the end; a record may be missing"
            ));
        }
    }
}
