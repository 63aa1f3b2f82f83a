//! A service that ECS deploys by itself, through the real binary.

use aws_sim::world::stage::native1;
use aws_sim::world::{NativePhase, Strategy, World};
use aws_sim::{Server, Sim};

use super::signals::SAYS_WITHIN;
use super::{Done, Running, aws_with, run, step};
use crate::harness::worlds::key;
use crate::rollback::ecs::setting::{crash, deploying};

/// Canary settings, on their way to v1.0.0 with a tenth of the traffic moved.
async fn shifting() -> (Sim<World>, Server, Running) {
    let (sim, server) = aws_with(native1(Strategy::Canary).world, 60.0).await;
    let mut running = Running::start(step(&server.url(), &[]));
    running.until("10 % on v1.0.0").await;
    (sim, server, running)
}

/// What ECS goes on with, in the log and in the outputs.
fn says_what_goes_on(sim: &Sim<World>, done: &Done) {
    done.ended(3, "cancelled")
        .says("v1.2.0 serves users now")
        .says("it has 90 % of the traffic");
    let newest = sim.world(|world| {
        world
            .service_deployments(&key())
            .last()
            .map(|it| it.arn.clone())
    });
    let ours = newest.expect("it was begun");
    done.says(&format!(
        "aws ecs stop-service-deployment --service-deployment-arn {ours} --stop-type ROLLBACK"
    ));
    let output = |name: &str| done.outputs[name].as_str();
    assert_eq!(
        (output("version"), output("path"), output("undo-version")),
        ("v1.0.0", "redeploy", "v1.2.0")
    );
    assert!(output("console-url").contains(ours.rsplit('/').next().unwrap_or_default()));
    assert_eq!(sim.calls().count("StopServiceDeployment"), 0);
    assert!(done.took < SAYS_WITHIN, "{:?}", done.took);
}

#[tokio::test]
async fn a_canary_is_sent_back() {
    let (native1, _) = deploying(Strategy::Canary, NativePhase::Shifting);
    let (sim, server) = aws_with(native1.world, 60.0).await;
    let done = run(step(&server.url(), &[("version", "v1.1.0")])).await;
    done.ended(0, "rolled-back")
        .says("✔ v1.1.0 serves all traffic");
    assert_eq!(
        (
            done.outputs["path"].as_str(),
            done.outputs["version"].as_str()
        ),
        ("reroute", "v1.1.0")
    );
    let calls = sim.calls();
    assert_eq!(
        (
            calls.done("StopServiceDeployment"),
            calls.count("UpdateService")
        ),
        (1, 0)
    );
    assert_eq!(sim.violations(), []);
}

#[tokio::test]
async fn sigint_in_the_middle_of_a_shift() {
    let (sim, _server, mut running) = shifting().await;
    running.signal("INT").await;
    says_what_goes_on(&sim, &running.end().await);
}

#[tokio::test]
async fn sigterm_in_the_middle_of_a_shift() {
    let (sim, _server, mut running) = shifting().await;
    running.signal("TERM").await;
    says_what_goes_on(&sim, &running.end().await);
}

/// The timeout may be half an hour away: the log says at once that nothing comes of it.
#[tokio::test]
async fn tasks_that_crash_are_told_while_the_run_waits() {
    let mut native1 = native1(Strategy::Rolling);
    crash(&mut native1, 0);
    let (sim, server) = aws_with(native1.world, 60.0).await;
    let mut running = Running::start(step(&server.url(), &[]));
    running.until(" new tasks failed so far").await;
    running.signal("INT").await;
    let done = running.end().await;
    done.ended(3, "cancelled").says("v1.2.0 serves users now");
    assert_eq!(sim.violations(), []);
}
