//! One cause, one message: what lies outside every single call is told once, by its own name.

use aws_sim::Sim;
use aws_sim::rules::{Effect, Rule};
use aws_sim::world::{Strategy, World};

use crate::harness::worlds::asking;
use crate::harness::{Done, Step};
use crate::rollback::ecs::setting::brisk;

/// A step where this happens to every call after the first ones.
async fn struck(step: Step, after: u64, effect: Effect) -> Done {
    step.sim.rule(Rule::on_every_call(effect).after(after));
    step.run().await
}

/// How many calls the message names.
fn calls_named(done: &Done) -> usize {
    let block = done.block("✘");
    let message = block.lines().next().unwrap_or_default();
    let names = ["ecs:", "ecr:", "codedeploy:"].map(|service| message.matches(service).count());
    names.iter().sum()
}

#[tokio::test(start_paused = true)]
async fn what_many_reads_meet_is_told_once() {
    let ways = [
        (
            "expired credentials",
            Effect::expired_token(),
            "credentials-invalid",
        ),
        (
            "unknown credentials",
            Effect::unrecognized_client(),
            "credentials-invalid",
        ),
        ("a wrong clock", Effect::request_expired(), "clock-skew"),
        ("nobody listens", Effect::Refused, "aws-unreachable"),
        ("an unknown host", Effect::UnknownHost, "aws-unreachable"),
        ("a page of a proxy", Effect::Html(403), "aws-error"),
    ];
    let mut told = String::new();
    for (name, effect, code) in ways {
        for (by, step) in [("CodeDeploy", codedeploy as fn() -> Step), ("ECS", ecs)] {
            let mut named = 0;
            // Wherever in the reading it begins.
            for after in 0.. {
                let done = struck(step(), after, effect.clone()).await;
                if done.exit == 0 {
                    break;
                }
                assert_eq!(done.codes(), [code], "{name}\n{}", done.log);
                if calls_named(&done) > named {
                    named = calls_named(&done);
                    told += &format!("{name}, {by}\n{}\n\n", done.block("✘"));
                }
            }
            assert!(named > 1, "{name}, {by}");
        }
    }
    insta::assert_snapshot!(told);
}

fn codedeploy() -> Step {
    Step::web1("v1.0.0").input("dry-run", "true")
}

fn ecs() -> Step {
    asking(brisk(Strategy::Canary).world, "v1.0.0").input("dry-run", "true")
}

#[tokio::test(start_paused = true)]
async fn two_missing_permissions_are_two_things_to_fix() {
    let step = Step::web1("v1.0.0");
    for action in ["ecs:DescribeTasks", "ecs:DescribeTaskDefinition"] {
        let name = action.split(':').nth(1).expect("an action has a name");
        step.sim.rule(Rule::on(name, Effect::access_denied(action)));
    }
    let done = step.run().await;
    done.refused_for(&step, &["access-denied"; 2])
        .says("Add ecs:DescribeTaskDefinition with \"Resource\": \"*\"");
}

/// AWS refuses each first signature, of the clients that write too; the SDK learns AWS's time from the refusal.
#[tokio::test(start_paused = true)]
async fn a_clock_that_is_wrong_does_not_stop_a_rollback() {
    for seconds in [1_200, -1_200] {
        let behind = |sim: Sim<World>| sim.with_clocks_behind(seconds);
        let step = Step::web1("v1.0.0").sim(behind);
        step.run().await.rolled_back(&step);
        let step = asking(brisk(Strategy::Rolling).world, "v1.0.0").sim(behind);
        let done = step.run().await;
        done.ended(&step, "rolled-back", &[], 0);
        assert_eq!(step.sim.calls().done("UpdateService"), 1);
    }
}

#[tokio::test(start_paused = true)]
async fn a_wrong_clock_is_told_with_its_error() {
    let mut told = String::new();
    for seconds in [1_200, -5_400] {
        let step = Step::web1("v1.0.0").sim(|sim: Sim<World>| sim.with_clocks_behind(seconds));
        step.sim
            .rule(Rule::on_every_call(Effect::request_expired()));
        let done = step.run().await;
        done.refused(&step, "clock-skew");
        told += &format!("{}\n\n", done.block("✘"));
    }
    insta::assert_snapshot!(told);
}

/// The variable that somebody has to change is named, and never a password.
#[tokio::test(start_paused = true)]
async fn what_the_environment_names_is_named_where_it_fails() {
    let proxy = ("https_proxy", "http://kim:hunter2@proxy.example:3128");
    let endpoint = (
        "AWS_ENDPOINT_URL_ECS",
        "https://ecs.ap-northeast-2.amazonaws.com",
    );
    let ways = [
        ("a proxy that is away", proxy, Effect::Refused),
        ("a proxy that nobody knows", proxy, Effect::UnknownHost),
        (
            "a connection through a proxy breaks",
            proxy,
            Effect::ResetBefore,
        ),
        ("a page of a proxy", proxy, Effect::Html(403)),
        ("an endpoint that is away", endpoint, Effect::Refused),
        (
            "an endpoint that nobody knows",
            endpoint,
            Effect::UnknownHost,
        ),
        ("an endpoint that is not AWS", endpoint, Effect::Html(404)),
    ];
    let mut told = String::new();
    for (name, (variable, value), effect) in ways {
        let step = Step::web1("v1.0.0").variable(variable, value);
        let done = struck(step, 0, effect).await;
        assert!(!done.log.contains("hunter2"), "{}", done.log);
        told += &format!("{name}\n{}\n\n", done.block("✘"));
    }
    insta::assert_snapshot!(told);
}
