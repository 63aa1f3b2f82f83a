//! New tasks that do not start, while the run waits: what the log says meanwhile.

use aws_sim::rules::{Effect, Rule};
use aws_sim::world::stage;

use super::failures::crashing;
use crate::harness::Step;
use crate::harness::worlds::asking;

/// v1.0.0 crashes, and CodeDeploy waits an hour for it.
fn crashing_for_an_hour() -> Step {
    let mut stage = stage::web1();
    crashing(&mut stage);
    stage.world.pace.install_timeout = 3_600_000;
    asking(stage.world, "v1.0.0").input("timeout", "20m")
}

/// When `DescribeServices` was called to learn what ECS reports, in seconds since the deployment was created.
fn looks_at_events(step: &Step) -> Vec<u64> {
    let calls = step.sim.calls();
    let create = calls.of("CreateDeployment").next();
    let created = create.expect("a deployment was created").start;
    let mut looks = Vec::new();
    for call in calls.of("DescribeServices") {
        if call.start > created {
            looks.push((call.start - created).as_secs());
        }
    }
    // The last ones are for what serves in the end, and why it does not go well.
    looks.truncate(looks.len().saturating_sub(2));
    looks
}

#[tokio::test(start_paused = true)]
async fn tasks_that_crash_for_ever_are_told_with_what_ecs_reports() {
    let step = crashing_for_an_hour();
    let done = step.run().await;
    done.ended(&step, "timed-out", &["timed-out"], 1)
        .says("0 of 2 new tasks running; AWS: \"(service web1, taskSet ecs-svc/")
        .says("is unable to consistently start tasks successfully");
    insta::assert_snapshot!(done.story());
    let looks = looks_at_events(&step);
    assert!(looks[0] >= 60, "{looks:?}");
    assert!(
        looks.windows(2).all(|pair| pair[1] - pair[0] >= 30),
        "{looks:?}"
    );
}

#[tokio::test(start_paused = true)]
async fn events_that_can_not_be_read_change_nothing() {
    for effect in [
        Effect::access_denied("ecs:DescribeServices"),
        Effect::expired_token(),
        Effect::Throttle,
        Effect::HangBefore,
        Effect::Html(502),
    ] {
        let step = crashing_for_an_hour();
        let denied = step.sim.clone();
        // From the moment at which the service is known.
        step.sim.rule(
            Rule::on("DescribeServices", effect)
                .when(move |_| denied.clock().elapsed().as_secs() > 30),
        );
        let done = step.run().await;
        done.ended(&step, "timed-out", &["timed-out"], 1);
        // Only the look for the cause tells it, once.
        let told = done
            .log
            .matches("the service's events could not be read")
            .count();
        assert!(told <= 1, "{}", done.log);
        let looks = step.sim.calls().count("GetDeployment");
        assert!(looks > 120, "{looks}");
    }
}

#[tokio::test(start_paused = true)]
async fn tasks_that_start_as_they_should_cost_no_look_at_events() {
    let step = Step::web1("v1.0.0");
    let done = step.run().await;
    done.rolled_back(&step);
    assert_eq!(looks_at_events(&step), [] as [u64; 0]);
}
