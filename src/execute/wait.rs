//! The one way to wait.

use std::time::Duration;

use super::{Ended, Execution};

/// CodeDeploy asks not to be polled faster than this for one service; ECS should not be, either.
const POLL: Duration = Duration::from_secs(5);
/// So that many runs that start at once do not poll in step.
const JITTER_MILLIS: u64 = 500;

/// What one look found.
pub(super) enum Look<T> {
    /// AWS did not answer, which says nothing about what is looked for.
    Silent,
    NotYet,
    Found(T),
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

    /// Waits for one poll, spread by the run's own marker: no two runs alike, and every test run the same.
    pub(super) async fn pause(&self) {
        let mut seed = self.clock.elapsed().as_secs();
        for byte in self.plan.caller.marker.bytes() {
            seed = seed.wrapping_mul(31).wrapping_add(byte.into());
        }
        let jitter = Duration::from_millis(seed % JITTER_MILLIS);
        self.clock.sleep(POLL + jitter).await;
    }
}
