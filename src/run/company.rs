//! What goes on beside a run: people are told, and GitHub is asked. The pipeline does not wait for it, and nothing of
//! it changes the outcome.

use std::{future::Future, time::Duration};

use futures_util::future::FusedFuture;

use super::Run;

/// How long a run that is over waits for what goes on beside it.
const AFTERWARDS: Duration = Duration::from_secs(15);
/// From the runner's signal until the process has ended: it is killed soon after.
const AFTER_SIGNAL: Duration = Duration::from_millis(4_900);

impl Run<'_> {
    /// All that goes on beside the pipeline, from the plan on.
    pub(super) async fn keep_company(&self) {
        self.memory.planned.notified().await;
    }

    /// What is left to do once the run's end is told. `signalled`: when the runner's signal came, from the start of
    /// the run.
    pub(super) async fn take_leave(
        &self,
        company: impl FusedFuture<Output = ()>,
        signalled: Option<Duration>,
    ) {
        let within = match signalled {
            Some(at) => (at + AFTER_SIGNAL).saturating_sub(self.clock.elapsed()),
            None => AFTERWARDS,
        };
        let is_expected = self.memory.plan().is_some() && !company.is_terminated();
        if is_expected {
            // What has not answered by then never will.
            let _ = tokio::time::timeout(within, company).await;
        }
    }
}

/// Does `work` with `company` beside it, which is left where it is when the work is done.
pub(super) async fn beside<T>(
    company: &mut (impl FusedFuture<Output = ()> + Unpin),
    work: impl Future<Output = T>,
) -> T {
    let mut work = std::pin::pin!(work);
    loop {
        tokio::select! {
            biased;
            done = &mut work => return done,
            () = &mut *company, if !company.is_terminated() => {}
        }
    }
}
