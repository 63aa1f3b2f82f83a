//! StopServiceDeployment that goes wrong, for a reroute and for a stop before a new deployment.

use std::time::Duration;

use aws_sim::rules::{Effect, Rule};
use aws_sim::world::stage::Native1;
use aws_sim::world::{NativeAct, NativePhase, Strategy};

use super::setting::{began, briskly_deploying, serves, step};
use crate::harness::Step;
use crate::harness::worlds::{after, key};

/// A version, its release, and how many service deployments the way there begins.
const WAYS: [(&str, usize, usize); 2] = [("v1.1.0", 1, 0), ("v1.0.0", 0, 1)];

#[tokio::test(start_paused = true)]
async fn a_lost_answer_is_settled_by_a_look() {
    for effect in [
        Effect::DropAnswer,
        Effect::ResetAfter,
        Effect::HangAfter,
        Effect::TruncateBody,
    ] {
        for (version, release, new) in WAYS {
            let (native1, theirs) = briskly_deploying(Strategy::Canary, NativePhase::Shifting);
            let step = step(&native1.world, version);
            step.sim
                .rule(Rule::on("StopServiceDeployment", effect.clone()).first(1));
            let done = step.run().await;
            done.ended(&step, "rolled-back", &[], 0);
            began(&step, &native1.world, new, &done.log);
            serves(&step, &native1, release, &done.log);
            let back = step.sim.world(|world| {
                world
                    .service_deployment(&theirs)
                    .is_some_and(|it| it.rollback.is_some())
            });
            assert!(back, "{effect:?} {version}");
            assert_eq!(
                step.sim.calls().count("StopServiceDeployment"),
                1,
                "{effect:?} {version}"
            );
            if effect == Effect::HangAfter && new == 0 {
                insta::assert_snapshot!(done.story());
            }
        }
    }
}

#[tokio::test(start_paused = true)]
async fn one_that_was_not_done_is_sent_again() {
    let effects = [
        Effect::ResetBefore,
        Effect::HangBefore,
        Effect::server_error(),
        Effect::unavailable(),
        Effect::Throttle,
    ];
    for effect in effects {
        for (version, release, new) in WAYS {
            let (native1, _) = briskly_deploying(Strategy::Canary, NativePhase::Shifting);
            let step = step(&native1.world, version);
            step.sim
                .rule(Rule::on("StopServiceDeployment", effect.clone()).first(2));
            let done = step.run().await;
            done.ended(&step, "rolled-back", &[], 0);
            began(&step, &native1.world, new, &done.log);
            serves(&step, &native1, release, &done.log);
            let calls = step.sim.calls();
            assert_eq!(
                calls.done("StopServiceDeployment"),
                1,
                "{effect:?} {version}"
            );
            assert_eq!(
                calls.count("StopServiceDeployment"),
                3,
                "{effect:?} {version}"
            );
        }
    }
}

/// A new deployment replaces the one that the role may not stop.
#[tokio::test(start_paused = true)]
async fn where_it_is_denied_the_service_is_updated() {
    for (version, release, _) in WAYS {
        let (native1, _) = briskly_deploying(Strategy::Linear, NativePhase::Shifting);
        let step = step(&native1.world, version);
        let denied = Effect::access_denied("ecs:StopServiceDeployment");
        step.sim.rule(Rule::on("StopServiceDeployment", denied));
        let done = step.run().await;
        done.ended(&step, "rolled-back", &[], 0)
            .says("add ecs:StopServiceDeployment to its policy");
        began(&step, &native1.world, 1, &done.log);
        serves(&step, &native1, release, &done.log);
        if version == "v1.1.0" {
            insta::assert_snapshot!(done.story());
        }
    }
}

/// Somebody stops it, with a rollback or without, while our stop is on its way.
fn stopped_first(refuse: bool, rollback: bool, version: &str) -> (Native1, Step) {
    let (mut native1, _) = briskly_deploying(Strategy::Canary, NativePhase::Shifting);
    native1.world.switches.refuse_second_stop = refuse;
    native1
        .world
        .plan_act(&key(), NativeAct::Stop { rollback }, after(1));
    let step = step(&native1.world, version);
    step.sim.rule(Rule::on(
        "StopServiceDeployment",
        Effect::Delay(Duration::from_secs(2)),
    ));
    (native1, step)
}

#[tokio::test(start_paused = true)]
async fn somebody_else_stops_it_first() {
    for (refuse, rollback) in [(true, true), (true, false), (false, true)] {
        for (version, release, new) in WAYS {
            let (native1, step) = stopped_first(refuse, rollback, version);
            let done = step.run().await;
            done.ended(&step, "rolled-back", &[], 0);
            serves(&step, &native1, release, &done.log);
            if rollback {
                began(&step, &native1.world, new, &done.log);
            }
            if refuse && version == "v1.1.0" {
                let how = if rollback {
                    "with_a_rollback"
                } else {
                    "for_good"
                };
                insta::assert_snapshot!(format!("stopped_first_{how}"), done.story());
            }
        }
    }
}

#[tokio::test(start_paused = true)]
async fn an_accepted_stop_after_a_stop_for_good_is_no_rollback() {
    for (version, release, _) in WAYS {
        let (native1, step) = stopped_first(false, false, version);
        let done = step.run().await;
        done.ended(&step, "rolled-back", &[], 0);
        serves(&step, &native1, release, &done.log);
    }
}

#[tokio::test(start_paused = true)]
async fn what_was_stopped_is_not_continued_at_a_hook() {
    let (native1, _) = briskly_deploying(Strategy::Linear, NativePhase::Paused);
    let step = step(&native1.world, "v1.1.0");
    let done = step.run().await;
    done.ended(&step, "rolled-back", &[], 0);
    assert_eq!(
        step.sim.calls().count("ContinueServiceDeployment"),
        0,
        "{}",
        done.log
    );
}

/// It succeeds while our stop is on its way: what it brought serves, and is undone by a deployment.
#[tokio::test(start_paused = true)]
async fn it_succeeds_before_it_could_be_stopped() {
    for (version, release, _) in WAYS {
        let (native1, _) = briskly_deploying(Strategy::BlueGreen, NativePhase::Baking);
        let step = step(&native1.world, version);
        step.sim.rule(Rule::on(
            "StopServiceDeployment",
            Effect::Delay(Duration::from_secs(400)),
        ));
        let done = step.run().await;
        done.ended(&step, "rolled-back", &[], 0);
        began(&step, &native1.world, 1, &done.log);
        serves(&step, &native1, release, &done.log);
    }
}
