//! Both fronts, each from its far end: the connector as the SDK drives it, the server through raw TCP.

use std::io;
use std::time::{Duration, SystemTime};

use aws_smithy_runtime_api::client::http::HttpConnector;
use aws_smithy_runtime_api::client::orchestrator::{HttpRequest, HttpResponse};
use aws_smithy_runtime_api::client::result::ConnectorError;
use aws_smithy_types::body::SdkBody;
use bytes::Bytes;
use http::Request;
use http_body_util::BodyExt;
use tokio::net::TcpStream;
use tokio::time::timeout;

use crate::rules::{Effect, Rule};
use crate::scripted::{Scripted, get, list_tasks};
use crate::server::Server;
use crate::sim::Sim;

fn sim() -> Sim<Scripted> {
    Sim::new(Scripted::default(), SystemTime::UNIX_EPOCH)
}

async fn connect(
    sim: &Sim<Scripted>,
    request: Request<Bytes>,
) -> Result<HttpResponse, ConnectorError> {
    let request = HttpRequest::try_from(request.map(SdkBody::from)).unwrap();
    sim.connector().call(request).await
}

#[tokio::test(start_paused = true)]
async fn the_connector_answers_the_sdk() {
    let sim = sim();
    let response = connect(&sim, list_tasks()).await.unwrap();
    assert_eq!(response.status().as_u16(), 200);
    assert!(
        response
            .body()
            .bytes()
            .unwrap()
            .starts_with(br#"{"taskArns":["arn:"#)
    );
    assert_eq!(
        response.headers().get("x-amzn-requestid"),
        Some("00000000-0000-4000-8000-000000000000")
    );
    let refused = connect(&sim, get("http://nobody.test/")).await.unwrap_err();
    assert!(refused.is_io());
}

#[tokio::test(start_paused = true)]
async fn the_connector_breaks_as_connections_break() {
    for effect in [Effect::ResetBefore, Effect::DropAnswer] {
        let sim = sim();
        sim.rule(Rule::on("ListTasks", effect));
        assert!(connect(&sim, list_tasks()).await.unwrap_err().is_io());
    }
    for effect in [Effect::ResetAfter, Effect::TruncateBody] {
        let sim = sim();
        sim.rule(Rule::on("ListTasks", effect));
        let mut body = connect(&sim, list_tasks()).await.unwrap().into_body();
        assert!(
            !body
                .frame()
                .await
                .unwrap()
                .unwrap()
                .into_data()
                .unwrap()
                .is_empty()
        );
        assert!(body.frame().await.unwrap().is_err());
    }
}

#[tokio::test(start_paused = true)]
async fn a_hang_outlasts_every_patience() {
    for (effect, asked) in [(Effect::HangBefore, 0), (Effect::HangAfter, 1)] {
        let sim = sim();
        sim.rule(Rule::on("ListTasks", effect));
        let day = Duration::from_hours(24);
        timeout(day, connect(&sim, list_tasks())).await.unwrap_err();
        assert_eq!(sim.clock().elapsed(), day);
        assert_eq!(sim.world(|world| world.asked.len()), asked);
    }
}

/// Writes a request and reads until the answer is whole, the connection ends, or nothing comes for `patience`.
struct Wire {
    stream: TcpStream,
    patience: Duration,
}

impl Wire {
    async fn to(server: &Server) -> Self {
        let stream = TcpStream::connect(server.addr).await.unwrap();
        Self {
            stream,
            patience: Duration::from_secs(20),
        }
    }

    async fn exchange(&self, request: &Request<Bytes>) -> (String, End) {
        let path = request.uri().path();
        let mut text = format!(
            "{} {path} HTTP/1.1\r\nhost: localhost\r\n",
            request.method()
        );
        for (name, value) in request.headers() {
            text += &format!("{name}: {}\r\n", value.to_str().unwrap());
        }
        text += &format!("content-length: {}\r\n\r\n", request.body().len());
        self.write(text.as_bytes()).await;
        self.write(request.body()).await;
        self.read().await
    }

    async fn write(&self, mut bytes: &[u8]) {
        while !bytes.is_empty() {
            self.stream.writable().await.unwrap();
            bytes = &bytes[self.stream.try_write(bytes).unwrap_or(0)..];
        }
    }

    async fn read(&self) -> (String, End) {
        let mut text = String::new();
        while !is_whole(&text) {
            let Ok(ready) = timeout(self.patience, self.stream.readable()).await else {
                return (text, End::Silence);
            };
            ready.unwrap();
            let mut buffer = [0; 4096];
            match self.stream.try_read(&mut buffer) {
                Ok(0) => return (text, End::Closed),
                Ok(n) => text += std::str::from_utf8(&buffer[..n]).unwrap(),
                Err(error) if error.kind() == io::ErrorKind::ConnectionReset => {
                    return (text, End::Reset);
                }
                Err(error) => assert_eq!(error.kind(), io::ErrorKind::WouldBlock),
            }
        }
        (text, End::Whole)
    }
}

#[derive(Debug, PartialEq, Eq)]
enum End {
    Whole,
    Closed,
    Reset,
    Silence,
}

fn is_whole(text: &str) -> bool {
    let Some((head, body)) = text.split_once("\r\n\r\n") else {
        return false;
    };
    let length = head
        .lines()
        .find_map(|line| line.strip_prefix("content-length: "));
    length.is_some_and(|length| body.len() == length.parse::<usize>().unwrap())
}

#[tokio::test]
async fn the_server_keeps_a_connection_for_several_calls() {
    let sim = sim();
    let server = Server::start(sim.clone()).await.unwrap();
    assert_eq!(sim.world(|world| world.blob_base.clone()), server.url());
    let page = format!("{}/layers/a", server.url());
    sim.world(|world| world.pages.insert(page, (200, b"layer".to_vec())));

    let wire = Wire::to(&server).await;
    for _ in 0..2 {
        let (text, end) = wire.exchange(&list_tasks()).await;
        assert!(text.starts_with("HTTP/1.1 200 OK\r\n"), "{text}");
        assert!(
            text.contains("content-type: application/x-amz-json-1.1\r\n"),
            "{text}"
        );
        assert_eq!(end, End::Whole);
    }
    let (text, _) = wire.exchange(&get("/layers/a")).await;
    assert!(text.ends_with("\r\n\r\nlayer"), "{text}");
    assert_eq!((sim.calls().len(), sim.violations().len()), (3, 0));
}

#[tokio::test]
async fn the_server_breaks_as_connections_break() {
    let sim = sim();
    let server = Server::start(sim.clone()).await.unwrap();
    let table = [
        (Effect::ResetBefore, "", End::Reset, 0),
        (Effect::DropAnswer, "", End::Reset, 1),
        (Effect::TruncateBody, "HTTP/1.1 200", End::Closed, 1),
        (Effect::HangBefore, "", End::Silence, 0),
        (Effect::HangAfter, "", End::Silence, 1),
        (Effect::Html(503), "HTTP/1.1 503", End::Whole, 0),
        (Effect::Throttle, "HTTP/1.1 400", End::Whole, 0),
    ];
    for (effect, beginning, ending, asked) in table {
        sim.clear_rules();
        sim.rule(Rule::on("ListTasks", effect.clone()));
        sim.world(|world| world.asked.clear());
        let mut wire = Wire::to(&server).await;
        if ending == End::Silence {
            wire.patience = Duration::from_millis(300);
        }
        let (text, end) = wire.exchange(&list_tasks()).await;
        assert!(
            text.starts_with(beginning) && text.is_empty() == beginning.is_empty(),
            "{effect:?}: {text}"
        );
        assert_eq!(end, ending, "{effect:?}: {text}");
        assert_eq!(sim.world(|world| world.asked.len()), asked, "{effect:?}");
    }
}

#[tokio::test]
async fn a_reset_within_the_answer_loses_its_end() {
    let sim = sim();
    let server = Server::start(sim.clone()).await.unwrap();
    sim.rule(Rule::on("ListTasks", Effect::ResetAfter));
    // How much of the first half survives the reset is up to the network.
    let (_, end) = Wire::to(&server).await.exchange(&list_tasks()).await;
    assert_eq!(end, End::Reset);
    assert_eq!(sim.calls().done("ListTasks"), 1);
}

#[tokio::test]
async fn a_dropped_server_ends_its_connections() {
    let server = Server::start(sim()).await.unwrap();
    let wire = Wire::to(&server).await;
    wire.exchange(&list_tasks()).await;
    drop(server);
    assert_ne!(wire.read().await.1, End::Silence);
}
