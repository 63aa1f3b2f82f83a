//! `previous` where the past is service deployments, and ECS's rollbacks are within them.

use std::time::Duration;

use aws_sim::world::stage::{Native1, task_definition};
use aws_sim::world::{
    NativePhase, PastService, ServiceDeploymentStatus, ServiceOutcome, Strategy, World,
};

use super::setting::{brisk, briskly_deploying, deploying, serves, status, step};
use crate::harness::Step;
use crate::harness::worlds::{ago, amd64, key};

/// v1.3.0 was deployed half an hour ago, which ended like this.
fn released(strategy: Strategy, outcome: ServiceOutcome) -> Native1 {
    let mut native1 = brisk(strategy);
    native1
        .world
        .push_image("web1", &["v1.3.0"], amd64(), ago(1900));
    let newest = native1
        .world
        .register_task_definition(&task_definition("v1.3.0"), ago(1850));
    native1
        .world
        .past_service_deployment(&key(), &PastService::new(&newest, ago(1800), outcome));
    native1
}

#[tokio::test(start_paused = true)]
async fn one_and_two_back() {
    for strategy in [Strategy::Rolling, Strategy::BlueGreen] {
        for (version, release) in [("previous", 1), ("previous~1", 1), ("previous~2", 0)] {
            let native1 = brisk(strategy);
            let step = step(&native1.world, version);
            let done = step.run().await;
            done.ended(&step, "rolled-back", &[], 0);
            assert_eq!(done.output("version"), native1.releases[release].tag);
            serves(&step, &native1, release, &done.log);
        }
    }
}

#[tokio::test(start_paused = true)]
async fn further_back_than_anything_on_record() {
    let native1 = brisk(Strategy::Rolling);
    let step = step(&native1.world, "previous~3");
    let done = step.run().await;
    done.refused(&step, "previous-unknown");
    insta::assert_snapshot!(done.story());
}

#[tokio::test(start_paused = true)]
async fn pressed_twice_does_not_go_back_two() {
    for strategy in [Strategy::Rolling, Strategy::Canary] {
        let native1 = brisk(strategy);
        let step = step(&native1.world, "previous").input("wait-for", "completed");
        let first = step.run().await;
        first.ended(&step, "rolled-back", &[], 0);
        let second = step.run().await;
        second.ended(&step, "unchanged", &[], 0).says("previous~2");
        assert_eq!(second.output("version"), "v1.1.0");
        serves(&step, &native1, 1, &second.log);
    }
}

/// The second press comes while ECS still bakes the first.
#[tokio::test(start_paused = true)]
async fn pressed_twice_at_once_does_not_go_back_two() {
    for strategy in [Strategy::Rolling, Strategy::Canary] {
        let native1 = brisk(strategy);
        let step = step(&native1.world, "previous");
        step.run().await.ended(&step, "rolled-back", &[], 0);
        let second = step.run().await;
        assert_eq!(
            (second.output("version"), second.exit),
            ("v1.1.0", 0),
            "{}",
            second.log
        );
        serves(&step, &native1, 1, &second.log);
    }
}

#[tokio::test(start_paused = true)]
async fn after_a_release_that_did_not_succeed_it_is_what_serves() {
    for (name, outcome) in [
        ("stopped", ServiceOutcome::Stopped),
        ("rolled_back", ServiceOutcome::RolledBack),
    ] {
        let native1 = released(Strategy::Canary, outcome);
        let step = step(&native1.world, "previous");
        let done = step.run().await;
        done.ended(&step, "unchanged", &[], 0)
            .wrote_nothing(&step)
            .says("previous~2");
        assert_eq!(done.output("version"), "v1.2.0");
        insta::assert_snapshot!(format!("after_a_release_that_was_{name}"), done.story());
    }
}

#[tokio::test(start_paused = true)]
async fn two_back_after_ecs_rolled_back() {
    let native1 = released(Strategy::Rolling, ServiceOutcome::RolledBack);
    let step = step(&native1.world, "previous~2");
    let done = step.run().await;
    done.ended(&step, "rolled-back", &[], 0);
    serves(&step, &native1, 1, &done.log);
}

#[tokio::test(start_paused = true)]
async fn while_a_release_has_no_traffic_it_could_mean_two_things() {
    for (strategy, phase) in [
        (Strategy::Rolling, NativePhase::InProgress),
        (Strategy::BlueGreen, NativePhase::InProgress),
        (Strategy::Linear, NativePhase::Paused),
        (Strategy::Canary, NativePhase::Pending),
    ] {
        let (native1, _) = briskly_deploying(strategy, phase);
        let step = step(&native1.world, "previous");
        let done = step.run().await;
        done.refused(&step, "previous-ambiguous")
            .says("v1.1.0")
            .says("v1.0.0");
        if strategy == Strategy::BlueGreen {
            insta::assert_snapshot!(done.story());
        }
    }
}

#[tokio::test(start_paused = true)]
async fn once_a_release_has_traffic_it_is_what_was_there_before() {
    for (strategy, phase) in [
        (Strategy::Rolling, NativePhase::Shifting),
        (Strategy::Rolling, NativePhase::Baking),
        (Strategy::BlueGreen, NativePhase::Baking),
        (Strategy::Linear, NativePhase::Shifting),
        (Strategy::Canary, NativePhase::Shifting),
    ] {
        let (native1, _) = briskly_deploying(strategy, phase);
        let step = step(&native1.world, "previous");
        let done = step.run().await;
        done.ended(&step, "rolled-back", &[], 0);
        assert_eq!(
            (done.output("version"), done.output("path")),
            ("v1.1.0", "reroute"),
            "{}",
            done.log
        );
        serves(&step, &native1, 1, &done.log);
        if strategy == Strategy::Canary {
            insta::assert_snapshot!(done.story());
        }
    }
}

#[tokio::test(start_paused = true)]
async fn while_ecs_rolls_back_it_is_what_comes_back() {
    for strategy in Strategy::ALL {
        let (native1, _) = briskly_deploying(strategy, NativePhase::RollingBackTraffic);
        let step = step(&native1.world, "previous");
        let done = step.run().await;
        done.ended(&step, "rolled-back", &[], 0)
            .wrote_nothing(&step);
        assert_eq!(
            (done.output("version"), done.output("path")),
            ("v1.1.0", "adopt"),
            "{}",
            done.log
        );
        serves(&step, &native1, 1, &done.log);
    }
}

#[tokio::test(start_paused = true)]
async fn an_inactive_revision_is_registered_again() {
    let mut native1 = brisk(Strategy::Rolling);
    native1.world.deregister("web1:2");
    let step = step(&native1.world, "previous");
    let done = step.run().await;
    done.ended(&step, "rolled-back", &[], 0);
    assert_eq!(crate::harness::check::serving(&step)[0].0, "web1:4");
    serves(&step, &native1, 1, &done.log);
    insta::assert_snapshot!(done.story());
}

#[tokio::test(start_paused = true)]
async fn passes_over_what_cannot_come_back() {
    type Change = fn(&mut Native1);
    let gone: [(&str, Change); 2] = [
        ("archived", |native1| {
            native1
                .world
                .archive_image("web1", &native1.releases[1].digest)
        }),
        ("deleted", |native1| {
            native1
                .world
                .delete_image("web1", &native1.releases[1].digest)
        }),
    ];
    for (how, change) in gone {
        let mut native1 = brisk(Strategy::BlueGreen);
        change(&mut native1);
        let step = step(&native1.world, "previous");
        let done = step.run().await;
        done.ended(&step, "rolled-back", &[], 0).says("passed over");
        serves(&step, &native1, 0, &done.log);
        insta::assert_snapshot!(format!("passed_over_{how}"), done.block("Target"));
    }
}

/// ECS held the tasks to a digest, so that a tag which moved since hides nothing.
#[tokio::test(start_paused = true)]
async fn a_tag_that_moved_does_not_hide_what_was_deployed() {
    let mut native1 = brisk(Strategy::Rolling);
    native1
        .world
        .push_image("web1", &["v1.1.0"], amd64(), ago(60));
    let step = step(&native1.world, "previous");
    let done = step.run().await;
    done.ended(&step, "rolled-back", &[], 0);
    serves(&step, &native1, 1, &done.log);
    insta::assert_snapshot!(done.story());
}

/// Calls, but for those that watch the deployment.
fn reads(step: &Step) -> usize {
    let calls = step.sim.calls();
    let update = calls
        .iter()
        .position(|call| call.operation == "UpdateService");
    update.unwrap_or(calls.len())
}

/// So many releases, ten seconds apart.
fn many(releases: u64) -> World {
    let mut native1 = brisk(Strategy::Rolling);
    for number in 0..releases {
        let age = 10 * (releases - number);
        let tag = format!("v2.{number}.0");
        native1
            .world
            .push_image("web1", &[&tag], amd64(), ago(age + 2));
        let revision = native1
            .world
            .register_task_definition(&task_definition(&tag), ago(age + 1));
        let past = PastService::new(&revision, ago(age), ServiceOutcome::Successful);
        native1.world.past_service_deployment(
            &key(),
            &PastService {
                took: Duration::from_secs(1),
                ..past
            },
        );
    }
    native1.world
}

/// The simulator lists them in a shuffled order.
#[tokio::test(start_paused = true)]
async fn three_hundred_deployments_cost_a_bounded_number_of_calls() {
    let mut counts = Vec::new();
    for releases in [30, 300] {
        let world = many(releases);
        for (version, back) in [("previous", 2), ("previous~5", 6)] {
            let step = step(&world, version);
            let done = step.run().await;
            done.ended(&step, "rolled-back", &[], 0);
            assert_eq!(
                done.output("version"),
                format!("v2.{}.0", releases - back),
                "{}",
                done.log
            );
            counts.push(reads(&step));
        }
    }
    assert!(
        counts[..2]
            .iter()
            .zip(&counts[2..])
            .all(|(few, many)| *many <= few + 5),
        "{counts:?}"
    );
    assert!(counts.iter().all(|reads| *reads <= 55), "{counts:?}");
}

#[tokio::test(start_paused = true)]
async fn three_hundred_deployments_of_one_state_cost_a_bounded_number_of_calls() {
    let mut native1 = brisk(Strategy::Rolling);
    let same = native1.releases[2].task_definition.clone();
    for number in 0..300 {
        let past = PastService::new(&same, ago(3_000 - number * 9), ServiceOutcome::Successful);
        native1.world.past_service_deployment(
            &key(),
            &PastService {
                took: Duration::from_secs(1),
                ..past
            },
        );
    }
    let step = step(&native1.world, "previous");
    let done = step.run().await;
    done.refused(&step, "previous-unknown");
    assert!(reads(&step) <= 40, "{:?}", step.sim.calls().counts());
    insta::assert_snapshot!(done.story());
}

/// v1.4.0 took the place of v1.3.0, which had all of the traffic and baked.
#[tokio::test(start_paused = true)]
async fn what_was_replaced_in_its_bake_time_had_served() {
    for strategy in [Strategy::Rolling, Strategy::BlueGreen, Strategy::Canary] {
        let mut native1 = released(strategy, ServiceOutcome::Replaced);
        native1
            .world
            .push_image("web1", &["v1.4.0"], amd64(), ago(1000));
        let newest = native1
            .world
            .register_task_definition(&task_definition("v1.4.0"), ago(950));
        let past = PastService::new(&newest, ago(900), ServiceOutcome::Successful);
        native1.world.past_service_deployment(&key(), &past);
        let step = step(&native1.world, "previous");
        let done = step.run().await;
        done.ended(&step, "rolled-back", &[], 0);
        assert_eq!(done.output("version"), "v1.3.0", "{}", done.log);
        if strategy == Strategy::Canary {
            insta::assert_snapshot!(done.block("Target"));
        }
    }
}

/// The whole of it: v1.2.0 bakes, somebody deploys v1.3.0 in its place, and `previous` is v1.2.0, not v1.1.0.
#[tokio::test(start_paused = true)]
async fn a_release_that_the_next_one_replaced_is_what_ran_before() {
    let (mut native1, replaced) = deploying(Strategy::Rolling, NativePhase::Baking);
    native1
        .world
        .push_image("web1", &["v1.3.0"], amd64(), ago(60));
    let step = step(&native1.world, "v1.3.0");
    step.run().await.ended(&step, "rolled-back", &[], 0);
    assert_eq!(status(&step, &replaced), ServiceDeploymentStatus::Stopped);
    let step = step.input("version", "previous");
    let done = step.run().await;
    done.ended(&step, "rolled-back", &[], 0);
    assert_eq!(done.output("version"), "v1.2.0", "{}", done.log);
}
