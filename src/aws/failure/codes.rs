//! The kinds of failure, and which of AWS's answers is which.

use aws_smithy_runtime_api::client::orchestrator::HttpResponse;

use crate::aws::witness::Seen;

/// The kinds of failure.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Fault {
    /// The role lacks a permission.
    AccessDenied,
    /// The credentials were valid once.
    CredentialsExpired,
    /// AWS does not know or accept the credentials.
    CredentialsInvalid,
    /// The request was signed at another time than AWS has: nothing was done.
    ClockSkew,
    /// Nothing was done; another attempt later may succeed.
    Throttled,
    /// No answer: connection refused or reset, or timed out. Whether it was done is unknown.
    Unreachable,
    /// A 5xx answer. Whether it was done is unknown.
    ServerError,
    /// An answer that is not from AWS: a proxy's page, half a document. Whether it was done is unknown.
    NotAws,
    /// AWS refused with an exception of the operation's model.
    Rejected,
}

pub(super) fn fault_of_answer(code: &str, response: &HttpResponse, seen: &Seen) -> Fault {
    // AWS answers a wrong signature the same, whether the key or the time is wrong.
    if SIGNATURE.contains(&code) && seen.is_skewed() {
        return Fault::ClockSkew;
    }
    if let Some(fault) = named_fault(code) {
        return fault;
    }
    if is_page(response) {
        return Fault::NotAws;
    }
    match response.status().as_u16() {
        500.. => Fault::ServerError,
        _ if code.is_empty() => Fault::NotAws,
        _ => Fault::Rejected,
    }
}

/// An answer without a message that can be read.
pub(super) fn described(response: &HttpResponse) -> String {
    let status = response.status().as_u16();
    let body = response.body().bytes().unwrap_or_default();
    match body {
        [] => format!("HTTP status {status}"),
        _ if is_page(response) => format!("HTTP status {status} with a web page"),
        _ => format!("HTTP status {status} with an answer that cannot be read"),
    }
}

/// AWS's bodies are JSON, or XML of its own; a page for a browser is from a proxy.
fn is_page(response: &HttpResponse) -> bool {
    let body = response.body().bytes().unwrap_or_default();
    let body = body.trim_ascii_start();
    body.starts_with(b"<") && !body.starts_with(b"<ErrorResponse")
}

/// What AWS answers to a signature that it computes otherwise.
const SIGNATURE: [&str; 3] = [
    "InvalidSignatureException",
    "SignatureDoesNotMatch",
    "AuthFailure",
];

/// What the error codes say that any operation can answer. Source: the services' "Common errors".
fn named_fault(code: &str) -> Option<Fault> {
    let fault = match code {
        // SNS has a word of its own.
        "AccessDenied"
        | "AccessDeniedException"
        | "UnauthorizedOperation"
        | "NotAuthorized"
        | "AuthorizationError" => Fault::AccessDenied,
        "ExpiredToken" | "ExpiredTokenException" => Fault::CredentialsExpired,
        "RequestExpired" | "RequestTimeTooSkewed" | "RequestInTheFuture" => Fault::ClockSkew,
        "UnrecognizedClientException"
        | "InvalidSignatureException"
        | "InvalidClientTokenId"
        | "SignatureDoesNotMatch"
        | "AuthFailure"
        | "MissingAuthenticationToken"
        | "MissingAuthenticationTokenException"
        | "IncompleteSignature"
        | "IncompleteSignatureException"
        | "OptInRequired" => Fault::CredentialsInvalid,
        "Throttling"
        | "Throttled"
        | "ThrottlingException"
        | "ThrottledException"
        | "RequestThrottled"
        | "RequestThrottledException"
        | "RequestLimitExceeded"
        | "TooManyRequestsException"
        | "SlowDown" => Fault::Throttled,
        _ => return None,
    };
    Some(fault)
}
