//! Taking over: every row of the path table for CodeDeploy, in the middle of somebody else's deployment.

use std::time::Duration;

use aws_sim::rules::{Effect, Rule};
use aws_sim::world::stage::{Web1, web1_with};
use aws_sim::world::{Outcome, Past, Reached, Start};

use crate::harness::{Done, Step};
use crate::worlds::{ago, asking, key};

/// web1 where v1.1.0 serves and somebody is deploying v1.2.0, which has come this far.
pub fn deploying(reached: Reached, config: Option<&str>) -> (Web1, String) {
    let mut web1 = web1_with(|_| {});
    let back = Past::new(
        &web1.releases[1].task_definition,
        ago(1800),
        Outcome::Succeeded,
    );
    web1.world.past_deployment(&key(), &back);
    let mut start = Start::new(&web1.releases[2].task_definition);
    start.config = config.map(str::to_owned);
    let id = web1.world.start_deployment(&key(), &start, reached);
    (web1, id)
}

/// A shift that lasts, where the deployment is to be met in the middle of it.
fn pace(reached: Reached) -> Option<&'static str> {
    matches!(reached, Reached::Shifting).then_some("CodeDeployDefault.ECSCanary10Percent5Minutes")
}

fn serving(step: &Step) -> Vec<(String, f64)> {
    let serving = step.sim.world(|world| world.serving("prod", "web1"));
    serving
        .into_iter()
        .filter(|one| one.weight > 0.0)
        .filter_map(|one| Some((one.digest?, one.weight)))
        .collect()
}

async fn run(web1: &Web1, version: &str) -> (Step, Done) {
    let step = asking(web1.world.clone(), version);
    let done = step.run().await;
    (step, done)
}

#[tokio::test(start_paused = true)]
async fn a_canary_is_stopped_and_the_traffic_sent_back() {
    let (web1, id) = deploying(
        Reached::Shifting,
        Some("CodeDeployDefault.ECSCanary10Percent5Minutes"),
    );
    let (step, done) = run(&web1, "v1.1.0").await;
    done.ended(&step, "rolled-back", &[], 0);
    assert_eq!(done.output("path"), "reroute");
    assert_ne!(done.output("codedeploy-deployment-id"), id);
    assert_eq!(serving(&step), [(web1.releases[1].digest.clone(), 100.0)]);
    insta::assert_snapshot!(done.log);
}

#[tokio::test(start_paused = true)]
async fn warm_tasks_in_the_termination_wait_get_the_traffic_back() {
    let (web1, _) = deploying(Reached::TerminationWait, None);
    let (step, done) = run(&web1, "v1.1.0").await;
    done.ended(&step, "rolled-back", &[], 0);
    assert_eq!(done.output("path"), "reroute");
    assert_eq!(serving(&step), [(web1.releases[1].digest.clone(), 100.0)]);
    insta::assert_snapshot!(done.log);
}

#[tokio::test(start_paused = true)]
async fn the_wait_is_ended_for_a_third_version() {
    let (web1, _) = deploying(Reached::TerminationWait, None);
    let (step, done) = run(&web1, "v1.0.0").await;
    done.ended(&step, "rolled-back", &[], 1);
    assert_eq!(done.output("path"), "end-wait-and-redeploy");
    assert_eq!(serving(&step), [(web1.releases[0].digest.clone(), 100.0)]);
    insta::assert_snapshot!(done.log);
}

#[tokio::test(start_paused = true)]
async fn a_deployment_under_way_is_stopped_for_a_third_version() {
    for reached in [Reached::Created, Reached::Installing, Reached::Shifting] {
        let (web1, _) = deploying(reached, pace(reached));
        let (step, done) = run(&web1, "v1.0.0").await;
        done.ended(&step, "rolled-back", &[], 1);
        assert_eq!(done.output("path"), "stop-and-redeploy");
        assert_eq!(serving(&step), [(web1.releases[0].digest.clone(), 100.0)]);
    }
}

#[tokio::test(start_paused = true)]
async fn a_deployment_of_the_target_is_adopted() {
    for reached in [Reached::Created, Reached::Installing, Reached::Shifting] {
        for input in ["take-over", "wait", "fail"] {
            let (web1, id) = deploying(reached, pace(reached));
            let step = asking(web1.world.clone(), "v1.2.0").input("active-deployment", input);
            let done = step.run().await;
            done.ended(&step, "rolled-back", &[], 0);
            assert_eq!(done.output("path"), "adopt");
            assert_eq!(done.output("codedeploy-deployment-id"), id);
            assert_eq!(serving(&step), [(web1.releases[2].digest.clone(), 100.0)]);
        }
    }
}

#[tokio::test(start_paused = true)]
async fn a_shift_that_is_over_is_unchanged() {
    let (web1, _) = deploying(Reached::TerminationWait, None);
    let (step, done) = run(&web1, "v1.2.0").await;
    done.ended(&step, "unchanged", &[], 0).wrote_nothing(&step);
}

#[tokio::test(start_paused = true)]
async fn a_release_that_is_still_to_shift_is_stopped_for_what_serves() {
    for reached in [Reached::Created, Reached::Installing] {
        let (web1, id) = deploying(reached, None);
        let (step, done) = run(&web1, "v1.1.0").await;
        done.ended(&step, "rolled-back", &[], 0);
        assert_eq!(done.output("path"), "reroute");
        assert_eq!(serving(&step), [(web1.releases[1].digest.clone(), 100.0)]);
        assert_eq!(
            step.sim
                .world(|world| format!("{:?}", world.deployment(&id).map(|d| d.status))),
            "Some(Stopped)"
        );
    }
}

#[tokio::test(start_paused = true)]
async fn fail_refuses_and_wait_waits() {
    let (web1, id) = deploying(Reached::Shifting, pace(Reached::Shifting));
    let step = asking(web1.world.clone(), "v1.0.0").input("active-deployment", "fail");
    let done = step.run().await;
    done.refused(&step, "deployment-active");
    assert!(done.log.contains(&id) && done.log.contains("--auto-rollback-enabled"));
    let step = asking(web1.world.clone(), "v1.0.0")
        .input("active-deployment", "wait")
        .input("timeout", "3h");
    let done = step.run().await;
    done.rolled_back(&step);
    assert_eq!(serving(&step), [(web1.releases[0].digest.clone(), 100.0)]);
}

#[tokio::test(start_paused = true)]
async fn where_a_stop_or_a_continue_is_refused_the_other_is_taken() {
    let (mut web1, _) = deploying(Reached::TerminationWait, None);
    web1.world.switches.refuse_stop_in_termination = true;
    let (step, done) = run(&web1, "v1.1.0").await;
    done.rolled_back(&step);
    assert_eq!(serving(&step), [(web1.releases[1].digest.clone(), 100.0)]);
    let (mut web1, _) = deploying(Reached::TerminationWait, None);
    web1.world.switches.refuse_continue_termination = true;
    let (step, done) = run(&web1, "v1.0.0").await;
    done.rolled_back(&step);
    assert_eq!(serving(&step), [(web1.releases[0].digest.clone(), 100.0)]);
}

#[tokio::test(start_paused = true)]
async fn a_stop_that_starts_no_rollback_is_looked_at_again() {
    let (mut web1, _) = deploying(
        Reached::Shifting,
        Some("CodeDeployDefault.ECSCanary10Percent5Minutes"),
    );
    web1.world.switches.stop_starts_no_rollback = true;
    let (step, done) = run(&web1, "v1.1.0").await;
    assert_eq!(done.output("outcome"), "rolled-back", "{}", done.log);
    assert_eq!(serving(&step), [(web1.releases[1].digest.clone(), 100.0)]);
}

#[tokio::test(start_paused = true)]
async fn previous_in_the_middle_of_a_release() {
    let (web1, _) = deploying(Reached::Installing, None);
    let (step, done) = run(&web1, "previous").await;
    done.refused(&step, "previous-ambiguous");
    let (web1, _) = deploying(
        Reached::Shifting,
        Some("CodeDeployDefault.ECSCanary10Percent5Minutes"),
    );
    let (step, done) = run(&web1, "previous").await;
    done.ended(&step, "rolled-back", &[], 0);
    assert_eq!(serving(&step), [(web1.releases[1].digest.clone(), 100.0)]);
    let (web1, _) = deploying(Reached::TerminationWait, None);
    let (step, done) = run(&web1, "previous").await;
    done.ended(&step, "rolled-back", &[], 0);
    assert_eq!(done.output("path"), "reroute");
    assert_eq!(serving(&step), [(web1.releases[1].digest.clone(), 100.0)]);
}

#[tokio::test(start_paused = true)]
async fn a_canary_of_the_target_is_adopted_and_told() {
    let (web1, _) = deploying(Reached::Shifting, pace(Reached::Shifting));
    let (step, done) = run(&web1, "v1.2.0").await;
    done.ended(&step, "rolled-back", &[], 0)
        .wrote_nothing(&step);
    insta::assert_snapshot!(done.story());
}

#[tokio::test(start_paused = true)]
async fn a_lost_answer_of_the_stop_is_settled_by_a_look() {
    for effect in [Effect::DropAnswer, Effect::ResetAfter, Effect::HangAfter] {
        let (web1, id) = deploying(Reached::Shifting, pace(Reached::Shifting));
        let step = asking(web1.world.clone(), "v1.1.0");
        step.sim
            .rule(Rule::on("StopDeployment", effect.clone()).first(1));
        let done = step.run().await;
        done.ended(&step, "rolled-back", &[], 0);
        assert_eq!(serving(&step), [(web1.releases[1].digest.clone(), 100.0)]);
        assert_eq!(
            step.sim
                .world(|world| format!("{:?}", world.deployment(&id).map(|d| d.status))),
            "Some(Stopped)"
        );
        if effect == Effect::HangAfter {
            insta::assert_snapshot!(done.story());
        }
    }
}

#[tokio::test(start_paused = true)]
async fn cancelled_in_the_middle_of_a_reroute() {
    let (web1, _) = deploying(Reached::Shifting, pace(Reached::Shifting));
    let step = asking(web1.world.clone(), "v1.1.0");
    let clock = step.sim.clock();
    let done = step
        .run_until(async move { clock.sleep(Duration::from_secs(5)).await })
        .await;
    done.ended(&step, "cancelled", &["cancelled"], 0)
        .says("v1.1.0 serves users now");
    assert!(done.took <= Duration::from_secs(10), "{:?}", done.took);
    let most = serving(&step).into_iter().next().map(|(digest, _)| digest);
    assert_eq!(most.as_ref(), Some(&web1.releases[1].digest));
    insta::assert_snapshot!(done.story());
}
