//! AWS's query protocol: a request is a form, its answer XML. Both become, and come from, the same JSON documents as
//! those of the other services. Source: "AWS query protocol" of the Smithy specification.

use std::collections::{BTreeMap, HashMap};

use bytes::Bytes;
use http::Response;
use percent_encoding::percent_decode_str;
use serde_json::{Map, Value, json};

use crate::aws::{AwsError, Service};
use crate::model::{self, Model, Operation, Protocol, QueryError, Shape};
use crate::wire;

/// How the query protocol calls what the models of JSON services leave out: common to all services.
/// Source: the SNS API reference, "Common errors", and "Publish".
const COMMON: [(&str, &str, u16); 10] = [
    ("AccessDeniedException", "AuthorizationError", 403),
    ("ExpiredTokenException", "ExpiredToken", 403),
    ("IncompleteSignatureException", "IncompleteSignature", 400),
    ("InvalidSignatureException", "SignatureDoesNotMatch", 403),
    (
        "MissingAuthenticationTokenException",
        "MissingAuthenticationToken",
        403,
    ),
    ("SerializationException", "MalformedQueryString", 404),
    ("ThrottlingException", "Throttling", 400),
    ("UnknownOperationException", "InvalidAction", 400),
    ("UnrecognizedClientException", "InvalidClientTokenId", 403),
    ("ValidationException", "ValidationError", 400),
];

/// The fields of a form; `None` where the body is none.
pub(crate) fn form(body: &[u8]) -> Option<Vec<(String, String)>> {
    let text = std::str::from_utf8(body).ok()?;
    let mut fields = Vec::new();
    for field in text.split('&') {
        let (name, value) = field.split_once('=')?;
        fields.push((decoded(name)?, decoded(value)?));
    }
    Some(fields)
}

fn decoded(text: &str) -> Option<String> {
    let spaced = text.replace('+', " ");
    let decoded = percent_decode_str(&spaced).decode_utf8().ok()?;
    Some(decoded.into_owned())
}

/// The service and the operation that a form asks for.
pub(crate) fn target(fields: &[(String, String)]) -> Option<(&'static Model, String)> {
    let field = |name: &str| fields.iter().find(|(known, _)| known == name);
    let (_, action) = field("Action")?;
    let (_, version) = field("Version")?;
    let mut models = model::all().iter();
    let model = models.find(|model| match &model.protocol {
        Protocol::Query { api_version, .. } => api_version == version,
        Protocol::Json { .. } => false,
    })?;
    Some((model, action.clone()))
}

/// The document of a form. What does not fit its shape stays as it is, for the model's check to find.
pub(crate) fn document(model: &Model, operation: &Operation, fields: &[(String, String)]) -> Value {
    let mut root = Node::default();
    for (name, value) in fields {
        if !matches!(name.as_str(), "Action" | "Version") {
            root.put(name.split('.'), value);
        }
    }
    match &operation.input {
        Some(shape) => root.value(model, shape),
        None => root.raw(),
    }
}

/// A name in a form is a path: `MessageAttributes.entry.1.Name`.
#[derive(Default)]
struct Node {
    text: Option<String>,
    below: BTreeMap<String, Self>,
}

impl Node {
    fn put<'p>(&mut self, mut path: impl Iterator<Item = &'p str>, text: &str) {
        match path.next() {
            Some(name) => self
                .below
                .entry(name.to_owned())
                .or_default()
                .put(path, text),
            None => self.text = Some(text.to_owned()),
        }
    }

    fn value(&self, model: &Model, shape: &str) -> Value {
        match (model.shape(shape), &self.text) {
            (Shape::Structure { members, .. }, None) => self.structure(model, members),
            (Shape::List { member, .. }, None) => {
                let items = self.numbered("member");
                items.map_or_else(
                    || self.raw(),
                    |items| items.iter().map(|item| item.value(model, member)).collect(),
                )
            }
            (Shape::Map { value, called, .. }, None) => {
                self.map(model, value, called).unwrap_or_else(|| self.raw())
            }
            (Shape::Integer { .. } | Shape::Decimal { .. } | Shape::Boolean, Some(text)) => {
                serde_json::from_str(text).unwrap_or_else(|_| self.raw())
            }
            _ => self.raw(),
        }
    }

    fn structure(&self, model: &Model, members: &[(String, String)]) -> Value {
        let mut object = Map::new();
        for (name, node) in &self.below {
            let known = members.iter().find(|(member, _)| member == name);
            let value = known.map_or_else(|| node.raw(), |(_, shape)| node.value(model, shape));
            object.insert(name.clone(), value);
        }
        object.into()
    }

    fn map(&self, model: &Model, shape: &str, (key, value): &(String, String)) -> Option<Value> {
        let mut object = Map::new();
        for entry in self.numbered("entry")? {
            let name = entry.below.get(key)?.text.clone()?;
            object.insert(name, entry.below.get(value)?.value(model, shape));
        }
        Some(object.into())
    }

    /// `member.1`, `member.2` and so on; `None` where anything else is there, or one is missing.
    fn numbered(&self, name: &str) -> Option<Vec<&Self>> {
        let items = &self.below.get(name)?.below;
        if self.below.len() > 1 {
            return None;
        }
        (1..=items.len())
            .map(|number| items.get(&number.to_string()))
            .collect()
    }

    fn raw(&self) -> Value {
        match &self.text {
            Some(text) => json!(text),
            None => {
                let below = self.below.iter();
                let members = below.map(|(name, node)| (name.clone(), node.raw()));
                members.collect::<Map<_, _>>().into()
            }
        }
    }
}

/// The answer to a request that succeeded.
pub(crate) fn success(
    model: &Model,
    operation: &Operation,
    answer: &Value,
    request_id: u64,
) -> Response<Bytes> {
    let name = &operation.name;
    let result = match &operation.output {
        Some(shape) => {
            let members = xml(model, shape, answer);
            format!("<{name}Result>{members}</{name}Result>")
        }
        None => String::new(),
    };
    let metadata = format!(
        "<ResponseMetadata><RequestId>{}</RequestId></ResponseMetadata>",
        wire::request_id(request_id)
    );
    let body = format!(
        "<{name}Response xmlns=\"{}\">{result}{metadata}</{name}Response>",
        namespace(model)
    );
    wire::response(200, "text/xml", Bytes::from(body), request_id)
}

/// The answer to a request that failed.
pub(crate) fn failure(service: Service, error: &AwsError, request_id: u64) -> Response<Bytes> {
    let model = model::of(service);
    let (code, status) = answered(model, error);
    let whose = if status < 500 { "Sender" } else { "Receiver" };
    let body = format!(
        "<ErrorResponse xmlns=\"{}\"><Error><Type>{whose}</Type><Code>{}</Code><Message>{}</Message></Error>\
         <RequestId>{}</RequestId></ErrorResponse>",
        namespace(model),
        escaped(&code),
        escaped(&error.message),
        wire::request_id(request_id)
    );
    wire::response(status, "text/xml", Bytes::from(body), request_id)
}

/// Code and status that a caller sees.
fn answered(model: &Model, error: &AwsError) -> (String, u16) {
    let none = HashMap::new();
    let modelled = match &model.protocol {
        Protocol::Query { errors, .. } => errors,
        Protocol::Json { .. } => &none,
    };
    if let Some((_, code, status)) = COMMON.iter().find(|(name, ..)| *name == error.code) {
        return ((*code).to_owned(), *status);
    }
    match modelled.get(&error.code) {
        Some(QueryError { code, status }) => (code.clone(), *status),
        None => (error.code.clone(), error.status),
    }
}

fn namespace(model: &Model) -> String {
    match &model.protocol {
        Protocol::Query { api_version, .. } => {
            format!(
                "http://{}.amazonaws.com/doc/{api_version}/",
                model.signing_name
            )
        }
        Protocol::Json { .. } => String::new(),
    }
}

/// What a value looks like inside its element.
fn xml(model: &Model, shape: &str, value: &Value) -> String {
    let mut text = String::new();
    match (model.shape(shape), value) {
        (Shape::Structure { members, .. }, Value::Object(object)) => {
            for (name, value) in object {
                let member = members.iter().find(|(member, _)| member == name);
                let (_, shape) = member.expect("the model has allowed the answer");
                text += &element(name, &xml(model, shape, value));
            }
        }
        (Shape::List { member, .. }, Value::Array(items)) => {
            for item in items {
                text += &element("member", &xml(model, member, item));
            }
        }
        (Shape::Map { value, called, .. }, Value::Object(object)) => {
            for (name, item) in object {
                let key = element(&called.0, &escaped(name));
                let value = element(&called.1, &xml(model, value, item));
                text += &element("entry", &(key + &value));
            }
        }
        (_, Value::String(string)) => text += &escaped(string),
        (_, other) => text += &other.to_string(),
    }
    text
}

fn element(name: &str, inside: &str) -> String {
    format!("<{name}>{inside}</{name}>")
}

fn escaped(text: &str) -> String {
    let text = text.replace('&', "&amp;").replace('<', "&lt;");
    text.replace('>', "&gt;")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn publish(body: &str) -> Value {
        let fields = form(body.as_bytes()).unwrap();
        let (model, action) = target(&fields).unwrap();
        document(model, &model.operations[&action], &fields)
    }

    #[test]
    fn a_form_becomes_a_document() {
        let body = "Action=Publish&Version=2010-03-31&Message=a%26b+%E2%9C%94%0Ac&TopicArn=arn%3Aaws%3Asns\
                    &MessageAttributes.entry.1.Name=outcome&MessageAttributes.entry.1.Value.DataType=String\
                    &MessageAttributes.entry.1.Value.StringValue=failed";
        assert_eq!(
            publish(body),
            json!({
                "Message": "a&b ✔\nc",
                "MessageAttributes": { "outcome": { "DataType": "String", "StringValue": "failed" } },
                "TopicArn": "arn:aws:sns",
            })
        );
    }

    #[test]
    fn what_does_not_fit_is_left_for_the_check() {
        let model = model::of(Service::Sns);
        let operation = &model.operations["Publish"];
        let wrong = |field: &str| {
            let body = format!("Action=Publish&Version=2010-03-31&Message=a&{field}");
            let found = model.violations(
                operation,
                crate::model::check::Document::Request,
                &publish(&body),
            );
            found.len()
        };
        assert_eq!(wrong("Subject=a"), 0);
        assert_eq!(wrong("Topic=a"), 1);
        assert_eq!(wrong("Subject.member.1=a"), 1);
        assert_eq!(wrong("MessageAttributes=a"), 1);
        for entry in ["entry.2", "item.1"] {
            let name = format!("MessageAttributes.{entry}.Name=a");
            let field = format!("{name}&MessageAttributes.{entry}.Value.DataType=String");
            assert!(wrong(&field) > 0, "{field}");
        }
    }

    #[test]
    fn an_answer_becomes_xml() {
        let model = model::of(Service::Sns);
        let answer = json!({ "MessageId": "<1>" });
        let response = success(model, &model.operations["Publish"], &answer, 7);
        assert_eq!(
            std::str::from_utf8(response.body()).unwrap(),
            "<PublishResponse xmlns=\"http://sns.amazonaws.com/doc/2010-03-31/\"><PublishResult>\
             <MessageId>&lt;1&gt;</MessageId></PublishResult><ResponseMetadata>\
             <RequestId>00000000-0000-4000-8000-000000000007</RequestId></ResponseMetadata></PublishResponse>"
        );
    }

    #[test]
    fn an_error_has_the_code_and_the_status_of_the_query_protocol() {
        let table = [
            ("NotFoundException", "NotFound", 404),
            ("AccessDeniedException", "AuthorizationError", 403),
            ("ThrottlingException", "Throttling", 400),
            ("SomethingElse", "SomethingElse", 400),
        ];
        for (name, code, status) in table {
            let response = failure(Service::Sns, &AwsError::client(name, "a & b"), 7);
            let body = std::str::from_utf8(response.body()).unwrap();
            assert_eq!(response.status(), status, "{name}");
            assert!(body.contains(&format!("<Code>{code}</Code>")), "{body}");
            assert!(body.contains("<Message>a &amp; b</Message>"), "{body}");
        }
    }
}
