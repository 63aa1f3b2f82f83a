//! What the sender of a request knows and its answer alone does not tell: how far the runner's clock is off, and where
//! the credentials are from. It goes along with the answer, so that a refusal can be told by its cause.

use std::time::Duration;

use aws_smithy_runtime_api::{
    box_error::BoxError,
    client::{
        interceptors::{Intercept, context::BeforeDeserializationInterceptorContextMut},
        orchestrator::HttpResponse,
        runtime_components::RuntimeComponents,
    },
};
use aws_smithy_types::{DateTime, config_bag::ConfigBag, date_time::Format};

use super::sources::Source;
use crate::{clock::Clock, words};

/// AWS takes signatures that are at most five minutes old; the SDK, too, counts from four on.
const SKEWED: Duration = Duration::from_secs(4 * 60);

#[derive(Clone, Debug, Default)]
pub(super) struct Seen {
    /// AWS's time and the runner's, in seconds since 1970.
    times: Option<(i64, i64)>,
    pub(super) source: Option<Source>,
}

impl Seen {
    pub(super) fn of_answer(response: &HttpResponse) -> Self {
        response.extension::<Self>().cloned().unwrap_or_default()
    }

    pub(super) fn is_skewed(&self) -> bool {
        self.skew().is_some()
    }

    /// `20 min slow`; of a clock that is right, or was not seen, nothing.
    pub(super) fn skew(&self) -> Option<String> {
        let (aws, runner) = self.times?;
        let off = Duration::from_secs(aws.abs_diff(runner));
        let direction = if aws > runner { "slow" } else { "fast" };
        (off > SKEWED).then(|| format!("{} {direction}", words::duration(off)))
    }
}

/// Notes it with each answer.
#[derive(Clone, Debug)]
pub(super) struct Witness {
    pub(super) clock: Clock,
    pub(super) source: Option<Source>,
}

impl Intercept for Witness {
    fn name(&self) -> &'static str {
        "Witness"
    }

    fn modify_before_deserialization(
        &self,
        context: &mut BeforeDeserializationInterceptorContextMut<'_>,
        _: &RuntimeComponents,
        _: &mut ConfigBag,
    ) -> Result<(), BoxError> {
        let date = context.response().headers().get("date");
        let aws = date.and_then(|date| DateTime::from_str(date, Format::HttpDate).ok());
        let seen = Seen {
            times: aws.map(|aws| (aws.secs(), self.clock.now().unix_timestamp())),
            source: self.source.clone(),
        };
        context.response_mut().add_extension(seen);
        Ok(())
    }
}
