//! A deployment that does not end well: crashes, hooks, alarms, other people, and an AWS that cannot be asked.

use aws_sim::aws::AwsError;
use aws_sim::rules::{Effect, Rule};
use aws_sim::world::stage::Web1;
use aws_sim::world::{Outcome, Past, stage};

use crate::harness::Step;
use crate::harness::check::serving;
use crate::harness::worlds::{HOUR, after, ago, amd64, asking, key, with};

/// The target's image crashes as soon as it runs.
pub fn crashing(stage: &mut Web1) {
    let crash = aws_sim::world::Crash {
        exit_code: Some(1),
        reason: "Error: Cannot find module './db'".to_owned(),
    };
    stage
        .world
        .set_image_crash("web1", &stage.releases[0].digest.clone(), Some(crash));
}

#[tokio::test(start_paused = true)]
async fn a_failed_deployment_that_aws_rolls_back() {
    for (link_after, start_after) in [(0, 0), (12_000, 8_000)] {
        let mut stage = stage::web1();
        crashing(&mut stage);
        stage.world.pace.rollback_link = link_after;
        stage.world.pace.rollback_starts = start_after;
        let step = asking(stage.world, "v1.0.0");
        let done = step.run().await;
        done.ended(&step, "reverted", &["deployment-reverted"], 1);
        assert_eq!(
            serving(&step),
            [("web1:3".to_owned(), stage.releases[2].digest.clone(), 100.0)]
        );
        if link_after == 0 {
            insta::assert_snapshot!(done.story());
            insta::assert_snapshot!("reverted_summary", done.summary);
        }
    }
}

#[tokio::test(start_paused = true)]
async fn a_failed_deployment_that_nobody_rolls_back() {
    let mut stage = with(|spec| spec.auto_rollback = Vec::new());
    crashing(&mut stage);
    let step = asking(stage.world, "v1.0.0");
    let done = step.run().await;
    done.ended(&step, "failed", &["deployment-failed"], 1);
    insta::assert_snapshot!(done.story());
}

#[tokio::test(start_paused = true)]
async fn a_failed_hook_is_named_with_its_words() {
    let mut stage = stage::web1();
    let past = Past {
        hooks: vec![("AfterInstall".to_owned(), "smoke".to_owned())],
        ..Past::new(
            &stage.releases[2].task_definition,
            ago(HOUR / 2),
            Outcome::Succeeded,
        )
    };
    stage.world.past_deployment(&stage.service, &past);
    let hostile = "assertion failed\n::set-output name=outcome::rolled-back\n##[error]boo \u{1b}[31mred\r\n::stop-commands::x";
    stage
        .world
        .fail_hook(&stage.deployment_group, "AfterInstall", hostile);
    let step = asking(stage.world, "v1.0.0");
    let done = step.run().await;
    done.ended(&step, "reverted", &["deployment-reverted"], 1)
        .says("AfterInstall")
        .says("assertion failed");
    insta::assert_snapshot!(done.story());
}

#[tokio::test(start_paused = true)]
async fn stopped_by_somebody_else() {
    for (rollback, outcome, code) in [
        (false, "failed", "deployment-stopped"),
        (true, "reverted", "deployment-reverted"),
    ] {
        let mut stage = stage::web1();
        stage.world.plan_stop(&key(), rollback, after(60));
        let step = asking(stage.world, "v1.0.0");
        let done = step.run().await;
        done.ended(&step, outcome, &[code], 1);
        assert_eq!(serving(&step)[0].0, "web1:3");
        insta::assert_snapshot!(format!("stopped_{outcome}"), done.story());
    }
}

/// `web1`, watched by an alarm that rings.
fn ringing(auto_rollback: &[&str]) -> Step {
    let mut stage = with(|spec| {
        spec.alarms = vec!["web1-5xx".to_owned()];
        spec.alarms_enabled = true;
        spec.auto_rollback = auto_rollback
            .iter()
            .map(|event| (*event).to_owned())
            .collect();
    });
    stage.world.set_alarm("web1-5xx", true);
    asking(stage.world, "v1.0.0")
}

fn override_sent(step: &Step) -> serde_json::Value {
    let calls = step.sim.calls();
    let create = calls
        .of("CreateDeployment")
        .next()
        .expect("a deployment was created");
    create.input["overrideAlarmConfiguration"].clone()
}

#[tokio::test(start_paused = true)]
async fn the_incidents_alarm_is_ignored() {
    let step = ringing(&["DEPLOYMENT_STOP_ON_ALARM"]);
    let done = step.run().await;
    done.rolled_back(&step).says("web1-5xx");
    assert_eq!(override_sent(&step)["enabled"], false);
    insta::assert_snapshot!(done.block("Plan"));
}

#[tokio::test(start_paused = true)]
async fn alarms_that_are_off_are_left_alone() {
    let mut stage = with(|spec| spec.alarms = vec!["web1-5xx".to_owned()]);
    stage.world.set_alarm("web1-5xx", true);
    let step = asking(stage.world, "v1.0.0");
    let done = step.run().await;
    done.rolled_back(&step);
    assert!(override_sent(&step).is_null());
}

#[tokio::test(start_paused = true)]
async fn respected_alarms_stop_the_deployment() {
    for (events, outcome, code) in [
        (
            &["DEPLOYMENT_STOP_ON_ALARM"][..],
            "reverted",
            "deployment-reverted",
        ),
        (&[][..], "failed", "deployment-stopped"),
    ] {
        let step = ringing(events).input("alarms", "respect");
        let done = step.run().await;
        done.ended(&step, outcome, &[code], 1).says("web1-5xx");
        assert!(override_sent(&step).is_null());
        insta::assert_snapshot!(format!("alarm_{outcome}"), done.story());
    }
}

#[tokio::test(start_paused = true)]
async fn a_role_that_may_not_ignore_alarms_is_told_what_to_do() {
    let step = ringing(&[]);
    let denied = Effect::access_denied("codedeploy:UpdateDeploymentGroup");
    step.sim.rule(
        Rule::on("CreateDeployment", denied)
            .when(|input| input.get("overrideAlarmConfiguration").is_some()),
    );
    let done = step.run().await;
    done.ended(&step, "refused", &["access-denied"], 0)
        .says("codedeploy:UpdateDeploymentGroup")
        .says("alarms: respect");
    insta::assert_snapshot!(done.story());
    // What has nothing to do with alarms says nothing of them.
    let step = ringing(&[]);
    let denied = Effect::access_denied("codedeploy:CreateDeployment");
    step.sim.rule(Rule::on("CreateDeployment", denied));
    let done = step.run().await;
    done.ended(&step, "refused", &["access-denied"], 0)
        .says("Add codedeploy:CreateDeployment to the role's policy");
    assert!(!done.log.contains("then an alarm"), "{}", done.log);
}

#[tokio::test(start_paused = true)]
async fn trouble_on_the_way_is_ridden_out_and_told_once() {
    let step = Step::web1("v1.0.0");
    let watched = |input: &serde_json::Value| input["deploymentId"] == "d-78IL1GTH7";
    step.sim.rule(
        Rule::on("GetDeployment", Effect::Html(502))
            .when(watched)
            .first(5),
    );
    step.sim
        .rule(Rule::on("GetDeploymentTarget", Effect::Throttle).first(8));
    step.sim
        .rule(Rule::on("GetDeploymentTarget", Effect::HangBefore).nth(12));
    let done = step.run().await;
    done.rolled_back(&step);
    assert_eq!(
        done.log.matches("retrying until the timeout\n").count(),
        1,
        "{}",
        done.log
    );
    insta::assert_snapshot!(done.story());
}

#[tokio::test(start_paused = true)]
async fn what_cannot_get_better_ends_the_watch() {
    let cases = [
        (
            Effect::access_denied("codedeploy:GetDeploymentTarget"),
            "access-denied",
            "codedeploy:GetDeploymentTarget",
        ),
        (Effect::expired_token(), "credentials-invalid", "expired"),
        (
            Effect::Fail(AwsError::client("InvalidDeploymentIdException", "odd")),
            "aws-error",
            "odd",
        ),
    ];
    for (effect, code, said) in cases {
        let step = Step::web1("v1.0.0");
        step.sim.rule(Rule::on("GetDeploymentTarget", effect));
        let done = step.run().await;
        done.ended(&step, "failed", &[code], 1)
            .says(said)
            .says("aws deploy stop-deployment --deployment-id d-78IL1GTH7");
        insta::assert_snapshot!(format!("watch_{code}"), done.story());
    }
}

#[tokio::test(start_paused = true)]
async fn the_target_says_nothing_until_the_deployment_has_started() {
    let mut stage = stage::web1();
    stage.world.pace.created = 40_000;
    stage
        .world
        .push_image("web1", &["v1.3.0"], amd64(), ago(60));
    let step = asking(stage.world, "v1.3.0");
    let done = step.run().await;
    done.rolled_back(&step);
    assert!(!done.log.contains("warning"), "{}", done.log);
}
