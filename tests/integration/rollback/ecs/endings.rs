//! How far a run goes: `wait-for`, the health check, a dry run.

use std::time::Duration;

use aws_sim::world::stage::Native1;
use aws_sim::world::{
    EarlySuccess, HttpAnswer, NativeHook, NativePhase, ServiceDeploymentStatus, Strategy,
};

use super::setting::{
    began, brisk, brisk_with, briskly_deploying, deployments, serves, status, step,
    tells_what_serves,
};

const URL: &str = "http://web1.test/health";

#[tokio::test(start_paused = true)]
async fn nothing_does_not_watch() {
    for strategy in Strategy::ALL {
        let native1 = brisk(strategy);
        let step = step(&native1.world, "v1.0.0").input("wait-for", "nothing");
        let done = step.run().await;
        done.ended(&step, "started", &[], 0);
        began(&step, &native1.world, 1, &done.log);
        serves(&step, &native1, 2, &done.log);
        if strategy == Strategy::Canary {
            insta::assert_snapshot!(done.story());
        }
    }
}

#[tokio::test(start_paused = true)]
async fn nothing_sends_a_canary_back_and_does_not_watch() {
    let (native1, theirs) = briskly_deploying(Strategy::Canary, NativePhase::Shifting);
    let step = step(&native1.world, "v1.1.0").input("wait-for", "nothing");
    let done = step.run().await;
    done.ended(&step, "started", &[], 0);
    assert_eq!(
        status(&step, &theirs),
        ServiceDeploymentStatus::RollbackRequested
    );
    insta::assert_snapshot!(done.story());
}

#[tokio::test(start_paused = true)]
async fn completed_waits_for_the_end() {
    for strategy in [Strategy::Rolling, Strategy::BlueGreen, Strategy::Canary] {
        let native1 = brisk(strategy);
        let step = step(&native1.world, "v1.0.0").input("wait-for", "completed");
        let done = step.run().await;
        done.ended(&step, "rolled-back", &[], 0);
        let ours = deployments(&step).pop().expect("it was begun");
        assert_eq!(
            ours.status,
            ServiceDeploymentStatus::Successful,
            "{}",
            done.log
        );
        serves(&step, &native1, 0, &done.log);
        if strategy == Strategy::BlueGreen {
            insta::assert_snapshot!(done.story());
        }
    }
}

#[tokio::test(start_paused = true)]
async fn completed_waits_for_the_end_of_a_rollback() {
    for (strategy, phase) in [
        (Strategy::Canary, NativePhase::Shifting),
        (Strategy::Rolling, NativePhase::Baking),
    ] {
        let (native1, theirs) = briskly_deploying(strategy, phase);
        let step = step(&native1.world, "v1.1.0").input("wait-for", "completed");
        let done = step.run().await;
        done.ended(&step, "rolled-back", &[], 0);
        assert_eq!(
            status(&step, &theirs),
            ServiceDeploymentStatus::RollbackSuccessful
        );
        serves(&step, &native1, 1, &done.log);
    }
}

#[tokio::test(start_paused = true)]
async fn a_pause_after_the_shift_holds_nothing_up() {
    for wait_for in ["traffic", "completed"] {
        let native1 = brisk_with(Strategy::BlueGreen, |spec| {
            spec.native.hooks = vec![NativeHook::pause("POST_PRODUCTION_TRAFFIC_SHIFT")];
        });
        let step = step(&native1.world, "v1.0.0").input("wait-for", wait_for);
        let done = step.run().await;
        done.ended(&step, "rolled-back", &[], 0);
        serves(&step, &native1, 0, &done.log);
    }
}

#[tokio::test(start_paused = true)]
async fn a_health_check_that_fails_after_the_shift() {
    for strategy in [Strategy::Rolling, Strategy::BlueGreen] {
        let native1 = brisk(strategy);
        let step = step(&native1.world, "v1.0.0").input("health-check-url", URL);
        let answer = HttpAnswer::Sequence(vec![(503, Vec::new()); 5]);
        step.sim.world(|world| world.set_http(URL, answer));
        let done = step.run().await;
        done.ended(&step, "failed", &["health-check-failed"], 0)
            .says("v1.2.0");
        assert_eq!(step.sim.calls().count("GET"), 5);
        serves(&step, &native1, 0, &done.log);
        tells_what_serves(&step, &done);
        let name = format!("unhealthy_{}", strategy.name().to_lowercase());
        insta::assert_snapshot!(name, done.story());
    }
}

#[tokio::test(start_paused = true)]
async fn a_dry_run_of_each_path_writes_nothing() {
    use NativePhase::*;
    for (strategy, phase, version, path) in [
        (Strategy::Rolling, None, "v1.0.0", "redeploy"),
        (Strategy::Rolling, Some(Shifting), "v1.0.0", "redeploy"),
        (Strategy::Rolling, Some(Baking), "v1.1.0", "reroute"),
        (
            Strategy::BlueGreen,
            Some(Baking),
            "v1.0.0",
            "stop-and-redeploy",
        ),
        (Strategy::Canary, Some(Shifting), "v1.1.0", "reroute"),
        (Strategy::Canary, Some(Paused), "v1.2.0", "adopt"),
        (
            Strategy::Linear,
            Some(RollingBackTraffic),
            "v1.1.0",
            "adopt",
        ),
        (
            Strategy::Linear,
            Some(RollingBackTraffic),
            "v1.0.0",
            "stop-and-redeploy",
        ),
        (Strategy::Linear, None, "v1.2.0", "nothing"),
    ] {
        let native1 = phase.map_or_else(
            || brisk(strategy),
            |phase| briskly_deploying(strategy, phase).0,
        );
        let step = step(&native1.world, version).input("dry-run", "true");
        let done = step.run().await;
        let outcome = if path == "nothing" {
            "unchanged"
        } else {
            "planned"
        };
        done.ended(&step, outcome, &[], 0).wrote_nothing(&step);
        assert_eq!(done.output("path"), path, "{}", done.log);
        began(&step, &native1.world, 0, &done.log);
        if strategy == Strategy::Canary {
            insta::assert_snapshot!(format!("dry_run_{path}"), done.story());
        }
    }
}

#[tokio::test(start_paused = true)]
async fn only_tasks_that_the_deployment_replaced_are_told_as_warm() {
    let (native1, _) = briskly_deploying(Strategy::BlueGreen, NativePhase::Baking);
    for version in ["v1.0.0", "v1.2.0"] {
        let step = step(&native1.world, version);
        let done = step.run().await;
        done.ended(&step, "rolled-back", &[], 0);
        // What they are is not what served at the start, so they are not told.
        assert!(!done.log.contains("stay warm"), "{}", done.log);
    }
}

#[tokio::test(start_paused = true)]
async fn what_served_before_is_one_revision_and_its_image() {
    let (native1, _) = briskly_deploying(Strategy::Rolling, NativePhase::RollingBackTraffic);
    let step = step(&native1.world, "v1.0.0").input("dry-run", "true");
    let done = step.run().await;
    let release = native1
        .releases
        .iter()
        .find(|it| it.tag == done.output("previous-version"));
    let revision = release.map(|release| release.task_definition.as_str());
    assert_eq!(
        revision,
        Some(done.output("previous-task-definition-arn")),
        "{}",
        done.log
    );
}

#[tokio::test(start_paused = true)]
async fn nothing_is_warm_once_the_deployment_is_completed() {
    let native1 = brisk(Strategy::BlueGreen);
    let step = step(&native1.world, "v1.0.0").input("wait-for", "completed");
    let done = step.run().await;
    done.ended(&step, "rolled-back", &[], 0);
    assert!(!done.log.contains("stay warm"), "{}", done.log);
}

/// `earlySuccessCriteria` with `DEFERRED`: ECS calls it successful while old tasks serve users still.
fn successful_early(cleanup: u64) -> Native1 {
    let mut native1 = brisk_with(Strategy::Rolling, |spec| {
        spec.native.early_success = Some(EarlySuccess::deferred());
    });
    native1.world.pace.deferred_cleanup = cleanup * 60_000;
    native1
}

#[tokio::test(start_paused = true)]
async fn a_success_that_is_early_is_followed_until_the_old_tasks_are_gone() {
    let native1 = successful_early(2);
    let step = step(&native1.world, "v1.0.0");
    let done = step.run().await;
    done.ended(&step, "rolled-back", &[], 0);
    serves(&step, &native1, 0, &done.log);
    insta::assert_snapshot!(done.story());
}

#[tokio::test(start_paused = true)]
async fn the_timeout_while_old_tasks_outlive_an_early_success() {
    let native1 = successful_early(60);
    let step = step(&native1.world, "v1.0.0").input("timeout", "10m");
    let done = step.run().await;
    done.ended(&step, "timed-out", &["timed-out"], 0);
    insta::assert_snapshot!(done.story());
}

#[tokio::test(start_paused = true)]
async fn cancelled_while_old_tasks_outlive_an_early_success() {
    let native1 = successful_early(60);
    let step = step(&native1.world, "v1.0.0");
    let clock = step.sim.clock();
    let done = step
        .run_until(async move { clock.sleep(Duration::from_secs(300)).await })
        .await;
    done.ended(&step, "cancelled", &["cancelled"], 0);
    insta::assert_snapshot!(done.story());
}
