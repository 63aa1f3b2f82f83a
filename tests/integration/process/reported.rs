//! What people ran into with tools of this kind, through the real binary.

use std::net::SocketAddr;
use std::time::Duration;

use aws_sim::rules::{Effect, Rule};
use aws_sim::world::stage::{native1, native1_with, web1};
use aws_sim::world::{
    CapacityProvider, Crash, Held, Reached, ServiceKey, ServiceSpec, Strategy, World,
};
use aws_sim::{Server, Sim};
use serde_json::json;
use tokio::io::AsyncWriteExt;
use tokio::net::TcpListener;

use super::signals::SAYS_WITHIN;
use super::{Done, Running, aws_with, run, step};
use crate::harness::worlds::{after, ago, key, uri};
use crate::rollback::codedeploy::setting::{deploying, pace};

/// So many times as fast as AWS; the binary's own polls are real.
const SPEED: f64 = 60.0;

async fn asked(world: World, inputs: &[(&str, &str)]) -> (Sim<World>, Done) {
    let (sim, server) = aws_with(world, SPEED).await;
    let done = run(step(&server.url(), inputs)).await;
    assert_eq!(sim.violations(), [], "{}", done.log);
    (sim, done)
}

/// ECS refuses bounds from before three months ago.
#[tokio::test]
async fn previous_under_the_ecs_controller() {
    let (_, done) = asked(native1(Strategy::Rolling).world, &[("version", "previous")]).await;
    done.ended(0, "rolled-back")
        .says("✔ v1.1.0 serves all traffic");
}

/// Many policies allow it for the group alone, which denies it.
#[tokio::test]
async fn a_role_that_may_not_stop() {
    let (web1, _) = deploying(Reached::Shifting, pace(Reached::Shifting));
    // Without a stop, their canary and its wait have to end first.
    let (sim, server) = aws_with(web1.world, 5.0 * SPEED).await;
    let denied = Effect::access_denied("codedeploy:StopDeployment");
    sim.rule(Rule::on("StopDeployment", denied));
    let done = run(step(&server.url(), &[])).await;
    done.ended(0, "rolled-back")
        .says("add codedeploy:StopDeployment with \"Resource\": \"*\" to its policy")
        .says("✔ v1.0.0 serves all traffic");
}

#[tokio::test]
async fn a_group_that_was_made_anew_by_another_name() {
    let mut web1 = web1();
    web1.world
        .delete_group("AppECS-prod-web1", "DgpECS-prod-web1");
    let mut spec = ServiceSpec::new("prod", "web1", "", "web1");
    spec.deployment_group = Some("blue-green".to_owned());
    web1.world.add_group(&spec, ago(600));
    let (_, done) = asked(web1.world, &[]).await;
    done.ended(0, "rolled-back")
        .says("AppECS-prod-web1 / blue-green  (from the groups that name the service; ");
}

#[tokio::test]
async fn tasks_on_fargate_spot_stay_there() {
    let mut web1 = web1();
    let mut web2 = ServiceSpec::new("prod", "web2", &web1.releases[2].task_definition, "web1");
    web2.made_with.capacity_providers = vec![CapacityProvider::new("FARGATE_SPOT", 0, 4)];
    let now = web1.world.now();
    web1.world.create_service(&web2, now);
    let (sim, done) = asked(web1.world, &[("service", "web2")]).await;
    done.ended(0, "rolled-back");
    let key = ServiceKey::new("prod", "web2");
    let made_with = sim.world(|world| world.made_with(&key).cloned());
    let providers = made_with.expect("a task set").capacity_providers;
    assert_eq!(providers, web2.made_with.capacity_providers);
}

#[tokio::test]
async fn an_appspec_whose_resource_has_another_name() {
    let (sim, server) = aws_with(web1().world, SPEED).await;
    let step = step(&server.url(), &[("codedeploy-appspec", "appspec.json")]);
    let file = json!({ "version": 0.0, "Resources": [{ "myWebService": {
        "Type": "AWS::ECS::Service",
        "Properties": {
            "TaskDefinition": "<TASK_DEFINITION>",
            "LoadBalancerInfo": { "ContainerName": "web1", "ContainerPort": 8080 },
        },
    }}]});
    std::fs::write(
        step.path("workspace").join("appspec.json"),
        file.to_string(),
    )
    .expect("a file in the workspace");
    let done = run(step).await;
    done.ended(0, "rolled-back");
    assert_eq!(sim.violations(), [], "{}", done.log);
}

/// A migration on the bad image would run again.
#[tokio::test]
async fn containers_with_the_same_image_move_together() {
    let mut native1 = native1(Strategy::Rolling);
    let running = uri(":v1.2.0");
    let mut revision = aws_sim::world::stage::task_definition("v1.2.0");
    let containers = revision["containerDefinitions"].as_array_mut();
    containers
        .expect("a list")
        .push(json!({ "name": "migrate", "image": running, "essential": false }));
    native1
        .world
        .register_task_definition(&revision, ago(1_200));
    let newest = "arn:aws:ecs:ap-northeast-2:123456789012:task-definition/web1:4";
    let past = aws_sim::world::PastService::new(
        newest,
        ago(1_000),
        aws_sim::world::ServiceOutcome::Successful,
    );
    native1.world.past_service_deployment(&key(), &past);
    let inputs = [("task-definition", "current")];
    let (sim, done) = asked(native1.world, &inputs).await;
    done.ended(0, "rolled-back")
        .says("the same image is replaced in migrate, too");
    let calls = sim.calls();
    let registered = calls.of("RegisterTaskDefinition").next();
    let sent = &registered.expect("it was sent").input["containerDefinitions"];
    assert_eq!(sent[0]["image"], sent[2]["image"]);
}

#[tokio::test]
async fn five_deployments_with_tasks_are_waited_out() {
    let mut native1 = native1(Strategy::Rolling);
    let old = native1.releases[1].task_definition.clone();
    for _ in 0..4 {
        native1
            .world
            .leave_old_task(&key(), &old, Held::Draining, after(300));
    }
    let (_, done) = asked(native1.world, &[]).await;
    done.ended(0, "rolled-back")
        .says("5 active deployments exist")
        .says("still running: ");
}

/// The traffic moved between the start of the run and its own deployment.
#[tokio::test]
async fn a_stop_is_never_said_to_go_where_it_does_not() {
    let (web1, _) = deploying(Reached::Shifting, pace(Reached::Shifting));
    let (_sim, server) = aws_with(web1.world, SPEED).await;
    let mut running = Running::start(step(&server.url(), &[]));
    running.until("created  https").await;
    running.signal("INT").await;
    let done = running.end().await;
    done.ended(3, "cancelled").says(
        "which shifts traffic back to the tasks that served before it: `aws deploy stop-deployment",
    );
    assert!(
        done.took < SAYS_WITHIN + Duration::from_secs(20),
        "{:?}",
        done.took
    );
}

#[tokio::test]
async fn cancelled_after_a_termination_wait_was_ended() {
    let (web1, id) = deploying(Reached::TerminationWait, None);
    let (sim, server) = aws_with(web1.world, 1.0).await;
    sim.rule(Rule::on("ContinueDeployment", Effect::HangAfter));
    let mut running = Running::start(step(&server.url(), &[]));
    until_called(&sim, "ContinueDeployment").await;
    running.signal("INT").await;
    let done = running.end().await;
    done.ended(3, "cancelled")
        .says(&format!(
            "AWS was asked to end the termination wait of deployment {id}"
        ))
        .says("Run this again now");
    assert!(
        done.took < SAYS_WITHIN + Duration::from_secs(2),
        "{:?}",
        done.took
    );
}

async fn until_called(sim: &Sim<World>, operation: &str) {
    while sim.calls().count(operation) == 0 {
        tokio::task::yield_now().await;
    }
}

/// `latest` in an incident: the release that does not start is deployed again.
#[tokio::test]
async fn a_release_that_does_not_start() {
    let (mut web1, id) = deploying(Reached::Created, None);
    let crash = Crash {
        exit_code: Some(1),
        reason: "Cannot find module './db'".to_owned(),
    };
    let digest = web1.releases[2].digest.clone();
    web1.world.set_image_crash("web1", &digest, Some(crash));
    web1.world.pace.install_timeout = 7_200_000;
    web1.world.advance(after(1_800));
    let (_sim, server) = at(web1.world, 1_800).await;
    let inputs = [("version", "v1.2.0"), ("timeout", "4s")];
    let done = run(step(&server.url(), &inputs)).await;
    done.ended(3, "timed-out")
        .says(&id)
        .says("none of its tasks is running, so it may never start");
}

/// The simulated AWS so many seconds later.
async fn at(world: World, seconds: u64) -> (Sim<World>, Server) {
    let sim = Sim::new(world, after(seconds)).with_speed(1.0);
    let server = Server::start(sim.clone()).await;
    (sim, server.expect("loopback has a free port"))
}

#[tokio::test]
async fn a_service_without_a_running_task() {
    for mut world in [web1().world, native1(Strategy::Rolling).world] {
        world.lose_tasks(&key(), "Host EC2 (instance i-0) terminated.");
        let (_, done) = asked(world, &[("version", "nowhere")]).await;
        done.ended(2, "refused")
            .says("v1.2.0 holds the traffic but has no running task");
    }
}

/// The next `DescribeServices` still shows what was there before the update.
#[tokio::test]
async fn an_update_that_does_not_show_at_once() {
    let mut native1 = native1(Strategy::Rolling);
    native1.world.pace.service_update_shows = 120_000;
    let (sim, done) = asked(native1.world, &[]).await;
    done.ended(0, "rolled-back")
        .says("✔ v1.0.0 serves all traffic");
    assert_eq!(sim.calls().count("UpdateService"), 1);
}

/// Answers with 200 and a body that never ends.
async fn endless() -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let address = listener.local_addr().expect("it is bound");
    tokio::spawn(async move {
        while let Ok((mut stream, _)) = listener.accept().await {
            tokio::spawn(async move {
                let head = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n";
                let mut sent = stream.write_all(head).await;
                while sent.is_ok() {
                    sent = stream.write_all(b"10\r\n0123456789abcdef\r\n").await;
                }
            });
        }
    });
    address
}

#[tokio::test]
async fn a_health_check_whose_body_never_ends() {
    let url = format!("http://{}/health", endless().await);
    let inputs = [("health-check-url", url.as_str())];
    let (_, done) = asked(web1().world, &inputs).await;
    done.ended(0, "rolled-back").says("answered 200");
}

/// Why it failed, by somebody without console access: exit code, and the last line of the container's log.
#[tokio::test]
async fn a_container_that_exits_is_told_with_its_log() {
    let mut native1 = native1_with(Strategy::Rolling, |spec| {
        spec.native.circuit_breaker = Some(true);
    });
    let digest = native1.releases[0].digest.clone();
    let world = &mut native1.world;
    world.set_image_crash("web1", &digest, Some(Crash::exited(1)));
    world.set_image_log(
        "web1",
        &digest,
        &[(500, "Error: Cannot find module './db'")],
    );
    let (_, done) = asked(native1.world, &[]).await;
    let cause =
        "container web1 exited with code 1; its last line: Error: Cannot find module './db'";
    done.ended(1, "reverted").says(cause);
    assert!(done.outputs["cause"].contains(cause), "{}", done.log);
}
