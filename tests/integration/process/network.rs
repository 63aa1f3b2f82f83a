//! What stands between the binary and AWS: no credentials, no region, nobody there, a proxy.

use std::time::Duration;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpListener;

use aws_sim::rules::{Effect, Rule};
use aws_sim::world::stage;
use aws_sim::{Server, Sim};
use ecs_rollback_action::Clock;

use super::{aws, run, step, with, without};

#[tokio::test]
async fn no_credentials() {
    let (sim, server) = aws(1.0).await;
    let mut step = with(
        step(&server.url(), &[]),
        "AWS_EC2_METADATA_DISABLED",
        "true",
    );
    for name in [
        "AWS_ACCESS_KEY_ID",
        "AWS_SECRET_ACCESS_KEY",
        "AWS_SESSION_TOKEN",
    ] {
        step = without(step, name);
    }
    run(step)
        .await
        .ended(2, "refused")
        .says("credentials-missing")
        .says("AWS_ACCESS_KEY_ID is not set; no profile in ~/.aws has any; AWS_WEB_IDENTITY_TOKEN_FILE is not set; ")
        .says("AWS_EC2_METADATA_DISABLED is true")
        .says("aws-actions/configure-aws-credentials");
    assert_eq!(sim.calls().len(), 0);
}

#[tokio::test]
async fn no_region() {
    let (sim, server) = aws(1.0).await;
    let step = without(
        without(step(&server.url(), &[]), "AWS_REGION"),
        "AWS_DEFAULT_REGION",
    );
    run(step).await.ended(2, "refused").says("region-missing");
    assert_eq!(sim.calls().len(), 0);
}

#[tokio::test]
async fn aws_is_unreachable() {
    let listener = TcpListener::bind("127.0.0.1:0")
        .await
        .expect("loopback has a free port");
    let address = listener.local_addr().expect("it listens");
    drop(listener);
    let done = run(step(&format!("http://{address}"), &[])).await;
    done.ended(2, "refused")
        .says("aws-unreachable")
        .says(&format!(
            "AWS_ENDPOINT_URL points to http://{address}, which does not answer as AWS does"
        ))
        .says("connection refused")
        .says("Nothing was changed.");
    assert!(done.took < Duration::from_secs(10), "{:?}", done.took);
}

#[tokio::test]
async fn an_endpoint_that_is_none() {
    for (variable, value, said) in [
        (
            "AWS_ENDPOINT_URL",
            "not a url",
            "AWS_ENDPOINT_URL is not the URL of an endpoint: not a url (",
        ),
        (
            "AWS_ENDPOINT_URL_ECS",
            "kim:hunter2@ecs.example:443",
            "AWS_ENDPOINT_URL_ECS is not the URL of an endpoint: ecs.example:443 (",
        ),
        (
            "AWS_ENDPOINT_URL_CLOUDWATCH_LOGS",
            "logs",
            "AWS_ENDPOINT_URL_CLOUDWATCH_LOGS is not the URL of an endpoint: logs (",
        ),
    ] {
        let (sim, server) = aws(1.0).await;
        let step = with(step(&server.url(), &[]), variable, value);
        let done = run(step).await;
        done.ended(2, "refused").says("bad-input").says(said);
        assert!(!done.log.contains("hunter2"), "{}", done.log);
        assert_eq!(sim.calls().len(), 0);
    }
}

#[tokio::test]
async fn an_endpoint_whose_host_nobody_knows() {
    let (_sim, server) = aws(1.0).await;
    let step = with(
        step(&server.url(), &[]),
        "AWS_ENDPOINT_URL_ECS",
        "http://kim:hunter2@ecs.invalid",
    );
    let done = run(step).await;
    done.ended(2, "refused")
        .says("aws-unreachable")
        .says(
            "AWS_ENDPOINT_URL_ECS points to http://ecs.invalid, which does not answer as AWS does",
        )
        .says("the host name does not resolve");
    assert!(!done.log.contains("hunter2"), "{}", done.log);
}

/// A proxy that answers everything with its own page.
#[tokio::test]
async fn a_proxy_answers_with_its_page() {
    let listener = TcpListener::bind("127.0.0.1:0")
        .await
        .expect("loopback has a free port");
    let address = listener.local_addr().expect("it listens");
    let proxy = tokio::spawn(async move {
        let page = "<html><body>Sign in to the internet\n::error::boo</body></html>";
        loop {
            let (mut stream, _) = listener.accept().await.expect("a caller");
            let head = format!(
                "HTTP/1.1 200 OK\r\ncontent-length: {}\r\nconnection: close\r\n\r\n",
                page.len()
            );
            let mut request = [0; 16 << 10];
            drop(stream.read(&mut request).await);
            drop(stream.write_all(format!("{head}{page}").as_bytes()).await);
        }
    });
    let done = run(step(&format!("http://{address}"), &[])).await;
    proxy.abort();
    done.ended(2, "refused")
        .says("aws-error")
        .says("which does not answer as AWS does (")
        .says("HTTP status 200 with a web page")
        .says("Nothing was changed.");
    assert!(done.took < Duration::from_secs(10), "{:?}", done.took);
}

/// The machine's time is the runner's, and AWS's is twenty minutes ahead.
#[tokio::test]
async fn a_runner_whose_clock_is_slow() {
    let world = stage::web1().world;
    let now = Clock::system().now();
    let sim = Sim::new(world, now.into()).with_clocks_behind(1_200);
    let server = Server::start(sim.clone())
        .await
        .expect("loopback has a free port");
    run(step(&server.url(), &[("dry-run", "true")]))
        .await
        .ended(0, "planned");
    sim.rule(Rule::on_every_call(Effect::request_expired()));
    run(step(&server.url(), &[]))
        .await
        .ended(2, "refused")
        .says("::error title=clock-skew::")
        .says("the clock is 20 min slow");
}
