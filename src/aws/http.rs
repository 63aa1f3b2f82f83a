//! Plain HTTP GETs: the health check, and the layers that ECR hands out by URL.

use std::sync::OnceLock;
use std::time::Duration;

use aws_smithy_async::rt::sleep::{SharedAsyncSleep, TokioSleep};
use aws_smithy_http_client::Connector;
use aws_smithy_http_client::tls::{self, rustls_provider::CryptoMode};
use aws_smithy_runtime_api::client::http::{
    HttpConnector, HttpConnectorFuture, HttpConnectorSettings, SharedHttpConnector,
};
use aws_smithy_runtime_api::client::orchestrator::HttpRequest;
use aws_smithy_types::body::SdkBody;
use aws_smithy_types::byte_stream::ByteStream;

use super::Aws;

/// Connections outside AWS get this long; the caller's own time-out is around it.
const CONNECT: Duration = Duration::from_secs(4);
/// A layer's configuration is a few kilobytes; what is larger is not one.
const MAX_BODY: usize = 4 << 20;

/// The SDK's own HTTPS connector, without the SDK around it; made when it is first needed, which is rarely, since
/// it reads the CA certificates.
pub fn web_connector() -> SharedHttpConnector {
    SharedHttpConnector::new(OnDemand::default())
}

#[derive(Debug, Default)]
struct OnDemand(OnceLock<SharedHttpConnector>);

impl HttpConnector for OnDemand {
    fn call(&self, request: HttpRequest) -> HttpConnectorFuture {
        self.0.get_or_init(connector).call(request)
    }
}

fn connector() -> SharedHttpConnector {
    let settings = HttpConnectorSettings::builder()
        .connect_timeout(CONNECT)
        .build();
    let connector = Connector::builder()
        .connector_settings(settings)
        .sleep_impl(SharedAsyncSleep::new(TokioSleep::new()))
        .tls_provider(tls::Provider::Rustls(CryptoMode::AwsLc))
        .build();
    SharedHttpConnector::new(connector)
}

impl Aws {
    /// Sends a GET and answers the status and the body. Redirects are not followed.
    ///
    /// # Errors
    /// What the network said, for people.
    pub async fn get(&self, url: &str, timeout: Duration) -> Result<(u16, Vec<u8>), String> {
        let answer = tokio::time::timeout(timeout, self.fetch(url)).await;
        answer.unwrap_or_else(|_| Err(format!("no answer within {} s", timeout.as_secs_f64())))
    }

    async fn fetch(&self, url: &str) -> Result<(u16, Vec<u8>), String> {
        let mut request = HttpRequest::new(SdkBody::empty());
        request
            .set_uri(url.to_owned())
            .map_err(|error| error.to_string())?;
        request.headers_mut().insert(
            "user-agent",
            concat!("ecs-rollback-action/", env!("CARGO_PKG_VERSION")),
        );
        request.headers_mut().insert("accept", "*/*");
        let response = self
            .web
            .call(request)
            .await
            .map_err(|error| reason(error.into_source().as_ref()))?;
        let status = response.status().as_u16();
        let body = ByteStream::new(response.into_body())
            .collect()
            .await
            .map_err(|error| error.to_string())?;
        let bytes = body.into_bytes();
        if bytes.len() > MAX_BODY {
            return Err(format!("an answer of {} bytes is too large", bytes.len()));
        }
        Ok((status, bytes.to_vec()))
    }
}

/// The last cause says most: "connection refused".
pub(super) fn reason(error: &(dyn std::error::Error + 'static)) -> String {
    let mut last = error;
    while let Some(cause) = last.source() {
        last = cause;
    }
    last.to_string()
}
