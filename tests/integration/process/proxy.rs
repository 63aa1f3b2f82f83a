//! A runner behind a proxy: `http_proxy`, `https_proxy`, `no_proxy` and `AWS_CA_BUNDLE`.

use std::net::SocketAddr;
use std::sync::{Arc, Mutex};

use aws_sim::Server;
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt, copy_bidirectional};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinHandle;
use tokio_rustls::TlsAcceptor;
use tokio_rustls::rustls::ServerConfig;
use tokio_rustls::rustls::crypto::aws_lc_rs;
use tokio_rustls::rustls::pki_types::pem::PemObject;
use tokio_rustls::rustls::pki_types::{CertificateDer, PrivateKeyDer};

use super::{aws, run, step, with};
use crate::harness::runner::RunnerStep;

/// The CA of the certificate that the proxy shows for `aws.example`.
const CA: &str = include_str!("tls/ca.pem");
const CERTIFICATE: &str = include_str!("tls/server.pem");
const KEY: &str = include_str!("tls/server.key");

/// A proxy on loopback that forwards everything for AWS to the simulator, and answers health checks itself.
struct Proxy {
    url: String,
    /// The first line of the first request of each connection.
    requests: Arc<Mutex<Vec<String>>>,
    accepting: JoinHandle<()>,
}

impl Proxy {
    async fn start(aws: &Server) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0")
            .await
            .expect("loopback has a free port");
        let url = format!("http://{}", listener.local_addr().expect("it listens"));
        let requests = Arc::new(Mutex::new(Vec::new()));
        let (aws, log) = (aws.addr, Arc::clone(&requests));
        let accepting = tokio::spawn(async move {
            loop {
                let (stream, _) = listener.accept().await.expect("a caller");
                tokio::spawn(forward(stream, aws, Arc::clone(&log)));
            }
        });
        Self {
            url,
            requests,
            accepting,
        }
    }

    fn saw(&self, request: &str) -> bool {
        let requests = self.requests.lock().expect("no test panics with it");
        requests.iter().any(|line| line == request)
    }

    fn saw_nothing(&self) -> bool {
        self.requests
            .lock()
            .expect("no test panics with it")
            .is_empty()
    }
}

impl Drop for Proxy {
    fn drop(&mut self) {
        self.accepting.abort();
    }
}

async fn forward(mut stream: TcpStream, aws: SocketAddr, log: Arc<Mutex<Vec<String>>>) {
    let head = read_head(&mut stream).await;
    let line = head.lines().next().unwrap_or_default().to_owned();
    log.lock()
        .expect("no test panics with it")
        .push(line.clone());
    if line.starts_with("CONNECT ") {
        drop(stream.write_all(b"HTTP/1.1 200 OK\r\n\r\n").await);
        // It reads what passes, as a company's proxy does, with a certificate of its own CA.
        let Ok(mut decrypted) = acceptor().accept(stream).await else {
            return;
        };
        let head = read_head(&mut decrypted).await;
        pass_on(decrypted, &head, aws).await;
    } else if line.starts_with("GET http://shop.example/health ") {
        let answer = b"HTTP/1.1 200 OK\r\ncontent-length: 0\r\nconnection: close\r\n\r\n";
        drop(stream.write_all(answer).await);
    } else {
        pass_on(stream, &head, aws).await;
    }
}

/// What has arrived of a request, which is its head at least.
async fn read_head(stream: &mut (impl AsyncRead + Unpin)) -> String {
    let mut head = String::new();
    let mut buffer = [0; 4 << 10];
    while !head.contains("\r\n\r\n") {
        let Ok(read @ 1..) = stream.read(&mut buffer).await else {
            break;
        };
        head.push_str(std::str::from_utf8(&buffer[..read]).expect("requests here are ASCII"));
    }
    head
}

async fn pass_on(mut stream: impl AsyncRead + AsyncWrite + Unpin, head: &str, aws: SocketAddr) {
    let mut server = TcpStream::connect(aws)
        .await
        .expect("the simulator listens");
    drop(server.write_all(head.as_bytes()).await);
    drop(copy_bidirectional(&mut stream, &mut server).await);
}

fn acceptor() -> TlsAcceptor {
    let certificate = CertificateDer::from_pem_slice(CERTIFICATE.as_bytes()).expect("it is PEM");
    let key = PrivateKeyDer::from_pem_slice(KEY.as_bytes()).expect("it is PEM");
    let config = ServerConfig::builder_with_provider(Arc::new(aws_lc_rs::default_provider()))
        .with_safe_default_protocol_versions()
        .expect("the provider has them")
        .with_no_client_auth()
        .with_single_cert(vec![certificate], key)
        .expect("the key is the certificate's");
    TlsAcceptor::from(Arc::new(config))
}

/// The step with a bundle of this text.
fn with_bundle(step: RunnerStep, text: &str) -> RunnerStep {
    let path = step.path("ca.pem");
    std::fs::write(&path, text).expect("a file of the step");
    with(step, "AWS_CA_BUNDLE", &path.display().to_string())
}

#[tokio::test]
async fn aws_and_the_health_check_are_reached_through_the_proxy() {
    let (sim, server) = aws(60.0).await;
    let proxy = Proxy::start(&server).await;
    let health = [("health-check-url", "http://shop.example/health")];
    // Nobody but the proxy knows these hosts.
    let step = step("http://aws.example", &health);
    run(with(step, "http_proxy", &proxy.url))
        .await
        .ended(0, "rolled-back");
    assert!(proxy.saw("POST http://aws.example/ HTTP/1.1"));
    assert!(proxy.saw("GET http://shop.example/health HTTP/1.1"));
    assert_eq!(sim.calls().done("CreateDeployment"), 1);
}

#[tokio::test]
async fn hosts_of_no_proxy_are_reached_directly() {
    let (sim, server) = aws(60.0).await;
    let proxy = Proxy::start(&server).await;
    let step = step(&server.url(), &[("dry-run", "true")]);
    let step = with(step, "HTTP_PROXY", &proxy.url);
    run(with(step, "no_proxy", "shop.example, 127.0.0.1"))
        .await
        .ended(0, "planned");
    assert!(proxy.saw_nothing());
    assert_eq!(sim.violations(), []);
}

#[tokio::test]
async fn a_proxy_that_reads_what_passes_is_trusted_by_its_ca_bundle() {
    let (_sim, server) = aws(60.0).await;
    let proxy = Proxy::start(&server).await;
    let behind_proxy = || {
        let step = step("https://aws.example", &[("dry-run", "true")]);
        // Blobs have plain URLs of the simulator.
        let step = with(step, "http_proxy", &proxy.url);
        with(step, "https_proxy", &proxy.url)
    };
    run(behind_proxy())
        .await
        .ended(2, "refused")
        .says("aws-unreachable")
        .says(&format!(
            "through the proxy {} of https_proxy: its certificate is from an unknown certificate authority",
            proxy.url
        ))
        .says("point AWS_CA_BUNDLE at a PEM file");
    assert!(proxy.saw("CONNECT aws.example:443 HTTP/1.1"));
    // A comment and a certificate that nobody can parse are no reason to refuse the others.
    let broken = "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n";
    let bundle = format!("# Test CA\n{broken}{CA}");
    run(with_bundle(behind_proxy(), &bundle))
        .await
        .ended(0, "planned");
}

#[tokio::test]
async fn a_ca_bundle_that_cannot_be_used_is_refused() {
    let (sim, server) = aws(1.0).await;
    let step = || step(&server.url(), &[]);
    run(with(step(), "AWS_CA_BUNDLE", "/nowhere/ca.pem"))
        .await
        .ended(2, "refused")
        .says("bad-input")
        .says("AWS_CA_BUNDLE names /nowhere/ca.pem, which cannot be read: No such file");
    for text in ["", "-----BEGIN CERTIFICATE-----\n", KEY] {
        run(with_bundle(step(), text))
            .await
            .ended(2, "refused")
            .says("bad-input")
            .says("which holds no usable PEM certificate");
    }
    assert_eq!(sim.calls().len(), 0);
}

#[tokio::test]
async fn a_proxy_of_an_unknown_kind_is_refused_and_its_password_is_not_told() {
    let (sim, server) = aws(1.0).await;
    let step = step(&server.url(), &[]);
    let done = run(with(
        step,
        "https_proxy",
        "socks5://kim:hunter2@proxy.example",
    ))
    .await;
    done.ended(2, "refused")
        .says("bad-input")
        .says("https_proxy is not the URL of a proxy");
    assert!(!done.log.contains("hunter2"), "{}", done.log);
    assert_eq!(sim.calls().len(), 0);
}

#[tokio::test]
async fn a_proxy_that_is_away() {
    let listener = TcpListener::bind("127.0.0.1:0")
        .await
        .expect("loopback has a free port");
    let address = listener.local_addr().expect("it listens");
    drop(listener);
    for (endpoint, variable) in [
        ("https://aws.example", "HTTPS_PROXY"),
        ("http://aws.example", "http_proxy"),
    ] {
        let step = step(endpoint, &[]);
        let step = with(step, variable, &format!("http://kim:hunter2@{address}"));
        let done = run(step).await;
        let name = variable.to_lowercase();
        done.ended(2, "refused")
            .says("aws-unreachable")
            .says(&format!(
                "the proxy http://{address} of {name} cannot be reached ("
            ))
            .says("connection refused");
        assert!(!done.log.contains("hunter2"), "{}", done.log);
    }
}

/// A proxy that does not know the caller, or does not allow the host.
#[tokio::test]
async fn a_proxy_that_refuses() {
    for status in ["407 Proxy Authentication Required", "403 Forbidden"] {
        let listener = TcpListener::bind("127.0.0.1:0")
            .await
            .expect("loopback has a free port");
        let address = listener.local_addr().expect("it listens");
        let proxy = tokio::spawn(async move {
            loop {
                let (mut stream, _) = listener.accept().await.expect("a caller");
                read_head(&mut stream).await;
                let answer = format!("HTTP/1.1 {status}\r\ncontent-length: 0\r\n\r\n");
                drop(stream.write_all(answer.as_bytes()).await);
            }
        });
        let step = with(
            step("https://aws.example", &[]),
            "https_proxy",
            &format!("http://kim:hunter2@{address}"),
        );
        let done = run(step).await;
        proxy.abort();
        done.ended(2, "refused")
            .says("aws-unreachable")
            .says(&format!(
                "the proxy http://{address} of https_proxy did not connect to AWS ("
            ));
        assert!(!done.log.contains("hunter2"), "{}", done.log);
    }
}

#[tokio::test]
async fn a_health_check_that_a_proxy_reads_is_told_by_its_certificate() {
    let (_sim, server) = aws(60.0).await;
    let proxy = Proxy::start(&server).await;
    let health = [
        ("health-check-url", "https://shop.example/health"),
        ("health-check-attempts", "1"),
    ];
    let step = step(&server.url(), &health);
    run(with(step, "https_proxy", &proxy.url))
        .await
        .ended(1, "failed")
        .says("health-check-failed")
        .says(&format!(
            "its certificate is from an unknown certificate authority (through the proxy {} of https_proxy)",
            proxy.url
        ));
}
