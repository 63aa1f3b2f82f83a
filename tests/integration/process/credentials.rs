//! Each source that credentials can be from, and what is wrong with it.

use aws_sim::rules::{Effect, Rule};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpListener;

use super::{aws, run, step, with, without};
use crate::harness::runner::RunnerStep;

/// A step without credentials in its environment, and without an instance's role.
fn bare(endpoint: &str) -> RunnerStep {
    let mut step = with(step(endpoint, &[]), "AWS_EC2_METADATA_DISABLED", "true");
    for name in [
        "AWS_ACCESS_KEY_ID",
        "AWS_SECRET_ACCESS_KEY",
        "AWS_SESSION_TOKEN",
    ] {
        step = without(step, name);
    }
    step
}

/// A server that gives everybody this answer.
async fn server(status: &'static str, body: &'static str) -> String {
    server_after(None, (status, body)).await
}

/// The same, where the first caller gets another one.
async fn server_after(
    first: Option<String>,
    (status, body): (&'static str, &'static str),
) -> String {
    let mut first = first;
    let listener = TcpListener::bind("127.0.0.1:0")
        .await
        .expect("loopback has a free port");
    let url = format!("http://{}", listener.local_addr().expect("it listens"));
    tokio::spawn(async move {
        loop {
            let (mut stream, _) = listener.accept().await.expect("a caller");
            let mut request = [0; 16 << 10];
            drop(stream.read(&mut request).await);
            let (status, body) = match first.take() {
                Some(first) => ("200 OK", first),
                None => (status, body.to_owned()),
            };
            let length = body.len();
            let answer = format!(
                "HTTP/1.1 {status}\r\ncontent-length: {length}\r\nconnection: close\r\n\r\n{body}"
            );
            drop(stream.write_all(answer.as_bytes()).await);
        }
    });
    url
}

/// A URL where nobody listens.
async fn nobody() -> String {
    let listener = TcpListener::bind("127.0.0.1:0")
        .await
        .expect("loopback has a free port");
    format!("http://{}", listener.local_addr().expect("it listens"))
}

#[tokio::test]
async fn credentials_that_have_expired_are_told_once_with_their_source() {
    let (sim, server) = aws(1.0).await;
    sim.rule(Rule::on_every_call(Effect::expired_token()).after(1));
    let done = run(step(&server.url(), &[])).await;
    done.ended(2, "refused").says(
        "the AWS credentials of the environment variables AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY have expired (",
    );
    assert_eq!(done.log.matches("::error").count(), 1, "{}", done.log);
}

#[tokio::test]
async fn a_key_without_its_secret() {
    let (_sim, server) = aws(1.0).await;
    let step = with(
        bare(&server.url()),
        "AWS_ACCESS_KEY_ID",
        "AKIAIOSFODNN7EXAMPLE",
    );
    run(step)
        .await
        .ended(2, "refused")
        .says("credentials-missing")
        .says("AWS_ACCESS_KEY_ID is set, but not AWS_SECRET_ACCESS_KEY");
}

/// A step with a web identity, its token in this file.
fn with_web_identity(file: &str, sts: &str) -> RunnerStep {
    let step = with(bare(sts), "AWS_WEB_IDENTITY_TOKEN_FILE", file);
    with(
        step,
        "AWS_ROLE_ARN",
        "arn:aws:iam::123456789012:role/rollback",
    )
}

#[tokio::test]
async fn a_web_identity_whose_file_is_not_there() {
    run(with_web_identity("/nowhere/token", "http://127.0.0.1:9"))
        .await
        .ended(2, "refused")
        .says("credentials-missing")
        .says("the web identity (AWS_WEB_IDENTITY_TOKEN_FILE is /nowhere/token, AWS_ROLE_ARN is arn:aws:iam::123456789012:role/rollback) has no usable AWS credentials: the token's file does not exist");
}

/// A step with a web identity, its token in a file of the step.
fn with_token(sts: &str) -> RunnerStep {
    let step = with_web_identity("", sts);
    let path = step.path("token");
    std::fs::write(&path, "header.payload.signature").expect("a file of the step");
    let path = path.display().to_string();
    with(step, "AWS_WEB_IDENTITY_TOKEN_FILE", &path)
}

#[tokio::test]
async fn a_role_that_may_not_be_assumed() {
    let denied = "<ErrorResponse><Error><Type>Sender</Type><Code>AccessDenied</Code><Message>Not authorized to perform sts:AssumeRoleWithWebIdentity</Message></Error></ErrorResponse>";
    let sts = server("403 Forbidden", denied).await;
    let done = run(with_token(&sts)).await;
    done.ended(2, "refused")
        .says("credentials-missing")
        .says("AccessDenied: Not authorized to perform sts:AssumeRoleWithWebIdentity")
        .says("role's trust policy");
    assert!(!done.log.contains("header.payload"), "{}", done.log);
}

#[tokio::test]
async fn an_sts_that_is_away() {
    let sts = nobody().await;
    run(with_token(&sts))
        .await
        .ended(2, "refused")
        .says("credentials-missing")
        .says(&format!("connection refused (AWS_ENDPOINT_URL is {sts})"));
}

#[tokio::test]
async fn a_container_whose_endpoint_is_away_or_refuses() {
    let (_sim, aws) = aws(1.0).await;
    let away = format!("{}/v2/credentials/0f1e2d3c", nobody().await);
    let refuses = format!(
        "{}/v2/credentials/0f1e2d3c",
        server("403 Forbidden", "no").await
    );
    let invalid = "http://8.8.8.8/v2/credentials/0f1e2d3c".to_owned();
    for (url, said) in [
        (away, "connection refused"),
        (invalid, "its value is not a URL of"),
        (refuses, "it answered without credentials"),
    ] {
        let step = with(bare(&aws.url()), "AWS_CONTAINER_CREDENTIALS_FULL_URI", &url);
        let done = run(step).await;
        done.ended(2, "refused")
            .says("credentials-missing")
            .says("the container's endpoint (AWS_CONTAINER_CREDENTIALS_FULL_URI) has no usable AWS credentials: ")
            .says(said);
        assert!(!done.log.contains("0f1e2d3c"), "{}", done.log);
    }
}

/// The SDK asks for them again when it signs the first call.
#[tokio::test]
async fn credentials_that_cannot_be_renewed() {
    let (sim, aws) = aws(1.0).await;
    let credentials = r#"{"AccessKeyId":"AKIAIOSFODNN7EXAMPLE","SecretAccessKey":"hunter2","Token":"t","Expiration":"2037-01-01T00:00:00Z"}"#;
    let endpoint = server_after(Some(credentials.to_owned()), ("403 Forbidden", "no")).await;
    let step = with(
        bare(&aws.url()),
        "AWS_CONTAINER_CREDENTIALS_FULL_URI",
        &format!("{endpoint}/v2/credentials"),
    );
    let done = run(step).await;
    done.ended(2, "refused")
        .says("aws-unreachable")
        .says("the AWS credentials could not be renewed for ecs:DescribeServices");
    assert!(!done.log.contains("hunter2"), "{}", done.log);
    assert_eq!(sim.calls().len(), 0);
}

#[tokio::test]
async fn a_profile_that_cannot_be_used() {
    let (_sim, server) = aws(1.0).await;
    let step = with(bare(&server.url()), "AWS_PROFILE", "prod");
    let folder = step.path("home/.aws");
    std::fs::create_dir(&folder).expect("a folder of the step");
    let config = "[profile prod\nrole_arn = arn:aws:iam::123456789012:role/rollback\n";
    std::fs::write(folder.join("config"), config).expect("a file of the step");
    run(step)
        .await
        .ended(2, "refused")
        .says("credentials-missing")
        .says("the profile prod has no usable AWS credentials: ")
        .says("AWS_PROFILE");
}

/// An instance without a role, and a machine of another cloud, whose metadata service is another one.
#[tokio::test]
async fn an_instance_without_a_role() {
    let (_sim, server_url) = aws(1.0).await;
    for status in ["404 Not Found", "403 Forbidden"] {
        let imds = server(status, "").await;
        let mut step = bare(&server_url.url());
        step = without(step, "AWS_EC2_METADATA_DISABLED");
        let step = with(step, "AWS_EC2_METADATA_SERVICE_ENDPOINT", &imds);
        run(step)
            .await
            .ended(2, "refused")
            .says("credentials-missing")
            .says("AWS_ACCESS_KEY_ID is not set; ")
            .says("the instance's role (IMDS) has none")
            .says("Run aws-actions/configure-aws-credentials");
    }
}
