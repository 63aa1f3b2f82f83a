//! Which failed attempts the SDK sends again, and how many it may.

use aws_sdk_ecs::config::retry::RetryPartition;
use aws_smithy_runtime_api::client::interceptors::context::InterceptorContext;
use aws_smithy_runtime_api::client::retries::classifiers::{ClassifyRetry, RetryAction};

/// Half a document, or a proxy's page with status 200: no answer of AWS's, so worth another attempt.
///
/// The SDK's own classifiers know connections that break and statuses that say so, not these.
#[derive(Debug)]
pub struct NotAnAnswer;

impl ClassifyRetry for NotAnAnswer {
    fn classify_retry(&self, context: &InterceptorContext) -> RetryAction {
        let good_status = context
            .response()
            .is_some_and(|response| response.status().is_success());
        let failed = context
            .output_or_error()
            .is_some_and(|output| output.is_err());
        if good_status && failed {
            RetryAction::transient_error()
        } else {
            RetryAction::NoActionIndicated
        }
    }

    fn name(&self) -> &'static str {
        "not an answer of AWS's"
    }
}

/// The run's own budget of retries; the SDK's default one belongs to the whole process.
pub fn budget() -> RetryPartition {
    RetryPartition::custom("run").build()
}
