//! The time, the only sleep, and the time left. Wall-clock time is taken once; from then on the
//! run follows tokio's clock, so that paused time in tests is the time everywhere.

use std::time::{Duration, SystemTime};

use aws_smithy_async::time::TimeSource;
use time::OffsetDateTime;
use tokio::time::Instant;

/// A clock that started with the run.
#[derive(Clone, Copy, Debug)]
pub struct Clock {
    wall: SystemTime,
    origin: Instant,
}

impl Clock {
    /// A clock whose run started at `wall`, which is now.
    pub fn starting_at(wall: SystemTime) -> Self {
        Self {
            wall,
            origin: Instant::now(),
        }
    }

    /// The clock of the machine.
    #[expect(
        clippy::disallowed_methods,
        reason = "this is the one place that asks the machine for the time"
    )]
    pub fn system() -> Self {
        Self::starting_at(SystemTime::now())
    }

    /// Since the start of the run.
    pub fn elapsed(&self) -> Duration {
        self.origin.elapsed()
    }

    /// When the run started.
    pub fn started(&self) -> OffsetDateTime {
        OffsetDateTime::from(self.wall)
    }

    pub fn now(&self) -> OffsetDateTime {
        OffsetDateTime::from(self.wall + self.elapsed())
    }

    /// Sleeps; the only place that does.
    #[expect(clippy::disallowed_methods, reason = "this is the one sleep")]
    pub async fn sleep(&self, duration: Duration) {
        tokio::time::sleep(duration).await;
    }

    /// Sleeps until the run is `elapsed` old.
    pub async fn sleep_until(&self, elapsed: Duration) {
        self.sleep(elapsed.saturating_sub(self.elapsed())).await;
    }
}

/// The SDK signs its requests with the run's own time.
impl TimeSource for Clock {
    fn now(&self) -> SystemTime {
        self.wall + self.elapsed()
    }
}
