//! The seam between the wire and the world: which service is asked, and how AWS says no.

use serde_json::Value;

/// An AWS service that the simulator knows. SNS speaks AWS's query protocol, all others AWS JSON 1.1.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Service {
    CodeDeploy,
    Ecr,
    Ecs,
    Logs,
    Sns,
}

/// An error by the name that AWS's model has for it. JSON has it in `__type`; a query service answers with a code of
/// its own, which `query` knows.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AwsError {
    /// The HTTP status: 400 for everything that is the caller's doing, 5xx otherwise.
    pub status: u16,
    /// For example `DeploymentLimitExceededException`.
    pub code: String,
    pub message: String,
}

impl AwsError {
    /// An error of the caller's making: HTTP 400.
    pub fn client(code: &str, message: impl Into<String>) -> Self {
        Self {
            status: 400,
            code: code.to_owned(),
            message: message.into(),
        }
    }

    /// Asked too often.
    pub fn throttled() -> Self {
        Self::client("ThrottlingException", "Rate exceeded")
    }
}

/// What an operation answers.
pub type Answer = Result<Value, AwsError>;
