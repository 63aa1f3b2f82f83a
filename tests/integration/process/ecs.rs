//! A service that ECS deploys by itself, through the real binary.

use aws_sim::world::stage::{native1, native1_with, task_definition};
use aws_sim::world::{
    EarlySuccess, NativeAct, NativePhase, PastService, ServiceOutcome, Strategy, World,
};
use aws_sim::{Server, Sim};
use serde_json::json;

use super::signals::SAYS_WITHIN;
use super::{Done, Running, aws_with, run, step};
use crate::harness::worlds::{after, ago, key};
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
        .says("10 % on v1.2.0 (web1:3), which ")
        .says("image  v1.1.0 90 %, v1.2.0 10 % → v1.1.0")
        .says("✔ v1.1.0 serves all traffic");
    let versions = "| version | `v1.1.0` 90 %, `v1.2.0` 10 % | **`v1.1.0`** 100 % |";
    assert!(done.summary.contains(versions), "{}", done.summary);
    let output = |name: &str| done.outputs[name].as_str();
    assert_eq!(
        (
            output("path"),
            output("version"),
            output("previous-version")
        ),
        ("reroute", "v1.1.0", "v1.1.0")
    );
    let report: serde_json::Value =
        serde_json::from_str(output("report")).expect("the report is JSON");
    let canary = &report["before"]["shares"][1];
    assert_eq!(
        (&canary["version"], &canary["traffic_percent"]),
        (&json!("v1.2.0"), &json!(10.0))
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

/// Nothing is stopped for a revision that ECS would refuse.
#[tokio::test]
async fn a_revision_without_the_port_of_the_load_balancer() {
    let (mut native1, _) = deploying(Strategy::Canary, NativePhase::Shifting);
    let mut revision = task_definition("v1.0.0");
    revision["containerDefinitions"][0]["portMappings"] = json!([]);
    native1.world.register_task_definition(&revision, ago(900));
    let (sim, server) = aws_with(native1.world, 60.0).await;
    let done = run(step(&server.url(), &[])).await;
    done.ended(2, "refused").says(
        "✘ task-definition-mismatch: web1:4 lacks the container web1 with port 8080, which the service's load balancer sends traffic to",
    );
    assert_eq!(sim.calls().count("StopServiceDeployment"), 0);
    assert_eq!(sim.violations(), []);
}

/// v1.2.0 serves, with v1.1.0 replaced in its bake time before it.
#[tokio::test]
async fn previous_is_what_was_replaced_in_its_bake_time() {
    let mut native1 = native1(Strategy::BlueGreen);
    for (release, age, outcome) in [
        (0, 2_700, ServiceOutcome::Successful),
        (1, 1_800, ServiceOutcome::Replaced),
        (2, 900, ServiceOutcome::Successful),
    ] {
        let revision = native1.releases[release].task_definition.clone();
        let past = PastService::new(&revision, ago(age), outcome);
        native1.world.past_service_deployment(&key(), &past);
    }
    let (sim, server) = aws_with(native1.world, 60.0).await;
    let done = run(step(&server.url(), &[("version", "previous")])).await;
    done.ended(0, "rolled-back")
        .says("✔ v1.1.0 serves all traffic");
    assert_eq!(sim.violations(), []);
}

/// ECS calls it successful while old tasks serve users still.
#[tokio::test]
async fn a_success_that_is_early() {
    let mut native1 = native1_with(Strategy::Rolling, |spec| {
        spec.native.early_success = Some(EarlySuccess::deferred());
    });
    native1.world.pace.deferred_cleanup = 300_000;
    let (sim, server) = aws_with(native1.world, 60.0).await;
    let done = run(step(&server.url(), &[])).await;
    done.ended(0, "rolled-back")
        .says("2 old tasks still running, though ECS calls the deployment successful")
        .says("✔ v1.0.0 serves all traffic");
    assert_eq!(sim.violations(), []);
}

/// Somebody updates the service while this run's deployment is in progress.
#[tokio::test]
async fn replaced_by_somebodys_update() {
    let mut native1 = native1(Strategy::Rolling);
    let theirs = native1.releases[1].task_definition.clone();
    native1
        .world
        .plan_act(&key(), NativeAct::Update(theirs), after(60));
    let (sim, server) = aws_with(native1.world, 20.0).await;
    let done = run(step(&server.url(), &[])).await;
    done.ended(1, "failed")
        .says("✘ deployment-stopped: another deployment, ")
        .says(" of web1:2, has taken the place of the service deployment ")
        .says("is still running; check it with");
    assert_eq!(sim.calls().count("UpdateService"), 1);
    assert_eq!(sim.violations(), []);
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
