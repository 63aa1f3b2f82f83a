//! What stands between the binary and AWS: no credentials, no region, nobody there, a proxy.

use std::time::Duration;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpListener;

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
        .says("neither the environment, ");
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
        .says("Nothing was changed.");
    assert!(done.took < Duration::from_secs(10), "{:?}", done.took);
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
        .says("Nothing was changed.");
    assert!(done.took < Duration::from_secs(10), "{:?}", done.took);
}
