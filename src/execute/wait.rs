//! The one way to wait.

use std::time::Duration;

use super::{Ended, Execution};
use crate::aws::Failure;

/// CodeDeploy asks not to be polled faster than this for one service; ECS should not be, either.
const POLL: Duration = Duration::from_secs(5);
/// So that many runs that start at once do not poll in step.
const JITTER_MILLIS: u64 = 500;
/// The runs of many services are to poll in step, so that one call reads for many: all wait for the next beat, two of
/// which are the longest poll of a single run. A look that takes half a second still keeps the pace.
const BEAT_MILLIS: u64 = 2_750;

/// What one look found.
pub(super) enum Look<T> {
    /// AWS did not answer, which says nothing about what is looked for.
    Silent,
    NotYet,
    Found(T),
}

impl<T> Look<T> {
    /// Of a look that AWS answered.
    pub(super) fn of(found: Option<T>) -> Self {
        match found {
            Some(found) => Self::Found(found),
            None => Self::NotYet,
        }
    }
}

impl Execution<'_> {
    /// Looks again and again until something is found; `None` after `most` looks that AWS answered.
    ///
    /// # Errors
    /// The look that ended the run.
    pub(super) async fn poll<T>(
        &self,
        most: Option<u32>,
        mut look: impl AsyncFnMut() -> Result<Look<T>, Ended>,
    ) -> Result<Option<T>, Ended> {
        let mut answered = 0;
        loop {
            match look().await? {
                Look::Found(found) => return Ok(Some(found)),
                // A throttled read says nothing: it must not use up the looks.
                Look::Silent => {}
                Look::NotYet => answered += 1,
            }
            if most.is_some_and(|most| answered >= most) {
                return Ok(None);
            }
            self.pause().await;
        }
    }

    /// Looks until something is found, or the run's own timeout ends it.
    ///
    /// # Errors
    /// The look that ended the run.
    pub(super) async fn poll_until_found<T>(
        &self,
        look: impl AsyncFnMut() -> Result<Look<T>, Ended>,
    ) -> Result<T, Ended> {
        let found = self.poll(None, look).await?;
        Ok(found.expect("without a limit only a find ends the polling"))
    }

    /// Asks until AWS answers.
    ///
    /// # Errors
    /// What can't get better.
    pub(super) async fn read_until_answered<T>(
        &self,
        read: impl AsyncFn() -> Result<T, Failure>,
    ) -> Result<T, Ended> {
        self.poll_until_found(async || {
            Ok(match self.answered(read().await)? {
                Some(answer) => Look::Found(answer),
                None => Look::Silent,
            })
        })
        .await
    }

    /// What AWS answered; `None` where it can't say at the moment.
    ///
    /// # Errors
    /// What can't get better.
    pub(super) fn answered<T>(&self, answer: Result<T, Failure>) -> Result<Option<T>, Ended> {
        match answer {
            Ok(answer) => Ok(Some(answer)),
            Err(failure) => {
                self.ride_out(&failure)?;
                Ok(None)
            }
        }
    }

    /// Waits for one poll, spread by the run's own marker: no two runs alike, and every test run the same.
    pub(super) async fn pause(&self) {
        if self.aws.is_for_many() {
            let next = beat_after(self.clock.elapsed() + POLL);
            self.clock.sleep_until(next).await;
            return;
        }
        self.clock.sleep(POLL + self.jitter()).await;
    }

    fn jitter(&self) -> Duration {
        // Runs that start at the same moment share the account's request rate with everybody else.
        let mut seed = self.clock.elapsed().as_secs();
        for byte in self.plan.caller.marker.bytes() {
            seed = seed.wrapping_mul(31).wrapping_add(byte.into());
        }
        Duration::from_millis(seed % JITTER_MILLIS)
    }
}

/// The first beat at that time or later.
fn beat_after(elapsed: Duration) -> Duration {
    let millis = u64::try_from(elapsed.as_millis()).unwrap_or(u64::MAX);
    Duration::from_millis(millis.div_ceil(BEAT_MILLIS).saturating_mul(BEAT_MILLIS))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn runs_that_ask_at_about_the_same_time_ask_again_at_the_same_time() {
        let next = |millis| beat_after(Duration::from_millis(millis)).as_millis();
        assert_eq!([2_751, 5_250, 5_500].map(next), [5_500; 3]);
        assert_eq!(next(5_501), 8_250);
    }
}
