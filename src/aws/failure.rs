//! How AWS says no, sorted into the few kinds that the code decides by.

use std::error::Error;
use std::fmt::Write;

use aws_smithy_runtime_api::client::orchestrator::HttpResponse;
use aws_smithy_runtime_api::client::result::SdkError;
use aws_smithy_types::error::metadata::ProvideErrorMetadata;

use crate::error::{Code, Problem, Problems};

/// An AWS operation that this action calls.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Operation {
    /// The prefix of its IAM actions: `ecs`, `ecr`, `codedeploy`.
    pub service: &'static str,
    pub name: &'static str,
}

impl Operation {
    /// The IAM action that allows it: `ecs:DescribeServices`.
    pub fn iam_action(self) -> String {
        format!("{}:{}", self.service, self.name)
    }
}

/// The kinds of "no".
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Fault {
    /// The role lacks a permission.
    AccessDenied,
    /// The credentials were good once.
    CredentialsExpired,
    /// AWS does not know or accept the credentials.
    CredentialsInvalid,
    /// Nothing was done; asking later may help.
    Throttled,
    /// No answer: connection refused or reset, time-out. Whether it was done is unknown.
    Unreachable,
    /// A 5xx answer. Whether it was done is unknown.
    ServerError,
    /// Something that is not AWS's answer: a proxy's page, half a document. Whether it was done is unknown.
    NotAws,
    /// AWS refused for a reason of the operation's own (an exception of its model).
    Rejected,
}

/// One call that did not work.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Failure {
    pub operation: Operation,
    pub fault: Fault,
    /// AWS's error code, for example `DeploymentLimitExceededException`; empty where there is none.
    pub code: String,
    /// AWS's own words, or what the network said. Outside text.
    pub message: String,
}

impl Failure {
    /// Sorts what the SDK gave.
    pub fn new<E>(operation: Operation, error: &SdkError<E, HttpResponse>) -> Self
    where
        E: ProvideErrorMetadata + Error + 'static,
    {
        let status = error.raw_response().map_or(0, |raw| raw.status().as_u16());
        let body = error
            .raw_response()
            .and_then(|raw| raw.body().bytes())
            .unwrap_or_default();
        let (code, message) = match error {
            SdkError::ServiceError(service) => (
                service.err().code().unwrap_or_default().to_owned(),
                service.err().message().unwrap_or_default().to_owned(),
            ),
            other => (String::new(), chain(other)),
        };
        let fault = match error {
            SdkError::ServiceError(_) => sort(&code, &message, status, body),
            SdkError::ResponseError(_) if status >= 500 && !is_page(body) => Fault::ServerError,
            SdkError::ResponseError(_) => Fault::NotAws,
            _ => Fault::Unreachable,
        };
        let message = if message.is_empty() {
            format!("HTTP status {status}")
        } else {
            message
        };
        Self {
            operation,
            fault,
            code,
            message,
        }
    }

    pub fn is(&self, code: &str) -> bool {
        self.code == code
    }

    /// Whether the call may have taken effect although no good answer came.
    pub fn is_ambiguous(&self) -> bool {
        matches!(
            self.fault,
            Fault::Unreachable | Fault::ServerError | Fault::NotAws
        )
    }

    /// Whether asking again later can help.
    pub fn is_passing(&self) -> bool {
        self.is_ambiguous() || self.fault == Fault::Throttled
    }

    /// As the user reads it, for the faults that any operation can meet.
    pub fn problem(&self) -> Problem {
        Problem {
            passing: self.is_passing(),
            ..self.worded()
        }
    }

    fn worded(&self) -> Problem {
        let Self {
            operation,
            code,
            message,
            ..
        } = self;
        let action = operation.iam_action();
        match self.fault {
            Fault::AccessDenied => Problem::new(
                Code::AccessDenied,
                format!(
                    "the role may not call {}: {message}",
                    needed_action(message, &action)
                ),
                format!(
                    "add {} to the role's policy (the README has the whole policy), then run this again",
                    needed_action(message, &action)
                ),
            ),
            Fault::CredentialsExpired => Problem::new(
                Code::CredentialsInvalid,
                format!("the AWS credentials have expired ({action} answered {code})"),
                "run the job again: aws-actions/configure-aws-credentials gets new ones; for a long wait set its role-duration-seconds",
            ),
            Fault::CredentialsInvalid => Problem::new(
                Code::CredentialsInvalid,
                format!(
                    "AWS does not accept the credentials ({action} answered {code}: {message})"
                ),
                "check the step that runs aws-actions/configure-aws-credentials: its role, its account and that it comes before this one",
            ),
            Fault::Throttled => Problem::new(
                Code::AwsThrottled,
                format!("AWS kept on throttling {action}: {message}"),
                "run this again in a minute; something else in the account is using up the request rate",
            ),
            Fault::Unreachable => Problem::new(
                Code::AwsUnreachable,
                format!("no answer from AWS for {action}: {message}"),
                "check the network of the runner (a proxy, a VPC endpoint), the region, and the AWS Health Dashboard; then run this again",
            ),
            Fault::NotAws => Problem::new(
                Code::AwsError,
                format!(
                    "the answer to {action} does not come from AWS, or only half of it arrived: {message}"
                ),
                "a proxy between the runner and AWS may have answered instead; check it, then run this again",
            ),
            Fault::ServerError | Fault::Rejected => Problem::new(
                Code::AwsError,
                format!("AWS refused {action}: {code} {message}"),
                "look at the message above; where it is AWS's own error, run this again in a minute",
            ),
        }
    }
}

/// The action that AWS's message names, which may be another than the operation's (`iam:PassRole`).
fn needed_action<'a>(message: &'a str, own: &'a str) -> &'a str {
    message
        .split_once("not authorized to perform: ")
        .and_then(|(_, rest)| rest.split_whitespace().next())
        .filter(|action| action.contains(':'))
        .unwrap_or(own)
}

fn sort(code: &str, message: &str, status: u16, body: &[u8]) -> Fault {
    const DENIED: &[&str] = &[
        "AccessDenied",
        "AccessDeniedException",
        "UnauthorizedOperation",
        "NotAuthorized",
    ];
    const EXPIRED: &[&str] = &["ExpiredToken", "ExpiredTokenException", "RequestExpired"];
    const INVALID: &[&str] = &[
        "UnrecognizedClientException",
        "InvalidSignatureException",
        "InvalidClientTokenId",
        "SignatureDoesNotMatch",
        "MissingAuthenticationToken",
        "MissingAuthenticationTokenException",
        "IncompleteSignature",
        "OptInRequired",
    ];
    const THROTTLED: &[&str] = &[
        "Throttling",
        "ThrottlingException",
        "ThrottledException",
        "RequestThrottled",
        "RequestThrottledException",
        "RequestLimitExceeded",
        "TooManyRequestsException",
        "SlowDown",
    ];
    match code {
        _ if DENIED.contains(&code) => Fault::AccessDenied,
        _ if EXPIRED.contains(&code)
            || message.contains("security token included in the request is expired") =>
        {
            Fault::CredentialsExpired
        }
        _ if INVALID.contains(&code) => Fault::CredentialsInvalid,
        _ if THROTTLED.contains(&code) => Fault::Throttled,
        _ if is_page(body) || (code.is_empty() && status < 500) => Fault::NotAws,
        _ if status >= 500 => Fault::ServerError,
        _ => Fault::Rejected,
    }
}

/// Whether the body is a page for a browser.
fn is_page(body: &[u8]) -> bool {
    body.iter().find(|b| !b.is_ascii_whitespace()) == Some(&b'<')
}

/// An error with everything that caused it, in one line.
fn chain(error: &dyn Error) -> String {
    let mut text = String::new();
    let mut cause = error.source();
    while let Some(error) = cause {
        let separator = if text.is_empty() { "" } else { ": " };
        let _ = write!(text, "{separator}{error}");
        cause = error.source();
    }
    if text.is_empty() {
        error.to_string()
    } else {
        text
    }
}

impl From<Failure> for Problem {
    fn from(failure: Failure) -> Self {
        failure.problem()
    }
}

impl From<Failure> for Problems {
    fn from(failure: Failure) -> Self {
        vec![failure.problem()]
    }
}
