//! Services that changed hands: from the ECS controller to CodeDeploy, and back.

use std::time::Duration;

use aws_sim::rules::{Effect, Rule};
use aws_sim::world::stage::{Web1, web1_with};
use aws_sim::world::{NativeSpec, Reached, ServiceSpec, Start, Strategy, World};

use super::codedeploy::setting::pace;
use crate::harness::check::serving;
use crate::harness::measures::cdk;
use crate::harness::worlds::{asking, key};

/// It answers `deployments` in the place of its task sets, for as long as it lives.
fn from_ecs(spec: &mut ServiceSpec) {
    spec.answers_deployments = true;
}

#[tokio::test(start_paused = true)]
async fn a_service_that_came_from_the_ecs_controller() {
    for (version, release) in [("v1.0.0", 0), ("previous", 1), ("previous~2", 0)] {
        let web1 = web1_with(from_ecs);
        let step = asking(web1.world, version);
        let done = step.run().await;
        done.ended(&step, "rolled-back", &[], 1);
        assert_eq!(done.output("version"), web1.releases[release].tag);
        let (_, digest, weight) = serving(&step).remove(0);
        assert_eq!(
            (digest, weight),
            (web1.releases[release].digest.clone(), 100.0)
        );
        if version == "previous" {
            insta::assert_snapshot!(done.story());
        }
    }
    let step = asking(web1_with(from_ecs).world, "v1.2.0");
    let done = step.run().await;
    done.ended(&step, "unchanged", &[], 0).wrote_nothing(&step);
}

#[tokio::test(start_paused = true)]
async fn a_service_that_came_from_the_ecs_controller_in_the_middle_of_a_deployment() {
    for (reached, version, path) in [
        (Reached::Shifting, "v1.2.0", "reroute"),
        (Reached::TerminationWait, "v1.2.0", "reroute"),
        (Reached::Shifting, "v1.0.0", "adopt"),
        (Reached::Installing, "v1.1.0", "stop-and-redeploy"),
        (Reached::TerminationWait, "v1.1.0", "end-wait-and-redeploy"),
    ] {
        let mut web1 = web1_with(from_ecs);
        let mut start = Start::new(&web1.releases[0].task_definition);
        start.config = pace(reached).map(str::to_owned);
        web1.world.start_deployment(&key(), &start, reached);
        let step = asking(web1.world, version);
        let done = step.run().await;
        done.ended(
            &step,
            "rolled-back",
            &[],
            usize::from(path.ends_with("redeploy")),
        );
        assert_eq!(done.output("path"), path, "{}", done.log);
        assert_eq!(done.output("version"), version);
    }
}

/// On v1.2.0, under the ECS controller, after CodeDeploy deployed all there is.
fn to_ecs(change: impl FnOnce(&mut ServiceSpec)) -> World {
    let Web1 {
        mut world, service, ..
    } = web1_with(change);
    world.move_to_ecs(&service, NativeSpec::new(Strategy::Rolling));
    world
}

#[tokio::test(start_paused = true)]
async fn after_a_move_to_the_ecs_controller_the_old_group_is_named() {
    for (name, change) in [
        ("called_as_guessed", (|_| {}) as fn(&mut ServiceSpec)),
        ("cdk", cdk),
    ] {
        let step = asking(to_ecs(change), "previous");
        let done = step.run().await;
        done.refused(&step, "previous-unknown");
        insta::assert_snapshot!(format!("old_group_{name}"), done.block("✘"));
    }
    let step = asking(to_ecs(|_| {}), "v1.1.0");
    step.run().await.ended(&step, "rolled-back", &[], 0);
    let step = step.input("version", "previous");
    let done = step.run().await;
    assert_eq!(done.codes(), ["previous-unknown"], "{}", done.log);
    done.says(
        "of the deployment group AppECS-prod-web1 / DgpECS-prod-web1 are v1.2.0 (web1:3), v1.1.0",
    );
}

/// The group is gone, may not be read, or CodeDeploy is silent: that changes nothing but the hint.
#[tokio::test(start_paused = true)]
async fn after_a_move_to_the_ecs_controller_with_no_group_to_be_found() {
    let mut gone = to_ecs(|_| {});
    gone.delete_application("AppECS-prod-web1");
    let silent = Effect::Delay(Duration::from_secs(60));
    let denied = Effect::access_denied("codedeploy:GetDeploymentGroup");
    for (world, effect) in [
        (gone, None),
        (to_ecs(|_| {}), Some(silent)),
        (to_ecs(|_| {}), Some(denied)),
    ] {
        let step = asking(world, "previous");
        if let Some(effect) = effect {
            for read in ["GetDeploymentGroup", "BatchGetDeploymentGroups"] {
                step.sim.rule(Rule::on(read, effect.clone()));
            }
        }
        let done = step.run().await;
        done.refused(&step, "previous-unknown");
        assert!(
            !done.log.contains("CodeDeploy deployed this service before"),
            "{}",
            done.log
        );
        assert!(done.took < Duration::from_secs(10), "{:?}", done.took);
    }
}
