//! How a call to AWS fails, sorted into the few kinds that the code decides by.

use std::{error::Error, fmt::Write};

use aws_smithy_runtime_api::client::{orchestrator::HttpResponse, result::SdkError};
use aws_smithy_types::error::metadata::ProvideErrorMetadata;

use crate::{
    error::{Code, Problem, Problems},
    outside::OutsideText,
};

/// What AWS answers where it refuses a call.
pub(super) trait Exception: ProvideErrorMetadata + Error + 'static {}

impl<E: ProvideErrorMetadata + Error + 'static> Exception for E {}

/// An AWS operation that this action calls.
#[derive(Clone, Copy, Debug)]
pub struct Operation {
    /// The prefix of its IAM actions: `ecs`, `ecr`, `codedeploy`.
    pub service: &'static str,
    pub name: &'static str,
}

impl Operation {
    pub(super) const fn ecs(name: &'static str) -> Self {
        let service = "ecs";
        Self { service, name }
    }

    pub(super) const fn codedeploy(name: &'static str) -> Self {
        let service = "codedeploy";
        Self { service, name }
    }

    pub(super) const fn ecr(name: &'static str) -> Self {
        let service = "ecr";
        Self { service, name }
    }

    /// The IAM action that allows it: `ecs:DescribeServices`.
    pub fn iam_action(self) -> String {
        format!("{}:{}", self.service, self.name)
    }

    /// The answer of a call of this operation.
    pub(super) fn answer<T, E: Exception>(
        self,
        answer: Result<T, SdkError<E, HttpResponse>>,
    ) -> Result<T, Failure> {
        answer.map_err(|error| Failure::new(self, &error))
    }

    /// The same, of a call whose answer says nothing but that it was taken.
    pub(super) fn confirmed<T, E: Exception>(
        self,
        answer: Result<T, SdkError<E, HttpResponse>>,
    ) -> Result<(), Failure> {
        self.answer(answer).map(drop)
    }

    /// The same; `None` where AWS answers with one of these error codes, which mean that there is nothing.
    pub(super) fn answer_unless<T, E: Exception>(
        self,
        nothing: &[&str],
        answer: Result<T, SdkError<E, HttpResponse>>,
    ) -> Result<Option<T>, Failure> {
        match self.answer(answer) {
            Ok(answer) => Ok(Some(answer)),
            Err(failure) if nothing.contains(&failure.code.raw()) => Ok(None),
            Err(failure) => Err(failure),
        }
    }
}

/// The kinds of failure.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Fault {
    /// The role lacks a permission.
    AccessDenied,
    /// The credentials were valid once.
    CredentialsExpired,
    /// AWS does not know or accept the credentials.
    CredentialsInvalid,
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

/// One call that failed.
#[derive(Clone, Debug)]
pub struct Failure {
    pub operation: Operation,
    pub fault: Fault,
    /// AWS's error code, for example `DeploymentLimitExceededException`; empty where there is none.
    pub code: OutsideText,
    /// AWS's message, or the network's error.
    pub message: OutsideText,
}

impl Failure {
    fn new<E: Exception>(operation: Operation, error: &SdkError<E, HttpResponse>) -> Self {
        let (fault, code) = match error {
            SdkError::ServiceError(service) => {
                let code = service.err().code().unwrap_or_default();
                (fault_of_answer(code, service.raw()), code)
            }
            // No JSON. AWS's own servers answer so when they fail, and proxies always.
            SdkError::ResponseError(unread) => (fault_of_answer("", unread.raw()), ""),
            // Refused, reset, timed out: the request may have arrived all the same.
            _ => (Fault::Unreachable, ""),
        };
        Self {
            operation,
            fault,
            code: OutsideText::new(code),
            message: OutsideText::new(message(error)),
        }
    }

    /// Whether AWS answered with this error code.
    pub fn is(&self, code: &str) -> bool {
        self.code.raw() == code
    }

    /// An answer that lacks what it must hold: whether the call was done is unknown.
    pub(crate) fn incomplete(operation: Operation, message: impl Into<String>) -> Self {
        Self {
            operation,
            fault: Fault::NotAws,
            code: OutsideText::default(),
            message: OutsideText::new(message),
        }
    }

    /// Whether AWS refused for a reason of the operation's own.
    pub(crate) fn is_rejected(&self) -> bool {
        self.fault == Fault::Rejected
    }

    /// Whether IAM denied it: nothing was done, and another way may be open.
    pub(crate) fn is_denied(&self) -> bool {
        self.fault == Fault::AccessDenied
    }

    /// Whether IAM denied it for the lack of this permission.
    pub(crate) fn lacks(&self, action: &str) -> bool {
        self.is_denied() && self.denied_action().raw() == action
    }

    /// Why AWS did not do it, in brackets behind what was tried; of a denial, what the role lacks.
    pub(crate) fn reason(&self) -> String {
        if self.is_denied() {
            let permission = self.lacking_permission();
            return format!("the role may not call it: add {permission} to its policy");
        }
        self.message.to_string()
    }

    /// Whether the call may have taken effect although AWS did not confirm it.
    pub fn is_ambiguous(&self) -> bool {
        matches!(
            self.fault,
            Fault::Unreachable | Fault::ServerError | Fault::NotAws
        )
    }

    /// Whether another attempt later may succeed.
    pub fn is_passing(&self) -> bool {
        self.is_ambiguous() || self.fault == Fault::Throttled
    }

    /// As the user reads it, for the faults that any operation can meet.
    pub fn problem(&self) -> Problem {
        Problem {
            // Once something was changed, a fault that passes must not end the run.
            passing: self.is_passing(),
            ..self.explained()
        }
    }

    fn explained(&self) -> Problem {
        let Self { code, message, .. } = self;
        let operation = self.operation.iam_action();
        match self.fault {
            Fault::AccessDenied => {
                let action = self.denied_action();
                let permission = self.lacking_permission();
                Problem::new(
                    Code::AccessDenied,
                    format!("the role is not allowed to call {action}: {message}"),
                    format!(
                        "add {permission} to the role's policy (the README has the complete policy), then rerun"
                    ),
                )
            }
            Fault::CredentialsExpired => Problem::new(
                Code::CredentialsInvalid,
                format!("the AWS credentials have expired ({operation} answered {code})"),
                "rerun the job: aws-actions/configure-aws-credentials gets new ones; for a long wait set its role-duration-seconds",
            ),
            Fault::CredentialsInvalid => Problem::new(
                Code::CredentialsInvalid,
                format!(
                    "AWS does not accept the credentials ({operation} answered {code}: {message})"
                ),
                "check the step that runs aws-actions/configure-aws-credentials: its role, its account, and that it runs before this step",
            ),
            Fault::Throttled => Problem::new(
                Code::AwsThrottled,
                format!("AWS is throttling {operation}: {message}"),
                "rerun in a minute; something else in the account is using up the request rate",
            ),
            Fault::Unreachable => Problem::new(
                Code::AwsUnreachable,
                format!("no answer from AWS to {operation}: {message}"),
                "check the runner's network (proxy, VPC endpoint), the region and the AWS Health Dashboard, then rerun",
            ),
            Fault::NotAws => Problem::new(
                Code::AwsError,
                format!("the answer to {operation} is not from AWS, or is incomplete: {message}"),
                "a proxy between the runner and AWS may have answered instead; check it, then rerun",
            ),
            Fault::ServerError | Fault::Rejected => Problem::new(
                Code::AwsError,
                format!("AWS refused {operation}: {code} {message}"),
                "read AWS's message above; if AWS itself failed, rerun in a minute",
            ),
        }
    }

    /// The IAM action to allow, and for what, where only `*` allows it.
    fn lacking_permission(&self) -> String {
        let action = self.denied_action();
        if FOR_ALL_RESOURCES.contains(&action.raw()) {
            return format!("{action} with \"Resource\": \"*\"");
        }
        action.to_string()
    }

    /// The IAM action to allow.
    fn denied_action(&self) -> OutsideText {
        // It may be another than the operation's own, `iam:PassRole` for example. Only the message names it.
        match named_action(self.message.raw()) {
            Some(action) => OutsideText::new(action),
            None => OutsideText::new(self.operation.iam_action()),
        }
    }
}

/// Actions without a resource type: allowed for one deployment group alone, they are denied.
/// Source: AWS's Service Authorization Reference.
const FOR_ALL_RESOURCES: [&str; 4] = [
    "codedeploy:ContinueDeployment",
    "codedeploy:GetDeploymentTarget",
    "codedeploy:ListApplications",
    "codedeploy:StopDeployment",
];

fn named_action(message: &str) -> Option<&str> {
    let (_, rest) = message.split_once("not authorized to perform: ")?;
    let action = rest.split_whitespace().next()?;
    action.contains(':').then_some(action)
}

/// AWS's own message, else what the network says.
fn message<E: Exception>(error: &SdkError<E, HttpResponse>) -> String {
    let SdkError::ServiceError(service) = error else {
        return causes(error);
    };
    match service.err().message() {
        // Some exceptions come without one.
        None | Some("") => format!("HTTP status {}", service.raw().status().as_u16()),
        Some(message) => message.to_owned(),
    }
}

fn fault_of_answer(code: &str, response: &HttpResponse) -> Fault {
    if let Some(fault) = named_fault(code) {
        return fault;
    }
    // AWS's bodies are JSON; a page for a browser is from a proxy.
    let body = response.body().bytes().unwrap_or_default();
    if body.trim_ascii_start().starts_with(b"<") {
        return Fault::NotAws;
    }
    match response.status().as_u16() {
        500.. => Fault::ServerError,
        _ if code.is_empty() => Fault::NotAws,
        _ => Fault::Rejected,
    }
}

/// What the error codes say that any operation can answer. Source: the services' "Common errors".
fn named_fault(code: &str) -> Option<Fault> {
    let fault = match code {
        "AccessDenied" | "AccessDeniedException" | "UnauthorizedOperation" | "NotAuthorized" => {
            Fault::AccessDenied
        }
        "ExpiredToken" | "ExpiredTokenException" | "RequestExpired" => Fault::CredentialsExpired,
        "UnrecognizedClientException"
        | "InvalidSignatureException"
        | "InvalidClientTokenId"
        | "SignatureDoesNotMatch"
        | "MissingAuthenticationToken"
        | "MissingAuthenticationTokenException"
        | "IncompleteSignature"
        | "OptInRequired" => Fault::CredentialsInvalid,
        "Throttling"
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

/// Everything that caused the error, in one line: the SDK's outermost error only says "dispatch failure".
fn causes(error: &dyn Error) -> String {
    let Some(first) = error.source() else {
        return error.to_string();
    };
    let mut text = first.to_string();
    let mut cause = first;
    while let Some(next) = cause.source() {
        let _ = write!(text, ": {next}");
        cause = next;
    }
    text
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
