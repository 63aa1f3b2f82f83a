//! The runner's signal, for all that wait for it.

use std::{future::Future, time::Duration};

use tokio::sync::SetOnce;

use crate::clock::Clock;

/// When the runner's signal came, from the start of the process.
#[derive(Default)]
pub(super) struct Signal(SetOnce<Duration>);

impl Signal {
    /// Waits for `interrupt`, which resolves at the signal, and tells all.
    pub(super) async fn listen(&self, interrupt: impl Future<Output = ()>, clock: Clock) {
        interrupt.await;
        // A process has one first signal.
        let _ = self.0.set(clock.elapsed());
    }

    pub(super) async fn wait(&self) -> Duration {
        *self.0.wait().await
    }

    /// `None` where none came so far.
    pub(super) fn at(&self) -> Option<Duration> {
        self.0.get().copied()
    }
}
