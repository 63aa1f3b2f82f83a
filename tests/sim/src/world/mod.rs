//! The state of the simulated AWS. Here: an AWS that knows no operation at all.

use std::time::SystemTime;

use serde_json::Value;

use crate::aws::{Answer, AwsError, Service};

/// An account in a region.
#[derive(Debug, Default)]
pub struct World;

impl World {
    /// Moves the state to `now`.
    pub fn advance(&mut self, _now: SystemTime) {}

    /// Advances to `now` and answers one operation.
    pub fn call(&mut self, service: Service, operation: &str, _input: &Value, _now: SystemTime) -> Answer {
        Err(AwsError {
            status: 501,
            code: "SimulatorUnknownOperation".to_owned(),
            message: format!("{service:?} {operation} is not modelled"),
        })
    }

    /// A plain HTTP GET: status and body, or `None` where nobody listens.
    pub fn http_get(&mut self, _url: &str, _now: SystemTime) -> Option<(u16, Vec<u8>)> {
        None
    }

    /// Where the server front is reached, for URLs in answers.
    pub fn set_blob_base(&mut self, _url: &str) {}
}
