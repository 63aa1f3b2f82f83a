//! How requests leave the runner, AWS's and all others: through which proxy, and which certificates they trust.

use std::{
    fs::File,
    io::{self, Read},
    sync::{Arc, Mutex, OnceLock},
    time::Duration,
};

use aws_smithy_async::rt::sleep::{SharedAsyncSleep, TokioSleep};
use aws_smithy_http_client::{
    Connector,
    proxy::ProxyConfig,
    tls::{Provider, TlsContext, TrustStore, rustls_provider::CryptoMode},
};
use aws_smithy_runtime_api::{
    box_error::BoxError,
    client::{
        http::{
            HttpClient, HttpConnector, HttpConnectorFuture, HttpConnectorSettings,
            SharedHttpClient, SharedHttpConnector, http_client_fn,
        },
        orchestrator::HttpRequest,
    },
};
use hyper_util::client::proxy::matcher::{self, Matcher};
use rustls::{
    RootCertStore,
    pki_types::{CertificateDer, pem::PemObject},
};
use url::Url;

use super::{
    breakage::own_words,
    resolver::SystemResolver,
    way::{Proxy, Setting, Ways},
};

use crate::{
    environment::Environment,
    error::{Code, Problem},
    outside::OutsideText,
};

/// A connection that cannot be made in this time will not be.
pub(crate) const CONNECT: Duration = Duration::from_secs(4);
/// Bytes of a CA bundle that are read; a system's own has some 200 KB.
const BUNDLE_MAX: u64 = 8 << 20;
/// Where EC2 and ECS hand out credentials: link-local addresses, which no proxy can reach.
const NEVER_PROXIED: &str = "169.254.0.0/16,fd00:ec2::/32";
const END_OF_CERTIFICATE: &str = "-----END CERTIFICATE-----";

/// The proxies and the CA bundle that the environment names.
#[derive(Clone, Debug)]
pub struct Network {
    http_proxy: ProxyConfig,
    https_proxy: ProxyConfig,
    ways: Ways,
    /// The certificates of `AWS_CA_BUNDLE`, PEM, one an item; empty where it is not set.
    bundle: Vec<String>,
}

impl Network {
    /// From `http_proxy`, `https_proxy` and `no_proxy` in either letter case, `AWS_CA_BUNDLE` and `AWS_ENDPOINT_URL…`.
    ///
    /// # Errors
    /// `bad-input` where a proxy's URL, an endpoint's or the bundle cannot be used.
    pub fn from_environment(environment: &Environment) -> Result<Self, Problem> {
        let bundle = match environment.get("AWS_CA_BUNDLE") {
            Some(path) => read_bundle(path)?,
            None => Vec::new(),
        };
        let mut proxies = Vec::new();
        let http_proxy = proxy(environment, &HTTP, &mut proxies)?;
        let https_proxy = proxy(environment, &HTTPS, &mut proxies)?;
        Ok(Self {
            http_proxy,
            https_proxy,
            ways: Ways::new(environment, proxies)?,
            bundle,
        })
    }

    /// The client of somebody else, who owns the other end; how a request fails is told as of a client made here.
    pub fn around(&self, client: SharedHttpClient) -> SharedHttpClient {
        let ways = self.ways.clone();
        http_client_fn(move |settings, components| {
            SharedHttpConnector::new(Noted {
                ways: ways.clone(),
                connector: client.http_connector(settings, components),
            })
        })
    }

    /// The client for AWS. As with AWS's CLI, a bundle replaces the public CAs.
    pub fn aws_client(self) -> SharedHttpClient {
        let store = TrustStore::empty().with_native_roots(self.bundle.is_empty());
        let tls = self.tls(store);
        // The SDK asks anew for every call; what it gets must be the same, or no connection is used twice.
        let made: Mutex<Vec<(Timeouts, SharedHttpConnector)>> = Mutex::default();
        http_client_fn(move |settings, _| {
            let timeouts = (settings.connect_timeout(), settings.read_timeout());
            let mut made = made.lock().expect("nothing panics with this lock");
            for (known, connector) in made.iter() {
                if *known == timeouts {
                    return connector.clone();
                }
            }
            let connector = self.by_scheme(&tls, settings.clone());
            made.push((timeouts, connector.clone()));
            connector
        })
    }

    /// The connector for everything else. It trusts the bundle beside the public CAs: a health check may be anywhere.
    pub fn web_connector(&self) -> SharedHttpConnector {
        let tls = self.tls(TrustStore::default());
        let settings = HttpConnectorSettings::builder().connect_timeout(CONNECT);
        self.by_scheme(&tls, settings.build())
    }

    fn tls(&self, mut store: TrustStore) -> TlsContext {
        for certificate in &self.bundle {
            store.add_pem_certificate(certificate.as_bytes());
        }
        let tls = TlsContext::builder().with_trust_store(store).build();
        tls.expect("nothing in a trust store is checked before it is used")
    }

    fn by_scheme(&self, tls: &TlsContext, settings: HttpConnectorSettings) -> SharedHttpConnector {
        let lazy = |proxy: &ProxyConfig| LazyConnector {
            proxy: proxy.clone(),
            tls: tls.clone(),
            settings: settings.clone(),
            connector: OnceLock::new(),
        };
        let connector = ByScheme {
            http: lazy(&self.http_proxy),
            https: lazy(&self.https_proxy),
        };
        SharedHttpConnector::new(Noted {
            ways: self.ways.clone(),
            connector: SharedHttpConnector::new(connector),
        })
    }
}

/// Notes the way of each request with its answer.
#[derive(Debug)]
struct Noted {
    ways: Ways,
    connector: SharedHttpConnector,
}

impl HttpConnector for Noted {
    fn call(&self, request: HttpRequest) -> HttpConnectorFuture {
        let way = self.ways.find(request.uri());
        let answer = self.connector.call(request);
        HttpConnectorFuture::new(async move { way.note(answer.await) })
    }
}

/// For connecting and for reading; what tells one of the SDK's settings from another.
type Timeouts = (Option<Duration>, Option<Duration>);

/// A connector knows one proxy, but requests to `http` and to `https` may have two.
#[derive(Debug)]
struct ByScheme {
    http: LazyConnector,
    https: LazyConnector,
}

impl HttpConnector for ByScheme {
    fn call(&self, request: HttpRequest) -> HttpConnectorFuture {
        let lazy = if request.uri().starts_with("https:") {
            &self.https
        } else {
            &self.http
        };
        lazy.get().call(request)
    }
}

/// Made at its first request: it loads the CA certificates, which takes milliseconds.
#[derive(Debug)]
struct LazyConnector {
    proxy: ProxyConfig,
    tls: TlsContext,
    settings: HttpConnectorSettings,
    connector: OnceLock<Connector>,
}

impl LazyConnector {
    fn get(&self) -> &Connector {
        self.connector.get_or_init(|| {
            Connector::builder()
                .connector_settings(self.settings.clone())
                .sleep_impl(SharedAsyncSleep::new(TokioSleep::new()))
                .proxy_config(self.proxy.clone())
                .tls_provider(Provider::Rustls(CryptoMode::AwsLc))
                .tls_context(self.tls.clone())
                .build_with_resolver(SystemResolver)
        })
    }
}

/// The variable in lower case, as curl reads it, or in upper case.
fn either_case<'a>(environment: &'a Environment, name: &str) -> Option<&'a str> {
    environment
        .get(name)
        .or_else(|| environment.get(&name.to_uppercase()))
}

/// The requests of one scheme, and how their proxy is configured.
struct Scheme {
    variable: &'static str,
    config: fn(String) -> Result<ProxyConfig, BoxError>,
    matcher: fn(matcher::Builder, String) -> matcher::Builder,
}

const HTTP: Scheme = Scheme {
    variable: "http_proxy",
    config: |url| ProxyConfig::http(url).map_err(Into::into),
    matcher: matcher::Builder::http,
};

const HTTPS: Scheme = Scheme {
    variable: "https_proxy",
    config: |url| ProxyConfig::https(url).map_err(Into::into),
    matcher: matcher::Builder::https,
};

fn proxy(
    environment: &Environment,
    scheme: &Scheme,
    proxies: &mut Vec<Proxy>,
) -> Result<ProxyConfig, Problem> {
    let Some(url) = either_case(environment, scheme.variable) else {
        return Ok(ProxyConfig::disabled());
    };
    let url = if url.contains("://") {
        url.to_owned()
    } else {
        // curl and the runner take `proxy:3128`, too.
        format!("http://{url}")
    };
    let no_proxy = either_case(environment, "no_proxy").unwrap_or_default();
    let no_proxy = format!("{no_proxy},{NEVER_PROXIED}");
    let parsed = Url::parse(&url).map_err(BoxError::from);
    let parsed = parsed.and_then(|parsed| Ok((parsed, (scheme.config)(url.clone())?)));
    let (parsed, config) = parsed.map_err(|error| not_a_proxy(scheme.variable, &error))?;
    let matcher = (scheme.matcher)(Matcher::builder(), url);
    proxies.push(Proxy {
        setting: Setting::new(scheme.variable, parsed),
        matcher: Arc::new(matcher.no(no_proxy.clone()).build()),
    });
    Ok(config.no_proxy(no_proxy))
}

/// The value itself is not told: it may hold a password.
fn not_a_proxy(variable: &str, error: &BoxError) -> Problem {
    Problem::new(
        Code::BadInput,
        format!(
            "the environment variable {variable} is not the URL of a proxy: {}",
            own_words(error.as_ref())
        ),
        format!("set {variable} to a URL such as http://proxy.example.com:3128, or unset it"),
    )
}

fn read_bundle(path: &str) -> Result<Vec<String>, Problem> {
    let problem = |what: String| {
        Problem::new(
            Code::BadInput,
            format!(
                "the environment variable AWS_CA_BUNDLE names {}, {what}",
                OutsideText::new(path)
            ),
            "point AWS_CA_BUNDLE at a PEM file below GITHUB_WORKSPACE, which the action's container can read, or unset it",
        )
    };
    let text = read_text(path).map_err(|error| {
        let error = OutsideText::new(error.to_string());
        problem(format!("which cannot be read: {error}"))
    })?;
    let mut certificates = Vec::new();
    for part in text.split_inclusive(END_OF_CERTIFICATE) {
        // The TLS library ends the process over a certificate it cannot parse. System bundles hold such ones.
        if is_usable(part) {
            certificates.push(part.to_owned());
        }
    }
    if certificates.is_empty() {
        return Err(problem("which holds no usable PEM certificate".to_owned()));
    }
    Ok(certificates)
}

fn read_text(path: &str) -> io::Result<String> {
    let mut bytes = Vec::new();
    // A path such as `/dev/zero` never ends.
    File::open(path)?.take(BUNDLE_MAX).read_to_end(&mut bytes)?;
    // Comments between the certificates may be in any encoding.
    Ok(String::from_utf8_lossy(&bytes).into_owned())
}

fn is_usable(pem: &str) -> bool {
    match CertificateDer::from_pem_slice(pem.as_bytes()) {
        Ok(certificate) => RootCertStore::empty().add(certificate).is_ok(),
        Err(_) => false,
    }
}
