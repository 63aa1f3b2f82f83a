//! The log and the outputs of a run in each strategy and each state that a service can be in.

use aws_sim::world::stage::native1;
use aws_sim::world::{NativePhase, Strategy};

use super::setting::{deploying, step};

/// A cell of the table: a state, the version that is asked for, and the path that is taken.
type Cell = (
    &'static str,
    Option<NativePhase>,
    &'static str,
    &'static str,
);

async fn told(strategy: Strategy, cells: &[Cell]) {
    for (name, phase, version, path) in cells {
        let native1 = phase.map_or_else(|| native1(strategy), |phase| deploying(strategy, phase).0);
        let step = step(&native1.world, version);
        let done = step.run().await;
        done.ended(
            &step,
            if *path == "nothing" {
                "unchanged"
            } else {
                "rolled-back"
            },
            &[],
            0,
        );
        assert_eq!(done.output("path"), *path, "{}", done.log);
        insta::assert_snapshot!(
            format!("{}_{name}", strategy.name().to_lowercase()),
            done.story()
        );
    }
}

#[tokio::test(start_paused = true)]
async fn rolling() {
    use NativePhase::*;
    told(
        Strategy::Rolling,
        &[
            ("idle", None, "v1.0.0", "redeploy"),
            ("idle_already_there", None, "latest", "nothing"),
            ("in_progress", Some(InProgress), "v1.0.0", "redeploy"),
            ("in_progress_adopted", Some(InProgress), "v1.2.0", "adopt"),
            ("mixed", Some(Shifting), "v1.1.0", "reroute"),
            ("mixed_for_a_third", Some(Shifting), "v1.0.0", "redeploy"),
            ("baking", Some(Baking), "v1.1.0", "reroute"),
            ("baking_for_a_third", Some(Baking), "v1.0.0", "redeploy"),
            ("rolling_back", Some(RollingBack), "v1.1.0", "adopt"),
            (
                "rolling_back_for_a_third",
                Some(RollingBackTraffic),
                "v1.0.0",
                "stop-and-redeploy",
            ),
        ],
    )
    .await;
}

#[tokio::test(start_paused = true)]
async fn blue_green() {
    use NativePhase::*;
    told(
        Strategy::BlueGreen,
        &[
            ("idle", None, "latest", "nothing"),
            ("in_progress", Some(InProgress), "v1.1.0", "reroute"),
            ("baking", Some(Baking), "v1.0.0", "stop-and-redeploy"),
            ("baking_adopted", Some(Baking), "v1.2.0", "adopt"),
            ("paused", Some(Paused), "v1.2.0", "adopt"),
            (
                "rolling_back",
                Some(RollingBackTraffic),
                "v1.0.0",
                "stop-and-redeploy",
            ),
        ],
    )
    .await;
}

#[tokio::test(start_paused = true)]
async fn linear() {
    use NativePhase::*;
    told(
        Strategy::Linear,
        &[
            ("idle", None, "previous", "redeploy"),
            ("in_progress", Some(Shifting), "v1.0.0", "stop-and-redeploy"),
            ("baking", Some(Baking), "v1.1.0", "reroute"),
            ("paused", Some(Paused), "v1.1.0", "reroute"),
            (
                "rolling_back",
                Some(RollingBackTraffic),
                "v1.2.0",
                "stop-and-redeploy",
            ),
        ],
    )
    .await;
}

#[tokio::test(start_paused = true)]
async fn canary() {
    use NativePhase::*;
    told(
        Strategy::Canary,
        &[
            ("idle", None, "v1.2.0", "nothing"),
            ("in_progress", Some(Shifting), "v1.1.0", "reroute"),
            ("baking", Some(Baking), "v1.2.0", "adopt"),
            ("paused", Some(Paused), "v1.0.0", "stop-and-redeploy"),
            ("rolling_back", Some(RollingBackTraffic), "v1.1.0", "adopt"),
        ],
    )
    .await;
}
