//! Every row of the path table, in every strategy.

use aws_sim::world::stage::{Native1, native1, native1_with};
use aws_sim::world::{NativeHook, NativePhase, PastService, ServiceOutcome, Strategy};

use crate::check::serving;
use crate::harness::Step;
use crate::worlds::{ago, asking, key};

/// v1.1.0 serves, and somebody deploys v1.2.0, which has come this far.
fn deploying(strategy: Strategy, phase: NativePhase) -> (Native1, String) {
    let mut native1 = native1_with(strategy, |spec| {
        if strategy == Strategy::Rolling {
            spec.native.bake_minutes = 30;
            spec.native.alarms = vec!["5xx".to_owned()];
            spec.native.alarms_enabled = true;
        }
        if phase == NativePhase::Paused {
            spec.native.hooks = vec![NativeHook::pause("PRE_PRODUCTION_TRAFFIC_SHIFT")];
        }
    });
    let back = &native1.releases[1].task_definition.clone();
    native1
        .world
        .past_service_deployment(&key(), &PastService::new(back, ago(1800), ServiceOutcome::Successful));
    let bad = native1.releases[2].task_definition.clone();
    let arn = native1.world.start_service_deployment(&key(), &bad, phase);
    (native1, arn)
}

#[track_caller]
fn serves(step: &Step, native1: &Native1, release: usize, told: &str) {
    let digests: Vec<_> = serving(step).into_iter().map(|(_, digest, weight)| (digest, weight)).collect();
    assert_eq!(digests, [(native1.releases[release].digest.clone(), 100.0)], "{told}");
}

#[tokio::test(start_paused = true)]
async fn idle() {
    for strategy in Strategy::ALL {
        for version in ["v1.0.0", "previous"] {
            let native1 = native1(strategy);
            let step = asking(native1.world.clone(), version);
            let done = step.run().await;
            done.ended(&step, "rolled-back", &[], 0);
            assert_eq!(done.output("path"), "redeploy");
            serves(&step, &native1, if version == "v1.0.0" { 0 } else { 1 }, &done.log);
        }
    }
}

#[tokio::test(start_paused = true)]
async fn under_way() {
    use NativePhase::*;
    for strategy in Strategy::ALL {
        for phase in [Pending, InProgress, Shifting, Baking, Paused, RollingBack, RollingBackTraffic] {
            if strategy == Strategy::BlueGreen && phase == Shifting
                || strategy == Strategy::Rolling && phase == Paused
            {
                continue;
            }
            for (version, release) in [("v1.0.0", 0), ("v1.1.0", 1), ("v1.2.0", 2)] {
                let (native1, _) = deploying(strategy, phase);
                let step = asking(native1.world.clone(), version).input("timeout", "5h");
                let done = step.run().await;
                done.ended(&step, "rolled-back", &[], 0);
                serves(&step, &native1, release, &done.log);
            }
        }
    }
}
