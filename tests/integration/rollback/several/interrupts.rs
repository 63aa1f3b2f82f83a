//! Promise 7 for all of them: what AWS is still doing to each, and how to stop it, within 5 seconds.

use std::time::Duration;

use aws_sim::rules::{Effect, Rule};

use super::setting::{apart, back, cancelled, result, said_of, serves, shop, verdict};
use crate::harness::{Done, Step};

const STOP_CODEDEPLOY: &str = "aws deploy stop-deployment --deployment-id ";
const STOP_ECS: &str = "aws ecs stop-service-deployment --service-deployment-arn ";

/// A command for each of the three: web1 by CodeDeploy, the others by ECS.
#[track_caller]
fn says_how_to_stop_all(done: &Done, step: &Step) {
    let id = result(done, "web1", "codedeploy-deployment-id");
    let created = step.sim.world(|world| world.created_by_clients().to_vec());
    assert_eq!(created, std::slice::from_ref(&id));
    let said = said_of(done, "web1");
    assert!(
        said.contains(&format!("{STOP_CODEDEPLOY}{id} ")),
        "{}",
        done.log
    );
    for service in ["worker1", "cron1"] {
        let said = said_of(done, service);
        assert!(said.contains(&format!("{STOP_ECS}arn:aws:ecs:ap-northeast-2:123456789012:service-deployment/prod/{service}/")), "{}", done.log);
    }
}

#[tokio::test(start_paused = true)]
async fn a_signal_in_the_middle() {
    for seconds in [20, 100] {
        let step = back(shop().world, "web1, worker1, cron1", "v1.1.0");
        let done = cancelled(&step, Duration::from_secs(seconds)).await;
        let each = ["web1", "worker1", "cron1"].map(|service| (service, "cancelled"));
        done.ended_each(&step, "cancelled", &each, 1);
        says_how_to_stop_all(&done, &step);
        if seconds == 100 {
            insta::assert_snapshot!("signal", done.story());
            insta::assert_snapshot!("signal_summary", done.summary);
        }
    }
}

#[tokio::test(start_paused = true)]
async fn the_timeout_in_the_middle() {
    let step = back(shop().world, "web1, worker1, cron1", "v1.1.0").input("timeout", "90s");
    let done = step.run().await;
    let each = ["web1", "worker1", "cron1"].map(|service| (service, "timed-out"));
    done.ended_each(&step, "timed-out", &each, 1);
    says_how_to_stop_all(&done, &step);
    assert!(done.took <= Duration::from_secs(95), "{:?}", done.took);
    insta::assert_snapshot!("timeout", verdict(&done));
}

#[tokio::test(start_paused = true)]
async fn a_signal_when_one_is_done() {
    let shop = shop();
    let step = back(shop.world.clone(), "web1, worker1", "v1.1.0");
    // worker1's tasks are replaced at 179 s, web1 is done at 173 s.
    let done = cancelled(&step, Duration::from_secs(176)).await;
    let each = [("web1", "rolled-back"), ("worker1", "cancelled")];
    done.ended_each(&step, "cancelled", &each, 1);
    serves(&step, &shop, "web1", 1);
    assert!(!done.log.contains(STOP_CODEDEPLOY), "{}", done.log);
    assert!(said_of(&done, "worker1").contains(STOP_ECS), "{}", done.log);
    insta::assert_snapshot!("signal_when_one_is_done", verdict(&done));
}

/// web1 has its plan and waits for worker1's.
fn waiting() -> Step {
    let step = back(apart().world, "web1, worker1", "v1.1.0");
    let hang = Rule::on("DescribeImages", Effect::HangBefore);
    step.sim
        .rule(hang.when(|input| input["repositoryName"] == "worker1"));
    step
}

#[tokio::test(start_paused = true)]
async fn a_signal_before_all_have_a_plan() {
    let step = waiting();
    let done = cancelled(&step, Duration::from_secs(3)).await;
    let each = [("web1", "cancelled"), ("worker1", "cancelled")];
    done.ended_each(&step, "cancelled", &each, 0)
        .wrote_nothing(&step);
    done.says("✘ cancelled before anything was changed.");
    insta::assert_snapshot!("signal_before_the_plan", done.story());
}

#[tokio::test(start_paused = true)]
async fn the_timeout_before_all_have_a_plan() {
    let step = waiting().input("timeout", "6s");
    let done = step.run().await;
    let each = [("web1", "timed-out"), ("worker1", "timed-out")];
    done.ended_each(&step, "timed-out", &each, 0)
        .wrote_nothing(&step);
    done.says("✘ timed out before anything was changed.");
}

/// At every moment of the first seconds: what was written is told, and "nothing was changed" is said of nothing else.
#[tokio::test(start_paused = true)]
async fn a_signal_at_any_moment_of_the_start() {
    for millis in (0..1_200).step_by(50) {
        let step = back(apart().world, "web1, worker1", "v1.1.0")
            .sim(|sim| sim.with_latency(Duration::from_millis(100)));
        let done = cancelled(&step, Duration::from_millis(millis)).await;
        let created = step.sim.world(|world| world.created_by_clients().len());
        let each = [("web1", "cancelled"), ("worker1", "cancelled")];
        done.ended_each(&step, "cancelled", &each, created);
        for (service, write) in [("web1", "CreateDeployment"), ("worker1", "UpdateService")] {
            let is_sent = step.sim.calls().count(write) > 0;
            let said = said_of(&done, service);
            assert_eq!(
                said.contains("othing was changed"),
                !is_sent,
                "{service} {millis}\n{}",
                done.log
            );
        }
    }
}

#[tokio::test(start_paused = true)]
async fn a_signal_while_aws_is_silent() {
    let step = back(shop().world, "web1, worker1, cron1", "v1.1.0");
    let clock = step.sim.clock();
    let hang = Rule::on_every_call(Effect::HangBefore);
    step.sim
        .rule(hang.when(move |_| clock.elapsed() > Duration::from_secs(10)));
    let done = cancelled(&step, Duration::from_secs(20)).await;
    let each = ["web1", "worker1", "cron1"].map(|service| (service, "cancelled"));
    done.ended_each(&step, "cancelled", &each, 1);
    says_how_to_stop_all(&done, &step);
}

/// One was denied and waits to hear whether the other's write took effect, which AWS never says.
#[tokio::test(start_paused = true)]
async fn a_signal_while_one_that_was_denied_waits_for_the_other() {
    for effect in [Effect::HangAfter, Effect::HangBefore] {
        let step = back(apart().world, "web1, worker1", "v1.1.0");
        let denied = Effect::access_denied("codedeploy:CreateDeployment");
        step.sim.rule(Rule::on("CreateDeployment", denied));
        step.sim.rule(Rule::on("UpdateService", effect));
        let clock = step.sim.clock();
        let hang = Rule::on_every_call(Effect::HangBefore);
        step.sim
            .rule(hang.when(move |_| clock.elapsed() > Duration::from_secs(2)));
        let done = cancelled(&step, Duration::from_secs(3)).await;
        let each = [("web1", "failed"), ("worker1", "cancelled")];
        done.ended_each(&step, "failed", &each, 0);
        assert!(!done.log.contains("othing was changed"), "{}", done.log);
    }
}

/// Nobody knows whether the two were done.
#[tokio::test(start_paused = true)]
async fn a_signal_while_both_writes_hang() {
    for effect in [Effect::HangAfter, Effect::HangBefore] {
        let step = back(apart().world, "web1, worker1", "v1.1.0");
        step.sim.rule(Rule::on("CreateDeployment", effect.clone()));
        step.sim.rule(Rule::on("UpdateService", effect.clone()));
        let done = cancelled(&step, Duration::from_secs(2)).await;
        let created = usize::from(effect == Effect::HangAfter);
        let each = [("web1", "cancelled"), ("worker1", "cancelled")];
        done.ended_each(&step, "cancelled", &each, created);
        assert!(!done.log.contains("othing was changed"), "{}", done.log);
        insta::assert_snapshot!(format!("writes_hang_{created}"), verdict(&done));
    }
}
