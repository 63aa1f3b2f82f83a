//! Front 1: an HTTP client for the AWS SDK for Rust. Requests never leave the process.

use std::fmt;
use std::future::pending;
use std::io;

use aws_smithy_runtime_api::client::dns::ResolveDnsError;
use aws_smithy_runtime_api::client::http::{
    HttpClient, HttpConnector, HttpConnectorFuture, HttpConnectorSettings, SharedHttpClient,
    SharedHttpConnector,
};
use aws_smithy_runtime_api::client::orchestrator::{HttpRequest, HttpResponse};
use aws_smithy_runtime_api::client::result::ConnectorError;
use aws_smithy_runtime_api::client::runtime_components::RuntimeComponents;
use aws_smithy_types::body::SdkBody;
use bytes::Bytes;
use http::{Request, Response};
use http_body_util::BodyExt;

use crate::body::CutBody;
use crate::cloud::Cloud;
use crate::exchange::Broken;
use crate::sim::Sim;

impl<W: Cloud> Sim<W> {
    /// An HTTP client for `aws_config` and the SDK's clients. A reset is an I/O error, which the SDK retries; a hang
    /// never ends by itself, so the client's own timeouts are what ends it. Plain GETs to any host reach the world.
    pub fn http_client(&self) -> SharedHttpClient {
        SharedHttpClient::new(Connector(self.clone()))
    }

    /// The connector itself, for requests that are not AWS's. Timeouts are the caller's.
    pub fn connector(&self) -> SharedHttpConnector {
        SharedHttpConnector::new(Connector(self.clone()))
    }
}

struct Connector<W: Cloud>(Sim<W>);

impl<W: Cloud> fmt::Debug for Connector<W> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Connector").field(&self.0).finish()
    }
}

impl<W: Cloud> HttpClient for Connector<W> {
    fn http_connector(
        &self,
        _: &HttpConnectorSettings,
        _: &RuntimeComponents,
    ) -> SharedHttpConnector {
        self.0.connector()
    }
}

impl<W: Cloud> HttpConnector for Connector<W> {
    fn call(&self, request: HttpRequest) -> HttpConnectorFuture {
        let sim = self.0.clone();
        HttpConnectorFuture::new(async move {
            let request = collected(request).await?;
            match sim.answer(request).await {
                Ok(response) => sdk(response.map(SdkBody::from)),
                Err(broken) => break_off(broken).await,
            }
        })
    }
}

async fn collected(request: HttpRequest) -> Result<Request<Bytes>, ConnectorError> {
    let request = request
        .try_into_http1x()
        .map_err(|error| ConnectorError::user(error.into()))?;
    let (parts, body) = request.into_parts();
    let body = body.collect().await.map_err(ConnectorError::user)?;
    Ok(Request::from_parts(parts, body.to_bytes()))
}

fn sdk(response: Response<SdkBody>) -> Result<HttpResponse, ConnectorError> {
    HttpResponse::try_from(response).map_err(|error| ConnectorError::user(error.into()))
}

async fn break_off(broken: Broken) -> Result<HttpResponse, ConnectorError> {
    let cut = |response: Response<Bytes>, kind| {
        sdk(response.map(|body| SdkBody::from_body_1_x(CutBody::new(&body, kind))))
    };
    match broken {
        Broken::Refused => Err(failed(io::ErrorKind::ConnectionRefused).never_connected()),
        Broken::UnknownHost => {
            let unknown = io::Error::other("failed to lookup address information");
            Err(ConnectorError::io(ResolveDnsError::new(unknown).into()).never_connected())
        }
        Broken::Reset => Err(failed(io::ErrorKind::ConnectionReset)),
        Broken::ResetWithin(response) => cut(response, io::ErrorKind::ConnectionReset),
        Broken::Truncated(response) => cut(response, io::ErrorKind::UnexpectedEof),
        Broken::Hang => pending().await,
    }
}

fn failed(kind: io::ErrorKind) -> ConnectorError {
    ConnectorError::io(io::Error::from(kind).into())
}
