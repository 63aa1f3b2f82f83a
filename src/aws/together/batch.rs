//! Reads that are asked for at almost the same time, sent as one call.

use std::{
    future::Future,
    sync::{Arc, Mutex},
    time::Duration,
};

use futures_util::future::join_all;
use tokio::sync::oneshot;

use crate::{aws::failure::Failure, boxed::boxed, clock::Clock};

/// Runs that observe at the same time ask within microseconds of each other; a call takes ten times as long as this.
const WINDOW: Duration = Duration::from_millis(5);

/// A call that reads what several keys name.
pub(crate) trait Call: Clone + Send + 'static {
    type Key: Clone + PartialEq + Send + 'static;
    type Found: Clone + Send + 'static;

    /// AWS takes no more keys in one call.
    const MOST_KEYS: usize;

    /// Sends it. Keys that name nothing are left out of the answer.
    fn send(
        self,
        keys: Vec<Self::Key>,
    ) -> impl Future<Output = Result<Vec<Self::Found>, Failure>> + Send;

    /// Whether this is what the key names.
    fn is_named(found: &Self::Found, key: &Self::Key) -> bool;
}

/// Collects reads of one kind. Those of one scope, such as a cluster, can go into one call.
pub(crate) struct Batch<Scope, Key, Found> {
    /// None: every caller sends its own calls.
    clock: Option<Clock>,
    waiting: Waiting<Scope, Key, Found>,
}

type Waiting<Scope, Key, Found> = Arc<Mutex<Vec<(Scope, Vec<Ask<Key, Found>>)>>>;

/// What one caller asks for.
struct Ask<Key, Found> {
    keys: Vec<Key>,
    /// Dropped without an answer, it tells the caller to send a call of its own.
    answer: oneshot::Sender<Result<Vec<Found>, Failure>>,
}

impl<Scope, Key, Found> Batch<Scope, Key, Found>
where
    Scope: Clone + PartialEq + Send + 'static,
    Key: Clone + PartialEq + Send + 'static,
    Found: Clone + Send + 'static,
{
    pub(super) fn new(clock: Option<Clock>) -> Self {
        Self {
            clock,
            waiting: Arc::default(),
        }
    }

    /// What the keys name, in one call with what others ask for, or in a call of its own.
    pub(crate) async fn read<C: Call<Key = Key, Found = Found>>(
        &self,
        scope: &Scope,
        keys: Vec<Key>,
        call: C,
    ) -> Result<Vec<Found>, Failure> {
        match self.ask(scope, &keys, &call).await {
            Some(answer) => answer,
            None => boxed(|| call.send(keys)).await,
        }
    }

    /// What the keys name, in one call with what others ask for. `None` where the caller is to send a call of its own:
    /// nobody else asked, or AWS refused the call, perhaps only for what another caller asked for.
    pub(crate) async fn ask<C: Call<Key = Key, Found = Found>>(
        &self,
        scope: &Scope,
        keys: &[Key],
        call: &C,
    ) -> Option<Result<Vec<Found>, Failure>> {
        let clock = self.clock?;
        let (answer, answered) = oneshot::channel();
        let ask = Ask {
            keys: keys.to_vec(),
            answer,
        };
        if self.is_first(scope, ask) {
            let waiting = Arc::clone(&self.waiting);
            // A task of its own: this caller may give up, and the others still need their answers.
            tokio::spawn(send_waiting(clock, waiting, scope.clone(), call.clone()));
        }
        answered.await.ok()
    }

    /// Adds to what waits; whether it is the first of its scope.
    fn is_first(&self, scope: &Scope, ask: Ask<Key, Found>) -> bool {
        let mut waiting = self.waiting.lock().expect("nothing panics with this lock");
        if let Some((_, asks)) = waiting.iter_mut().find(|(of, _)| of == scope) {
            asks.push(ask);
            return false;
        }
        waiting.push((scope.clone(), vec![ask]));
        true
    }
}

/// Sends what the scope's callers ask for within the window, in as few calls as it fits.
async fn send_waiting<Scope: PartialEq, C: Call>(
    clock: Clock,
    waiting: Waiting<Scope, C::Key, C::Found>,
    scope: Scope,
    call: C,
) {
    clock.sleep(WINDOW).await;
    let asks = take(&waiting, &scope);
    let calls = pack(asks, C::MOST_KEYS);
    join_all(calls.into_iter().map(|packed| send(call.clone(), packed))).await;
}

fn take<Scope: PartialEq, Key, Found>(
    waiting: &Waiting<Scope, Key, Found>,
    scope: &Scope,
) -> Vec<Ask<Key, Found>> {
    let mut waiting = waiting.lock().expect("nothing panics with this lock");
    let at = waiting.iter().position(|(of, _)| of == scope);
    let mut asks = match at {
        Some(at) => waiting.swap_remove(at).1,
        None => Vec::new(),
    };
    // Nobody waits for the answer of a caller that gave up.
    asks.retain(|ask| !ask.answer.is_closed());
    asks
}

/// What goes into one call.
struct Packed<Key, Found> {
    /// Each once, whoever asks for it.
    keys: Vec<Key>,
    asks: Vec<Ask<Key, Found>>,
}

/// Shares the asks out among calls, each of them whole: a caller's answer is from one moment.
fn pack<Key: Clone + PartialEq, Found>(
    asks: Vec<Ask<Key, Found>>,
    most_keys: usize,
) -> Vec<Packed<Key, Found>> {
    let mut calls: Vec<Packed<Key, Found>> = Vec::new();
    for ask in asks {
        let has_room =
            |call: &&mut Packed<Key, Found>| call.keys.len() + call.new_keys(&ask) <= most_keys;
        if let Some(call) = calls.iter_mut().find(has_room) {
            call.add(ask);
            continue;
        }
        let mut call = Packed {
            keys: Vec::new(),
            asks: Vec::new(),
        };
        call.add(ask);
        calls.push(call);
    }
    calls
}

impl<Key: Clone + PartialEq, Found> Packed<Key, Found> {
    fn new_keys(&self, ask: &Ask<Key, Found>) -> usize {
        let new = ask.keys.iter().filter(|key| !self.keys.contains(key));
        new.count()
    }

    fn add(&mut self, ask: Ask<Key, Found>) {
        for key in &ask.keys {
            if !self.keys.contains(key) {
                self.keys.push(key.clone());
            }
        }
        self.asks.push(ask);
    }
}

async fn send<C: Call>(call: C, packed: Packed<C::Key, C::Found>) {
    // A caller without company sends its own call, which may be another operation than the one for many.
    if packed.asks.len() < 2 {
        return;
    }
    let answer = call.send(packed.keys).await;
    // AWS refuses a call as a whole, though it may mean what one caller asked for. Each is to hear of its own.
    if let Err(failure) = &answer
        && (failure.is_denied() || failure.is_rejected())
    {
        return;
    }
    for ask in packed.asks {
        let own = match &answer {
            Ok(found) => Ok(named::<C>(found, &ask.keys)),
            Err(failure) => Err(failure.clone()),
        };
        // A caller that gave up in the meantime needs no answer.
        let _ = ask.answer.send(own);
    }
}

/// What these keys name, in AWS's order.
fn named<C: Call>(found: &[C::Found], keys: &[C::Key]) -> Vec<C::Found> {
    let mut named = Vec::new();
    for each in found {
        if keys.iter().any(|key| C::is_named(each, key)) {
            named.push(each.clone());
        }
    }
    named
}
