//! The one way to send a write that has no idempotency token: at most one takes effect, and nothing is sent again
//! before it was looked for.

use std::time::Duration;

use super::{
    Execution,
    journal::{Answer, EntryId},
};
use crate::aws::{Failure, Fault};

/// Between two attempts while AWS throttles.
const FIRST_PAUSE: Duration = Duration::from_secs(1);
const LONGEST_PAUSE: Duration = Duration::from_secs(15);

/// A write of AWS's that may be sent again only where the last attempt did nothing.
pub(super) trait TokenlessWrite {
    type Done;
    /// How often it is sent where answers are lost and nothing of it is found.
    const ATTEMPTS: u32 = 3;

    async fn send(&self) -> Result<Self::Done, Failure>;

    /// Whether an attempt whose answer was lost has taken effect.
    ///
    /// # Errors
    /// Nobody can say.
    async fn find(&self) -> Result<Option<Self::Done>, Failure>;

    /// Whether AWS did nothing and asks to wait.
    fn is_throttled(&self, failure: &Failure) -> bool {
        failure.fault == Fault::Throttled
    }
}

/// Why a write was not done, as far as anybody knows.
pub(super) enum NotDone {
    /// AWS rejected it: nothing happened.
    Rejected(Failure),
    /// An attempt may have taken effect, and can't be found.
    Unknown(Failure),
}

impl NotDone {
    pub(super) fn into_failure(self) -> Failure {
        match self {
            Self::Rejected(failure) | Self::Unknown(failure) => failure,
        }
    }
}

impl Execution<'_> {
    /// Sends the write until it is done, rejected, or nobody can say; the journal gets the answer. What is done to a
    /// deployment of this run's own has no entry: its creation has.
    pub(super) async fn send<W: TokenlessWrite>(
        &self,
        write: &W,
        entry: impl Into<Option<EntryId>>,
    ) -> Result<W::Done, NotDone> {
        let Some(entry) = entry.into() else {
            return self.attempt(write).await;
        };
        // Also where an earlier attempt was rejected: this one may take effect.
        self.journal.answer(entry, Answer::Outstanding);
        let sent = self.attempt(write).await;
        match &sent {
            Ok(_) => self.journal.answer(entry, Answer::Accepted),
            Err(NotDone::Rejected(_)) => self.journal.answer(entry, Answer::Rejected),
            // It stays outstanding: whoever ends the run names it.
            Err(NotDone::Unknown(_)) => {}
        }
        sent
    }

    async fn attempt<W: TokenlessWrite>(&self, write: &W) -> Result<W::Done, NotDone> {
        let mut lost = 0;
        let mut pause = FIRST_PAUSE;
        loop {
            let failure = match send_signed(write).await {
                Ok(done) => return Ok(done),
                Err(failure) => failure,
            };
            if write.is_throttled(&failure) {
                self.wait_while_throttled(&failure, pause).await;
                pause = LONGEST_PAUSE.min(pause * 2);
                continue;
            }
            if !failure.is_ambiguous() {
                if lost == 0 {
                    return Err(NotDone::Rejected(failure));
                }
                // AWS may reject this attempt because an earlier one, whose answer was lost, took effect.
                let found = write.find().await.ok().flatten();
                return found.ok_or(NotDone::Unknown(failure));
            }
            lost += 1;
            let action = failure.operation.iam_action();
            self.warn(format!(
                "the answer to {action} was lost; checking whether it took effect before sending it again"
            ));
            // The danger is a second deployment: an attempt that can't be found is repeated a few times at most.
            match write.find().await {
                Ok(Some(done)) => return Ok(done),
                Ok(None) if lost < W::ATTEMPTS => {}
                Ok(None) => return Err(NotDone::Unknown(failure)),
                Err(unseen) => return Err(NotDone::Unknown(unseen)),
            }
        }
    }

    /// AWS throttles before it acts: nothing was done, and nothing has to be looked for.
    async fn wait_while_throttled(&self, failure: &Failure, pause: Duration) {
        if pause == FIRST_PAUSE {
            let action = failure.operation.iam_action();
            self.warn(format!(
                "AWS is throttling {action}; retrying until the timeout"
            ));
        }
        self.clock.sleep(pause).await;
    }
}

/// One attempt. AWS refuses a signature of another time than its own before it acts; the SDK has AWS's time then, and
/// signs with it.
async fn send_signed<W: TokenlessWrite>(write: &W) -> Result<W::Done, Failure> {
    match write.send().await {
        Err(failure) if failure.fault == Fault::ClockSkew => write.send().await,
        sent => sent,
    }
}
