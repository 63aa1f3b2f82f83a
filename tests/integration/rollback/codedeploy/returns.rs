//! The target is unhealthy: the run returns to what served at the start, or says why it does not.

use std::time::Duration;

use aws_sim::rules::{Effect, Rule};
use aws_sim::world::{DigestReport, HttpAnswer, Reached, Start, World, stage};

use super::setting::{deploying, pace, went_to};
use crate::harness::check::writes;
use crate::harness::worlds::{after, asking, key, with};
use crate::harness::{Done, Step};

const URL: &str = "http://web1.test/health";

/// A step whose health check is answered so.
fn unhealthy(world: World, version: &str, answer: HttpAnswer) -> Step {
    let step = asking(world, version)
        .input("health-check-url", URL)
        .input("on-unhealthy", "return");
    step.sim.world(|world| world.set_http(URL, answer));
    step
}

fn broken() -> HttpAnswer {
    HttpAnswer::Fixed(503, Vec::new())
}

/// What stays of the rollback, whatever serves in the end.
#[track_caller]
fn keeps_its_outputs(done: &Done, version: &str, path: &str) {
    assert_eq!(done.output("version"), version, "{}", done.log);
    assert_eq!(done.output("path"), path, "{}", done.log);
}

#[tokio::test(start_paused = true)]
async fn the_old_tasks_are_warm() {
    let web1 = stage::web1();
    let step = unhealthy(web1.world, "v1.0.0", broken());
    let done = step.run().await;
    done.ended(&step, "failed", &["health-check-failed"], 1)
        .says("v1.0.0 is unhealthy; returning to v1.2.0")
        .says("v1.2.0 serves users now");
    let served = &web1.releases[2];
    went_to(&step, "web1:3", &served.digest);
    keeps_its_outputs(&done, "v1.0.0", "redeploy");
    let report = done.report();
    assert_eq!(report["returned"]["version"], "v1.2.0");
    assert_eq!(report["returned"]["path"], "reroute");
    assert_eq!(report["returned"]["proven"], true);
    assert_eq!(step.sim.calls().count("GET"), 5, "{}", done.log);
    insta::assert_snapshot!("warm_log", done.story());
    insta::assert_snapshot!("warm_summary", done.summary);
}

#[tokio::test(start_paused = true)]
async fn the_old_tasks_are_gone() {
    let web1 = with(|spec| spec.termination_wait_minutes = 0);
    let step = unhealthy(web1.world, "v1.0.0", broken()).input("wait-for", "completed");
    let done = step.run().await;
    done.ended(&step, "failed", &["health-check-failed"], 2)
        .says("v1.2.0 serves users now");
    went_to(&step, "web1:3", &web1.releases[2].digest);
    keeps_its_outputs(&done, "v1.0.0", "redeploy");
    insta::assert_snapshot!("gone_log", done.story());
}

/// An address that the runner can't reach proves nothing.
#[tokio::test(start_paused = true)]
async fn where_nothing_answers_it_stays() {
    let web1 = stage::web1();
    let step = unhealthy(web1.world, "v1.0.0", HttpAnswer::Refused);
    let done = step.run().await;
    done.ended(&step, "failed", &["health-check-failed"], 1)
        .says("not returning: no attempt of the health check was answered")
        .says("v1.0.0 serves users now");
    went_to(&step, "web1:1", &web1.releases[0].digest);
    assert!(done.report()["returned"].is_null());
}

#[tokio::test(start_paused = true)]
async fn one_answer_is_enough() {
    let web1 = stage::web1();
    let step = unhealthy(web1.world, "v1.0.0", broken());
    step.sim
        .rule(Rule::on_get("/health", Effect::HangBefore).after(1));
    let done = step.run().await;
    done.ended(&step, "failed", &["health-check-failed"], 1);
    went_to(&step, "web1:3", &web1.releases[2].digest);
}

#[tokio::test(start_paused = true)]
async fn where_nothing_was_moved_there_is_nothing_to_return_to() {
    let step = unhealthy(stage::web1().world, "v1.2.0", broken());
    let done = step.run().await;
    done.ended(&step, "failed", &["health-check-failed"], 0)
        .wrote_nothing(&step);
}

#[tokio::test(start_paused = true)]
async fn an_image_that_nobody_knows_is_not_returned_to() {
    let mut web1 = stage::web1();
    web1.world.switches.digest_report = DigestReport::Missing;
    let step = unhealthy(web1.world, "v1.0.0", broken());
    let done = step.run().await;
    // Nothing is proven either, so the health check is not even asked.
    done.ended(&step, "failed", &["proof-failed"], 1);
}

/// v1.1.0 has nine tenths of the traffic, v1.2.0 the rest.
#[tokio::test(start_paused = true)]
async fn out_of_a_canary_it_returns_to_what_had_most_of_the_traffic() {
    let (web1, _) = deploying(Reached::Shifting, pace(Reached::Shifting));
    let step = unhealthy(web1.world, "v1.0.0", broken());
    let done = step.run().await;
    done.ended(&step, "failed", &["health-check-failed"], 1)
        .says("returning to v1.1.0, which had most of the traffic at the start (90 %)");
    went_to(&step, "web1:2", &web1.releases[1].digest);

    let (web1, _) = deploying(Reached::Shifting, pace(Reached::Shifting));
    let step = unhealthy(web1.world, "v1.1.0", broken());
    let done = step.run().await;
    done.ended(&step, "failed", &["health-check-failed"], 0)
        .says("not returning: v1.1.0 is what had most of the traffic at the start");
    went_to(&step, "web1:2", &web1.releases[1].digest);
}

#[tokio::test(start_paused = true)]
async fn a_return_that_fails_says_both() {
    let web1 = stage::web1();
    let step = unhealthy(web1.world, "v1.0.0", broken());
    let denied = Effect::access_denied;
    for operation in ["StopDeployment", "ContinueDeployment"] {
        step.sim.rule(Rule::on(operation, denied("not authorized")));
    }
    let done = step.run().await;
    let codes = done.codes();
    assert_eq!(codes[0], "health-check-failed", "{}", done.log);
    assert_eq!(codes.len(), 2, "{}", done.log);
    done.says("v1.0.0 serves users now")
        .says("To go back, run this again with version v1.2.0");
    went_to(&step, "web1:1", &web1.releases[0].digest);
    insta::assert_snapshot!("failed_log", done.story());
}

/// Its own deployment is in the way, whatever `active-deployment` says of those of others.
#[tokio::test(start_paused = true)]
async fn its_own_deployment_is_stopped() {
    for active in ["wait", "fail"] {
        let web1 = stage::web1();
        let step = unhealthy(web1.world, "v1.0.0", broken()).input("active-deployment", active);
        let done = step.run().await;
        done.ended(&step, "failed", &["health-check-failed"], 1);
        went_to(&step, "web1:3", &web1.releases[2].digest);
    }
}

/// Somebody deploys v1.1.0 while the health check is tried.
#[tokio::test(start_paused = true)]
async fn a_deployment_of_somebody_else_is_theirs_to_decide_on() {
    for (active, created) in [("take-over", 2), ("fail", 1)] {
        let web1 = with(|spec| spec.termination_wait_minutes = 0);
        let theirs = Start::new(&web1.releases[1].task_definition);
        let step = unhealthy(web1.world, "v1.0.0", broken())
            .input("health-check-interval", "20s")
            .input("active-deployment", active);
        step.sim
            .world(|world| world.plan_deployment(&key(), &theirs, after(200)));
        let done = step.run().await;
        if active == "fail" {
            let codes = ["health-check-failed", "deployment-active"];
            done.ended(&step, "failed", &codes, created)
                .says("was started in the meantime");
            continue;
        }
        done.ended(&step, "failed", &["health-check-failed"], created);
        went_to(&step, "web1:3", &web1.releases[2].digest);
    }
}

#[tokio::test(start_paused = true)]
async fn cancelled_on_the_way_back() {
    let web1 = with(|spec| spec.termination_wait_minutes = 0);
    let step = unhealthy(web1.world, "v1.0.0", broken()).input("wait-for", "completed");
    let calls = step.sim.clone();
    let clock = step.sim.clock();
    let second = async move {
        while calls.calls().count("CreateDeployment") < 2 {
            clock.sleep(Duration::from_millis(100)).await;
        }
        clock.sleep(Duration::from_secs(20)).await;
    };
    let done = step.run_until(second).await;
    done.ended(&step, "cancelled", &["cancelled", "health-check-failed"], 2);
    assert_eq!(writes(&step)["CreateDeployment"], 2);
    insta::assert_snapshot!("cancelled_log", done.story());
}
