//! Every row of the path table, in every strategy.

use aws_sim::world::{NativePhase, Strategy};

use super::setting::{brisk, briskly_deploying, serves, step};

#[tokio::test(start_paused = true)]
async fn idle() {
    for strategy in Strategy::ALL {
        for version in ["v1.0.0", "previous"] {
            let native1 = brisk(strategy);
            let step = step(&native1.world, version);
            let done = step.run().await;
            done.ended(&step, "rolled-back", &[], 0);
            assert_eq!(done.output("path"), "redeploy");
            serves(
                &step,
                &native1,
                if version == "v1.0.0" { 0 } else { 1 },
                &done.log,
            );
        }
    }
}

#[tokio::test(start_paused = true)]
async fn under_way() {
    use NativePhase::*;
    for strategy in Strategy::ALL {
        for phase in [
            Pending,
            InProgress,
            Shifting,
            Baking,
            Paused,
            RollingBack,
            RollingBackTraffic,
        ] {
            if strategy == Strategy::BlueGreen && phase == Shifting
                || strategy == Strategy::Rolling && phase == Paused
            {
                continue;
            }
            for (version, release) in [("v1.0.0", 0), ("v1.1.0", 1), ("v1.2.0", 2)] {
                let (native1, _) = briskly_deploying(strategy, phase);
                let step = step(&native1.world, version);
                let done = step.run().await;
                done.ended(&step, "rolled-back", &[], 0);
                serves(&step, &native1, release, &done.log);
            }
        }
    }
}
