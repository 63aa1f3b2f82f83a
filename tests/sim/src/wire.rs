//! AWS JSON 1.1 over HTTP: which operation a request asks for and who signed it, and how answers and errors look.

use bytes::Bytes;
use http::header::{AUTHORIZATION, CONTENT_LENGTH, CONTENT_TYPE};
use http::{HeaderMap, Method, Request, Response, StatusCode};
use serde_json::{Value, json};

use crate::aws::{AwsError, Service};
use crate::model::{self, Model, Protocol};
use crate::query;

const CONTENT: &str = "application/x-amz-json-1.1";
/// What a request of the query protocol says of its body.
const FORM: &str = "application/x-www-form-urlencoded";

/// The fields of a request of the query protocol; `None` for every other request.
pub fn form(request: &Request<Bytes>) -> Option<Vec<(String, String)>> {
    let content = request.headers().get(CONTENT_TYPE)?;
    let is_form = content.as_bytes().starts_with(FORM.as_bytes());
    if !is_form || request.headers().contains_key("x-amz-target") {
        return None;
    }
    query::form(request.body())
}

/// Whether a request has nothing of AWS's: a GET, or a POST that is neither signed nor names an operation.
pub fn is_plain<B>(request: &Request<B>) -> bool {
    let headers = request.headers();
    let is_aws = ["x-amz-target", "authorization"]
        .iter()
        .any(|name| headers.contains_key(*name));
    request.method() == Method::GET || (request.method() == Method::POST && !is_aws)
}

/// What the head of a request says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Head {
    pub service: Service,
    /// As asked for, whether the service has such an operation or not.
    pub operation: String,
    pub scope: Scope,
}

/// The credential scope of a Signature Version 4. The signature itself is not checked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Scope {
    pub access_key: String,
    pub region: String,
    /// The signing name, for example `ecs`.
    pub service: String,
}

/// Reads the head of a request; `fields` are its form, where it has one.
///
/// # Errors
/// What AWS answers to a request without a signature, or with one for another service;
/// `SimulatorUnknownOperation` where the target names a service that the simulator doesn't know.
pub fn head(headers: &HeaderMap, fields: Option<&[(String, String)]>) -> Result<Head, AwsError> {
    let (model, operation) = target(headers, fields)?;
    let scope = scope(headers)?;
    if scope.service != model.signing_name {
        let message = format!(
            "Credential should be scoped to correct service: '{}'. ",
            model.signing_name
        );
        return Err(AwsError::client("InvalidSignatureException", message));
    }
    Ok(Head {
        service: model.service,
        operation,
        scope,
    })
}

/// The loud answer to what the simulator does not model: HTTP 501.
pub fn unknown_operation(message: String) -> AwsError {
    AwsError {
        status: 501,
        code: "SimulatorUnknownOperation".to_owned(),
        message,
    }
}

/// The service and the operation that are asked for.
///
/// # Errors
/// `SimulatorUnknownOperation` where the simulator does not know the service.
pub fn target(
    headers: &HeaderMap,
    fields: Option<&[(String, String)]>,
) -> Result<(&'static Model, String), AwsError> {
    if let Some(fields) = fields {
        let message = "no service here answers to this form";
        return query::target(fields).ok_or_else(|| unknown_operation(message.to_owned()));
    }
    let target = headers
        .get("x-amz-target")
        .and_then(|value| value.to_str().ok())
        .unwrap_or_default();
    let known = |(prefix, operation): (&str, &str)| {
        let model = model::all()
            .iter()
            .find(|model| answers_to(model, prefix))?;
        Some((model, operation.to_owned()))
    };
    let message = || format!("no service here answers to the target {target:?}");
    target
        .split_once('.')
        .and_then(known)
        .ok_or_else(|| unknown_operation(message()))
}

fn answers_to(model: &Model, prefix: &str) -> bool {
    match &model.protocol {
        Protocol::Json { target_prefix } => target_prefix == prefix,
        Protocol::Query { .. } => false,
    }
}

fn scope(headers: &HeaderMap) -> Result<Scope, AwsError> {
    let authorization = headers
        .get(AUTHORIZATION)
        .and_then(|value| value.to_str().ok())
        .ok_or_else(|| {
            AwsError::client(
                "MissingAuthenticationTokenException",
                "Missing Authentication Token",
            )
        })?;
    let credential = authorization
        .strip_prefix("AWS4-HMAC-SHA256 ")
        .and_then(|rest| {
            rest.split(", ")
                .find_map(|part| part.trim().strip_prefix("Credential="))
        });
    let parts: Vec<_> = credential.unwrap_or_default().split('/').collect();
    match parts[..] {
        [access_key, _date, region, service, "aws4_request"] => Ok(Scope {
            access_key: access_key.to_owned(),
            region: region.to_owned(),
            service: service.to_owned(),
        }),
        _ => Err(AwsError::client(
            "IncompleteSignatureException",
            format!("'{authorization}' not a valid AWS4-HMAC-SHA256 Authorization header"),
        )),
    }
}

/// Reads the body of a request. An empty one is an empty document.
///
/// # Errors
/// `SerializationException` where the body is no JSON object.
pub fn document(body: &[u8]) -> Result<Value, AwsError> {
    if body.is_empty() {
        return Ok(json!({}));
    }
    serde_json::from_slice(body)
        .ok()
        .filter(Value::is_object)
        .ok_or_else(|| AwsError::client("SerializationException", "the body is not a JSON object"))
}

/// The answer to a request that succeeded. `Null` is the answer of an operation that has no document.
pub fn success(answer: &Value, request_id: u64) -> Response<Bytes> {
    let body = if answer.is_null() {
        Bytes::new()
    } else {
        Bytes::from(answer.to_string())
    };
    response(200, CONTENT, body, request_id)
}

/// The answer to a request that failed.
pub fn failure(error: &AwsError, request_id: u64) -> Response<Bytes> {
    let body = json!({ "__type": error.code, "message": error.message });
    response(
        error.status,
        CONTENT,
        Bytes::from(body.to_string()),
        request_id,
    )
}

/// The page of a proxy or load balancer that stands before AWS.
pub fn html(status: u16) -> Response<Bytes> {
    let reason = StatusCode::from_u16(status)
        .ok()
        .and_then(|status| status.canonical_reason());
    let title = format!("{status} {}", reason.unwrap_or("Error"));
    let page = format!(
        "<html>\r\n<head><title>{title}</title></head>\r\n<body><h1>{title}</h1></body>\r\n</html>\r\n"
    );
    plain(status, "text/html", Bytes::from(page))
}

/// An answer without AWS's header.
pub fn plain(status: u16, content_type: &str, body: Bytes) -> Response<Bytes> {
    Response::builder()
        .status(status)
        .header(CONTENT_TYPE, content_type)
        .header(CONTENT_LENGTH, body.len())
        .body(body)
        .expect("a status between 100 and 999 and headers of our own")
}

pub(crate) fn request_id(number: u64) -> String {
    format!("00000000-0000-4000-8000-{number:012x}")
}

/// An answer with AWS's header.
pub(crate) fn response(
    status: u16,
    content_type: &str,
    body: Bytes,
    number: u64,
) -> Response<Bytes> {
    let mut response = plain(status, content_type, body);
    let id = request_id(number);
    response
        .headers_mut()
        .insert("x-amzn-requestid", id.parse().expect("an id is ASCII"));
    response
}

#[cfg(test)]
mod tests {
    use super::*;

    fn headers(target: &str, authorization: Option<&str>) -> HeaderMap {
        let mut headers = HeaderMap::new();
        headers.insert("x-amz-target", target.parse().unwrap());
        if let Some(authorization) = authorization {
            headers.insert(AUTHORIZATION, authorization.parse().unwrap());
        }
        headers
    }

    fn signed(service: &str) -> String {
        let scope = format!("AKIDEXAMPLE/20261121/eu-west-1/{service}/aws4_request");
        format!(
            "AWS4-HMAC-SHA256 Credential={scope}, SignedHeaders=host;x-amz-date, Signature=5d67"
        )
    }

    fn refusal(target: &str, authorization: Option<&str>) -> String {
        head(&headers(target, authorization), None)
            .unwrap_err()
            .code
    }

    #[test]
    fn a_signed_request_names_operation_and_region() {
        let headers = headers("Logs_20140328.GetLogEvents", Some(&signed("logs")));
        let head = head(&headers, None).unwrap();
        assert_eq!(
            (head.service, head.operation.as_str()),
            (Service::Logs, "GetLogEvents")
        );
        assert_eq!(
            (head.scope.region.as_str(), head.scope.access_key.as_str()),
            ("eu-west-1", "AKIDEXAMPLE")
        );
    }

    #[test]
    fn what_is_not_signed_for_the_service_is_refused() {
        let target = "CodeDeploy_20141006.GetDeployment";
        assert_eq!(refusal(target, None), "MissingAuthenticationTokenException");
        assert_eq!(
            refusal(target, Some("Bearer abc")),
            "IncompleteSignatureException"
        );
        assert_eq!(
            refusal(target, Some(&signed("ecs"))),
            "InvalidSignatureException"
        );
        assert_eq!(
            refusal("DynamoDB_20120810.GetItem", Some(&signed("dynamodb"))),
            "SimulatorUnknownOperation"
        );
        assert_eq!(
            refusal("GetDeployment", Some(&signed("codedeploy"))),
            "SimulatorUnknownOperation"
        );
    }

    #[test]
    fn a_body_is_an_object_or_empty() {
        assert_eq!(document(b"").unwrap(), json!({}));
        assert_eq!(document(br#"{"a":1}"#).unwrap(), json!({"a": 1}));
        for body in [&b"[]"[..], b"{", b"null"] {
            assert_eq!(document(body).unwrap_err().code, "SerializationException");
        }
    }

    #[test]
    fn an_error_looks_like_one_of_aws() {
        let response = failure(
            &AwsError::client("ClusterNotFoundException", "Cluster not found."),
            7,
        );
        assert_eq!(response.status(), 400);
        assert_eq!(
            response.headers()["content-type"],
            "application/x-amz-json-1.1"
        );
        assert_eq!(
            response.headers()["x-amzn-requestid"],
            "00000000-0000-4000-8000-000000000007"
        );
        assert_eq!(
            &response.body()[..],
            br#"{"__type":"ClusterNotFoundException","message":"Cluster not found."}"#
        );
    }
}
