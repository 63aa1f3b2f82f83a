//! The world of the crate's own tests: answers what it is told to, and remembers what it was asked.

use std::collections::HashMap;
use std::time::{Duration, SystemTime};

use bytes::Bytes;
use http::Request;
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use serde_json::{Value, json};

use crate::aws::{Answer, Service};
use crate::cloud::Cloud;
use crate::model::{self, Protocol};

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
    let url = format!("https://{}.{region}.amazonaws.com/", model.signing_name);
    let authorization =
        format!("AWS4-HMAC-SHA256 Credential={scope}, SignedHeaders=host, Signature=00");
    let request = Request::post(url).header("authorization", authorization);
    match &model.protocol {
        Protocol::Json { target_prefix } => request
            .header("x-amz-target", format!("{target_prefix}.{operation}"))
            .header("content-type", "application/x-amz-json-1.1")
            .body(Bytes::from(input.to_string())),
        Protocol::Query { api_version, .. } => {
            let mut form = format!("Action={operation}&Version={api_version}");
            encode(&mut form, "", input);
            request
                .header("content-type", "application/x-www-form-urlencoded")
                .body(Bytes::from(form))
        }
    }
    .unwrap()
}

/// Adds the fields of a document to a form.
fn encode(form: &mut String, path: &str, value: &Value) {
    let below = |name: &str| {
        if path.is_empty() {
            name.to_owned()
        } else {
            format!("{path}.{name}")
        }
    };
    match value {
        Value::Object(members) if path == "MessageAttributes" => {
            for (number, (name, value)) in members.iter().enumerate() {
                let entry = below(&format!("entry.{}", number + 1));
                encode(form, &format!("{entry}.Name"), &json!(name));
                encode(form, &format!("{entry}.Value"), value);
            }
        }
        Value::Object(members) => {
            for (name, value) in members {
                encode(form, &below(name), value);
            }
        }
        Value::String(text) => {
            let text = utf8_percent_encode(text, NON_ALPHANUMERIC);
            form.push_str(&format!("&{path}={text}"));
        }
        other => form.push_str(&format!("&{path}={other}")),
    }
}

/// An error answer as JSON has it, whichever protocol it came in.
pub(crate) fn error(body: &[u8]) -> Value {
    let text = std::str::from_utf8(body).unwrap();
    let within = |name: &str| {
        let (_, rest) = text.split_once(&format!("<{name}>"))?;
        Some(rest.split_once('<')?.0.to_owned())
    };
    match (within("Code"), within("Message")) {
        (Some(code), Some(message)) => json!({ "__type": code, "message": message }),
        _ => serde_json::from_str(text).unwrap_or_default(),
    }
}

/// `ListTasks` without any input: what most tests ask.
pub(crate) fn list_tasks() -> Request<Bytes> {
    signed(Service::Ecs, "ListTasks", &json!({}), "ap-northeast-2")
}

pub(crate) fn get(url: &str) -> Request<Bytes> {
    Request::get(url).body(Bytes::new()).unwrap()
}
