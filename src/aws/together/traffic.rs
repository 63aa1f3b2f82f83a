//! The calls of several services' runs on their way to AWS: how many reads may be in flight, and whether something was
//! written.

use std::{
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};

use aws_config::{SdkConfig, timeout::TimeoutConfig};
use aws_smithy_runtime_api::client::{
    http::{
        HttpClient, HttpConnector, HttpConnectorFuture, SharedHttpClient, SharedHttpConnector,
        http_client_fn,
    },
    orchestrator::{HttpRequest, HttpResponse},
    result::ConnectorError,
    stalled_stream_protection::StalledStreamProtectionConfig,
};
use aws_smithy_types::retry::ErrorKind;
use tokio::sync::Semaphore;

/// Attempts of reads that are in flight at once. AWS lets an account send some tens of calls a second, so more of them
/// would only be throttled.
const IN_FLIGHT: usize = 64;

/// All attempts of one call may take so many times as long as those of one service's run: they wait for room as well.
const PATIENCE: u32 = 4;

/// How the names of operations begin that change nothing.
const READS: [&str; 4] = ["BatchGet", "Describe", "Get", "List"];

/// Clones count together.
#[derive(Clone, Debug)]
pub(crate) struct Traffic {
    room: Arc<Semaphore>,
    writes_ended: Arc<AtomicU64>,
}

impl Traffic {
    pub(crate) fn new() -> Self {
        Self {
            room: Arc::new(Semaphore::new(IN_FLIGHT)),
            writes_ended: Arc::default(),
        }
    }

    /// How many writes have ended so far, whatever became of them.
    pub(super) fn writes_ended(&self) -> u64 {
        self.writes_ended.load(Ordering::Relaxed)
    }

    /// The configuration, with its HTTP client watched. What is bounded there is attempts: a call that waits before it
    /// is sent again takes no room.
    pub(crate) fn watch(&self, config: &SdkConfig) -> SdkConfig {
        let Some(client) = config.http_client() else {
            return config.clone();
        };
        let limits = config.timeout_config().cloned();
        let limits = limits.unwrap_or_else(TimeoutConfig::disabled);
        let watched = self.watched(client, limits.operation_attempt_timeout());
        let mut patient = limits.to_builder().disable_operation_attempt_timeout();
        let all_attempts = limits.operation_timeout().map(|limit| limit * PATIENCE);
        patient.set_operation_timeout(all_attempts);
        // The SDK takes a request that waits for room for one that is stuck.
        let streams = StalledStreamProtectionConfig::enabled().upload_enabled(false);
        let config = config.to_builder().http_client(watched);
        let config = config.timeout_config(patient.build());
        config.stalled_stream_protection(streams.build()).build()
    }

    /// `limit`: of one attempt, from when it has room. The SDK would count the time before that, too.
    fn watched(&self, client: SharedHttpClient, limit: Option<Duration>) -> SharedHttpClient {
        let traffic = self.clone();
        http_client_fn(move |settings, components| {
            SharedHttpConnector::new(Watched {
                connector: client.http_connector(settings, components),
                traffic: traffic.clone(),
                limit,
            })
        })
    }
}

#[derive(Debug)]
struct Watched {
    connector: SharedHttpConnector,
    traffic: Traffic,
    limit: Option<Duration>,
}

impl HttpConnector for Watched {
    fn call(&self, request: HttpRequest) -> HttpConnectorFuture {
        let connector = self.connector.clone();
        let traffic = self.traffic.clone();
        let limit = self.limit;
        HttpConnectorFuture::new(async move {
            if is_read(&request) {
                // Nobody closes it, so there is always a permit in the end.
                let _permit = traffic.room.acquire().await;
                return attempt(&connector, request, limit).await;
            }
            // A write is never kept waiting.
            let _write = Write(&traffic);
            attempt(&connector, request, limit).await
        })
    }
}

async fn attempt(
    connector: &SharedHttpConnector,
    request: HttpRequest,
    limit: Option<Duration>,
) -> Result<HttpResponse, ConnectorError> {
    let sent = connector.call(request);
    let Some(limit) = limit else {
        return sent.await;
    };
    let timed_out = |_| {
        // The SDK's own words. It is no error of the connection: the request may have arrived.
        let words = format!("operation attempt timeout (single attempt) occurred after {limit:?}");
        ConnectorError::other(words.into(), Some(ErrorKind::TransientError))
    };
    let answer = tokio::time::timeout(limit, sent).await;
    answer.map_err(timed_out)?
}

/// `CodeDeploy_20141006.GetDeployment`. SNS, which is only written to, names its operation in the body.
fn is_read(request: &HttpRequest) -> bool {
    let target = request.headers().get("x-amz-target").unwrap_or_default();
    let operation = match target.rsplit_once('.') {
        Some((_, operation)) => operation,
        None => target,
    };
    READS.iter().any(|read| operation.starts_with(read))
}

/// A write on its way. It has ended when this is dropped: answered, broken, or given up by its caller.
struct Write<'a>(&'a Traffic);

impl Drop for Write<'_> {
    fn drop(&mut self) {
        self.0.writes_ended.fetch_add(1, Ordering::Relaxed);
    }
}
