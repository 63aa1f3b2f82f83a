//! The world of the crate's own tests: answers what it is told to, and remembers what it was asked.

use std::collections::HashMap;
use std::time::{Duration, SystemTime};

use bytes::Bytes;
use http::Request;
use serde_json::{Value, json};

use crate::aws::{Answer, Service};
use crate::cloud::Cloud;
use crate::model;

pub(crate) struct Scripted {
    /// The answer to everything.
    pub(crate) answer: Answer,
    pub(crate) asked: Vec<String>,
    pub(crate) pages: HashMap<String, (u16, Vec<u8>)>,
    pub(crate) blob_base: String,
    pub(crate) now: SystemTime,
    /// (seconds since the epoch, text)
    pub(crate) notes: Vec<(u64, &'static str)>,
}

impl Default for Scripted {
    fn default() -> Self {
        Self {
            answer: Ok(
                json!({ "taskArns": ["arn:aws:ecs:ap-northeast-2:123456789012:task/prod/4f5a"] }),
            ),
            asked: Vec::new(),
            pages: HashMap::new(),
            blob_base: String::new(),
            now: SystemTime::UNIX_EPOCH,
            notes: Vec::new(),
        }
    }
}

impl Scripted {
    pub(crate) fn answering(answer: Answer) -> Self {
        Self {
            answer,
            ..Self::default()
        }
    }

    pub(crate) fn note(&mut self, text: &'static str) {
        let seconds = self
            .now
            .duration_since(SystemTime::UNIX_EPOCH)
            .as_ref()
            .map_or(0, Duration::as_secs);
        self.notes.push((seconds, text));
    }
}

impl Cloud for Scripted {
    fn advance(&mut self, now: SystemTime) {
        assert!(now >= self.now, "time went back");
        self.now = now;
    }

    fn call(
        &mut self,
        _service: Service,
        operation: &str,
        _input: &Value,
        now: SystemTime,
    ) -> Answer {
        self.advance(now);
        self.asked.push(operation.to_owned());
        self.answer.clone()
    }

    fn http_get(&mut self, url: &str, now: SystemTime) -> Option<(u16, Vec<u8>)> {
        self.advance(now);
        self.asked.push(url.to_owned());
        self.pages.get(url).cloned()
    }

    fn set_blob_base(&mut self, url: &str) {
        url.clone_into(&mut self.blob_base);
    }
}

/// A signed request, as an SDK makes it.
pub(crate) fn signed(
    service: Service,
    operation: &str,
    input: &Value,
    region: &str,
) -> Request<Bytes> {
    let model = model::of(service);
    let scope = format!(
        "AKIDEXAMPLE/20261121/{region}/{}/aws4_request",
        model.signing_name
    );
    Request::post(format!(
        "https://{}.{region}.amazonaws.com/",
        model.signing_name
    ))
    .header(
        "x-amz-target",
        format!("{}.{operation}", model.target_prefix),
    )
    .header("content-type", "application/x-amz-json-1.1")
    .header(
        "authorization",
        format!("AWS4-HMAC-SHA256 Credential={scope}, SignedHeaders=host, Signature=00"),
    )
    .body(Bytes::from(input.to_string()))
    .unwrap()
}

/// `ListTasks` without any input: what most tests ask.
pub(crate) fn list_tasks() -> Request<Bytes> {
    signed(Service::Ecs, "ListTasks", &json!({}), "ap-northeast-2")
}

pub(crate) fn get(url: &str) -> Request<Bytes> {
    Request::get(url).body(Bytes::new()).unwrap()
}
