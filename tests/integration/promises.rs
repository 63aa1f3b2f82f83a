//! The promises about writes: at most one deployment, nothing before the checks, and an answer to every interrupt.

use std::time::Duration;

use aws_sim::aws::AwsError;
use aws_sim::rules::{Effect, Rule};
use aws_sim::world::stage;
use aws_sim::world::{LimitWording, Start, World};

use crate::check::{serving, writes};
use crate::harness::{Done, MARKER, Step};
use crate::worlds::{after, ago, amd64, asking, key};

/// Lost answers: AWS has done it.
fn done_but_lost() -> [Effect; 4] {
    [
        Effect::DropAnswer,
        Effect::ResetAfter,
        Effect::HangAfter,
        Effect::TruncateBody,
    ]
}

/// Not done, but a caller can't know.
fn lost_before() -> [Effect; 5] {
    [
        Effect::ResetBefore,
        Effect::HangBefore,
        Effect::server_error(),
        Effect::unavailable(),
        Effect::Html(502),
    ]
}

fn revisions(step: &Step) -> usize {
    step.sim.world(|world| world.revisions("web1"))
}

/// v1.3.0 was never deployed: a revision has to be registered for it.
fn unregistered() -> World {
    let mut stage = stage::web1();
    stage
        .world
        .push_image("web1", &["v1.3.0"], amd64(), ago(600));
    stage.world
}

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
async fn a_group_that_is_full_of_our_own_deployment() {
    for wording in [
        LimitWording::AlreadyDeploying,
        LimitWording::AlreadyHasActive,
        LimitWording::Unquoted,
    ] {
        let step = Step::web1("v1.0.0");
        step.sim
            .rule(Rule::on("CreateDeployment", Effect::ResetBefore).first(1));
        // The lost request takes effect only when all looks for it are over, and before the second one does.
        step.sim
            .rule(Rule::on("CreateDeployment", Effect::Delay(Duration::from_secs(1))).nth(2));
        step.sim.at(Duration::from_millis(15_500), move |world| {
            world.switches.limit_wording = wording;
            let revision = "arn:aws:ecs:ap-northeast-2:123456789012:task-definition/web1:1";
            let ours = Start {
                description: Some(format!("{MARKER} v1.0.0")),
                ..Start::new(revision)
            };
            let now = world.now();
            world.plan_deployment(&key(), &ours, now);
            world.advance(now);
        });
        let done = step.run().await;
        done.ended(&step, "rolled-back", &[], 0);
        assert_eq!(step.sim.calls().count("CreateDeployment"), 2, "{wording:?}");
        let refused = step
            .sim
            .calls()
            .of("CreateDeployment")
            .nth(1)
            .map(|call| call.answered.clone());
        assert_eq!(
            refused,
            Some(aws_sim::record::Answered::Error(
                "DeploymentLimitExceededException".to_owned()
            ))
        );
        assert!(done.output("codedeploy-deployment-id").starts_with("d-"));
    }
}

/// Somebody is faster: their deployment begins while our CreateDeployment is on its way.
fn overtaken(step: Step) -> Step {
    step.sim.rule(Rule::on(
        "CreateDeployment",
        Effect::Delay(Duration::from_secs(2)),
    ));
    step.sim.world(|world| {
        let theirs = Start::new("arn:aws:ecs:ap-northeast-2:123456789012:task-definition/web1:2");
        world.plan_deployment(&key(), &theirs, after(1));
    });
    step
}

#[tokio::test(start_paused = true)]
async fn a_group_that_somebody_else_took_in_between() {
    for wording in [
        LimitWording::AlreadyDeploying,
        LimitWording::AlreadyHasActive,
        LimitWording::Unquoted,
    ] {
        let step = overtaken(Step::web1("v1.0.0").input("active-deployment", "fail"));
        step.sim
            .world(|world| world.switches.limit_wording = wording);
        let done = step.run().await;
        done.ended(&step, "refused", &["deployment-active"], 0)
            .says("d-78IL1GTH7");
        assert_eq!(step.sim.calls().count("CreateDeployment"), 1);
        insta::assert_snapshot!(format!("overtaken_{wording:?}"), done.block("✘"));
    }
    let step = overtaken(asking(unregistered(), "v1.3.0").input("active-deployment", "fail"));
    let done = step.run().await;
    done.ended(&step, "failed", &["deployment-active"], 0)
        .says("web1:4");
    insta::assert_snapshot!(done.story());
    let step = overtaken(Step::web1("v1.0.0"));
    let done = step.run().await;
    done.ended(&step, "rolled-back", &[], 1);
    insta::assert_snapshot!("overtaken_and_taken_over", done.story());
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
async fn the_outputs_are_written_before_the_wait() {
    let step = Step::web1("v1.0.0");
    let clock = step.sim.clock();
    let file = step.folder.path().join("output");
    let mut seen = String::new();
    let look = async {
        clock.sleep(Duration::from_secs(30)).await;
        seen = std::fs::read_to_string(&file).unwrap_or_default();
        std::future::pending::<()>().await;
    };
    let done = step.run_until(look).await;
    done.rolled_back(&step);
    let seen = crate::runner::outputs(&seen);
    for output in [
        "version",
        "image",
        "image-digest",
        "task-definition-arn",
        "codedeploy-deployment-id",
        "previous-version",
        "undo-version",
        "path",
    ] {
        assert_eq!(
            seen.get(output).map(String::as_str),
            Some(done.output(output)),
            "{output}"
        );
    }
    assert_eq!(writes(&step).len(), 1);
}
