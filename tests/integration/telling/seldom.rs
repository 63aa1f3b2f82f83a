//! What is said where a deployment ends, or a service serves, in a way that is seldom and bad.

use aws_sim::rules::{Effect, Rule};
use aws_sim::world::stage::{Native1, Web1};
use aws_sim::world::{Crash, NativeAct, NativePhase, NativeSpec, Strategy, stage};

use crate::harness::Step;
use crate::harness::worlds::{after, asking, key, with};
use crate::rollback::ecs::setting::{brisk_with, briskly_deploying, crash, step};

const MINUTE: u64 = 60;
/// In milliseconds, as the simulator's pace is set.
const MINUTES: u64 = 60_000;

/// v1.0.0 does not start, and CodeDeploy's rollback of it takes so many minutes.
fn failing(rollback_takes: u64) -> Web1 {
    let mut web1 = stage::web1();
    let crash = Crash {
        exit_code: Some(1),
        reason: "Cannot find module './db'".to_owned(),
    };
    let target = web1.releases[0].digest.clone();
    web1.world.set_image_crash("web1", &target, Some(crash));
    web1.world.pace.reroute_install = rollback_takes * MINUTES;
    web1
}

/// CloudFormation does not know of a rollback.
#[tokio::test(start_paused = true)]
async fn a_service_that_cloudformation_made() {
    let note = "CloudFormation will take this back with its next update of the stack shop-prod; put v1.0.0 into the stack (or its CDK app) before that";
    let tag = "aws:cloudformation:stack-name";
    let mut web1 = stage::web1();
    web1.world.tag_service(&key(), "team", "shop");
    web1.world.tag_service(&key(), tag, "shop-prod");
    let mut native1 = stage::native1(Strategy::Rolling);
    native1.world.tag_service(&key(), tag, "shop-prod");
    for (world, created) in [(web1.world, 1), (native1.world, 0)] {
        let step = asking(world.clone(), "v1.0.0");
        let done = step.run().await;
        done.ended(&step, "rolled-back", &[], created).says(note);
        assert!(done.summary.contains("stack shop-prod"), "{}", done.summary);
        let step = asking(world, "v1.2.0");
        let done = step.run().await;
        done.ended(&step, "unchanged", &[], 0);
        assert!(!done.log.contains("CloudFormation"), "{}", done.log);
    }
}

#[tokio::test(start_paused = true)]
async fn codedeploys_rollback_fails_too() {
    let mut web1 = failing(1);
    web1.world.plan_stop(&key(), false, after(11 * MINUTE));
    let step = asking(web1.world, "v1.0.0");
    let done = step.run().await;
    done.ended(&step, "failed", &["deployment-failed"], 1);
    insta::assert_snapshot!(done.story());
}

#[tokio::test(start_paused = true)]
async fn codedeploys_rollback_takes_long() {
    let step = asking(failing(5).world, "v1.0.0");
    let done = step.run().await;
    done.ended(&step, "reverted", &["deployment-reverted"], 1);
    insta::assert_snapshot!(done.story());
}

/// CodeDeploy says that the deployment has ended, and nothing about its traffic.
#[tokio::test(start_paused = true)]
async fn an_end_that_shows_no_traffic_on_the_target() {
    let step = asking(
        with(|spec| spec.termination_wait_minutes = 0).world,
        "v1.0.0",
    );
    let not_there = Effect::not_found("DeploymentTargetDoesNotExistException");
    step.sim.rule(Rule::on("GetDeploymentTarget", not_there));
    let done = step.run().await;
    done.ended(&step, "failed", &["proof-failed"], 1);
    insta::assert_snapshot!(done.story());
}

/// A rolling one has to start the old tasks again once an alarm triggers in the bake.
#[tokio::test(start_paused = true)]
async fn ecss_rollback_takes_long() {
    let mut native1 = brisk_with(Strategy::Rolling, |spec| {
        (spec.native.alarms, spec.native.alarms_enabled) = (vec!["5xx".to_owned()], true);
        spec.native.bake_minutes = 30;
    });
    native1.world.plan_alarm("5xx", true, after(25 * MINUTE));
    native1.world.pace.task_start = 8 * MINUTES;
    let step = step(&native1.world, "v1.0.0").input("wait-for", "completed");
    let done = step.run().await;
    done.ended(&step, "reverted", &["deployment-reverted"], 0);
    insta::assert_snapshot!(done.story());
}

/// The deployment that ECS was asked to roll back succeeds all the same, and is replaced.
#[tokio::test(start_paused = true)]
async fn it_succeeds_before_ecs_could_roll_it_back() {
    let (mut native1, _) = briskly_deploying(Strategy::Canary, NativePhase::Baking);
    native1.world.switches.service_stop_is_too_late = true;
    let step = step(&native1.world, "v1.1.0");
    let done = step.run().await;
    done.ended(&step, "rolled-back", &[], 0);
    insta::assert_snapshot!(done.story());
}

/// Somebody's `StopServiceDeployment` without a rollback comes before ours is done.
#[tokio::test(start_paused = true)]
async fn it_is_stopped_for_good_after_ecs_took_our_stop() {
    let (mut native1, _) = briskly_deploying(Strategy::Canary, NativePhase::Shifting);
    native1.world.switches.service_stop_is_too_late = true;
    native1
        .world
        .plan_act(&key(), NativeAct::Stop { rollback: false }, after(10));
    let step = step(&native1.world, "v1.1.0");
    let done = step.run().await;
    done.ended(&step, "rolled-back", &[], 0);
    insta::assert_snapshot!(done.story());
}

/// Rolling, where AWS shows no service deployment and the service alone says how it goes.
fn hidden(change: impl FnOnce(&mut NativeSpec)) -> Native1 {
    let mut native1 = brisk_with(Strategy::Rolling, |spec| change(&mut spec.native));
    native1.world.switches.service_deployments_hidden = true;
    native1
}

#[tokio::test(start_paused = true)]
async fn another_deployment_has_replaced_ours() {
    let mut native1 = hidden(|_| {});
    let theirs = native1.releases[1].task_definition.clone();
    native1
        .world
        .plan_act(&key(), NativeAct::Update(theirs), after(20));
    let step = step(&native1.world, "v1.0.0");
    let done = step.run().await;
    done.ended(&step, "failed", &["deployment-stopped"], 0);
    insta::assert_snapshot!(done.story());
}

#[tokio::test(start_paused = true)]
async fn ecs_gives_up_and_the_service_alone_says_so() {
    let mut native1 = hidden(|native| native.circuit_breaker = Some(false));
    crash(&mut native1, 0);
    let step = step(&native1.world, "v1.0.0");
    let done = step.run().await;
    done.ended(&step, "failed", &["deployment-failed"], 0);
    insta::assert_snapshot!(done.story());
}

const NO_CAPACITY: &str = "No capacity is left.";

/// Users get errors: nothing of the service runs, and a rollback starts new tasks.
#[tokio::test(start_paused = true)]
async fn no_task_is_running() {
    let mut web1 = stage::web1();
    web1.world.lose_tasks(&key(), NO_CAPACITY);
    let mut native1 = brisk_with(Strategy::BlueGreen, |_| {});
    native1.world.lose_tasks(&key(), NO_CAPACITY);
    for (by, world, created) in [("codedeploy", web1.world, 1), ("ecs", native1.world, 0)] {
        let step = asking(world.clone(), "v1.0.0");
        let done = step.run().await;
        done.ended(&step, "rolled-back", &[], created);
        insta::assert_snapshot!(format!("no_task_{by}"), done.story());
        let step = asking(world.clone(), "latest");
        let done = step.run().await;
        done.ended(&step, "rolled-back", &[], created).says(
            "v1.2.0 is what the service already has, and none of its tasks is running: deploying it again may not help; `previous` goes back one, to v1.1.0",
        );
        let step = asking(world, "v1.0.1");
        let done = step.run().await;
        done.refused(&step, "image-not-found");
        insta::assert_snapshot!(format!("no_task_refused_{by}"), done.story());
    }
}

/// CodeDeploy would find it out half-way.
#[tokio::test(start_paused = true)]
async fn a_service_that_is_being_deleted() {
    let (mut web1, mut native1) = (stage::web1(), brisk_with(Strategy::Rolling, |_| {}));
    web1.world.drain_service("prod", "web1", after(3_600));
    native1.world.drain_service("prod", "web1", after(3_600));
    for world in [web1.world, native1.world] {
        let step = asking(world, "v1.0.0");
        let done = step.run().await;
        done.refused(&step, "service-not-found")
            .says("is being deleted: its status is DRAINING");
    }
}

/// "Enable debug logging": which call takes long, and the id that AWS's support asks for.
#[tokio::test(start_paused = true)]
async fn a_run_that_is_debugged_shows_each_call() {
    let step = Step::web1("v1.0.0").variable("RUNNER_DEBUG", "1");
    step.sim
        .rule(Rule::on("ListTasks", Effect::DropAnswer).first(1));
    let done = step.run().await;
    done.rolled_back(&step)
        .says("::debug::CodeDeploy_20141006.CreateDeployment 200 in ")
        .says("::debug::AmazonEC2ContainerServiceV20141113.ListTasks not answered in ");
    let shown = done.log.matches("::debug::").count();
    assert_eq!(shown, step.sim.calls().iter().count(), "{}", done.log);
    assert!(!done.log.contains("AKIAIOSFODNN7EXAMPLE"), "{}", done.log);

    let done = Step::web1("v1.0.0").run().await;
    assert!(!done.log.contains("::debug::"), "{}", done.log);
}
