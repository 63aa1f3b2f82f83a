//! How a call to AWS fails, sorted into the few kinds that the code decides by.

mod codes;
mod told;

use std::error::Error;

use aws_credential_types::provider::error::CredentialsError;
use aws_smithy_runtime_api::client::{orchestrator::HttpResponse, result::SdkError};
use aws_smithy_types::error::metadata::ProvideErrorMetadata;

use super::{operation::Operation, witness::Seen};
use crate::{
    http::{Breakage, Kind, Way, causes},
    outside::OutsideText,
};
pub(crate) use codes::Fault;
use codes::{described, fault_of_answer};
pub use told::FOR_ALL_RESOURCES;

/// What AWS answers where it refuses a call.
pub(super) trait Exception: ProvideErrorMetadata + Error + 'static {}

impl<E: ProvideErrorMetadata + Error + 'static> Exception for E {}

impl Operation {
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

/// One call that failed.
#[derive(Clone, Debug)]
pub struct Failure {
    pub operation: Operation,
    pub fault: Fault,
    /// AWS's error code, for example `DeploymentLimitExceededException`; empty where there is none.
    pub code: OutsideText,
    /// AWS's message, or what broke the request.
    pub message: OutsideText,
    /// Boxed: a failure is the rarer half of many a result.
    circumstances: Box<Circumstances>,
}

/// What else is known of it, for the sentence that people read.
#[derive(Clone, Debug, Default)]
struct Circumstances {
    trouble: Trouble,
    way: Way,
    seen: Seen,
}

/// Where the trouble lies.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
enum Trouble {
    /// In the answer.
    #[default]
    Answer,
    /// The request was not sent: its credentials could not be renewed.
    Credentials,
    Network(Kind),
}

impl Failure {
    fn new<E: Exception>(operation: Operation, error: &SdkError<E, HttpResponse>) -> Self {
        match error {
            SdkError::ServiceError(service) => {
                let code = service.err().code().unwrap_or_default();
                let message = service.err().message().unwrap_or_default();
                Self::answered(operation, service.raw(), code, message)
            }
            // No JSON. AWS's own servers answer so when they fail, and proxies always.
            SdkError::ResponseError(unread) => {
                let message = match unread.raw().body().bytes() {
                    Some(_) => String::new(),
                    None => Breakage::of(error).words.raw().to_owned(),
                };
                Self::answered(operation, unread.raw(), "", &message)
            }
            // Refused, reset, timed out: the request may have arrived all the same.
            _ => Self::unanswered(operation, error),
        }
    }

    fn answered(operation: Operation, response: &HttpResponse, code: &str, message: &str) -> Self {
        let seen = Seen::of_answer(response);
        let message = match message {
            // Some exceptions come without one.
            "" => described(response),
            message => message.to_owned(),
        };
        Self {
            operation,
            fault: fault_of_answer(code, response, &seen),
            code: OutsideText::new(code),
            message: OutsideText::new(message),
            circumstances: Box::new(Circumstances {
                trouble: Trouble::Answer,
                way: Way::of_answer(response),
                seen,
            }),
        }
    }

    fn unanswered(operation: Operation, error: &(dyn Error + 'static)) -> Self {
        let Breakage { kind, words, way } = Breakage::of(error);
        let lacks_credentials = causes(error).any(|cause| cause.is::<CredentialsError>());
        let trouble = if lacks_credentials {
            Trouble::Credentials
        } else {
            Trouble::Network(kind)
        };
        Self {
            operation,
            fault: Fault::Unreachable,
            code: OutsideText::default(),
            message: words,
            circumstances: Box::new(Circumstances {
                trouble,
                way,
                seen: Seen::default(),
            }),
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
            circumstances: Box::default(),
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

    /// Whether the request can't have arrived.
    pub(crate) fn is_not_sent(&self) -> bool {
        self.circumstances.trouble == Trouble::Network(Kind::NoConnection)
    }

    /// Whether another attempt later may succeed.
    pub fn is_passing(&self) -> bool {
        self.is_ambiguous() || self.fault == Fault::Throttled
    }
}
