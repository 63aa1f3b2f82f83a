//! Identical reads at the same time, sent once.

use std::sync::Mutex;

use futures_util::future::{BoxFuture, FutureExt, Shared, WeakShared};

use super::traffic::Traffic;
use crate::aws::failure::Failure;

type Answer<Found> = Result<Found, Failure>;
type Read<Found> = BoxFuture<'static, Answer<Found>>;

/// Reads of one kind that are in flight.
pub(crate) struct Flight<Key, Found> {
    /// None: every caller sends its own.
    traffic: Option<Traffic>,
    in_flight: Mutex<Vec<InFlight<Key, Found>>>,
}

struct InFlight<Key, Found> {
    key: Key,
    /// How many writes had ended when it began.
    writes: u64,
    /// Weak: a read that no caller waits for any more is given up.
    read: WeakShared<Read<Found>>,
}

impl<Key, Found> Flight<Key, Found>
where
    Key: PartialEq,
    Found: Clone,
{
    pub(super) fn new(traffic: Option<&Traffic>) -> Self {
        Self {
            traffic: traffic.cloned(),
            in_flight: Mutex::default(),
        }
    }

    /// The answer to `read`, or to an identical one that is in flight: one with this key.
    pub(crate) async fn share(&self, key: Key, read: Read<Found>) -> Answer<Found> {
        match &self.traffic {
            Some(traffic) => self.join(key, traffic.writes_ended(), read).await,
            None => read.await,
        }
    }

    /// Whoever waits for a shared read moves it on, so that no caller depends on another one.
    fn join(&self, key: Key, writes: u64, read: Read<Found>) -> Shared<Read<Found>> {
        let mut all = self
            .in_flight
            .lock()
            .expect("nothing panics with this lock");
        all.retain(|other| other.unanswered().is_some());
        // One from before a write may not show it, and its caller looks for just that.
        let same = all
            .iter()
            .find(|other| other.key == key && other.writes == writes);
        if let Some(shared) = same.and_then(InFlight::unanswered) {
            return shared;
        }
        let shared = read.shared();
        if let Some(read) = shared.downgrade() {
            all.push(InFlight { key, writes, read });
        }
        shared
    }
}

impl<Key, Found: Clone> InFlight<Key, Found> {
    fn unanswered(&self) -> Option<Shared<Read<Found>>> {
        let read = self.read.upgrade()?;
        read.peek().is_none().then_some(read)
    }
}
