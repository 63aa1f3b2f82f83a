//! HTTP outside the AWS API: the health check, and the blobs that ECR hands out by URL.

mod breakage;
mod network;
mod resolver;
mod way;

use std::{error::Error as StdError, fmt, time::Duration};

use aws_smithy_runtime_api::client::{
    http::{HttpConnector, SharedHttpConnector},
    orchestrator::{HttpRequest, HttpResponse},
};
use aws_smithy_types::{body::SdkBody, byte_stream::ByteStream};

pub(crate) use breakage::{Breakage, Kind, causes};
pub(crate) use network::CONNECT;
pub use network::Network;
pub(crate) use way::{Setting, Way};

use crate::outside::OutsideText;

/// Bytes of a body that are read. An image's configuration is a few kilobytes.
const BODY_MAX: usize = 4 << 20;

const USER_AGENT: &str = concat!("ecs-rollback-action/", env!("CARGO_PKG_VERSION"));

/// Why a request has no useful answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Error {
    /// No answer: connection refused, unknown host, untrusted certificate, …
    Network {
        words: OutsideText,
        /// What the request went through.
        proxy: Option<Setting>,
    },
    /// Nothing complete arrived within this time.
    TimedOut(Duration),
    /// An answer, but with this status instead of 200.
    Status(u16),
    /// The body is longer than 4 MiB.
    TooLarge,
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Network { words, proxy: None } => words.fmt(f),
            Self::Network {
                words,
                proxy: Some(Setting { variable, url }),
            } => write!(f, "{words} (through the proxy {url} of {variable})"),
            Self::TimedOut(timeout) => write!(f, "no answer within {} s", timeout.as_secs_f64()),
            Self::Status(status) => write!(f, "HTTP {status}"),
            Self::TooLarge => write!(f, "the answer is larger than {} MiB", BODY_MAX >> 20),
        }
    }
}

impl Error {
    fn network(error: &(dyn StdError + 'static)) -> Self {
        let Breakage { kind, words, way } = Breakage::of(error);
        let proxy = way.proxy.filter(|_| kind != Kind::Tls);
        Self::Network { words, proxy }
    }
}

/// Sends GETs. Redirects are not followed.
#[derive(Clone, Debug)]
pub struct Client(SharedHttpConnector);

impl Client {
    pub fn new(connector: SharedHttpConnector) -> Self {
        Self(connector)
    }

    /// The status of the answer to a GET. The body stays unread, so it may be endless.
    ///
    /// # Errors
    /// Where there is no answer within `timeout`.
    pub async fn get_status(&self, url: &str, timeout: Duration) -> Result<u16, Error> {
        within(timeout, async {
            let response = self.get(url).await?;
            Ok(response.status().as_u16())
        })
        .await
    }

    /// The body of the answer to a GET, of at most 4 MiB.
    ///
    /// # Errors
    /// Where the answer is not complete within `timeout`, has another status than 200, or is too large.
    pub async fn get_body(&self, url: &str, timeout: Duration) -> Result<Vec<u8>, Error> {
        within(timeout, async {
            let response = self.get(url).await?;
            match response.status().as_u16() {
                200 => read_body(response.into_body()).await,
                status => Err(Error::Status(status)),
            }
        })
        .await
    }

    /// The answer, whatever its status, with a body of at most 4 MiB.
    ///
    /// # Errors
    /// Where the answer is not complete within `timeout`, or is too large.
    pub async fn send(
        &self,
        request: ::http::Request<Vec<u8>>,
        timeout: Duration,
    ) -> Result<::http::Response<Vec<u8>>, Error> {
        within(timeout, async {
            let mut request = HttpRequest::try_from(request.map(SdkBody::from))
                .map_err(|error| Error::network(&error))?;
            request.headers_mut().insert("user-agent", USER_AGENT);
            let answer = self.0.call(request).await;
            let answer = answer.map_err(|error| Error::network(&error))?;
            let answer = answer
                .try_into_http1x()
                .map_err(|error| Error::network(&error))?;
            let (parts, body) = answer.into_parts();
            let body = read_body(body).await?;
            Ok(::http::Response::from_parts(parts, body))
        })
        .await
    }

    async fn get(&self, url: &str) -> Result<HttpResponse, Error> {
        let mut request = HttpRequest::new(SdkBody::empty());
        request
            .set_uri(url)
            .map_err(|error| Error::network(&error))?;
        let headers = request.headers_mut();
        // Load balancers and firewalls turn requests without these away as bots.
        headers.insert("user-agent", USER_AGENT);
        headers.insert("accept", "*/*");
        let response = self.0.call(request).await;
        response.map_err(|error| Error::network(&error))
    }
}

async fn within<T>(
    timeout: Duration,
    answer: impl Future<Output = Result<T, Error>>,
) -> Result<T, Error> {
    // One limit for everything: a server that sends a byte now and then passes any limit on one read.
    match tokio::time::timeout(timeout, answer).await {
        Ok(answer) => answer,
        Err(_) => Err(Error::TimedOut(timeout)),
    }
}

async fn read_body(body: SdkBody) -> Result<Vec<u8>, Error> {
    let mut stream = ByteStream::new(body);
    let mut body = Vec::new();
    loop {
        let chunk = stream.try_next().await;
        let Some(chunk) = chunk.map_err(|error| Error::network(&error))? else {
            return Ok(body);
        };
        // Judged chunk by chunk: a server may announce no length, and never end.
        if body.len() + chunk.len() > BODY_MAX {
            return Err(Error::TooLarge);
        }
        body.extend_from_slice(&chunk);
    }
}
