//! How a request reaches GitHub: by the run's own HTTP client, so that proxies and CA bundles count here as well.

use std::{error::Error, fmt, time::Duration};

use ::http::{HeaderValue, Request, Response, header};
use http_body_util::{BodyExt, Full};
use octocrab::OctoBody;

use crate::{domain::github::Access, http};

/// GitHub answers within a second or two; a comparison of many files takes longer.
const TIMEOUT: Duration = Duration::from_secs(10);
/// The version of the REST API that the requests are written for.
const API_VERSION: &str = "2022-11-28";
const JSON: &str = "application/vnd.github+json";

/// Why no answer came.
#[derive(Debug)]
pub(super) struct Unreached(pub(super) http::Error);

impl fmt::Display for Unreached {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl Error for Unreached {}

/// Sends a request whose URL is a path of the API. Redirects are not followed.
///
/// # Errors
/// [`Unreached`]; an answer of any status is none.
pub(super) async fn send(
    access: &Access,
    http: &http::Client,
    request: Request<OctoBody>,
) -> Result<Response<Full<bytes::Bytes>>, Box<dyn Error + Send + Sync>> {
    let request = addressed(access, request).await?;
    let response = http.exchange(request, TIMEOUT).await.map_err(Unreached)?;
    Ok(response.map(|body| Full::new(bytes::Bytes::from(body))))
}

/// The request with GitHub's host and the token.
async fn addressed(
    access: &Access,
    request: Request<OctoBody>,
) -> Result<Request<Vec<u8>>, Box<dyn Error + Send + Sync>> {
    let (mut parts, body) = request.into_parts();
    // A path alone cannot take the token to another host.
    let path = parts.uri.path_and_query().map_or("/", |path| path.as_str());
    parts.uri = format!("{}{path}", access.api).parse()?;
    let mut token = HeaderValue::from_str(&format!("Bearer {}", access.token))?;
    token.set_sensitive(true);
    let headers = &mut parts.headers;
    headers.insert(header::AUTHORIZATION, token);
    headers.insert(
        "x-github-api-version",
        HeaderValue::from_static(API_VERSION),
    );
    headers.insert(header::ACCEPT, HeaderValue::from_static(JSON));
    let body = body.collect().await?.to_bytes();
    Ok(Request::from_parts(parts, body.to_vec()))
}
