//! HTTP outside the AWS API: the health check, the blobs that ECR hands out by URL, and who is notified.

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
use tokio::time::{Instant, timeout_at};

pub(crate) use breakage::{Breakage, Kind, causes};
pub(crate) use network::CONNECT;
pub use network::Network;
pub(crate) use way::{Setting, Way};

use crate::outside::OutsideText;

/// Bytes of a body that are read. An image's configuration is a few kilobytes.
const BODY_MAX: usize = 4 << 20;

const USER_AGENT: &str = concat!("ecs-rollback-action/", env!("CARGO_PKG_VERSION"));
/// Bytes of the answer to a POST that are read. It is quoted at most.
const ANSWER_MAX: usize = 4 << 10;

/// The whole answer to a POST, whatever its status.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Answer {
    pub status: u16,
    /// The header `Retry-After`.
    pub retry_after: Option<String>,
    /// Its first 4 KiB, or what arrived of them.
    pub body: Vec<u8>,
}

/// Why a request has no useful answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Error {
    /// No answer: connection refused, unknown host, untrusted certificate, …
    Network {
        kind: Kind,
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
            Self::Network {
                words, proxy: None, ..
            } => words.fmt(f),
            Self::Network {
                words,
                proxy: Some(Setting { variable, url }),
                ..
            } => write!(f, "{words} (through the proxy {url} of {variable})"),
            Self::TimedOut(timeout) => write!(f, "no answer within {} s", timeout.as_secs_f64()),
            Self::Status(status) => write!(f, "HTTP {status}"),
            Self::TooLarge => write!(f, "the answer is larger than {} MiB", BODY_MAX >> 20),
        }
    }
}

impl Error {
    /// Whether the request can't have arrived.
    pub(crate) fn is_not_sent(&self) -> bool {
        let Self::Network { kind, .. } = self else {
            return false;
        };
        *kind == Kind::NoConnection
    }

    fn network(error: &(dyn StdError + 'static)) -> Self {
        let Breakage { kind, words, way } = Breakage::of(error);
        let proxy = way.proxy.filter(|_| kind != Kind::Tls);
        Self::Network { kind, words, proxy }
    }
}

/// Sends GETs and POSTs. Redirects are not followed.
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
    pub async fn exchange(
        &self,
        request: ::http::Request<Vec<u8>>,
        timeout: Duration,
    ) -> Result<::http::Response<Vec<u8>>, Error> {
        within(timeout, async {
            let mut request = HttpRequest::try_from(request.map(SdkBody::from))
                .map_err(|error| Error::network(&error))?;
            request.headers_mut().insert("user-agent", USER_AGENT);
            let answer = self.send(request).await?;
            let answer = answer
                .try_into_http1x()
                .map_err(|error| Error::network(&error))?;
            let (parts, body) = answer.into_parts();
            let body = read_body(body).await?;
            Ok(::http::Response::from_parts(parts, body))
        })
        .await
    }

    /// The answer to a POST, whatever its status.
    ///
    /// # Errors
    /// Where no answer begins within `timeout`. One that breaks off, or does not end in time, is an answer all the same.
    pub async fn post(
        &self,
        url: &str,
        headers: &[(&'static str, String)],
        body: Vec<u8>,
        timeout: Duration,
    ) -> Result<Answer, Error> {
        let until = Instant::now() + timeout;
        let mut request = new_request(url, SdkBody::from(body))?;
        request
            .set_method("POST")
            .map_err(|error| Error::network(&error))?;
        for (name, value) in headers {
            request.headers_mut().insert(*name, value.clone());
        }
        let response = within(timeout, self.send(request)).await?;
        let retry_after = response.headers().get("retry-after").map(str::to_owned);
        let mut answer = Answer {
            status: response.status().as_u16(),
            retry_after,
            body: Vec::new(),
        };
        // The status is enough where the body does not end.
        let _ = timeout_at(until, read_start(response, &mut answer.body)).await;
        Ok(answer)
    }

    async fn get(&self, url: &str) -> Result<HttpResponse, Error> {
        self.send(new_request(url, SdkBody::empty())?).await
    }

    async fn send(&self, request: HttpRequest) -> Result<HttpResponse, Error> {
        let response = self.0.call(request).await;
        response.map_err(|error| Error::network(&error))
    }
}

fn new_request(url: &str, body: SdkBody) -> Result<HttpRequest, Error> {
    let mut request = HttpRequest::new(body);
    request
        .set_uri(url)
        .map_err(|error| Error::network(&error))?;
    let headers = request.headers_mut();
    // Load balancers and firewalls turn requests without these away as bots.
    headers.insert("user-agent", USER_AGENT);
    headers.insert("accept", "*/*");
    Ok(request)
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

/// Adds the start of the body as it arrives, so that it is there when nobody waits for the rest.
async fn read_start(response: HttpResponse, body: &mut Vec<u8>) {
    let mut stream = ByteStream::new(response.into_body());
    while body.len() < ANSWER_MAX
        && let Ok(Some(chunk)) = stream.try_next().await
    {
        body.extend_from_slice(&chunk);
    }
    body.truncate(ANSWER_MAX);
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
