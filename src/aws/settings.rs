//! How AWS is reached: region, credentials, time-outs, retries. Source: the AWS SDK for Rust's guide.

use std::time::Duration;

use aws_config::timeout::TimeoutConfig;
use aws_config::{BehaviorVersion, SdkConfig};
use aws_sdk_ecs::config::{Credentials, ProvideCredentials, SharedCredentialsProvider};
use aws_smithy_async::rt::sleep::{SharedAsyncSleep, TokioSleep};
use aws_smithy_async::time::SharedTimeSource;
use aws_smithy_runtime_api::client::http::{SharedHttpClient, SharedHttpConnector};
use aws_smithy_types::retry::RetryConfig;

use super::http::reason;
use crate::clock::Clock;
use crate::error::{Code, Problem};
use crate::names::Region;

/// A connection that cannot be made in this time will not be.
const CONNECT: Duration = Duration::from_secs(4);
/// AWS answers these calls within a second or two; a proxy that swallows one must not cost the incident.
const ATTEMPT: Duration = Duration::from_secs(8);
/// All attempts of one call together.
const OPERATION: Duration = Duration::from_secs(30);
const ATTEMPTS: u32 = 3;

/// The SDK's configuration, and the connector for what is not AWS.
pub struct Connection {
    pub config: SdkConfig,
    pub web: SharedHttpConnector,
}

impl Connection {
    /// The default chain: environment, web identity, container and instance roles.
    pub async fn from_environment(region: &Region, clock: Clock) -> Self {
        Self {
            config: loader(region, clock).load().await,
            web: super::http::web_connector(),
        }
    }

    /// Given credentials and HTTP client: for callers that own the other end.
    pub async fn through(
        region: &Region,
        clock: Clock,
        http: SharedHttpClient,
        web: SharedHttpConnector,
        credentials: Option<Credentials>,
    ) -> Self {
        let loader = loader(region, clock).http_client(http).retry_config(
            RetryConfig::standard()
                .with_max_attempts(ATTEMPTS)
                .with_use_static_exponential_base(true),
        );
        let loader = match credentials {
            Some(credentials) => {
                loader.credentials_provider(SharedCredentialsProvider::new(credentials))
            }
            None => loader.no_credentials(),
        };
        Self {
            config: loader.empty_test_environment().load().await,
            web,
        }
    }
}

fn loader(region: &Region, clock: Clock) -> aws_config::ConfigLoader {
    let timeouts = TimeoutConfig::builder()
        .connect_timeout(CONNECT)
        .read_timeout(ATTEMPT)
        .operation_attempt_timeout(ATTEMPT)
        .operation_timeout(OPERATION)
        .build();
    aws_config::defaults(BehaviorVersion::latest())
        .region(aws_config::Region::new(region.as_str().to_owned()))
        .sleep_impl(SharedAsyncSleep::new(TokioSleep::new()))
        .time_source(SharedTimeSource::new(clock))
        .timeout_config(timeouts)
        .retry_config(RetryConfig::standard().with_max_attempts(ATTEMPTS))
}

/// Looks for credentials before anything is asked, so that their lack has a name of its own.
///
/// # Errors
/// `credentials-missing` where no provider of the chain has any.
pub async fn credentials(connection: &Connection) -> Result<Credentials, Problem> {
    let hint = "run aws-actions/configure-aws-credentials with `role-to-assume` in a step before this one, in a job whose permissions have `id-token` on write";
    let missing = |why: String| {
        Problem::new(
            Code::CredentialsMissing,
            format!("there are no usable AWS credentials: {why}"),
            hint,
        )
    };
    let Some(provider) = connection.config.credentials_provider() else {
        return Err(missing(
            "neither the environment nor a role has any".to_owned(),
        ));
    };
    provider
        .provide_credentials()
        .await
        .map_err(|error| missing(why_none(&error)))
}

/// The SDK lists every provider that it tried; what people need is that none had any, or the one that failed.
fn why_none(error: &(dyn std::error::Error + 'static)) -> String {
    let reason = reason(error);
    match reason.lines().next() {
        Some(first) if !first.ends_with("Attempted:") => first.to_owned(),
        _ => "neither the environment, a profile, a web identity nor a role has any".to_owned(),
    }
}
