//! UpdateService that goes wrong: at most one service deployment is begun, whatever becomes of the answer.

use aws_sim::aws::AwsError;
use aws_sim::rules::{Effect, Rule};
use aws_sim::world::stage::Native1;
use aws_sim::world::{Held, Strategy, World};

use super::setting::{began, brisk, deployments, serves, step};
use crate::harness::lost::{done_but_lost, lost_before};
use crate::harness::worlds::{after, key, with_unregistered};
use crate::harness::{Done, Step};

const STRATEGIES: [Strategy; 2] = [Strategy::Rolling, Strategy::Canary];

async fn struck(strategy: Strategy, rule: Rule) -> (Native1, Step, Done) {
    let native1 = brisk(strategy);
    let step = step(&native1.world, "v1.0.0");
    step.sim.rule(rule);
    let done = step.run().await;
    (native1, step, done)
}

/// That it began one service deployment, followed it, and named it.
#[track_caller]
fn began_one(native1: &Native1, step: &Step, done: &Done) {
    done.ended(step, "rolled-back", &[], 0);
    began(step, &native1.world, 1, &done.log);
    let ours = deployments(step).pop().expect("it was begun");
    let id = ours.arn.rsplit('/').next().unwrap_or_default();
    done.says(&format!("deployment {id} "));
    assert!(
        done.output("console-url").contains(id),
        "{}",
        done.output("console-url")
    );
    serves(step, native1, 0, &done.log);
}

#[tokio::test(start_paused = true)]
async fn a_lost_answer_is_found_among_the_services_deployments() {
    for strategy in STRATEGIES {
        for effect in done_but_lost() {
            let rule = Rule::on("UpdateService", effect.clone()).first(1);
            let (native1, step, done) = struck(strategy, rule).await;
            began_one(&native1, &step, &done);
            assert_eq!(step.sim.calls().count("UpdateService"), 1, "{effect:?}");
            if effect == Effect::HangAfter {
                let name = format!("lost_answer_{}", strategy.name().to_lowercase());
                insta::assert_snapshot!(name, done.story());
            }
        }
    }
}

#[tokio::test(start_paused = true)]
async fn one_that_was_not_done_is_sent_again_and_only_after_looks() {
    for strategy in STRATEGIES {
        for effect in lost_before() {
            let rule = Rule::on("UpdateService", effect.clone()).first(2);
            let (native1, step, done) = struck(strategy, rule).await;
            began_one(&native1, &step, &done);
            let calls = step.sim.calls();
            assert_eq!(
                (calls.count("UpdateService"), calls.done("UpdateService")),
                (3, 1),
                "{effect:?}"
            );
            let between = calls
                .iter()
                .skip_while(|call| call.operation != "UpdateService")
                .skip(1);
            let looks = between.take_while(|call| call.operation != "UpdateService");
            assert!(
                looks
                    .filter(|call| call.operation == "DescribeServices")
                    .count()
                    >= 3,
                "{effect:?}"
            );
        }
    }
}

#[tokio::test(start_paused = true)]
async fn one_that_never_gets_through_is_given_up() {
    for effect in lost_before() {
        let (native1, step, done) = struck(
            Strategy::BlueGreen,
            Rule::on("UpdateService", effect.clone()),
        )
        .await;
        done.ended(&step, "failed", &["deployment-unknown"], 0)
            .says("aws ecs describe-services");
        assert_eq!(step.sim.calls().count("UpdateService"), 3, "{effect:?}");
        began(&step, &native1.world, 0, &done.log);
        serves(&step, &native1, 2, &done.log);
        if effect == Effect::HangBefore {
            insta::assert_snapshot!(done.story());
        }
    }
}

#[tokio::test(start_paused = true)]
async fn where_nobody_can_look_nothing_is_sent_again() {
    for effect in [
        Effect::ResetBefore,
        Effect::access_denied("ecs:DescribeServices"),
        Effect::Throttle,
    ] {
        let native1 = brisk(Strategy::Rolling);
        let step = step(&native1.world, "v1.0.0");
        step.sim.rule(Rule::on("UpdateService", Effect::DropAnswer));
        // One to observe.
        step.sim
            .rule(Rule::on("DescribeServices", effect.clone()).after(1));
        let done = step.run().await;
        done.ended(&step, "failed", &["deployment-unknown"], 0)
            .says("may be starting in prod/web1");
        assert_eq!(step.sim.calls().count("UpdateService"), 1, "{effect:?}");
        began(&step, &native1.world, 1, &done.log);
    }
}

#[tokio::test(start_paused = true)]
async fn a_throttled_one_did_nothing_and_is_sent_again() {
    for strategy in STRATEGIES {
        let rule = Rule::on("UpdateService", Effect::Throttle).first(3);
        let (native1, step, done) = struck(strategy, rule).await;
        began_one(&native1, &step, &done);
        assert_eq!(step.sim.calls().count("UpdateService"), 4);
        done.says("AWS is throttling ecs:UpdateService");
    }
}

#[tokio::test(start_paused = true)]
async fn a_denied_one_changed_nothing() {
    for strategy in STRATEGIES {
        let rule = Rule::on("UpdateService", Effect::access_denied("ecs:UpdateService"));
        let (native1, step, done) = struck(strategy, rule).await;
        done.ended(&step, "refused", &["access-denied"], 0)
            .says("ecs:UpdateService")
            .says("Nothing was changed");
        began(&step, &native1.world, 0, &done.log);
        if strategy == Strategy::Rolling {
            insta::assert_snapshot!(done.story());
        }
    }
}

#[tokio::test(start_paused = true)]
async fn one_that_is_denied_after_a_lost_one_is_not_known() {
    let native1 = brisk(Strategy::Rolling);
    let step = step(&native1.world, "v1.0.0");
    step.sim
        .rule(Rule::on("UpdateService", Effect::ResetBefore).first(1));
    step.sim.rule(Rule::on(
        "UpdateService",
        Effect::access_denied("ecs:UpdateService"),
    ));
    let done = step.run().await;
    done.ended(&step, "failed", &["deployment-unknown"], 0)
        .says("ecs:UpdateService");
    began(&step, &native1.world, 0, &done.log);
}

#[tokio::test(start_paused = true)]
async fn a_rejected_one_tells_what_aws_says_and_changed_nothing() {
    let hostile = "no such thing\n::error::x\n##[error]boo\u{1b}[2J";
    let error = AwsError::client("InvalidParameterException", hostile);
    let rule = Rule::on("UpdateService", Effect::Fail(error));
    let (native1, step, done) = struck(Strategy::Linear, rule).await;
    done.ended(&step, "refused", &["deployment-rejected"], 0)
        .says("no such thing")
        .says("Nothing was changed");
    began(&step, &native1.world, 0, &done.log);
}

/// v1.3.0 was never deployed: a revision has to be registered for it.
fn unregistered(strategy: Strategy) -> World {
    with_unregistered(brisk(strategy).world)
}

#[tokio::test(start_paused = true)]
async fn a_lost_answer_of_the_register_leaves_no_spare_revision() {
    for effect in [
        Effect::DropAnswer,
        Effect::HangAfter,
        Effect::ResetBefore,
        Effect::unavailable(),
    ] {
        let world = unregistered(Strategy::Rolling);
        let step = step(&world, "v1.3.0");
        step.sim
            .rule(Rule::on("RegisterTaskDefinition", effect.clone()).first(1));
        let done = step.run().await;
        done.ended(&step, "rolled-back", &[], 0);
        assert_eq!(
            step.sim.world(|world| world.revisions("web1")),
            4,
            "{effect:?}"
        );
        began(&step, &world, 1, &done.log);
        assert_eq!(crate::harness::check::serving(&step)[0].0, "web1:4");
    }
}

#[tokio::test(start_paused = true)]
async fn one_that_is_denied_after_the_register_names_the_revision() {
    let step = step(&unregistered(Strategy::Canary), "v1.3.0");
    step.sim.rule(Rule::on(
        "UpdateService",
        Effect::access_denied("ecs:UpdateService"),
    ));
    let done = step.run().await;
    done.ended(&step, "failed", &["access-denied"], 0)
        .says("web1:4");
    assert!(!done.log.contains("Nothing was changed"), "{}", done.log);
    insta::assert_snapshot!(done.story());
}

/// Four old deployments still have a task for so many seconds.
fn crowded(strategy: Strategy, held: Held, seconds: u64) -> Native1 {
    let mut native1 = brisk(strategy);
    let old = native1.releases[1].task_definition.clone();
    for _ in 0..4 {
        native1
            .world
            .leave_old_task(&key(), &old, held, after(seconds));
    }
    native1
}

#[tokio::test(start_paused = true)]
async fn five_deployments_with_tasks_are_waited_out() {
    for strategy in STRATEGIES {
        for (held, cause) in [
            (Held::Draining, "draining"),
            (Held::Protected, "under protection"),
        ] {
            let native1 = crowded(strategy, held, 900);
            let step = step(&native1.world, "v1.0.0");
            let done = step.run().await;
            began_one(&native1, &step, &done);
            done.says("5 active deployments exist")
                .says("retrying until the timeout")
                .says(cause);
        }
    }
}

/// Nothing was begun, and nothing is named as if it might have been.
#[tokio::test(start_paused = true)]
async fn five_deployments_that_stay_end_with_the_timeout() {
    for strategy in STRATEGIES {
        let native1 = crowded(strategy, Held::Protected, 7_200);
        let step = step(&native1.world, "v1.0.0").input("timeout", "10m");
        let done = step.run().await;
        done.ended(&step, "timed-out", &["timed-out"], 0)
            .says("5 active deployments exist")
            .says("under protection");
        began(&step, &native1.world, 0, &done.log);
        assert!(!done.log.contains("may have been started"), "{}", done.log);
    }
}
