//! How a request to GitHub fails, and what to do about it.

use std::error::Error as StdError;

use octocrab::{Error, GitHubError};

use super::transport::Unreached;
use crate::outside::OutsideText;

/// What GitHub's answer is shortened to: a gateway may send a page of HTML.
const WORDS_MAX: usize = 200;

/// What was asked of GitHub.
#[derive(Clone, Copy, Debug)]
pub(super) struct Request {
    /// Behind "could not".
    pub doing: &'static str,
    /// Under `permissions:` in a workflow: `contents: read`.
    pub permission: &'static str,
}

/// A request that GitHub did not grant.
#[derive(Clone, Debug)]
pub(crate) struct Failure {
    request: Request,
    fault: Fault,
}

#[derive(Clone, Debug, PartialEq)]
enum Fault {
    Unreached(OutsideText),
    /// 401: the token is none, or no longer.
    BadToken,
    /// 403, 404 on a write: the token may not do this.
    Denied(OutsideText),
    RateLimited,
    /// 404, 409, 410, 422: there is no such thing, or the token does not see it.
    Absent(u16, OutsideText),
    Status(u16, OutsideText),
    /// An answer that is not what GitHub describes.
    Garbage,
}

impl Request {
    pub(super) fn failed(self, error: Error) -> Failure {
        let fault = match &error {
            Error::GitHub { source, .. } => fault_of(source),
            Error::Service { source, .. } => Fault::Unreached(broken(source.as_ref())),
            Error::Json { .. } | Error::Serde { .. } => Fault::Garbage,
            other => Fault::Unreached(OutsideText::new(other.to_string())),
        };
        Failure {
            request: self,
            fault,
        }
    }

    pub(super) fn garbage(self) -> Failure {
        Failure {
            request: self,
            fault: Fault::Garbage,
        }
    }
}

fn broken(error: &(dyn StdError + 'static)) -> OutsideText {
    let mut cause = Some(error);
    while let Some(error) = cause {
        if let Some(Unreached(error)) = error.downcast_ref() {
            return OutsideText::new(error.to_string());
        }
        cause = error.source();
    }
    OutsideText::new(error.to_string())
}

fn fault_of(error: &GitHubError) -> Fault {
    let words: String = error.message.chars().take(WORDS_MAX).collect();
    let words = OutsideText::new(words);
    match error.status_code.as_u16() {
        401 => Fault::BadToken,
        403 | 429 if is_rate_limit(error) => Fault::RateLimited,
        403 => Fault::Denied(words),
        status @ (404 | 409 | 410 | 422) => Fault::Absent(status, words),
        status => Fault::Status(status, words),
    }
}

/// Both of GitHub's limits: of requests an hour, and of many at once. Source: "Rate limits for the REST API".
fn is_rate_limit(error: &GitHubError) -> bool {
    let Some(headers) = &error.headers else {
        return false;
    };
    let is_used_up = headers
        .get("x-ratelimit-remaining")
        .is_some_and(|left| left == "0");
    is_used_up || headers.contains_key("retry-after")
}

impl Failure {
    pub(super) fn is_absent(&self) -> bool {
        matches!(self.fault, Fault::Absent(..))
    }

    /// Lower case, without its full stop: what could not be done, why, and what to do about it.
    pub(crate) fn sentence(&self) -> String {
        let Request { doing, permission } = self.request;
        let why = match &self.fault {
            Fault::Unreached(words) => format!("it could not be reached: {words}"),
            Fault::BadToken => "HTTP 401; check the input github-token".to_owned(),
            Fault::Denied(words) => {
                format!("HTTP 403 ({words}); give the job `permissions: {permission}`")
            }
            Fault::RateLimited => "the token's rate limit is used up".to_owned(),
            Fault::Absent(status, words) => {
                format!("HTTP {status} ({words}); the token may need `permissions: {permission}`")
            }
            Fault::Status(301 | 302 | 307 | 308, _) => {
                "the repository was renamed or moved".to_owned()
            }
            Fault::Status(status, words) => format!("HTTP {status} ({words})"),
            Fault::Garbage => "its answer was not understood".to_owned(),
        };
        format!("GitHub: could not {doing}: {why}")
    }
}
