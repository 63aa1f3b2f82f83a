//! A deployment that does not end well: ECS's circuit breaker, alarms, hooks, and other people.

use aws_sim::world::stage::Native1;
use aws_sim::world::{HookTarget, NativeAct, NativeHook, NativePhase, NativeSpec, Strategy};

use super::setting::{
    began, brisk, brisk_with, briskly_deploying, crash, serves, step, tells_what_serves,
};
use crate::harness::worlds::{after, key};

fn with(strategy: Strategy, change: impl FnOnce(&mut NativeSpec)) -> Native1 {
    brisk_with(strategy, |spec| change(&mut spec.native))
}

pub fn name(what: &str, strategy: Strategy) -> String {
    format!("{what}_{}", strategy.name().to_lowercase())
}

#[tokio::test(start_paused = true)]
async fn a_circuit_breaker_that_rolls_back() {
    for strategy in Strategy::ALL {
        let mut native1 = with(strategy, |native| native.circuit_breaker = Some(true));
        crash(&mut native1, 0);
        let step = step(&native1.world, "v1.0.0");
        let done = step.run().await;
        done.ended(&step, "reverted", &["deployment-reverted"], 0)
            .says("circuit breaker");
        began(&step, &native1.world, 1, &done.log);
        serves(&step, &native1, 2, &done.log);
        tells_what_serves(&step, &done);
        insta::assert_snapshot!(name("breaker", strategy), done.story());
    }
}

#[tokio::test(start_paused = true)]
async fn a_circuit_breaker_that_does_not() {
    for strategy in [Strategy::Rolling, Strategy::Canary] {
        let mut native1 = with(strategy, |native| native.circuit_breaker = Some(false));
        crash(&mut native1, 0);
        let step = step(&native1.world, "v1.0.0");
        let done = step.run().await;
        done.ended(&step, "failed", &["deployment-failed"], 0)
            .says("circuit breaker");
        serves(&step, &native1, 2, &done.log);
        tells_what_serves(&step, &done);
        insta::assert_snapshot!(name("breaker_for_good", strategy), done.story());
    }
}

#[tokio::test(start_paused = true)]
async fn an_alarm_that_begins_to_ring_in_the_bake() {
    for strategy in [Strategy::Rolling, Strategy::BlueGreen] {
        for rolls_back in [true, false] {
            let mut native1 = with(strategy, |native| {
                (native.alarms, native.alarms_enabled) = (vec!["5xx".to_owned()], true);
                (native.alarms_rollback, native.bake_minutes) = (rolls_back, 30);
            });
            native1.world.plan_alarm("5xx", true, after(6 * 60));
            let step = step(&native1.world, "v1.0.0").input("wait-for", "completed");
            let done = step.run().await;
            if rolls_back {
                done.ended(&step, "reverted", &["deployment-reverted"], 0);
                // A rolling one has to start the old tasks again, which is not waited for.
                if strategy != Strategy::Rolling {
                    serves(&step, &native1, 2, &done.log);
                }
            } else {
                done.ended(&step, "failed", &["deployment-stopped"], 0);
                serves(&step, &native1, 0, &done.log);
            }
            done.says("5xx");
            tells_what_serves(&step, &done);
            let what = if rolls_back {
                "alarm"
            } else {
                "alarm_for_good"
            };
            insta::assert_snapshot!(name(what, strategy), done.story());
        }
    }
}

#[tokio::test(start_paused = true)]
async fn an_alarm_that_rings_already_is_not_asked() {
    let mut native1 = with(Strategy::Canary, |native| {
        (native.alarms, native.alarms_enabled) = (vec!["5xx".to_owned()], true);
    });
    native1.world.set_alarm("5xx", true);
    let step = step(&native1.world, "v1.0.0").input("wait-for", "completed");
    let done = step.run().await;
    done.ended(&step, "rolled-back", &[], 0);
    serves(&step, &native1, 0, &done.log);
}

#[tokio::test(start_paused = true)]
async fn somebody_stops_our_deployment() {
    for strategy in [Strategy::Rolling, Strategy::Canary] {
        for rollback in [true, false] {
            let mut native1 = brisk(strategy);
            native1
                .world
                .plan_act(&key(), NativeAct::Stop { rollback }, after(300));
            native1.world.pace.task_start = 400_000;
            let step = step(&native1.world, "v1.0.0");
            let done = step.run().await;
            if rollback {
                done.ended(&step, "reverted", &["deployment-reverted"], 0)
                    .says("by a user");
            } else {
                done.ended(&step, "failed", &["deployment-stopped"], 0);
            }
            tells_what_serves(&step, &done);
            let what = if rollback {
                "stopped_with_rollback"
            } else {
                "stopped"
            };
            insta::assert_snapshot!(name(what, strategy), done.story());
        }
    }
}

/// In the middle of a shift, an abort leaves the traffic divided.
#[tokio::test(start_paused = true)]
async fn somebody_stops_our_deployment_in_the_middle_of_a_shift() {
    let mut native1 = brisk(Strategy::Linear);
    native1
        .world
        .plan_act(&key(), NativeAct::Stop { rollback: false }, after(250));
    let step = step(&native1.world, "v1.0.0");
    let done = step.run().await;
    done.ended(&step, "failed", &["deployment-stopped"], 0);
    tells_what_serves(&step, &done);
    insta::assert_snapshot!(done.story());
}

#[tokio::test(start_paused = true)]
async fn a_hook_that_fails() {
    for (strategy, stage) in [
        (Strategy::BlueGreen, "POST_SCALE_UP"),
        (Strategy::Canary, "POST_PRODUCTION_TRAFFIC_SHIFT"),
        (Strategy::Linear, "PRE_PRODUCTION_TRAFFIC_SHIFT"),
    ] {
        let native1 = with(strategy, |native| {
            let target = HookTarget::Lambda { fails: true };
            native.hooks = vec![NativeHook {
                stage: stage.to_owned(),
                target,
            }];
        });
        let step = step(&native1.world, "v1.0.0").input("wait-for", "completed");
        let done = step.run().await;
        done.ended(&step, "reverted", &["deployment-reverted"], 0)
            .says(stage);
        serves(&step, &native1, 2, &done.log);
        tells_what_serves(&step, &done);
        insta::assert_snapshot!(name("hook", strategy), done.story());
    }
}

/// Rolling: the old tasks are gone when the alarm rings in the bake, and v1.2.0 does not start any more.
#[tokio::test(start_paused = true)]
async fn ecss_rollback_of_ours_fails() {
    let mut native1 = with(Strategy::Rolling, |native| {
        (native.alarms, native.alarms_enabled) = (vec!["5xx".to_owned()], true);
        (native.circuit_breaker, native.bake_minutes) = (Some(true), 30);
    });
    crash(&mut native1, 2);
    native1.world.plan_alarm("5xx", true, after(15 * 60));
    let step = step(&native1.world, "v1.0.0").input("wait-for", "completed");
    let done = step.run().await;
    done.ended(&step, "failed", &["deployment-failed"], 0);
    tells_what_serves(&step, &done);
    insta::assert_snapshot!(done.story());
}

/// The way back that we asked for.
#[tokio::test(start_paused = true)]
async fn a_reroute_that_fails() {
    let (mut native1, _) = briskly_deploying(Strategy::Rolling, NativePhase::Baking);
    crash(&mut native1, 1);
    native1
        .world
        .plan_act(&key(), NativeAct::Stop { rollback: false }, after(400));
    let step = step(&native1.world, "v1.1.0").input("timeout", "20m");
    let done = step.run().await;
    done.ended(&step, "timed-out", &["timed-out"], 0);
    tells_what_serves(&step, &done);
    insta::assert_snapshot!(done.story());
}

#[tokio::test(start_paused = true)]
async fn after_a_stop_for_good_the_weights_say_what_serves() {
    let mut native1 = brisk(Strategy::Canary);
    native1
        .world
        .plan_act(&key(), NativeAct::Stop { rollback: false }, after(200));
    let step = step(&native1.world, "v1.0.0");
    let done = step.run().await;
    done.ended(&step, "failed", &["deployment-stopped"], 0);
    assert_eq!(crate::harness::check::serving(&step)[0].2, 90.0);
    // Until the stop is over.
    step.sim
        .clock()
        .sleep(std::time::Duration::from_secs(60))
        .await;
    let again = step.run().await;
    assert_eq!(again.output("previous-version"), "v1.2.0", "{}", again.log);
    again.says("10 % on v1.0.0 (web1:1), left by a deployment that was stopped without a rollback");
    done.says("by a user");
}

#[tokio::test(start_paused = true)]
async fn tasks_that_crash_are_not_told_as_done() {
    for strategy in Strategy::ALL {
        let mut native1 = brisk_with(strategy, |spec| spec.native.circuit_breaker = Some(true));
        crash(&mut native1, 0);
        let step = step(&native1.world, "v1.0.0");
        let done = step.run().await;
        done.ended(&step, "reverted", &["deployment-reverted"], 0);
        assert!(!done.log.contains(" done "), "{}", done.log);
    }
}

#[tokio::test(start_paused = true)]
async fn a_rolling_rollback_is_followed_to_its_end() {
    let mut native1 = with(Strategy::Rolling, |native| {
        (native.alarms, native.alarms_enabled, native.bake_minutes) =
            (vec!["5xx".to_owned()], true, 30);
    });
    native1.world.plan_alarm("5xx", true, after(15 * 60));
    let step = step(&native1.world, "v1.0.0").input("wait-for", "completed");
    let done = step.run().await;
    done.ended(&step, "reverted", &["deployment-reverted"], 0)
        .says("v1.2.0 serves users now");
    serves(&step, &native1, 2, &done.log);
}

/// Rolling: the alarm rings in the bake, v1.2.0 is starting again, and somebody's deployment replaces that.
#[tokio::test(start_paused = true)]
async fn somebody_replaces_the_rollback_of_our_deployment() {
    let mut native1 = with(Strategy::Rolling, |native| {
        (native.alarms, native.alarms_enabled) = (vec!["5xx".to_owned()], true);
        (native.alarms_rollback, native.bake_minutes) = (true, 30);
    });
    native1.world.plan_alarm("5xx", true, after(6 * 60));
    let other = native1.releases[1].task_definition.clone();
    native1
        .world
        .plan_act(&key(), NativeAct::Update(other), after(6 * 60 + 20));
    let step = step(&native1.world, "v1.0.0").input("wait-for", "completed");
    let done = step.run().await;
    done.ended(&step, "failed", &["deployment-failed"], 0)
        .says("failed, and ECS's rollback of it was stopped");
    tells_what_serves(&step, &done);
    insta::assert_snapshot!(done.story());
}

/// The tasks that a stop goes back to do not start any more.
#[tokio::test(start_paused = true)]
async fn a_rollback_to_the_target_that_fails() {
    let mut native1 = with(Strategy::Rolling, |native| {
        (native.alarms, native.alarms_enabled) = (vec!["5xx".to_owned()], true);
        (native.circuit_breaker, native.bake_minutes) = (Some(true), 30);
    });
    let bad = native1.releases[1].task_definition.clone();
    native1
        .world
        .start_service_deployment(&key(), &bad, NativePhase::Baking);
    crash(&mut native1, 2);
    let step = step(&native1.world, "v1.2.0");
    let done = step.run().await;
    done.ended(&step, "failed", &["deployment-failed"], 0)
        .says("ECS's rollback of the service deployment")
        .says("to v1.2.0 failed");
    tells_what_serves(&step, &done);
    insta::assert_snapshot!(done.story());
}
