//! Promise 7: a run that is cancelled says what AWS goes on with, in time.

use std::time::Duration;

use aws_sim::world::World;
use aws_sim::{Effect, Rule, Server, Sim};
use tokio::time::timeout;

use super::{Done, Running, STUCK, aws, step};

/// What a cancelled run may take.
pub(super) const SAYS_WITHIN: Duration = Duration::from_secs(5);

/// A cancelled run, by its first signal in the middle of the deployment.
async fn cancelled_by(name: &str) -> (Sim<World>, Done) {
    let (sim, server) = aws(1.0).await;
    let mut running = Running::start(step(&server.url(), &[]));
    running.until(" created").await;
    running.signal(name).await;
    (sim, running.end().await)
}

fn says_what_goes_on(done: &Done) {
    done.ended(3, "cancelled").says("v1.2.0 serves users now");
    let id = &done.outputs["codedeploy-deployment-id"];
    done.says(&format!(
        "aws deploy stop-deployment --deployment-id {id} --auto-rollback-enabled"
    ));
    assert!(done.took < SAYS_WITHIN, "{:?}", done.took);
}

#[tokio::test]
async fn sigint_says_what_aws_goes_on_with() {
    let (sim, done) = cancelled_by("INT").await;
    says_what_goes_on(&done);
    assert_eq!(
        (
            sim.calls().done("CreateDeployment"),
            sim.calls().count("StopDeployment")
        ),
        (1, 0)
    );
}

#[tokio::test]
async fn sigterm_does_the_same() {
    let (_, done) = cancelled_by("TERM").await;
    says_what_goes_on(&done);
}

#[tokio::test]
async fn sigint_before_anything_was_written_says_so() {
    let (sim, server) = aws(1.0).await;
    sim.rule(Rule::on("DescribeServices", Effect::HangBefore));
    let mut running = Running::start(step(&server.url(), &[]));
    running.until("asked for v1.0.0").await;
    running.signal("INT").await;
    let done = running.end().await;
    done.ended(3, "cancelled").says("nothing was changed");
    assert!(done.took < Duration::from_secs(1), "{:?}", done.took);
}

/// AWS hangs from the moment on that the deployment is there.
async fn cancelled_while_aws_hangs() -> (Sim<World>, Server, Running) {
    let (sim, server) = aws(1.0).await;
    let mut running = Running::start(step(&server.url(), &[]));
    running.until(" created").await;
    sim.rule(Rule::on_every_call(Effect::HangBefore));
    running.signal("INT").await;
    (sim, server, running)
}

#[tokio::test]
async fn sigint_is_answered_in_time_while_aws_hangs() {
    let (_sim, _server, running) = cancelled_while_aws_hangs().await;
    let done = running.end().await;
    done.ended(3, "cancelled").says("could not be read");
    let id = &done.outputs["codedeploy-deployment-id"];
    done.says(&format!(
        "aws deploy stop-deployment --deployment-id {id} --auto-rollback-enabled"
    ));
    assert!(done.took < SAYS_WITHIN, "{:?}", done.took);
}

#[tokio::test]
async fn a_second_signal_ends_it_at_once() {
    let (sim, _server, mut running) = cancelled_while_aws_hangs().await;
    let asked = sim.calls().len();
    let looks = async {
        while sim.calls().len() == asked {
            tokio::task::yield_now().await;
        }
    };
    timeout(STUCK, looks)
        .await
        .expect("the cancelled run looks where things stand");
    running.signal("INT").await;
    let done = running.end().await;
    assert_eq!(done.exit, Some(3));
    assert!(done.took < Duration::from_millis(500), "{:?}", done.took);
    assert!(
        done.outputs["codedeploy-deployment-id"].starts_with("d-"),
        "written before the wait"
    );
}
