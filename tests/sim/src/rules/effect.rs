//! What can go wrong with one call, in AWS's own words where AWS is the one who says no.

use std::time::Duration;

use crate::aws::AwsError;

/// What a rule does to a call. *Done* means that the state has changed, whatever the caller gets to see.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Effect {
    /// Nothing; and later rules don't either.
    Pass,
    /// The call takes longer: the time passes before it is done.
    Delay(Duration),
    /// Not done: `ThrottlingException`, "Rate exceeded".
    Throttle,
    /// Not done: this error.
    Fail(AwsError),
    /// Done; the connection is reset before a byte of the answer is sent.
    DropAnswer,
    /// Not done; the connection is reset.
    ResetBefore,
    /// Done; the connection is reset in the middle of the answer.
    ResetAfter,
    /// Not done: nobody listens there. The server front resets the connection instead.
    Refused,
    /// Not done: nobody knows the host. The server front resets the connection instead.
    UnknownHost,
    /// Not done; no answer ever comes, and the connection stays open.
    HangBefore,
    /// Done; no answer ever comes, and the connection stays open.
    HangAfter,
    /// Done; the connection is closed in an orderly way in the middle of the answer's body.
    TruncateBody,
    /// Not done: a proxy's HTML page with this status, where JSON was expected.
    Html(u16),
}

impl Effect {
    /// IAM denies `action`, for example `ecs:DescribeServices`.
    pub fn access_denied(action: &str) -> Self {
        Self::access_denied_on(action, "*")
    }

    /// IAM denies `action` on this resource: an ARN, or `*`.
    pub fn access_denied_on(action: &str, resource: &str) -> Self {
        let message = format!(
            "User: arn:aws:sts::123456789012:assumed-role/rollback/on-call is not authorized to perform: {action} \
             on resource: {resource} because no identity-based policy allows the {action} action"
        );
        Self::Fail(AwsError::client("AccessDeniedException", message))
    }

    /// The session of the caller's role is over.
    pub fn expired_token() -> Self {
        let message = "The security token included in the request is expired";
        Self::Fail(AwsError::client("ExpiredTokenException", message))
    }

    /// The access key does not exist.
    pub fn unrecognized_client() -> Self {
        let message = "The security token included in the request is invalid.";
        Self::Fail(AwsError::client("UnrecognizedClientException", message))
    }

    /// The request took too long to arrive, by the caller's clock.
    pub fn request_expired() -> Self {
        Self::Fail(AwsError::client("RequestExpired", "Request has expired."))
    }

    /// HTTP 500.
    pub fn server_error() -> Self {
        Self::unwell(
            500,
            "InternalFailure",
            "The request processing has failed because of an unknown error.",
        )
    }

    /// HTTP 503.
    pub fn unavailable() -> Self {
        Self::unwell(
            503,
            "ServiceUnavailable",
            "Service is temporarily unavailable.",
        )
    }

    /// A resource is not there; the code differs by operation, for example `ServiceNotFoundException`.
    pub fn not_found(code: &str) -> Self {
        let thing = code.strip_suffix("NotFoundException").unwrap_or("Resource");
        Self::Fail(AwsError::client(code, format!("{thing} not found.")))
    }

    fn unwell(status: u16, code: &str, message: &str) -> Self {
        Self::Fail(AwsError {
            status,
            code: code.to_owned(),
            message: message.to_owned(),
        })
    }

    /// Whether the call never reaches the world.
    pub fn prevents(&self) -> bool {
        matches!(
            self,
            Self::Throttle
                | Self::Fail(_)
                | Self::ResetBefore
                | Self::Refused
                | Self::UnknownHost
                | Self::HangBefore
                | Self::Html(_)
        )
    }
}
