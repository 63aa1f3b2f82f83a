//! Two futures at once, of which only one is waited for.

use std::{future::Future, pin::pin};

use futures_util::future::FusedFuture;

/// Does `work` with `company` beside it, which is left where it is when the work is done.
pub(super) async fn beside<T>(
    company: &mut (impl FusedFuture<Output = ()> + Unpin),
    work: impl Future<Output = T>,
) -> T {
    let mut work = pin!(work);
    loop {
        tokio::select! {
            biased;
            done = &mut work => return done,
            () = &mut *company, if !company.is_terminated() => {}
        }
    }
}

/// Waits for the end of what goes on beside.
pub(super) async fn over(company: impl FusedFuture<Output = ()>) {
    // Once it is over, it is never ready again.
    if !company.is_terminated() {
        company.await;
    }
}
