//! The calls of several services' runs on their way to AWS: how many reads may be in flight, and whether something was
//! written.

use std::sync::{
    Arc,
    atomic::{AtomicU64, Ordering},
};

use aws_config::SdkConfig;
use aws_smithy_runtime_api::client::{
    http::{
        HttpClient, HttpConnector, HttpConnectorFuture, SharedHttpClient, SharedHttpConnector,
        http_client_fn,
    },
    orchestrator::HttpRequest,
};
use tokio::sync::Semaphore;

/// Attempts of reads that are in flight at once. AWS lets an account send some tens of calls a second, so more of them
/// would only be throttled.
const IN_FLIGHT: usize = 64;

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
        let watched = self.watched(client);
        config.to_builder().http_client(watched).build()
    }

    fn watched(&self, client: SharedHttpClient) -> SharedHttpClient {
        let traffic = self.clone();
        http_client_fn(move |settings, components| {
            SharedHttpConnector::new(Watched {
                connector: client.http_connector(settings, components),
                traffic: traffic.clone(),
            })
        })
    }
}

#[derive(Debug)]
struct Watched {
    connector: SharedHttpConnector,
    traffic: Traffic,
}

impl HttpConnector for Watched {
    fn call(&self, request: HttpRequest) -> HttpConnectorFuture {
        let connector = self.connector.clone();
        let traffic = self.traffic.clone();
        HttpConnectorFuture::new(async move {
            if is_read(&request) {
                // Nobody closes it, so there is always a permit in the end.
                let _permit = traffic.room.acquire().await;
                return connector.call(request).await;
            }
            // A write is never kept waiting.
            let _write = Write(&traffic);
            connector.call(request).await
        })
    }
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
