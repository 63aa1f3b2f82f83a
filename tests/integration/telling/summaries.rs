//! The job summary of every ending, for either controller, and the report that later steps read.

use std::time::Duration;

use aws_sim::world::stage::{Native1, Web1};
use aws_sim::world::{HttpAnswer, NativePhase, Reached, Strategy, World, stage};

use crate::harness::worlds::{asking, with, with_unregistered};
use crate::harness::{Done, Step};
use crate::rollback::{codedeploy, ecs};

const HEALTH: &str = "http://web1.test/health";

fn by_codedeploy() -> Web1 {
    stage::web1()
}

fn by_ecs() -> Native1 {
    ecs::setting::brisk(Strategy::Canary)
}

/// v1.0.0 crashes as soon as it starts.
fn crashing(stage: Web1) -> World {
    let Web1 {
        mut world,
        releases,
        ..
    } = stage;
    let crash = aws_sim::world::Crash {
        exit_code: Some(1),
        reason: "Cannot find module './db'".to_owned(),
    };
    world.set_image_crash("web1", &releases[0].digest, Some(crash));
    world
}

async fn cancelled_after(step: &Step, seconds: u64) -> Done {
    let clock = step.sim.clock();
    let cancel = async move { clock.sleep(Duration::from_secs(seconds)).await };
    step.run_until(cancel).await
}

fn answers(step: Step, status: u16) -> Step {
    let answer = HttpAnswer::Fixed(status, Vec::new());
    step.sim.world(|world| world.set_http(HEALTH, answer));
    step.input("health-check-url", HEALTH)
}

/// One story: how it ended, and its summary as a snapshot.
macro_rules! summary {
    ($name:ident, $outcome:literal, $done:expr) => {
        #[tokio::test(start_paused = true)]
        async fn $name() {
            let done: Done = $done;
            assert_eq!(done.output("outcome"), $outcome, "{}", done.log);
            insta::assert_snapshot!(done.summary);
        }
    };
}

summary!(codedeploy_rolled_back, "rolled-back", {
    let step = asking(with_unregistered(by_codedeploy().world), "v1.3.0")
        .input("reason", "checkout is down");
    answers(step, 200).run().await
});
summary!(
    codedeploy_previous,
    "rolled-back",
    asking(by_codedeploy().world, "previous").run().await
);
summary!(
    codedeploy_unchanged,
    "unchanged",
    answers(Step::web1("v1.2.0"), 200).run().await
);
summary!(
    codedeploy_planned,
    "planned",
    Step::web1("v1.0.0").input("dry-run", "true").run().await
);
summary!(
    codedeploy_started,
    "started",
    Step::web1("v1.0.0")
        .input("wait-for", "nothing")
        .run()
        .await
);
summary!(codedeploy_failed, "failed", {
    let stage = with(|spec| spec.auto_rollback = Vec::new());
    asking(crashing(stage), "v1.0.0").run().await
});
summary!(
    codedeploy_reverted,
    "reverted",
    asking(crashing(by_codedeploy()), "v1.0.0").run().await
);
summary!(
    codedeploy_unhealthy,
    "failed",
    answers(Step::web1("v1.0.0"), 502).run().await
);
summary!(
    codedeploy_timed_out,
    "timed-out",
    Step::web1("v1.0.0").input("timeout", "1m").run().await
);
summary!(
    codedeploy_cancelled,
    "cancelled",
    cancelled_after(&Step::web1("v1.0.0"), 60).await
);
summary!(
    codedeploy_refused,
    "refused",
    Step::web1("v1.0.1").run().await
);
summary!(codedeploy_bad_inputs, "refused", {
    let step = Step::web1("v1.0.0")
        .input("timeout", "30")
        .variable("INPUT_DRY_RUN", "true");
    step.run().await
});
summary!(codedeploy_rerouted, "rolled-back", {
    let (web1, _) = codedeploy::setting::deploying(Reached::TerminationWait, None);
    asking(web1.world, "v1.1.0").run().await
});
summary!(codedeploy_a_third_version, "rolled-back", {
    let (web1, _) = codedeploy::setting::deploying(Reached::TerminationWait, None);
    asking(web1.world, "v1.0.0").run().await
});

summary!(ecs_rolled_back, "rolled-back", {
    let step =
        asking(with_unregistered(by_ecs().world), "v1.3.0").input("reason", "checkout is down");
    answers(step, 200).run().await
});
summary!(
    ecs_unchanged,
    "unchanged",
    asking(by_ecs().world, "v1.2.0").run().await
);
summary!(
    ecs_planned,
    "planned",
    asking(by_ecs().world, "v1.0.0")
        .input("dry-run", "true")
        .run()
        .await
);
summary!(
    ecs_started,
    "started",
    asking(by_ecs().world, "v1.0.0")
        .input("wait-for", "nothing")
        .run()
        .await
);
summary!(ecs_failed, "failed", {
    let mut native1 = ecs::setting::brisk_with(Strategy::Canary, |spec| {
        spec.native.circuit_breaker = Some(false)
    });
    ecs::setting::crash(&mut native1, 0);
    asking(native1.world, "v1.0.0")
        .input("timeout", "5h")
        .run()
        .await
});
summary!(ecs_reverted, "reverted", {
    let mut native1 = ecs::setting::brisk_with(Strategy::Canary, |spec| {
        spec.native.circuit_breaker = Some(true)
    });
    ecs::setting::crash(&mut native1, 0);
    asking(native1.world, "v1.0.0")
        .input("timeout", "5h")
        .run()
        .await
});
summary!(
    ecs_unhealthy,
    "failed",
    answers(asking(by_ecs().world, "v1.0.0"), 502).run().await
);
summary!(
    ecs_timed_out,
    "timed-out",
    asking(by_ecs().world, "v1.0.0")
        .input("timeout", "1m")
        .run()
        .await
);
summary!(
    ecs_cancelled,
    "cancelled",
    cancelled_after(&asking(by_ecs().world, "v1.0.0"), 200).await
);
summary!(ecs_rerouted, "rolled-back", {
    let (native1, _) = ecs::setting::briskly_deploying(Strategy::Canary, NativePhase::Shifting);
    asking(native1.world, "v1.1.0").run().await
});

#[tokio::test(start_paused = true)]
async fn the_report_is_one_document() {
    let step = answers(
        Step::web1("v1.0.0").input("reason", "checkout is down"),
        200,
    );
    let done = step.run().await;
    done.rolled_back(&step);
    let report = serde_json::to_string_pretty(&done.report()).expect("it is JSON");
    insta::assert_snapshot!(report);
}

#[tokio::test(start_paused = true)]
async fn the_report_of_a_run_that_did_not_end_well() {
    let done = cancelled_after(&asking(by_ecs().world, "v1.0.0"), 200).await;
    assert_eq!(done.output("outcome"), "cancelled", "{}", done.log);
    let report = serde_json::to_string_pretty(&done.report()).expect("it is JSON");
    insta::assert_snapshot!(report);
}
