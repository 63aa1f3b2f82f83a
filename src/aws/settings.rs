//! How AWS is reached: region, credentials, timeouts, retries. Source: the AWS SDK for Rust's guide.

use std::time::Duration;

use aws_config::{BehaviorVersion, ConfigLoader, SdkConfig, timeout::TimeoutConfig};
use aws_sdk_ecs::config::{Credentials, SharedCredentialsProvider};
use aws_smithy_async::{
    rt::sleep::{SharedAsyncSleep, TokioSleep},
    time::SharedTimeSource,
};
use aws_smithy_runtime_api::client::http::{SharedHttpClient, SharedHttpConnector};
use aws_smithy_types::retry::RetryConfig;

use super::sources::Sources;
use crate::{
    clock::Clock,
    environment::Environment,
    http::{self, CONNECT, Network},
    names::Region,
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
    /// Of the credentials.
    pub(super) sources: Sources,
    pub(super) clock: Clock,
}

impl Connection {
    /// The default chain: environment, web identity, container and instance roles.
    pub async fn from_environment(
        region: &Region,
        clock: Clock,
        environment: &Environment,
        network: Network,
    ) -> Self {
        // Two clients, because `AWS_CA_BUNDLE` replaces the public CAs for AWS only.
        let http = http::Client::new(network.web_connector());
        let loader = loader(region, clock).http_client(network.aws_client());
        Self {
            config: loader.load().await,
            http,
            sources: Sources::from_environment(environment),
            clock,
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
            sources: Sources::default(),
            clock,
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
