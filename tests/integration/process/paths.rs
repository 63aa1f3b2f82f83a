//! Every path, and a lost answer, through the real binary.

use aws_sim::rules::{Effect, Rule};
use aws_sim::world::stage::{native1, web1, web1_with};
use aws_sim::world::{NativePhase, NativeSpec, Reached, Strategy, World};
use tokio::task::JoinSet;

use super::{aws_with, run, step};
use crate::rollback::codedeploy::setting;
use crate::rollback::ecs::setting::briskly_deploying;

/// So many times as fast as AWS; the binary's own polls are real.
const SPEED: f64 = 60.0;
const CANARY: &str = "CodeDeployDefault.ECSCanary10Percent5Minutes";

/// Who deploys, what is met, what is asked for; the path and the outcome.
struct Way {
    world: World,
    version: &'static str,
    path: &'static str,
    outcome: &'static str,
}

fn way(world: World, version: &'static str, path: &'static str) -> Way {
    let outcome = if path == "nothing" {
        "unchanged"
    } else {
        "rolled-back"
    };
    Way {
        world,
        version,
        path,
        outcome,
    }
}

async fn walked(way: Way) {
    let Way {
        world,
        version,
        path,
        outcome,
    } = way;
    let (sim, server) = aws_with(world, SPEED).await;
    let done = run(step(&server.url(), &[("version", version)])).await;
    done.ended(0, outcome);
    assert_eq!(done.outputs["path"], path, "{}", done.log);
    assert_eq!(done.outputs["version"], version);
    assert_eq!(sim.violations(), [], "{}", done.log);
}

async fn all(ways: Vec<Way>) {
    let mut walks: JoinSet<_> = ways.into_iter().map(walked).collect();
    while let Some(walk) = walks.join_next().await {
        walk.expect("the way is walked to its end");
    }
}

#[tokio::test]
async fn codedeploy() {
    let met = |reached, config| setting::deploying(reached, config).0.world;
    all(vec![
        way(web1().world, "v1.2.0", "nothing"),
        way(web1().world, "v1.0.0", "redeploy"),
        way(met(Reached::Installing, None), "v1.2.0", "adopt"),
        way(met(Reached::Shifting, Some(CANARY)), "v1.1.0", "reroute"),
        way(met(Reached::TerminationWait, None), "v1.1.0", "reroute"),
        way(
            met(Reached::TerminationWait, None),
            "v1.0.0",
            "end-wait-and-redeploy",
        ),
        way(
            met(Reached::Shifting, Some(CANARY)),
            "v1.0.0",
            "stop-and-redeploy",
        ),
    ])
    .await;
}

#[tokio::test]
async fn ecs() {
    let met = |strategy, phase| briskly_deploying(strategy, phase).0.world;
    all(vec![
        way(native1(Strategy::Rolling).world, "v1.2.0", "nothing"),
        way(native1(Strategy::Rolling).world, "v1.0.0", "redeploy"),
        way(
            met(Strategy::BlueGreen, NativePhase::Baking),
            "v1.2.0",
            "adopt",
        ),
        way(
            met(Strategy::Linear, NativePhase::Paused),
            "v1.1.0",
            "reroute",
        ),
        way(
            met(Strategy::Rolling, NativePhase::Shifting),
            "v1.0.0",
            "redeploy",
        ),
        way(
            met(Strategy::BlueGreen, NativePhase::Baking),
            "v1.0.0",
            "stop-and-redeploy",
        ),
    ])
    .await;
}

#[tokio::test]
async fn a_lost_answer_doubles_nothing() {
    for (world, write) in [
        (web1().world, "CreateDeployment"),
        (native1(Strategy::Rolling).world, "UpdateService"),
    ] {
        let (sim, server) = aws_with(world, SPEED).await;
        sim.rule(Rule::on(write, Effect::DropAnswer).first(1));
        let done = run(step(&server.url(), &[])).await;
        done.ended(0, "rolled-back").says("was lost");
        assert_eq!(sim.calls().count(write), 1, "{}", done.log);
    }
}

#[tokio::test]
async fn a_service_that_came_from_the_ecs_controller() {
    let world = || web1_with(|spec| spec.answers_deployments = true).world;
    let ways = vec![
        way(world(), "v1.0.0", "redeploy"),
        way(world(), "v1.2.0", "nothing"),
    ];
    all(ways).await;
}

#[tokio::test]
async fn a_service_that_moved_to_the_ecs_controller() {
    let mut web1 = web1();
    let key = web1.service.clone();
    web1.world
        .move_to_ecs(&key, NativeSpec::new(Strategy::Rolling));
    let (_sim, server) = aws_with(web1.world, SPEED).await;
    let done = run(step(&server.url(), &[("version", "previous")])).await;
    done.ended(2, "refused")
        .says("the newest releases of the deployment group AppECS-prod-web1 / DgpECS-prod-web1 are v1.2.0 (web1:3), v1.1.0 (web1:2), v1.0.0 (web1:1)");
}
