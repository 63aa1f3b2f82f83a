//! Which failed attempts the SDK sends again, and how many it may.

use aws_sdk_ecs::config::retry::RetryPartition;
use aws_smithy_runtime_api::client::{
    interceptors::context::InterceptorContext,
    orchestrator::HttpResponse,
    retries::classifiers::{ClassifyRetry, RetryAction},
};

/// Retries half a document, or a proxy's answer: a page with status 200, a redirect, an empty 404.
///
/// The SDK's own classifiers know broken connections and statuses that say so, not these.
#[derive(Debug)]
pub(crate) struct NotAnAnswer;

impl ClassifyRetry for NotAnAnswer {
    fn classify_retry(&self, context: &InterceptorContext) -> RetryAction {
        match (context.response(), context.output_or_error()) {
            (Some(response), Some(Err(_))) if is_not_from_aws(response) => {
                RetryAction::transient_error()
            }
            _ => RetryAction::NoActionIndicated,
        }
    }

    fn name(&self) -> &'static str {
        "not an answer from AWS"
    }
}

/// AWS's refusals bear the id of the request; its successes can be read.
fn is_not_from_aws(response: &HttpResponse) -> bool {
    response.status().is_success() || response.headers().get("x-amzn-requestid").is_none()
}

/// The run's own budget of retries; the SDK's default one belongs to the whole process.
pub(crate) fn budget() -> RetryPartition {
    RetryPartition::custom("run").build()
}
