//! A service that is busy with something else: the input `active-deployment`, and somebody who is faster.

use std::time::Duration;

use aws_sim::rules::{Effect, Rule};
use aws_sim::world::stage::{ACCOUNT, Native1, REGION, task_definition};
use aws_sim::world::{NativeAct, NativeBusy, NativePhase, Strategy};

use super::setting::{began, brisk, briskly_deploying, deployments, pasted, serves, step};
use crate::harness::Step;
use crate::harness::worlds::{after, ago, amd64, key};

#[tokio::test(start_paused = true)]
async fn fail_refuses_with_a_command_that_works() {
    for (strategy, phase) in [
        (Strategy::Rolling, NativePhase::InProgress),
        (Strategy::BlueGreen, NativePhase::Baking),
        (Strategy::Linear, NativePhase::Paused),
        (Strategy::Canary, NativePhase::Shifting),
    ] {
        for version in ["v1.0.0", "v1.1.0"] {
            let (native1, theirs) = briskly_deploying(strategy, phase);
            let step = step(&native1.world, version).input("active-deployment", "fail");
            let done = step.run().await;
            done.refused(&step, "deployment-active")
                .says("--stop-type ROLLBACK");
            assert_eq!(pasted(&step, &done), [theirs], "{}", done.log);
            if version == "v1.0.0" {
                let name = format!("fail_{}", strategy.name().to_lowercase());
                insta::assert_snapshot!(name, done.block("✘"));
            }
        }
    }
}

#[tokio::test(start_paused = true)]
async fn fail_is_told_beside_whatever_else_is_wrong() {
    let (native1, _) = briskly_deploying(Strategy::Canary, NativePhase::Shifting);
    let step = step(&native1.world, "v1.0.9").input("active-deployment", "fail");
    let done = step.run().await;
    done.refused_for(&step, &["image-not-found", "deployment-active"]);
}

#[tokio::test(start_paused = true)]
async fn wait_lets_it_end_and_then_deploys() {
    for (strategy, phase) in [
        (Strategy::Rolling, NativePhase::InProgress),
        (Strategy::BlueGreen, NativePhase::Baking),
        (Strategy::Canary, NativePhase::RollingBackTraffic),
    ] {
        let (native1, _) = briskly_deploying(strategy, phase);
        let step = step(&native1.world, "v1.0.0").input("active-deployment", "wait");
        let done = step.run().await;
        done.ended(&step, "rolled-back", &[], 0);
        began(&step, &native1.world, 1, &done.log);
        serves(&step, &native1, 0, &done.log);
        assert_eq!(step.sim.calls().count("StopServiceDeployment"), 0);
        if strategy == Strategy::BlueGreen {
            insta::assert_snapshot!(done.story());
        }
    }
}

#[tokio::test(start_paused = true)]
async fn wait_finds_the_target_serving_where_ecs_went_back_to_it() {
    let (mut native1, _) = briskly_deploying(Strategy::Canary, NativePhase::Shifting);
    native1
        .world
        .plan_act(&key(), NativeAct::Stop { rollback: true }, after(60));
    let step = step(&native1.world, "v1.1.0").input("active-deployment", "wait");
    let done = step.run().await;
    done.ended(&step, "unchanged", &[], 0).wrote_nothing(&step);
    serves(&step, &native1, 1, &done.log);
    insta::assert_snapshot!(done.story());
}

#[tokio::test(start_paused = true)]
async fn what_brings_the_target_is_adopted_whatever_the_input_says() {
    for strategy in [Strategy::Rolling, Strategy::Canary] {
        for input in ["wait", "fail"] {
            let (native1, theirs) = briskly_deploying(strategy, NativePhase::InProgress);
            let step = step(&native1.world, "v1.2.0").input("active-deployment", input);
            let done = step.run().await;
            done.ended(&step, "rolled-back", &[], 0)
                .wrote_nothing(&step);
            assert_eq!(done.output("path"), "adopt");
            let id = theirs.rsplit('/').next().unwrap_or_default();
            assert!(
                done.output("console-url").contains(id),
                "{}",
                done.output("console-url")
            );
            serves(&step, &native1, 2, &done.log);
        }
    }
}

/// v1.3.0 is there too, and somebody deploys it one second after the run has begun.
fn overtaken(strategy: Strategy, busy: NativeBusy) -> Native1 {
    let mut native1 = brisk(strategy);
    native1.world.switches.native_busy = busy;
    native1
        .world
        .push_image("web1", &["v1.3.0"], amd64(), ago(600));
    let document = aws_sim::world::stage::task_definition("v1.3.0");
    let theirs = native1.world.register_task_definition(&document, ago(500));
    native1
        .world
        .plan_act(&key(), NativeAct::Update(theirs), after(1));
    native1
}

/// Theirs begins after our last look and before our update arrives.
fn just_before_the_write(native1: &Native1) -> Step {
    let step = step(&native1.world, "v1.0.0");
    step.sim
        .rule(Rule::on("UpdateService", Effect::Delay(Duration::from_secs(2))).first(1));
    step
}

/// Theirs begins while the images are looked up, which takes so long that the service is looked at again.
fn after_the_plan(native1: &Native1) -> Step {
    let step = step(&native1.world, "v1.0.0");
    step.sim
        .rule(Rule::on("DescribeImages", Effect::Delay(Duration::from_secs(3))).first(1));
    step
}

#[tokio::test(start_paused = true)]
async fn somebody_deploys_between_the_plan_and_the_write() {
    for (strategy, busy) in [
        (Strategy::Rolling, NativeBusy::Refused),
        (Strategy::Canary, NativeBusy::Refused),
        (Strategy::Canary, NativeBusy::Supersedes),
    ] {
        let native1 = overtaken(strategy, busy);
        for when in ["after_the_plan", "before_the_write"] {
            let step = match when {
                "after_the_plan" => after_the_plan(&native1),
                _ => just_before_the_write(&native1),
            };
            let done = step.run().await;
            done.ended(&step, "rolled-back", &[], 0);
            serves(&step, &native1, 0, &done.log);
            // Theirs and ours.
            began(&step, &native1.world, 2, &done.log);
            let name = format!("{}_{busy:?}_{when}", strategy.name()).to_lowercase();
            insta::assert_snapshot!(name, done.log);
        }
    }
}

#[tokio::test(start_paused = true)]
async fn somebody_deploys_and_the_input_says_fail() {
    let native1 = overtaken(Strategy::Canary, NativeBusy::Refused);
    let step = after_the_plan(&native1).input("active-deployment", "fail");
    let done = step.run().await;
    done.ended(&step, "refused", &["deployment-active"], 0)
        .says("othing was changed");
    began(&step, &native1.world, 1, &done.log);
    insta::assert_snapshot!(done.story());
}

/// v1.0.0 has a second revision, and somebody updates the service twenty seconds after this run has begun.
fn replaced(strategy: Strategy, theirs: &str) -> Step {
    let mut native1 = brisk(strategy);
    let document = task_definition("v1.0.0");
    native1.world.register_task_definition(&document, ago(60));
    native1.world.switches.native_busy = NativeBusy::Supersedes;
    let theirs = format!("arn:aws:ecs:{REGION}:{ACCOUNT}:task-definition/{theirs}");
    native1
        .world
        .plan_act(&key(), NativeAct::Update(theirs), after(20));
    step(&native1.world, "v1.0.0")
}

#[tokio::test(start_paused = true)]
async fn somebody_replaces_our_deployment() {
    for strategy in [Strategy::Rolling, Strategy::Canary] {
        let step = replaced(strategy, "web1:2");
        let done = step.run().await;
        done.ended(&step, "failed", &["deployment-stopped"], 0)
            .says("of web1:2, has taken the place of the service deployment");
        let name = strategy.name().to_lowercase();
        insta::assert_snapshot!(format!("somebody_replaces_our_{name}"), done.story());
    }
}

#[tokio::test(start_paused = true)]
async fn somebody_replaces_our_deployment_by_one_of_the_same_version() {
    for strategy in [Strategy::Rolling, Strategy::Canary] {
        let step = replaced(strategy, "web1:1");
        let done = step.run().await;
        done.ended(&step, "rolled-back", &[], 0);
        let theirs = deployments(&step).pop().expect("it was begun").arn;
        let theirs = theirs.rsplit('/').next().expect("an id");
        assert_eq!(done.output("path"), "adopt", "{}", done.log);
        assert!(done.output("console-url").contains(theirs), "{}", done.log);
        if strategy == Strategy::Canary {
            insta::assert_snapshot!(done.story());
        }
    }
}

/// Where the revision was given, another one with the same image is somebody else's business.
#[tokio::test(start_paused = true)]
async fn somebody_replaces_our_deployment_by_another_revision_of_the_same_version() {
    let step = replaced(Strategy::Rolling, "web1:1").input("task-definition", "web1:4");
    let done = step.run().await;
    done.ended(&step, "failed", &["deployment-stopped"], 0)
        .says("of web1:1, has taken the place of the service deployment");
}
