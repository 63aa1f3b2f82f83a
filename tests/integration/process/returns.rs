//! The real binary, with a target that is unhealthy.

use wiremock::matchers::any;
use wiremock::{Mock, MockServer, ResponseTemplate};

use super::{aws, run, step};
use crate::harness::worlds::key;

#[tokio::test]
async fn an_unhealthy_target_is_left_for_what_served_before() {
    let health = MockServer::start().await;
    let broken = ResponseTemplate::new(503);
    Mock::given(any()).respond_with(broken).mount(&health).await;
    let url = format!("{}/health", health.uri());
    let (sim, server) = aws(60.0).await;
    let inputs = [
        ("health-check-url", url.as_str()),
        ("health-check-interval", "10ms"),
        ("on-unhealthy", "return"),
    ];
    let done = run(step(&server.url(), &inputs)).await;
    done.ended(1, "failed")
        .says("v1.0.0 is unhealthy; returning to v1.2.0")
        .says("v1.0.0 was unhealthy; returned to v1.2.0, which serves users now");
    assert_eq!(done.outputs["version"], "v1.0.0");
    assert_eq!(done.outputs["path"], "redeploy");
    let asked = health.received_requests().await.expect("it keeps them");
    assert_eq!(asked.len(), 5);
    let key = key();
    let serving = sim.world(|world| world.serving(&key.cluster, &key.service));
    assert_eq!(serving.len(), 1);
    assert!(serving[0].task_definition.ends_with("web1:3"));
}
