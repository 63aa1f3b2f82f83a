//! CreateDeployment and RegisterTaskDefinition that go wrong: at most one deployment, whatever becomes of the answer.

use aws_sim::aws::AwsError;
use aws_sim::rules::{Effect, Rule};

use super::setting::{revisions, unregistered};
use crate::harness::check::serving;
use crate::harness::lost::{done_but_lost, lost_before};
use crate::harness::worlds::asking;
use crate::harness::{MARKER, Step};

#[tokio::test(start_paused = true)]
async fn a_lost_answer_of_the_create_is_found_by_its_marker() {
    for effect in done_but_lost() {
        let step = Step::web1("v1.0.0");
        step.sim
            .rule(Rule::on("CreateDeployment", effect.clone()).first(1));
        let done = step.run().await;
        done.rolled_back(&step);
        assert_eq!(step.sim.calls().count("CreateDeployment"), 1, "{effect:?}");
        let created = step.sim.world(|world| world.created_by_clients().to_vec());
        assert_eq!(
            created,
            [done.output("codedeploy-deployment-id")],
            "{effect:?}"
        );
        if effect == Effect::HangAfter {
            insta::assert_snapshot!(done.story());
        }
    }
}

#[tokio::test(start_paused = true)]
async fn a_create_that_was_not_done_is_sent_again_and_only_after_a_look() {
    for effect in lost_before() {
        let step = Step::web1("v1.0.0");
        step.sim
            .rule(Rule::on("CreateDeployment", effect.clone()).first(2));
        let done = step.run().await;
        done.rolled_back(&step);
        let calls = step.sim.calls();
        assert_eq!(
            (
                calls.count("CreateDeployment"),
                calls.done("CreateDeployment")
            ),
            (3, 1),
            "{effect:?}"
        );
        let between = calls
            .iter()
            .skip_while(|call| call.operation != "CreateDeployment")
            .skip(1);
        let looks = between.take_while(|call| call.operation != "CreateDeployment");
        assert!(
            looks
                .filter(|call| call.operation == "ListDeployments")
                .count()
                >= 3,
            "{effect:?}"
        );
    }
}

#[tokio::test(start_paused = true)]
async fn a_create_that_never_gets_through_is_given_up() {
    for effect in lost_before() {
        let step = Step::web1("v1.0.0");
        step.sim.rule(Rule::on("CreateDeployment", effect.clone()));
        let done = step.run().await;
        done.ended(&step, "failed", &["deployment-unknown"], 0)
            .says(MARKER);
        assert_eq!(step.sim.calls().count("CreateDeployment"), 3, "{effect:?}");
        if effect == Effect::HangBefore {
            insta::assert_snapshot!(done.story());
        }
    }
}

#[tokio::test(start_paused = true)]
async fn where_nobody_can_look_nothing_is_sent_again() {
    for effect in [
        Effect::ResetBefore,
        Effect::access_denied("codedeploy:ListDeployments"),
        Effect::Throttle,
    ] {
        let step = Step::web1("v1.0.0");
        let read_before = step_reads(&step).await;
        step.sim
            .rule(Rule::on("CreateDeployment", Effect::DropAnswer));
        step.sim
            .rule(Rule::on("ListDeployments", effect.clone()).after(read_before));
        let done = step.run().await;
        done.ended(&step, "failed", &["deployment-unknown"], 1)
            .says("may be starting")
            .says(MARKER);
        assert_eq!(step.sim.calls().count("CreateDeployment"), 1, "{effect:?}");
    }
}

/// How often a run lists deployments before it creates one.
async fn step_reads(like: &Step) -> u64 {
    let step = asking(like.sim.world(|world| world.clone()), "v1.0.0");
    step.run().await;
    let calls = step.sim.calls();
    calls
        .iter()
        .take_while(|call| call.operation != "CreateDeployment")
        .filter(|call| call.operation == "ListDeployments")
        .count() as u64
}

#[tokio::test(start_paused = true)]
async fn a_throttled_create_did_nothing_and_is_sent_again() {
    let step = Step::web1("v1.0.0");
    step.sim
        .rule(Rule::on("CreateDeployment", Effect::Throttle).first(6));
    let done = step.run().await;
    done.rolled_back(&step);
    assert_eq!(step.sim.calls().count("CreateDeployment"), 7);
    assert!(serving(&step)[0].0 == "web1:1");
}

#[tokio::test(start_paused = true)]
async fn throttled_for_ever_ends_with_the_timeout() {
    let step = Step::web1("v1.0.0").input("timeout", "3m");
    step.sim
        .rule(Rule::on("CreateDeployment", Effect::Throttle));
    let done = step.run().await;
    done.ended(&step, "timed-out", &["timed-out"], 0);
    insta::assert_snapshot!(done.story());
}

#[tokio::test(start_paused = true)]
async fn a_lost_answer_of_the_register_leaves_no_spare_revision() {
    let cases = done_but_lost().into_iter().chain(lost_before());
    for effect in cases {
        let step = asking(unregistered(), "v1.3.0");
        step.sim
            .rule(Rule::on("RegisterTaskDefinition", effect.clone()).first(1));
        let done = step.run().await;
        done.rolled_back(&step);
        assert_eq!(revisions(&step), 4, "{effect:?}");
        assert_eq!(serving(&step)[0].0, "web1:4");
    }
}

#[tokio::test(start_paused = true)]
async fn a_throttled_register_is_sent_again() {
    let too_fast = Effect::Fail(AwsError::client(
        "LimitExceededException",
        "Too many concurrent attempts to create a new revision",
    ));
    for effect in [Effect::Throttle, too_fast] {
        let step = asking(unregistered(), "v1.3.0");
        step.sim
            .rule(Rule::on("RegisterTaskDefinition", effect).first(3));
        let done = step.run().await;
        done.rolled_back(&step);
        assert_eq!(revisions(&step), 4);
    }
}

#[tokio::test(start_paused = true)]
async fn a_register_that_is_refused_changes_nothing() {
    let cases = [
        (
            Effect::access_denied("iam:PassRole"),
            "access-denied",
            "iam:PassRole",
        ),
        (
            Effect::access_denied("ecs:TagResource"),
            "access-denied",
            "ecs:TagResource",
        ),
        (
            Effect::Fail(AwsError::client(
                "ClientException",
                "Invalid 'memory' setting",
            )),
            "register-rejected",
            "Invalid 'memory' setting",
        ),
    ];
    for (effect, code, said) in cases {
        let step = asking(unregistered(), "v1.3.0");
        step.sim.rule(Rule::on("RegisterTaskDefinition", effect));
        let done = step.run().await;
        done.ended(&step, "refused", &[code], 0)
            .says(said)
            .says("Nothing was changed");
        assert_eq!(revisions(&step), 3);
        assert_eq!(step.sim.calls().count("CreateDeployment"), 0);
    }
}

#[tokio::test(start_paused = true)]
async fn a_create_that_is_refused_after_the_register_names_the_revision() {
    let hostile = "no such thing\n::error::x\n##[error]boo\u{1b}[2J";
    for effect in [
        Effect::Fail(AwsError::client(
            "DeploymentConfigDoesNotExistException",
            hostile,
        )),
        Effect::access_denied("codedeploy:CreateDeployment"),
    ] {
        let step = asking(unregistered(), "v1.3.0");
        step.sim.rule(Rule::on("CreateDeployment", effect.clone()));
        let done = step.run().await;
        let code = if matches!(&effect, Effect::Fail(error) if error.message == hostile) {
            "deployment-rejected"
        } else {
            "access-denied"
        };
        done.ended(&step, "failed", &[code], 0).says("web1:4");
        assert!(!done.log.contains("Nothing was changed"), "{}", done.log);
        insta::assert_snapshot!(code, done.story());
    }
    let step = Step::web1("v1.0.0").input("codedeploy-deployment-config", "NoSuchConfig");
    let done = step.run().await;
    done.ended(&step, "refused", &["deployment-rejected"], 0)
        .says("NoSuchConfig")
        .says("Nothing was changed");
    insta::assert_snapshot!(done.story());
}
