//! Who is told outside of the runner, and the warnings of those who could not be.

use std::time::Duration;

use super::Run;
use crate::notify::Notifier;

/// Kept for the log, which must be told before the time is up.
const TO_SAY: Duration = Duration::from_millis(200);

impl Run<'_> {
    /// Tells that the plan is about to be carried out.
    pub(super) async fn notify_start(&self) {
        let report = self.teller.report();
        self.warn_all(self.notifier().started(&report).await);
    }

    /// Tells how the run ended.
    pub(super) async fn notify_end(&self, within: Duration) {
        let report = self.teller.report();
        let within = within.saturating_sub(TO_SAY);
        self.warn_all(self.notifier().ended(&report, within).await);
    }

    fn notifier(&self) -> Notifier<'_> {
        Notifier {
            notified: &self.inputs.notified,
            aws: &self.aws,
            clock: self.clock,
            marker: &self.caller.marker,
            slack_turn: &self.memory.slack_turn,
        }
    }
}
