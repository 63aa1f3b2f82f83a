//! How AWS is reached: region, credentials, timeouts, retries. Source: the AWS SDK for Rust's guide.

use std::time::Duration;

use aws_config::{BehaviorVersion, ConfigLoader, SdkConfig, timeout::TimeoutConfig};
use aws_sdk_ecs::config::{Credentials, ProvideCredentials, SharedCredentialsProvider};
use aws_smithy_async::{
    rt::sleep::{SharedAsyncSleep, TokioSleep},
    time::SharedTimeSource,
};
use aws_smithy_runtime_api::client::http::{SharedHttpClient, SharedHttpConnector};
use aws_smithy_types::retry::RetryConfig;

use crate::{
    clock::Clock,
    error::{Code, Problem},
    http::{self, CONNECT, Network},
    names::Region,
    outside::OutsideText,
};

/// AWS answers these calls within a second or two; a proxy that swallows one must not cost the incident.
const ATTEMPT: Duration = Duration::from_secs(8);
/// All attempts of one call together.
const OPERATION: Duration = Duration::from_secs(30);
const ATTEMPTS: u32 = 3;

/// The SDK's configuration, and the client for what is not AWS.
pub struct Connection {
    pub config: SdkConfig,
    pub http: http::Client,
}

impl Connection {
    /// The default chain: environment, web identity, container and instance roles.
    pub async fn from_environment(region: &Region, clock: Clock, network: Network) -> Self {
        // Two clients, because `AWS_CA_BUNDLE` replaces the public CAs for AWS only.
        let http = http::Client::new(network.web_connector());
        let loader = loader(region, clock).http_client(network.aws_client());
        Self {
            config: loader.load().await,
            http,
        }
    }

    /// Given credentials and HTTP clients: for callers that own the other end.
    pub async fn through(
        region: &Region,
        clock: Clock,
        aws: SharedHttpClient,
        web: SharedHttpConnector,
        credentials: Option<Credentials>,
    ) -> Self {
        // Retries without jitter: a test's transcript is the same each time.
        let retries = RetryConfig::standard()
            .with_max_attempts(ATTEMPTS)
            .with_use_static_exponential_base(true);
        let loader = loader(region, clock).http_client(aws).retry_config(retries);
        let loader = match credentials {
            Some(credentials) => {
                loader.credentials_provider(SharedCredentialsProvider::new(credentials))
            }
            None => loader.no_credentials(),
        };
        Self {
            config: loader.empty_test_environment().load().await,
            http: http::Client::new(web),
        }
    }
}

fn loader(region: &Region, clock: Clock) -> ConfigLoader {
    let timeouts = TimeoutConfig::builder()
        .connect_timeout(CONNECT)
        .read_timeout(ATTEMPT)
        .operation_attempt_timeout(ATTEMPT)
        .operation_timeout(OPERATION)
        .build();
    aws_config::defaults(BehaviorVersion::latest())
        .region(aws_config::Region::new(region.to_string()))
        .sleep_impl(SharedAsyncSleep::new(TokioSleep::new()))
        .time_source(SharedTimeSource::new(clock))
        .timeout_config(timeouts)
        .retry_config(RetryConfig::standard().with_max_attempts(ATTEMPTS))
}

/// Looks for credentials before anything is asked, so that their lack has a code of its own.
///
/// # Errors
/// `credentials-missing` where no provider of the chain has any.
pub(crate) async fn credentials(connection: &Connection) -> Result<Credentials, Problem> {
    // Without this, the lack would show up as a failure of whichever call comes first.
    let Some(provider) = connection.config.credentials_provider() else {
        return Err(missing("neither the environment nor a role has any"));
    };
    let error = match provider.provide_credentials().await {
        Ok(credentials) => return Ok(credentials),
        Err(error) => error,
    };
    let cause = http::root_cause(&error);
    let first = cause.lines().next().unwrap_or_default();
    // Where no provider has any, the SDK lists all that it tried; people need a short answer.
    if first.ends_with("Attempted:") {
        return Err(missing(
            "neither the environment, a profile, a web identity nor a role has any",
        ));
    }
    Err(missing(&OutsideText::new(first).to_string()))
}

fn missing(why: &str) -> Problem {
    Problem::new(
        Code::CredentialsMissing,
        format!("there are no usable AWS credentials: {why}"),
        "run aws-actions/configure-aws-credentials with `role-to-assume` in a step before this one, in a job whose permissions set `id-token` to `write`",
    )
}
