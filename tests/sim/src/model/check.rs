//! Holds a JSON document against a shape and names everything that does not fit, with its path. Unknown members
//! do not fit either: a simulator that lets them pass drifts into a fantasy.

use std::fmt;

use serde_json::{Map, Value};

use super::{Limits, Model, Operation, Shape};
use crate::aws::{AwsError, Service};

/// Which of an operation's documents is meant.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Document {
    Request,
    Answer,
}

/// Something that AWS's model does not allow, or that the simulator does not model.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Violation {
    /// `None`: a service that the simulator doesn't know.
    pub service: Option<Service>,
    pub operation: String,
    pub document: Document,
    /// For example `services[0].launchType`; empty for the document itself.
    pub path: String,
    pub problem: String,
}

impl fmt::Display for Violation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            operation,
            document,
            path,
            problem,
            ..
        } = self;
        let service = self.service.map_or_else(
            || "unknown service".to_owned(),
            |known| format!("{known:?}"),
        );
        write!(f, "{service}: {operation}: {document:?}: {path}: {problem}")
    }
}

/// Codes that any AWS operation may answer, listed in no model.
const COMMON_ERRORS: [&str; 14] = [
    "AccessDeniedException",
    "ExpiredTokenException",
    "IncompleteSignatureException",
    "InternalFailure",
    "InvalidSignatureException",
    "MissingAuthenticationTokenException",
    "OptInRequired",
    "RequestExpired",
    "SerializationException",
    "ServiceUnavailable",
    "ThrottlingException",
    "UnknownOperationException",
    "UnrecognizedClientException",
    "ValidationException",
];

/// These operations carry task definitions, which may hold members that are newer than the model.
const TASK_DEFINITIONS: [&str; 2] = ["RegisterTaskDefinition", "DescribeTaskDefinition"];

impl Model {
    /// What is wrong with a request or an answer of `operation`.
    pub fn violations(
        &self,
        operation: &Operation,
        document: Document,
        value: &Value,
    ) -> Vec<Violation> {
        let newer_members = TASK_DEFINITIONS.contains(&operation.name.as_str());
        let shape = match document {
            Document::Request => &operation.input,
            Document::Answer => &operation.output,
        };
        let found = match shape {
            Some(shape) => self.mismatches(shape, value, newer_members),
            None => unexpected(value),
        };
        let violation = |(path, problem)| self.violation(&operation.name, document, path, problem);
        found.into_iter().map(violation).collect()
    }

    /// Paths and problems of a value that is held against one shape.
    pub(crate) fn mismatches(
        &self,
        shape: &str,
        value: &Value,
        newer_members: bool,
    ) -> Vec<(String, String)> {
        let mut check = Check {
            model: self,
            newer_members,
            found: Vec::new(),
        };
        check.value(shape, value, "");
        check.found
    }

    /// What is wrong with an error answer: its code is neither documented for the operation nor common to all.
    pub fn undocumented(&self, operation: &Operation, error: &AwsError) -> Option<Violation> {
        let documented =
            operation.errors.contains(&error.code) || COMMON_ERRORS.contains(&error.code.as_str());
        let problem = || {
            format!(
                "{} is no error of this operation: {}",
                error.code, error.message
            )
        };
        (!documented)
            .then(|| self.violation(&operation.name, Document::Answer, String::new(), problem()))
    }

    fn violation(
        &self,
        operation: &str,
        document: Document,
        path: String,
        problem: String,
    ) -> Violation {
        Violation {
            service: Some(self.service),
            operation: operation.to_owned(),
            document,
            path,
            problem,
        }
    }
}

struct Check<'m> {
    model: &'m Model,
    newer_members: bool,
    /// (path, problem)
    found: Vec<(String, String)>,
}

impl Check<'_> {
    fn value(&mut self, name: &str, value: &Value, path: &str) {
        let model = self.model;
        match (model.shape(name), value) {
            (Shape::Document, _) | (Shape::Boolean, Value::Bool(_)) => {}
            (Shape::Structure { members, required }, Value::Object(object)) => {
                self.structure(members, required, object, path);
            }
            (Shape::List { member, length }, Value::Array(items)) => {
                self.limits(length, items.len() as f64, "members", path);
                for (index, item) in items.iter().enumerate() {
                    self.value(member, item, &format!("{path}[{index}]"));
                }
            }
            (
                Shape::Map {
                    key, value, length, ..
                },
                Value::Object(object),
            ) => {
                self.limits(length, object.len() as f64, "entries", path);
                for (name, item) in object {
                    let path = joined(path, name);
                    self.value(key, &Value::from(name.as_str()), &path);
                    self.value(value, item, &path);
                }
            }
            (text @ Shape::Text { .. }, Value::String(string)) => self.text(text, string, path),
            (Shape::Integer { range }, Value::Number(number))
                if number.is_i64() || number.is_u64() =>
            {
                self.limits(
                    range,
                    number.as_f64().unwrap_or(f64::NAN),
                    "as its value",
                    path,
                );
            }
            (Shape::Decimal { range }, Value::Number(number)) => {
                self.limits(
                    range,
                    number.as_f64().unwrap_or(f64::NAN),
                    "as its value",
                    path,
                );
            }
            (Shape::Timestamp, Value::Number(seconds)) => self.timestamp(seconds.as_f64(), path),
            (Shape::Blob, Value::String(base64)) => self.blob(base64, path),
            (shape, value) => self.say(path, format!("{} expected, not {value}", kind(shape))),
        }
    }

    fn structure(
        &mut self,
        members: &[(String, String)],
        required: &[String],
        object: &Map<String, Value>,
        path: &str,
    ) {
        for name in required.iter().filter(|name| !object.contains_key(*name)) {
            self.say(&joined(path, name), "required, but not there".to_owned());
        }
        for (name, value) in object {
            match members.iter().find(|(known, _)| known == name) {
                Some((_, shape)) => self.value(shape, value, &joined(path, name)),
                None if self.newer_members && is_newer(name) => {}
                None => self.say(
                    &joined(path, name),
                    "no such member in the model".to_owned(),
                ),
            }
        }
    }

    fn text(&mut self, shape: &Shape, string: &str, path: &str) {
        let Shape::Text {
            length,
            pattern,
            values,
        } = shape
        else {
            return;
        };
        self.limits(length, string.chars().count() as f64, "characters", path);
        if !values.is_empty() && !values.iter().any(|value| value == string) {
            self.say(path, format!("{string:?} is none of {}", values.join(", ")));
        }
        if let Some(pattern) = pattern.as_ref().filter(|pattern| !pattern.is_match(string)) {
            self.say(
                path,
                format!("{string:?} does not fit the pattern {pattern}"),
            );
        }
    }

    /// Seconds, not milliseconds: those would lie beyond the year 5000.
    fn timestamp(&mut self, seconds: Option<f64>, path: &str) {
        if !seconds.is_some_and(|seconds| (0.0..1e11).contains(&seconds)) {
            self.say(path, "no time in epoch seconds".to_owned());
        }
    }

    fn blob(&mut self, base64: &str, path: &str) {
        let alphabet =
            |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'+' | b'/' | b'=');
        if !base64.len().is_multiple_of(4) || !base64.bytes().all(alphabet) {
            self.say(path, "not base64".to_owned());
        }
    }

    fn limits(&mut self, limits: &Limits, amount: f64, what: &str, path: &str) {
        if !limits.allow(amount) {
            let end =
                |end: Option<f64>| end.map_or_else(|| "any".to_owned(), |end| end.to_string());
            let (min, max) = (end(limits.min), end(limits.max));
            self.say(path, format!("{amount} {what}, allowed are {min} to {max}"));
        }
    }

    fn say(&mut self, path: &str, problem: String) {
        self.found.push((path.to_owned(), problem));
    }
}

/// The document of an operation that has none may be empty.
fn unexpected(value: &Value) -> Vec<(String, String)> {
    let empty = value.is_null() || value.as_object().is_some_and(Map::is_empty);
    if empty {
        Vec::new()
    } else {
        vec![(
            String::new(),
            "this operation has no such document".to_owned(),
        )]
    }
}

fn is_newer(member: &str) -> bool {
    member.starts_with("x-future") || member.starts_with("futureMember")
}

fn joined(path: &str, name: &str) -> String {
    if path.is_empty() {
        name.to_owned()
    } else {
        format!("{path}.{name}")
    }
}

fn kind(shape: &Shape) -> &'static str {
    match shape {
        Shape::Structure { .. } | Shape::Map { .. } => "an object",
        Shape::Document => "a document",
        Shape::List { .. } => "a list",
        Shape::Text { .. } => "a string",
        Shape::Integer { .. } => "a whole number",
        Shape::Decimal { .. } => "a number",
        Shape::Boolean => "a boolean",
        Shape::Timestamp => "epoch seconds as a number",
        Shape::Blob => "base64 text",
    }
}
