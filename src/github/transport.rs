//! How a request reaches GitHub: by the run's own HTTP client, so that proxies and CA bundles count here as well.

use std::{error::Error, fmt, time::Duration};

use ::http::{HeaderValue, Method, Request, Response, Uri, header};
use http_body_util::{BodyExt, Full};
use octocrab::OctoBody;
use url::Url;

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

/// Sends a request whose URL is a path of the API. A GET follows one redirect within this API: GitHub answers with one
/// where the repository has another name now.
///
/// # Errors
/// [`Unreached`]; an answer of any status is none.
pub(super) async fn send(
    access: &Access,
    http: &http::Client,
    request: Request<OctoBody>,
) -> Result<Response<Full<bytes::Bytes>>, Box<dyn Error + Send + Sync>> {
    let mut request = addressed(access, request).await?;
    let first = http.exchange(request.clone(), TIMEOUT).await;
    let mut response = first.map_err(Unreached)?;
    if let Some(place) = moved_to(&request, &response) {
        *request.uri_mut() = place;
        response = http.exchange(request, TIMEOUT).await.map_err(Unreached)?;
    }
    Ok(response.map(|body| Full::new(bytes::Bytes::from(body))))
}

/// Where the answer to a GET leads, if that is on the host that was asked: the token goes nowhere else. Source:
/// "Redirects" in GitHub's "Best practices for using the REST API".
fn moved_to(request: &Request<Vec<u8>>, response: &Response<Vec<u8>>) -> Option<Uri> {
    let is_redirect = matches!(response.status().as_u16(), 301 | 302 | 307 | 308);
    if request.method() != Method::GET || !is_redirect {
        return None;
    }
    let location = response.headers().get(header::LOCATION)?.to_str().ok()?;
    let asked = Url::parse(&request.uri().to_string()).ok()?;
    let place = asked.join(location).ok()?;
    // Scheme, host and port.
    if place.origin() != asked.origin() || !place.username().is_empty() {
        return None;
    }
    place.as_str().parse().ok()
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

#[cfg(test)]
mod tests {
    use super::*;

    fn led(method: &str, status: u16, location: &str) -> Option<String> {
        let request = Request::builder()
            .method(method)
            .uri("https://ghe.example:8443/api/v3/repos/org/shop/pulls?page=1")
            .body(Vec::new())
            .unwrap();
        let response = Response::builder()
            .status(status)
            .header(header::LOCATION, location)
            .body(Vec::new())
            .unwrap();
        moved_to(&request, &response).map(|place| place.to_string())
    }

    #[test]
    fn a_redirect_is_followed_on_the_same_host_alone() {
        let place = "https://ghe.example:8443/api/v3/repositories/7/pulls?page=1";
        for status in [301, 302, 307, 308] {
            assert_eq!(led("GET", status, place).as_deref(), Some(place));
        }
        assert_eq!(
            led("GET", 301, "/api/v3/repositories/7/pulls?page=1").as_deref(),
            Some(place)
        );
        for elsewhere in [
            "http://ghe.example:8443/api/v3/repositories/7",
            "https://ghe.example/api/v3/repositories/7",
            "https://ghe.example:8443@evil.example/",
            "https://kim:pw@ghe.example:8443/",
            "https://evil.example/",
            "//evil.example/",
            "\\\\evil.example",
            "ftp://ghe.example:8443/",
            "data:text/plain,x",
            "",
        ] {
            let followed = led("GET", 301, elsewhere);
            let is_own = |place: &String| place.starts_with("https://ghe.example:8443/api/v3/");
            assert!(followed.as_ref().is_none_or(is_own), "{followed:?}");
            assert_eq!(followed.is_some(), elsewhere.is_empty(), "{elsewhere}");
        }
        for (method, status) in [("POST", 307), ("GET", 200), ("GET", 304), ("GET", 404)] {
            assert_eq!(led(method, status, place), None);
        }
    }
}
