//! Promise 7: the timeout, and the runner's signal, at every point of the way.

use std::time::Duration;

use aws_sim::rules::{Effect, Rule};
use aws_sim::world::Reached;

use super::setting::{deploying, pace, revisions, shares, unregistered};
use crate::harness::check::serving;
use crate::harness::worlds::asking;
use crate::harness::{Done, Step};

/// Cancels after so many milliseconds and checks that it answers within 5 seconds.
async fn cancelled(step: &Step, millis: u64, created: usize) -> Done {
    let clock = step.sim.clock();
    let cancel = async move { clock.sleep(Duration::from_millis(millis)).await };
    let done = step.run_until(cancel).await;
    done.ended(step, "cancelled", &["cancelled"], created);
    let after = done.took.saturating_sub(Duration::from_millis(millis));
    assert!(
        after <= Duration::from_secs(5),
        "{after:?} after the signal\n{}",
        done.log
    );
    done
}

#[tokio::test(start_paused = true)]
async fn cancelled_before_anything() {
    let step = Step::web1("v1.0.0").sim(|sim| sim.with_latency(Duration::from_millis(50)));
    for millis in [0, 60, 120] {
        let done = cancelled(&step, millis, 0).await;
        done.wrote_nothing(&step).says("othing was changed");
    }
    let step = Step::web1("v1.0.0");
    step.sim.rule(Rule::on_every_call(Effect::HangBefore));
    let done = cancelled(&step, 1_000, 0).await;
    done.says("othing was changed");
    insta::assert_snapshot!(done.story());
}

#[tokio::test(start_paused = true)]
async fn cancelled_during_the_register() {
    for (effect, revisions_after) in [(Effect::HangBefore, 3), (Effect::HangAfter, 4)] {
        let step = asking(unregistered(), "v1.3.0");
        step.sim
            .rule(Rule::on("RegisterTaskDefinition", effect.clone()));
        let done = cancelled(&step, 2_000, 0).await;
        assert_eq!(revisions(&step), revisions_after);
        done.says(if revisions_after == 4 {
            "web1:4"
        } else {
            "may have been registered"
        });
        assert!(!done.log.contains("othing was changed"), "{}", done.log);
        insta::assert_snapshot!(format!("register_{revisions_after}"), done.story());
    }
}

#[tokio::test(start_paused = true)]
async fn cancelled_while_the_creates_answer_hangs() {
    for (effect, created) in [(Effect::HangBefore, 0), (Effect::HangAfter, 1)] {
        let step = Step::web1("v1.0.0");
        step.sim.rule(Rule::on("CreateDeployment", effect.clone()));
        let done = cancelled(&step, 2_000, created).await;
        done.says("aws deploy stop-deployment");
        if created == 1 {
            assert_eq!(done.output("codedeploy-deployment-id"), "d-78IL1GTH7");
        }
        assert!(!done.log.contains("othing was changed"), "{}", done.log);
        insta::assert_snapshot!(format!("create_{created}"), done.story());
    }
}

#[tokio::test(start_paused = true)]
async fn cancelled_on_the_way() {
    let canary = "CodeDeployDefault.ECSCanary10Percent5Minutes";
    for (millis, serves) in [
        (10_000, "web1:3"),
        (100_000, "web1:3"),
        (240_000, "web1:3"),
        (600_000, "web1:1"),
    ] {
        let step = Step::web1("v1.0.0")
            .input("codedeploy-deployment-config", canary)
            .input("wait-for", "completed")
            .input("timeout", "3h");
        let done = cancelled(&step, millis, 1).await;
        done.says("aws deploy stop-deployment --deployment-id d-78IL1GTH7 --auto-rollback-enabled")
            .says("v1.2.0");
        assert_eq!(done.output("codedeploy-deployment-id"), "d-78IL1GTH7");
        assert_eq!(serving(&step)[0].0, serves);
        if millis == 240_000 {
            done.says("it has 90 % of the traffic");
        }
        insta::assert_snapshot!(format!("on_the_way_{}", millis / 1_000), done.story());
    }
}

#[tokio::test(start_paused = true)]
async fn cancelled_while_aws_is_silent() {
    let step = Step::web1("v1.0.0");
    for operation in [
        "GetDeployment",
        "GetDeploymentTarget",
        "DescribeServices",
        "ListTasks",
        "DescribeTasks",
        "ListDeployments",
    ] {
        let rule = Rule::on(operation, Effect::HangBefore);
        let clock = step.sim.clock();
        step.sim
            .rule(rule.when(move |_| clock.elapsed() > Duration::from_secs(4)));
    }
    let done = cancelled(&step, 20_000, 1).await;
    done.says("d-78IL1GTH7").says("aws deploy stop-deployment");
    insta::assert_snapshot!(done.story());
}

#[tokio::test(start_paused = true)]
async fn the_timeout_answers_as_a_cancel_does() {
    let cases = [
        ("DescribeServices", Effect::HangBefore, 0),
        ("CreateDeployment", Effect::HangAfter, 1),
        ("GetDeploymentTarget", Effect::HangBefore, 1),
    ];
    for (operation, effect, created) in cases {
        let step = Step::web1("v1.0.0").input("timeout", "6s");
        step.sim.rule(Rule::on(operation, effect));
        let done = step.run().await;
        done.ended(&step, "timed-out", &["timed-out"], created);
        assert!(
            done.took <= Duration::from_secs(11),
            "{operation}: {:?}",
            done.took
        );
        if created == 0 {
            done.wrote_nothing(&step).says("othing was changed");
        } else {
            done.says("d-78IL1GTH7");
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
    let most = shares(&step).into_iter().next().map(|(digest, _)| digest);
    assert_eq!(most.as_ref(), Some(&web1.releases[1].digest));
    insta::assert_snapshot!(done.story());
}

/// v1.1.0 served when the run began; v1.2.0, which was waited for, did when the run's own deployment began.
#[tokio::test(start_paused = true)]
async fn a_stop_goes_back_to_what_was_waited_for() {
    let waiting = || {
        let (web1, _) = deploying(Reached::Shifting, pace(Reached::Shifting));
        asking(web1.world, "v1.0.0")
            .input("active-deployment", "wait")
            .input("timeout", "5h")
    };
    let created = created_at(&waiting()).await;
    let done = cancelled(&waiting(), created + 20_000, 1).await;
    done.says("stop it, which shifts traffic back to v1.2.0: `aws deploy stop-deployment");
}

/// What a stop with rollback went back to, nobody has looked at.
#[tokio::test(start_paused = true)]
async fn a_stop_after_a_stop_names_no_version() {
    let stopping = || {
        let (web1, _) = deploying(Reached::Shifting, pace(Reached::Shifting));
        asking(web1.world, "v1.0.0")
    };
    let created = created_at(&stopping()).await;
    let done = cancelled(&stopping(), created + 20_000, 1).await;
    done.says("which shifts traffic back to the tasks that served before it: `aws deploy");
}

/// Nothing will move by itself then, so there is nothing to wait for.
#[tokio::test(start_paused = true)]
async fn cancelled_after_a_termination_wait_was_ended() {
    let (web1, id) = deploying(Reached::TerminationWait, None);
    let step = asking(web1.world, "v1.0.0");
    step.sim
        .rule(Rule::on("ContinueDeployment", Effect::HangAfter));
    let done = cancelled(&step, 3_000, 0).await;
    done.says(&format!(
        "AWS was asked to end the termination wait of deployment {id}"
    ))
    .says("Run this again now")
    .says("v1.2.0 serves users now");
    assert!(!done.log.contains("ait until AWS"), "{}", done.log);
    insta::assert_snapshot!(done.story());
}

/// Application, group and marker are known without AWS.
#[tokio::test(start_paused = true)]
async fn cancelled_while_aws_does_not_even_say_whether_the_create_was_done() {
    let step = Step::web1("v1.0.0");
    step.sim
        .rule(Rule::on("CreateDeployment", Effect::HangAfter));
    let clock = step.sim.clock();
    let silent = Rule::on("ListDeployments", Effect::HangBefore);
    step.sim
        .rule(silent.when(move |_| clock.elapsed() > Duration::from_secs(2)));
    let done = cancelled(&step, 20_000, 1).await;
    done.says("AWS did not respond in time")
        .says("shifts traffic back to v1.2.0")
        .says("aws deploy stop-deployment");
    insta::assert_snapshot!(done.story());
}

/// When the run creates its deployment, in milliseconds: seen in a run of its own that nobody cancels.
async fn created_at(step: &Step) -> u64 {
    step.run().await;
    let calls = step.sim.calls();
    let create = calls.of("CreateDeployment").next().expect("a create");
    u64::try_from(create.start.as_millis()).expect("a short run")
}
