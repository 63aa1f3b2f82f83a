//! Who is told outside of the runner, and the warnings of those who could not be.

use std::time::Duration;

use super::Services;
use crate::notify::Notifier;

/// Kept for the log, which must be told before the time is up.
const TO_SAY: Duration = Duration::from_millis(200);

impl Services<'_> {
    /// Tells that the plans are about to be carried out.
    pub(super) async fn notify_start(&self) {
        let reports = self.reports();
        let failed = self.notifier().started(&reports).await;
        self.first().warn_all(failed);
    }

    /// Tells how the runs ended.
    pub(super) async fn notify_end(&self, within: Duration) {
        let reports = self.reports();
        let within = within.saturating_sub(TO_SAY);
        let failed = self.notifier().ended(&reports, within).await;
        self.first().warn_all(failed);
    }

    fn notifier(&self) -> Notifier<'_> {
        let first = self.first();
        let markers = self.runs.iter();
        Notifier {
            notified: &first.inputs.notified,
            aws: first.aws,
            clock: self.clock,
            markers: markers.map(|run| run.caller.marker.as_str()).collect(),
            slack_turn: &self.common.slack_turn,
        }
    }
}
