//! Slack and the webhook as real HTTP: what arrives there, and what fails there.

use std::time::Duration;

use aws_sim::Server;
use serde_json::Value;
use sha2::{Digest, Sha256};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpListener;
use wiremock::matchers::{header, method, path};
use wiremock::{Mock, MockServer, Request, ResponseTemplate};

use super::{Done, Running, aws, run, step, with};
use crate::harness::runner::RunnerStep;

const SECRET: &str = "It's a Secret to Everybody";

/// A step that is over at once: Slack and a webhook are at this address.
fn told(aws: &Server, hooks: &str) -> RunnerStep {
    let slack = format!("{hooks}/services/T0AAAAAAA/B0AAAAAAA/s3cretofslackhook");
    let webhook = format!("{hooks}/events?key=s3cretofwebhook");
    step(
        &aws.url(),
        &[
            ("wait-for", "nothing"),
            ("slack-webhook-url", &slack),
            ("webhook-url", &webhook),
            ("webhook-secret", SECRET),
        ],
    )
}

/// Both answer this.
async fn answering(slack: ResponseTemplate, webhook: ResponseTemplate) -> MockServer {
    let server = MockServer::start().await;
    let to_slack =
        Mock::given(method("POST")).and(path("/services/T0AAAAAAA/B0AAAAAAA/s3cretofslackhook"));
    to_slack.respond_with(slack).mount(&server).await;
    let to_webhook = Mock::given(method("POST"))
        .and(path("/events"))
        .and(header("content-type", "application/cloudevents+json"));
    to_webhook.respond_with(webhook).mount(&server).await;
    server
}

async fn requests(server: &MockServer, path: &str) -> Vec<Request> {
    let mut requests = server.received_requests().await.expect("they are recorded");
    requests.retain(|request| request.url.path() == path);
    requests
}

/// The warnings about channels, each without its label.
fn failures(done: &Done) -> Vec<String> {
    let lines = done.log.lines();
    let warnings = lines.filter_map(|line| line.strip_prefix("::warning title=Rollback::"));
    warnings.map(str::to_owned).collect()
}

#[tokio::test]
async fn both_get_their_messages_and_the_event_is_signed() {
    let (_sim, aws) = aws(60.0).await;
    let ok = ResponseTemplate::new(200).set_body_string("ok");
    let hooks = answering(ok, ResponseTemplate::new(204)).await;
    let done = run(told(&aws, &hooks.uri())).await;
    done.ended(0, "started");
    assert_eq!(failures(&done), Vec::<String>::new());
    let slack = requests(&hooks, "/services/T0AAAAAAA/B0AAAAAAA/s3cretofslackhook").await;
    let headlines: Vec<Value> = slack
        .iter()
        .map(|request| request.body_json::<Value>().expect("JSON")["text"].clone())
        .collect();
    assert_eq!(headlines[0], "prod/web1: rolling back to v1.0.0");
    let end = headlines[1].as_str().expect("a text");
    assert!(
        end.starts_with("✔ prod/web1: started, not waited for: d-"),
        "{end}"
    );
    let events = requests(&hooks, "/events").await;
    assert_eq!(events.len(), 1);
    let signature = events[0].headers["x-signature-256"]
        .to_str()
        .expect("ASCII");
    let expected = hmac_sha256(SECRET, &events[0].body);
    assert_eq!(signature, format!("sha256={expected}"));
    let event: Value = events[0].body_json().expect("JSON");
    assert_eq!(event["data"]["customData"]["outcome"], "started");
}

/// RFC 2104, step by step.
fn hmac_sha256(key: &str, body: &[u8]) -> String {
    let mut block = [0u8; 64];
    block[..key.len()].copy_from_slice(key.as_bytes());
    let padded = |with: u8, rest: &[u8]| {
        let pad = block.map(|byte| byte ^ with);
        Sha256::digest([&pad, rest].concat())
    };
    let digest = padded(0x5c, &padded(0x36, body));
    digest.iter().map(|byte| format!("{byte:02x}")).collect()
}

#[tokio::test]
async fn an_answer_that_is_no_success_is_one_warning_and_changes_nothing() {
    let table = [
        (400, "invalid_payload", 1, "; check slack-webhook-url."),
        (401, "", 1, "; check slack-webhook-url."),
        (403, "invalid_token", 1, "; check slack-webhook-url."),
        (404, "no_service", 1, "; check slack-webhook-url."),
        (410, "channel_is_archived", 1, "; check slack-webhook-url."),
        (
            302,
            "",
            1,
            "; redirects are not followed; check slack-webhook-url.",
        ),
        (
            500,
            "rollup_error",
            2,
            "; its server failed or is busy, so tell people yourself.",
        ),
        (
            503,
            "",
            2,
            "; its server failed or is busy, so tell people yourself.",
        ),
        (
            200,
            "<html>a portal</html>",
            1,
            " with a web page; a proxy may have answered instead of Slack.",
        ),
    ];
    for (status, says, tries, next) in table {
        let (_sim, aws) = aws(60.0).await;
        let slack = ResponseTemplate::new(status).set_body_string(says);
        let hooks = answering(slack, ResponseTemplate::new(200)).await;
        let done = run(told(&aws, &hooks.uri())).await;
        done.ended(0, "started");
        let quoted = if says.is_empty() || says.starts_with('<') {
            String::new()
        } else {
            format!(" {says}")
        };
        let expected = format!("Slack was not told: HTTP {status}{quoted}{next}");
        // At the start and at the end.
        assert_eq!(failures(&done), [expected.clone(), expected]);
        let slack = requests(&hooks, "/services/T0AAAAAAA/B0AAAAAAA/s3cretofslackhook").await;
        assert_eq!(slack.len(), 2 * tries, "{status}");
        assert_eq!(requests(&hooks, "/events").await.len(), 1, "{status}");
        assert!(!done.log.contains("s3cret"), "{}", done.log);
    }
}

#[tokio::test]
async fn a_server_says_how_long_to_wait() {
    for (after, tries) in [("1", 2), ("60", 1), ("Fri, 27 Nov 2026 09:00:00 GMT", 1)] {
        let (_sim, aws) = aws(60.0).await;
        let busy = ResponseTemplate::new(429).insert_header("retry-after", after);
        let hooks = answering(ResponseTemplate::new(200), busy).await;
        let done = run(told(&aws, &hooks.uri())).await;
        done.ended(0, "started");
        let address = hooks.address();
        assert_eq!(
            failures(&done),
            [format!(
                "the webhook on {address} was not told: HTTP 429; its server failed or is busy, so tell people yourself."
            )]
        );
        assert_eq!(requests(&hooks, "/events").await.len(), tries, "{after}");
    }
}

/// A server that does this with every connection, after it has read the request.
async fn server(answer: &'static [u8], hangs: bool) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
    let address = listener.local_addr().expect("it listens");
    tokio::spawn(async move {
        loop {
            let (mut stream, _) = listener.accept().await.expect("a caller");
            tokio::spawn(async move {
                let mut request = vec![0; 1 << 16];
                drop(stream.read(&mut request).await);
                drop(stream.write_all(answer).await);
                while hangs && stream.read(&mut request).await.is_ok_and(|read| read > 0) {}
            });
        }
    });
    format!("http://{address}")
}

#[tokio::test]
async fn a_server_that_is_none_is_one_warning_in_time() {
    let closed = {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
        format!("http://{}", listener.local_addr().expect("it listens"))
    };
    let table = [
        (
            closed,
            "connection refused; check that the runner can reach",
        ),
        (
            server(b"", false).await,
            "; check that the runner can reach",
        ),
        (
            server(b"garbage\r\n\r\n", false).await,
            "; check that the runner can reach",
        ),
        (server(b"", true).await, "no answer within "),
        (
            server(
                b"HTTP/1.1 404 Not Found\r\ncontent-length: 100\r\n\r\nno_team",
                false,
            )
            .await,
            "HTTP 404 no_team; check",
        ),
    ];
    for (hooks, why) in table {
        let (_sim, aws) = aws(60.0).await;
        let done = run(told(&aws, &hooks)).await;
        done.ended(0, "started");
        let failures = failures(&done);
        let starts: Vec<bool> = failures
            .iter()
            .map(|text| text.starts_with("Slack was not told: "))
            .collect();
        assert_eq!(
            starts.iter().filter(|slack| **slack).count(),
            2,
            "{failures:?}"
        );
        assert_eq!(starts.len(), 3, "{failures:?}");
        assert!(
            failures.iter().all(|text| text.contains(why)),
            "{failures:?}"
        );
        assert!(!done.log.contains("s3cret"), "{}", done.log);
        assert!(done.took < Duration::from_secs(22), "{:?}", done.took);
    }
}

#[tokio::test]
async fn a_cancelled_run_tells_it_in_time() {
    for (hangs, failed) in [(false, 0), (true, 2)] {
        let (_sim, aws) = aws(1.0).await;
        let ok = ResponseTemplate::new(200).set_body_string("ok");
        let mocked = answering(ok, ResponseTemplate::new(200)).await;
        let hooks = if hangs {
            server(b"", true).await
        } else {
            mocked.uri()
        };
        let step = with(told(&aws, &hooks), "INPUT_WAIT-FOR", "traffic");
        let mut running = Running::start(step);
        running.until(" created").await;
        running.signal("INT").await;
        let done = running.end().await;
        done.ended(3, "cancelled");
        assert!(done.took < Duration::from_secs(5), "{:?}", done.took);
        assert_eq!(failures(&done).len(), failed, "{}", done.log);
        let told = requests(&mocked, "/events").await;
        assert_eq!(told.len(), usize::from(!hangs));
    }
}

/// A check that runs every night must not tell people every night.
#[tokio::test]
async fn of_a_check_slack_hears_only_what_is_in_the_way() {
    for (version, outcome, exit) in [("v1.0.0", "ready", 0), ("v9.9.9", "not-ready", 2)] {
        let (_sim, aws) = aws(60.0).await;
        let ok = ResponseTemplate::new(200).set_body_string("ok");
        let hooks = answering(ok, ResponseTemplate::new(204)).await;
        let step = with(told(&aws, &hooks.uri()), "INPUT_MODE", "check");
        let done = run(with(step, "INPUT_VERSION", version)).await;
        done.ended(exit, outcome);
        let slack = requests(&hooks, "/services/T0AAAAAAA/B0AAAAAAA/s3cretofslackhook").await;
        assert_eq!(
            slack.len(),
            usize::from(outcome == "not-ready"),
            "{version}"
        );
        if let Some(request) = slack.first() {
            let message = request.body_json::<Value>().expect("JSON");
            let text = message["text"].as_str().expect("a text");
            assert_eq!(text, "✘ prod/web1: not ready to roll back to v9.9.9");
        }
        assert!(requests(&hooks, "/events").await.is_empty());
    }
}
