//! What the fronts need of whatever answers behind them. [`World`] is the one that matters; the crate's own tests
//! put a scripted one there, so that a fault rule is tested without a deployment.

use std::time::SystemTime;

use serde_json::Value;

use crate::aws::{Answer, Service};
use crate::world::World;

/// A state machine that answers AWS operations. Time only moves forward, and only when it is told.
pub trait Cloud: Send + 'static {
    /// Moves the state to `now`, with everything that happens on the way.
    fn advance(&mut self, now: SystemTime);
    /// Advances to `now` and answers one operation; both documents are AWS JSON, timestamps in epoch seconds.
    fn call(&mut self, service: Service, operation: &str, input: &Value, now: SystemTime)
    -> Answer;
    /// Answers a plain GET or POST with status and body; `None` is a refused connection.
    fn http_get(&mut self, url: &str, now: SystemTime) -> Option<(u16, Vec<u8>)>;
    /// Hears where the server front listens, for example `http://127.0.0.1:4566`.
    fn set_blob_base(&mut self, url: &str);
}

impl Cloud for World {
    fn advance(&mut self, now: SystemTime) {
        World::advance(self, now);
    }

    fn call(
        &mut self,
        service: Service,
        operation: &str,
        input: &Value,
        now: SystemTime,
    ) -> Answer {
        World::call(self, service, operation, input, now)
    }

    fn http_get(&mut self, url: &str, now: SystemTime) -> Option<(u16, Vec<u8>)> {
        World::http_get(self, url, now)
    }

    fn set_blob_base(&mut self, url: &str) {
        World::set_blob_base(self, url);
    }
}
