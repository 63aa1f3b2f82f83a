//! Which way a request leaves the runner, as the environment says: through which proxy, to which endpoint. A request
//! that fails can then be told by the variable that somebody has to change.

use std::{error::Error, fmt, sync::Arc};

use aws_smithy_runtime_api::client::{orchestrator::HttpResponse, result::ConnectorError};
use hyper_util::client::proxy::matcher::Matcher;
use url::Url;

use crate::{
    environment::Environment,
    error::{Code, Problem},
    outside::OutsideText,
};

/// The variables that name an endpoint of AWS's, that of one service before that of all.
const ENDPOINTS: [&str; 7] = [
    "AWS_ENDPOINT_URL_ECS",
    "AWS_ENDPOINT_URL_CODEDEPLOY",
    "AWS_ENDPOINT_URL_ECR",
    "AWS_ENDPOINT_URL_CLOUDWATCH_LOGS",
    "AWS_ENDPOINT_URL_SNS",
    "AWS_ENDPOINT_URL_STS",
    "AWS_ENDPOINT_URL",
];

/// A variable of the environment that says where requests go. Its value has no user and no password.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Setting {
    pub variable: String,
    pub url: OutsideText,
}

impl Setting {
    /// Of a value that is a URL.
    pub(super) fn new(variable: &str, mut url: Url) -> Self {
        // These fail for URLs that can have neither.
        let _ = url.set_username("");
        let _ = url.set_password(None);
        let text = url.as_str().trim_end_matches('/').to_owned();
        Self {
            variable: variable.to_owned(),
            url: OutsideText::new(text),
        }
    }
}

/// The way of one request; nothing where it goes to AWS's own endpoint without a proxy.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Way {
    pub(crate) proxy: Option<Setting>,
    pub(crate) endpoint: Option<Setting>,
}

impl Way {
    /// The way of the request that got this answer.
    pub(crate) fn of_answer(response: &HttpResponse) -> Self {
        response.extension::<Self>().cloned().unwrap_or_default()
    }

    /// Notes the way with how the request ended.
    pub(super) fn note(
        self,
        answer: Result<HttpResponse, ConnectorError>,
    ) -> Result<HttpResponse, ConnectorError> {
        match answer {
            Ok(mut response) => {
                response.add_extension(self);
                Ok(response)
            }
            Err(error) => Err(self.note_with(error)),
        }
    }

    /// The error keeps its kind: the SDK decides by it what it sends again.
    fn note_with(self, error: ConnectorError) -> ConnectorError {
        let (is_timeout, is_user, is_io) = (error.is_timeout(), error.is_user(), error.is_io());
        let kind = error.as_other();
        let noted = Box::new(Gone {
            way: self,
            cause: error,
        });
        match (is_timeout, is_user, is_io) {
            (true, ..) => ConnectorError::timeout(noted),
            (_, true, _) => ConnectorError::user(noted),
            (.., true) => ConnectorError::io(noted),
            _ => ConnectorError::other(noted, kind),
        }
    }
}

/// A request that failed, with its way.
#[derive(Debug)]
pub(super) struct Gone {
    pub(super) way: Way,
    cause: ConnectorError,
}

impl fmt::Display for Gone {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the request failed")
    }
}

impl Error for Gone {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        Some(&self.cause)
    }
}

/// A proxy, and for which hosts it is one.
#[derive(Clone, Debug)]
pub(super) struct Proxy {
    pub(super) setting: Setting,
    pub(super) matcher: Arc<Matcher>,
}

/// Every way that the environment names.
#[derive(Clone, Debug)]
pub(super) struct Ways {
    proxies: Vec<Proxy>,
    endpoints: Vec<(Setting, Url)>,
}

impl Ways {
    /// # Errors
    /// `bad-input` where the variable of an endpoint holds no URL.
    pub(super) fn new(environment: &Environment, proxies: Vec<Proxy>) -> Result<Self, Problem> {
        let ignored = environment.get("AWS_IGNORE_CONFIGURED_ENDPOINT_URLS");
        let mut endpoints = Vec::new();
        for variable in ENDPOINTS {
            let value = environment.get(variable);
            if let Some(value) = value
                && !ignored.is_some_and(|ignored| ignored.eq_ignore_ascii_case("true"))
            {
                let url = endpoint(variable, value)?;
                endpoints.push((Setting::new(variable, url.clone()), url));
            }
        }
        Ok(Self { proxies, endpoints })
    }

    pub(super) fn find(&self, uri: &str) -> Way {
        let url = Url::parse(uri).ok();
        let endpoint = url.as_ref().and_then(|url| {
            let mut endpoints = self.endpoints.iter();
            endpoints.find(|(_, endpoint)| is_same_server(endpoint, url))
        });
        let proxy = uri.parse().ok().and_then(|uri| {
            let mut proxies = self.proxies.iter();
            proxies.find(|proxy| proxy.matcher.intercept(&uri).is_some())
        });
        Way {
            proxy: proxy.map(|proxy| proxy.setting.clone()),
            endpoint: endpoint.map(|(setting, _)| setting.clone()),
        }
    }
}

fn is_same_server(one: &Url, other: &Url) -> bool {
    one.host() == other.host() && one.port_or_known_default() == other.port_or_known_default()
}

/// The SDK ignores a value that is no URL: the run would then ask AWS itself, which nobody wanted.
fn endpoint(variable: &str, value: &str) -> Result<Url, Problem> {
    let problem = |why: String| {
        // What stands before an `@` may be a password.
        let value = OutsideText::new(value.rsplit('@').next().unwrap_or_default());
        Problem::new(
            Code::BadInput,
            format!(
                "the environment variable {variable} is not the URL of an endpoint: {value} ({why})"
            ),
            format!(
                "set {variable} to a URL such as https://vpce-1a2b3c.ecs.eu-west-1.vpce.amazonaws.com, or unset it"
            ),
        )
    };
    let url = Url::parse(value).map_err(|error| problem(error.to_string()))?;
    match url.scheme() {
        "http" | "https" => Ok(url),
        _ => Err(problem(
            "it begins with neither http:// nor https://".to_owned(),
        )),
    }
}
