//! New tasks that do not start, while the run waits: what the log says meanwhile.

use std::time::Duration;

use aws_sim::world::{NativePhase, Strategy, World};

use super::failures::name;
use super::setting::{brisk, briskly_deploying, crash, step, tells_what_serves};
use crate::harness::worlds::key;

/// With nobody to give up on it, ECS starts tasks again and again.
#[tokio::test(start_paused = true)]
async fn tasks_that_crash_for_ever_end_with_the_timeout() {
    let mut native1 = brisk(Strategy::Rolling);
    crash(&mut native1, 0);
    let step = step(&native1.world, "v1.0.0").input("timeout", "10m");
    let done = step.run().await;
    done.ended(&step, "timed-out", &["timed-out"], 0);
    tells_what_serves(&step, &done);
    insta::assert_snapshot!(done.story());
}

const NO_CAPACITY: &str =
    "(service web1) was unable to place a task. Reason: Capacity is unavailable at this time.";

/// Nothing fails, and nothing starts.
#[tokio::test(start_paused = true)]
async fn tasks_that_find_no_capacity_end_with_the_timeout() {
    for strategy in [Strategy::Rolling, Strategy::Canary] {
        let mut native1 = brisk(strategy);
        native1.world.pace.task_start = 3_600_000;
        let step = step(&native1.world, "v1.0.0").input("timeout", "10m");
        let hostile = "(service web1) says\n::error::x\n##[error]boo";
        for (seconds, text) in [(20, NO_CAPACITY), (170, NO_CAPACITY), (300, hostile)] {
            let report = move |world: &mut World| world.report_event(&key(), text);
            step.sim.at(Duration::from_secs(seconds), report);
        }
        let done = step.run().await;
        done.ended(&step, "timed-out", &["timed-out"], 0);
        let line = format!("AWS: \"{NO_CAPACITY}");
        assert_eq!(done.log.matches(&line).count(), 1, "{}", done.log);
        done.says(
            "Cause: ECS reports: (service web1) was unable to place a task. Reason: Capacity",
        );
        insta::assert_snapshot!(name("no_capacity", strategy), done.story());
    }
}

#[tokio::test(start_paused = true)]
async fn tasks_that_start_as_they_should_are_not_told_of() {
    for strategy in Strategy::ALL {
        let step = step(&brisk(strategy).world, "v1.0.0").input("wait-for", "completed");
        let done = step.run().await;
        done.ended(&step, "rolled-back", &[], 0);
        assert!(!done.log.contains("new tasks failed"), "{}", done.log);
        assert!(!done.log.contains("AWS: "), "{}", done.log);
    }
}

/// The typical incident: the newest release crashes as it starts, and somebody asks for it in a hurry.
#[tokio::test(start_paused = true)]
async fn a_release_that_does_not_start_is_worth_a_warning() {
    let (mut native1, _) = briskly_deploying(Strategy::BlueGreen, NativePhase::Pending);
    crash(&mut native1, 2);
    let step = step(&native1.world, "v1.2.0").input("timeout", "2m");
    step.sim.clock().sleep(Duration::from_secs(1800)).await;
    let done = step.run().await;
    done.ended(&step, "timed-out", &["timed-out"], 0)
        .says("none of its tasks is running, so it may never start")
        .says("v1.1.0 still serves; run this with version v1.1.0 to stop that deployment");
    insta::assert_snapshot!(done.story());
}
