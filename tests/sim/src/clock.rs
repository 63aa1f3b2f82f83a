//! Virtual time: tokio's clock, times a speed. Under tokio's paused time it moves only when everybody waits.

use std::time::{Duration, SystemTime};

use tokio::time::Instant;

/// The clock of one simulation. Made inside the runtime whose time it follows.
#[derive(Clone, Copy, Debug)]
pub struct SimClock {
    start: SystemTime,
    origin: Instant,
    speed: f64,
}

impl SimClock {
    /// A clock that shows `start` now and goes as fast as tokio's.
    pub fn new(start: SystemTime) -> Self {
        Self {
            start,
            origin: Instant::now(),
            speed: 1.0,
        }
    }

    /// The same clock, `speed` times as fast: 60 makes a minute of the simulation pass in a second.
    #[must_use]
    pub fn with_speed(self, speed: f64) -> Self {
        assert!(
            speed.is_finite() && speed > 0.0,
            "a clock goes forward, so {speed} is no speed"
        );
        Self { speed, ..self }
    }

    /// Virtual time since the start.
    pub fn elapsed(&self) -> Duration {
        let elapsed = self.origin.elapsed();
        if self.speed == 1.0 {
            elapsed
        } else {
            elapsed.mul_f64(self.speed)
        }
    }

    /// The virtual time.
    pub fn now(&self) -> SystemTime {
        self.at(self.elapsed())
    }

    /// The virtual time `elapsed` after the start.
    pub fn at(&self, elapsed: Duration) -> SystemTime {
        self.start + elapsed
    }

    /// Waits for `duration` of virtual time; nothing at all for none, which would still cost a timer's tick.
    #[expect(clippy::disallowed_methods, reason = "the simulator's only sleep")]
    pub async fn sleep(&self, duration: Duration) {
        if !duration.is_zero() {
            tokio::time::sleep(duration.div_f64(self.speed)).await;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test(start_paused = true)]
    async fn speed_stretches_what_the_clock_shows() {
        let clock = SimClock::new(SystemTime::UNIX_EPOCH).with_speed(60.0);
        let before = Instant::now();
        clock.sleep(Duration::from_secs(120)).await;
        assert_eq!(before.elapsed(), Duration::from_secs(2));
        assert_eq!(
            clock.now(),
            SystemTime::UNIX_EPOCH + Duration::from_secs(120)
        );
    }
}
