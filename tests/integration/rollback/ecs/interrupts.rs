//! Promise 7: the timeout, and the runner's signal, at every point of the way.

use std::time::Duration;

use aws_sim::rules::{Effect, Rule};
use aws_sim::world::stage::Native1;
use aws_sim::world::{NativePhase, Strategy};

use super::setting::{
    began, brisk, briskly_deploying, deployments, pasted, step, tells_what_serves,
};
use crate::harness::{Done, Step};

/// Cancels after so many milliseconds, and looks that it answers within 5 seconds.
async fn cancelled(step: &Step, millis: u64) -> Done {
    let clock = step.sim.clock();
    let cancel = async move { clock.sleep(Duration::from_millis(millis)).await };
    let done = step.run_until(cancel).await;
    done.ended(step, "cancelled", &["cancelled"], 0);
    let after = done.took.saturating_sub(Duration::from_millis(millis));
    assert!(
        after <= Duration::from_secs(5),
        "{after:?} after the signal\n{}",
        done.log
    );
    done
}

/// That it tells how to stop ours, the newest.
#[track_caller]
fn stops_ours(step: &Step, done: &Done) {
    let ours = deployments(step).pop().expect("there is one").arn;
    let arns = pasted(step, done);
    assert!(arns == [ours.clone()], "{arns:?}, not {ours}\n{}", done.log);
    done.says(&format!(
        "aws ecs stop-service-deployment --service-deployment-arn {ours} --stop-type ROLLBACK"
    ));
    let id = ours.rsplit('/').next().unwrap_or_default();
    assert!(
        done.output("console-url").contains(id),
        "{}",
        done.output("console-url")
    );
}

const POINTS: [(&str, Strategy, u64); 5] = [
    ("starting", Strategy::BlueGreen, 20),
    ("rolling_starting", Strategy::Rolling, 20),
    ("rolling_mix", Strategy::Rolling, 172),
    ("shifting", Strategy::Canary, 240),
    ("shifting_step_by_step", Strategy::Linear, 330),
];

#[tokio::test(start_paused = true)]
async fn the_timeout_on_the_way() {
    for (name, strategy, seconds) in POINTS {
        let native1 = brisk(strategy);
        let step = step(&native1.world, "v1.0.0").input("timeout", &format!("{seconds}s"));
        let done = step.run().await;
        done.ended(&step, "timed-out", &["timed-out"], 0);
        began(&step, &native1.world, 1, &done.log);
        stops_ours(&step, &done);
        tells_what_serves(&step, &done);
        insta::assert_snapshot!(format!("timeout_{name}"), done.story());
    }
}

#[tokio::test(start_paused = true)]
async fn a_signal_on_the_way() {
    for (name, strategy, seconds) in POINTS {
        let native1 = brisk(strategy);
        let step = step(&native1.world, "v1.0.0");
        let done = cancelled(&step, seconds * 1_000).await;
        began(&step, &native1.world, 1, &done.log);
        stops_ours(&step, &done);
        tells_what_serves(&step, &done);
        assert_eq!(done.output("version"), "v1.0.0", "{name}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_signal_in_the_bake() {
    let native1 = brisk(Strategy::BlueGreen);
    let step = step(&native1.world, "v1.0.0").input("wait-for", "completed");
    let done = cancelled(&step, 300_000).await;
    stops_ours(&step, &done);
    tells_what_serves(&step, &done);
    insta::assert_snapshot!(done.story());
}

#[tokio::test(start_paused = true)]
async fn a_signal_before_the_plan() {
    let native1 = brisk(Strategy::Linear);
    let step =
        step(&native1.world, "v1.0.0").sim(|sim| sim.with_latency(Duration::from_millis(100)));
    for millis in [0, 150, 250] {
        let done = cancelled(&step, millis).await;
        done.wrote_nothing(&step).says("othing was changed");
    }
    began(&step, &native1.world, 0, "");
}

#[tokio::test(start_paused = true)]
async fn a_signal_while_the_answer_to_the_update_hangs() {
    for strategy in Strategy::ALL {
        for (effect, new) in [(Effect::HangAfter, 1), (Effect::HangBefore, 0)] {
            let native1 = brisk(strategy);
            let step = step(&native1.world, "v1.0.0");
            step.sim.rule(Rule::on("UpdateService", effect.clone()));
            let done = cancelled(&step, 2_000).await;
            began(&step, &native1.world, new, &done.log);
            assert!(!done.log.contains("othing was changed"), "{}", done.log);
            tells_what_serves(&step, &done);
            if new == 1 {
                stops_ours(&step, &done);
            } else {
                done.says("it is not known whether the service was updated");
            }
            if strategy == Strategy::Rolling || strategy == Strategy::Canary {
                let name = format!("update_{}_{new}", strategy.name().to_lowercase());
                insta::assert_snapshot!(name, done.story());
            }
        }
    }
}

/// The service does not name a service deployment yet that was begun just now.
#[tokio::test(start_paused = true)]
async fn a_signal_right_after_the_update() {
    for strategy in Strategy::ALL {
        let native1 = brisk(strategy);
        let sent = millis_until(&native1, "UpdateService").await;
        for later in [20, 60, 120] {
            let step = step(&native1.world, "v1.0.0")
                .sim(|sim| sim.with_latency(Duration::from_millis(100)));
            let done = cancelled(&step, sent + later).await;
            tells_what_serves(&step, &done);
            if deployments(&step).len()
                > native1
                    .world
                    .service_deployments(&crate::harness::worlds::key())
                    .len()
            {
                stops_ours(&step, &done);
            }
            assert!(!done.log.contains("othing was changed"), "{}", done.log);
        }
    }
}

async fn millis_until(native1: &Native1, operation: &str) -> u64 {
    let step =
        step(&native1.world, "v1.0.0").sim(|sim| sim.with_latency(Duration::from_millis(100)));
    let begun = step.sim.clock().elapsed();
    step.run().await;
    let calls = step.sim.calls();
    let first = calls.of(operation).next().expect("it is called").start;
    (first - begun).as_millis() as u64
}

#[tokio::test(start_paused = true)]
async fn on_the_way_back() {
    for (name, strategy, phase, seconds) in [
        ("canary", Strategy::Canary, NativePhase::Shifting, 3),
        ("blue_green", Strategy::BlueGreen, NativePhase::Baking, 3),
        ("rolling", Strategy::Rolling, NativePhase::Baking, 60),
    ] {
        let (native1, theirs) = briskly_deploying(strategy, phase);
        let step = step(&native1.world, "v1.1.0");
        let done = cancelled(&step, seconds * 1_000).await;
        tells_what_serves(&step, &done);
        assert!(
            pasted(&step, &done).iter().all(|arn| *arn == theirs),
            "{}",
            done.log
        );
        insta::assert_snapshot!(format!("way_back_{name}"), done.story());
        let step = self::step(&native1.world, "v1.1.0").input("timeout", &format!("{seconds}s"));
        let done = step.run().await;
        done.ended(&step, "timed-out", &["timed-out"], 0);
        tells_what_serves(&step, &done);
    }
}

#[tokio::test(start_paused = true)]
async fn a_signal_while_another_deployment_is_being_stopped() {
    let (native1, theirs) = briskly_deploying(Strategy::BlueGreen, NativePhase::Baking);
    let step = step(&native1.world, "v1.0.0");
    let done = cancelled(&step, 12_000).await;
    began(&step, &native1.world, 0, &done.log);
    tells_what_serves(&step, &done);
    assert!(
        pasted(&step, &done).iter().all(|arn| *arn == theirs),
        "{}",
        done.log
    );
    insta::assert_snapshot!(done.story());
}

#[tokio::test(start_paused = true)]
async fn a_signal_while_somebody_elses_is_followed() {
    let (native1, theirs) = briskly_deploying(Strategy::Canary, NativePhase::Shifting);
    let step = step(&native1.world, "v1.2.0");
    let done = cancelled(&step, 60_000).await;
    tells_what_serves(&step, &done);
    assert!(
        pasted(&step, &done).iter().all(|arn| *arn == theirs),
        "{}",
        done.log
    );
    insta::assert_snapshot!(done.story());
}

#[tokio::test(start_paused = true)]
async fn a_signal_while_aws_is_silent() {
    let native1 = brisk(Strategy::Canary);
    let step = step(&native1.world, "v1.0.0");
    let clock = step.sim.clock();
    let silent = Rule::on_every_call(Effect::HangBefore);
    step.sim
        .rule(silent.when(move |_| clock.elapsed() > Duration::from_secs(30)));
    let done = cancelled(&step, 60_000).await;
    stops_ours(&step, &done);
    insta::assert_snapshot!(done.story());
}

#[tokio::test(start_paused = true)]
async fn the_share_is_told_once() {
    let native1 = brisk(Strategy::Canary);
    let step = step(&native1.world, "v1.0.0");
    let done = cancelled(&step, 240_000).await;
    let line = done
        .log
        .lines()
        .find(|line| line.starts_with("  v1.2.0 serves users now"))
        .unwrap_or_default();
    assert_eq!(line.matches("of the traffic").count(), 1, "{line}");
}

#[tokio::test(start_paused = true)]
async fn a_signal_while_another_is_being_stopped_names_what_serves_and_what_goes_on() {
    let (native1, theirs) = briskly_deploying(Strategy::BlueGreen, NativePhase::Baking);
    let step = step(&native1.world, "v1.0.0");
    let done = cancelled(&step, 12_000).await;
    done.says("v1.1.0 serves users now");
    assert_eq!(pasted(&step, &done), [theirs], "{}", done.log);
}
