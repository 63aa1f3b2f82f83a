//! How far a run goes: `wait-for`, the health check, a dry run.

use std::time::Duration;

use aws_sim::rules::{Effect, Rule};
use aws_sim::world::{HttpAnswer, PrimaryMoves, stage};

use super::setting::{revisions, unregistered};
use crate::harness::Step;
use crate::harness::check::serving;
use crate::harness::worlds::{HOUR, asking, key, with};

const URL: &str = "http://web1.test/health";

#[tokio::test(start_paused = true)]
async fn traffic_answers_long_before_the_old_tasks_are_gone() {
    let step = asking(
        with(|spec| spec.termination_wait_minutes = 2_880).world,
        "v1.0.0",
    );
    let done = step.run().await;
    done.rolled_back(&step);
    assert!(done.took < Duration::from_secs(180), "{:?}", done.took);
    let calls = step.sim.calls();
    let after_shift = calls
        .iter()
        .filter(|call| call.start + Duration::from_secs(5) > done.took);
    assert_eq!(
        after_shift.count(),
        4,
        "one look at the deployment and its target, and two at the tasks"
    );
}

#[tokio::test(start_paused = true)]
async fn completed_waits_for_the_end() {
    let step = Step::web1("v1.0.0")
        .input("wait-for", "completed")
        .input("timeout", "2h");
    let done = step.run().await;
    done.rolled_back(&step);
    assert!(done.took > Duration::from_secs(HOUR), "{:?}", done.took);
    assert_eq!(done.output("seconds-to-traffic"), "174");
    insta::assert_snapshot!(done.story());
}

#[tokio::test(start_paused = true)]
async fn completed_ends_with_the_timeout_where_the_old_tasks_stay_longer() {
    let step = Step::web1("v1.0.0").input("wait-for", "completed");
    let done = step.run().await;
    done.ended(&step, "timed-out", &["timed-out"], 1);
    assert_eq!(done.took.as_secs(), 30 * 60);
    insta::assert_snapshot!(done.story());
}

#[tokio::test(start_paused = true)]
async fn nothing_does_not_watch() {
    let step = Step::web1("v1.0.0").input("wait-for", "nothing");
    let done = step.run().await;
    done.ended(&step, "started", &[], 1);
    assert_eq!(step.sim.calls().count("GetDeploymentTarget"), 0);
    assert!(done.output("codedeploy-deployment-id").starts_with("d-"));
    insta::assert_snapshot!(done.story());
}

#[tokio::test(start_paused = true)]
async fn the_timeout_ends_the_run_and_not_the_deployment() {
    let step = Step::web1("v1.0.0").input("timeout", "1m");
    let done = step.run().await;
    done.ended(&step, "timed-out", &["timed-out"], 1)
        .says("aws deploy stop-deployment");
    assert!(done.took <= Duration::from_secs(65), "{:?}", done.took);
    insta::assert_snapshot!(done.story());
}

#[tokio::test(start_paused = true)]
async fn a_canary_by_input_or_the_groups_own() {
    let canary = "CodeDeployDefault.ECSCanary10Percent5Minutes";
    let by_input = Step::web1("v1.0.0").input("codedeploy-deployment-config", canary);
    let world = with(|spec| spec.deployment_config = canary.to_owned()).world;
    let inherited = asking(world, "v1.0.0").input("codedeploy-deployment-config", "inherit");
    for (step, sent) in [(by_input, Some(canary)), (inherited, None)] {
        let done = step.run().await;
        done.rolled_back(&step).says("10 %");
        assert!(done.took > Duration::from_secs(7 * 60), "{:?}", done.took);
        let calls = step.sim.calls();
        let create = calls
            .of("CreateDeployment")
            .next()
            .expect("a deployment was created");
        assert_eq!(create.input["deploymentConfigName"].as_str(), sent);
        insta::assert_snapshot!(
            "canary",
            done.log
                .lines()
                .filter(|line| line.contains(" %"))
                .collect::<Vec<_>>()
                .join("\n")
        );
    }
}

#[tokio::test(start_paused = true)]
async fn a_group_that_waits_is_continued() {
    let step = asking(
        with(|spec| spec.ready_wait_minutes = Some(10)).world,
        "v1.0.0",
    );
    let done = step.run().await;
    done.rolled_back(&step).says("Ready");
    assert_eq!(step.sim.calls().count("ContinueDeployment"), 1);
    insta::assert_snapshot!(done.story());
}

#[tokio::test(start_paused = true)]
async fn what_primary_means_in_mid_shift_does_not_matter() {
    for moves in [PrimaryMoves::WithFirstWeight, PrimaryMoves::WithLastWeight] {
        let mut stage = with(|spec| {
            spec.deployment_config = "CodeDeployDefault.ECSLinear10PercentEvery1Minutes".to_owned()
        });
        stage.world.switches.primary_moves = moves;
        stage.world.switches.termination_wait_flag = moves == PrimaryMoves::WithFirstWeight;
        let step = asking(stage.world, "v1.0.0").input("codedeploy-deployment-config", "inherit");
        let done = step.run().await;
        done.rolled_back(&step);
        assert!(
            done.took > Duration::from_secs(12 * 60 - 60),
            "{:?}",
            done.took
        );
        assert_eq!(serving(&step)[0].2, 100.0);
    }
}

/// With a health check at an address that answers so.
fn probed(answer: HttpAnswer) -> Step {
    let step = Step::web1("v1.0.0").input("health-check-url", URL);
    step.sim.world(|world| world.set_http(URL, answer));
    step
}

fn fixed(status: u16) -> HttpAnswer {
    HttpAnswer::Fixed(status, Vec::new())
}

#[tokio::test(start_paused = true)]
async fn a_health_check_that_passes() {
    let serves = HttpAnswer::ServesOnly {
        service: key(),
        digest: stage::web1().releases[0].digest.clone(),
    };
    let step = probed(serves);
    let done = step.run().await;
    done.rolled_back(&step).says("/health");
    assert_eq!(step.sim.calls().count("GET"), 1, "only after the shift");
    let step = probed(fixed(204)).input("health-check-expected-status", "204");
    let done = step.run().await;
    done.rolled_back(&step);
}

#[tokio::test(start_paused = true)]
async fn a_health_check_that_recovers() {
    let step = probed(HttpAnswer::Sequence(
        [503, 502, 200].map(|status| (status, Vec::new())).to_vec(),
    ));
    let done = step.run().await;
    done.rolled_back(&step);
    assert_eq!(step.sim.calls().count("GET"), 3);
    insta::assert_snapshot!(
        done.log
            .lines()
            .filter(|line| line.contains("health"))
            .collect::<Vec<_>>()
            .join("\n")
    );
}

#[tokio::test(start_paused = true)]
async fn a_health_check_that_fails() {
    for (name, answer) in [("503", fixed(503)), ("refused", HttpAnswer::Refused)] {
        let step = probed(answer);
        let done = step.run().await;
        done.ended(&step, "failed", &["health-check-failed"], 1);
        assert_eq!(step.sim.calls().count("GET"), 5, "{name}");
        assert_eq!(done.output("seconds-to-traffic"), "174");
        insta::assert_snapshot!(format!("health_{name}"), done.story());
    }
}

#[tokio::test(start_paused = true)]
async fn a_health_check_that_never_answers() {
    let step = probed(fixed(200))
        .input("health-check-attempts", "2")
        .input("health-check-timeout", "2s");
    step.sim.rule(Rule::on_get("/health", Effect::HangBefore));
    let done = step.run().await;
    done.ended(&step, "failed", &["health-check-failed"], 1)
        .says("no answer within 2 s");
}

#[tokio::test(start_paused = true)]
async fn a_health_check_where_nothing_is_to_be_done() {
    let step = Step::web1("v1.2.0").input("health-check-url", URL);
    step.sim.world(|world| world.set_http(URL, fixed(200)));
    let done = step.run().await;
    done.ended(&step, "unchanged", &[], 0);
    assert_eq!(step.sim.calls().count("GET"), 1);
    let step = Step::web1("v1.2.0").input("health-check-url", URL);
    step.sim.world(|world| world.set_http(URL, fixed(500)));
    let done = step.run().await;
    done.ended(&step, "failed", &["health-check-failed"], 0)
        .wrote_nothing(&step);
    insta::assert_snapshot!(done.story());
}

#[tokio::test(start_paused = true)]
async fn a_dry_run_writes_nothing() {
    for (version, task_definition, outcome) in [
        ("v1.0.0", "auto", "planned"),
        ("v1.0.0", "current", "planned"),
        ("v1.0.0", "web1:1", "planned"),
        ("previous", "auto", "planned"),
        ("previous~2", "current", "planned"),
        ("v1.3.0", "auto", "planned"),
        ("latest", "auto", "unchanged"),
        ("v1.2.0", "web1:3", "unchanged"),
    ] {
        let step = asking(unregistered(), version)
            .input("task-definition", task_definition)
            .input("dry-run", "true");
        step.sim
            .world(|world| world.set_http("http://", aws_sim::world::HttpAnswer::Refused));
        let step = step.input("health-check-url", "http://web1.test/health");
        let done = step.run().await;
        done.ended(&step, outcome, &[], 0)
            .wrote_nothing(&step)
            .says("nothing");
        assert_eq!(
            step.sim.calls().count("GET") - step.sim.calls().count("GetDownloadUrlForLayer"),
            0,
            "{version}"
        );
        assert_eq!(revisions(&step), 3);
    }
    let step = asking(unregistered(), "v1.3.0").input("dry-run", "true");
    let done = step.run().await;
    insta::assert_snapshot!(done.story());
}
