//! A group that is busy with something else: the input `active-deployment`, and somebody who is faster.

use std::time::Duration;

use aws_sim::rules::{Effect, Rule};
use aws_sim::world::{LimitWording, Reached, Start};

use super::setting::{deploying, pace, shares, unregistered};
use crate::harness::worlds::{after, asking, key, with};
use crate::harness::{MARKER, Step};

/// `prod/web1` while somebody's deployment of a revision has come this far.
fn busy(revision: &str, reached: Reached, version: &str) -> (Step, String) {
    let mut stage = with(|spec| {
        spec.ready_wait_minutes = (reached == Reached::Ready).then_some(30);
        if reached == Reached::Shifting {
            spec.deployment_config = "CodeDeployDefault.ECSCanary10Percent15Minutes".to_owned();
        }
    });
    let arn = format!("arn:aws:ecs:ap-northeast-2:123456789012:task-definition/{revision}");
    let id = stage
        .world
        .start_deployment(&key(), &Start::new(&arn), reached);
    (
        asking(stage.world, version).input("active-deployment", "fail"),
        id,
    )
}

#[tokio::test(start_paused = true)]
async fn in_each_phase() {
    for reached in [
        Reached::Created,
        Reached::Installing,
        Reached::Ready,
        Reached::Shifting,
        Reached::TerminationWait,
    ] {
        let (step, id) = busy("web1:2", reached, "v1.0.0");
        let done = step.run().await;
        done.refused(&step, "deployment-active")
            .says(&id)
            .says(" by user");
        done.says(&format!(
            "aws deploy stop-deployment --deployment-id {id} --auto-rollback-enabled --region ap-northeast-2"
        ));
        insta::assert_snapshot!(format!("{reached:?}"), done.block("✘"));
    }
}

#[tokio::test(start_paused = true)]
async fn with_the_target_itself_is_adopted_all_the_same() {
    let (step, id) = busy("web1:1", Reached::Installing, "v1.0.0");
    let done = step.run().await;
    done.ended(&step, "rolled-back", &[], 0);
    assert_eq!(
        (done.output("path"), done.output("codedeploy-deployment-id")),
        ("adopt", id.as_str())
    );
}

#[tokio::test(start_paused = true)]
async fn with_codedeploys_own_rollback() {
    let (step, id) = busy("web1:2", Reached::Installing, "v1.0.0");
    let rollback = step
        .sim
        .world(|world| world.stop_with_rollback(&id))
        .expect("a rollback begins at once");
    let done = step.run().await;
    done.refused(&step, "deployment-active")
        .says(&rollback)
        .says("codeDeployRollback");
}

#[tokio::test(start_paused = true)]
async fn told_beside_whatever_else_is_wrong() {
    let (step, id) = busy("web1:2", Reached::Installing, "v1.0.1");
    let done = step.run().await;
    done.refused_for(&step, &["image-not-found", "deployment-active"])
        .says(&id);
    insta::assert_snapshot!(done.story());
    insta::assert_snapshot!("two_problems_summary", done.summary);
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
    theirs(&step, "web1:2");
    step
}

fn theirs(step: &Step, revision: &str) {
    let revision = format!("arn:aws:ecs:ap-northeast-2:123456789012:task-definition/{revision}");
    step.sim
        .world(|world| world.plan_deployment(&key(), &Start::new(&revision), after(1)));
}

/// Their deployment of the same version is followed, and named; also where it is over when the refusal comes.
#[tokio::test(start_paused = true)]
async fn somebody_else_deployed_the_same_version_in_between() {
    for over in [false, true] {
        let world = with(|spec| spec.termination_wait_minutes = 0).world;
        let step = asking(world, "v1.0.0");
        theirs(&step, "web1:1");
        let late = Effect::Delay(Duration::from_secs(2));
        step.sim.rule(Rule::on("CreateDeployment", late));
        if over {
            // The second observation comes only when it has ended.
            for read in ["DescribeServices", "ListDeployments", "BatchGetDeployments"] {
                let late = Effect::Delay(Duration::from_secs(7));
                step.sim.rule(Rule::on(read, late).nth(2));
            }
            step.sim.world(|world| {
                (world.pace.task_start, world.pace.install) = (500, 1_000);
            });
        }
        let done = step.run().await;
        let (outcome, path) = match over {
            true => ("unchanged", "nothing"),
            false => ("rolled-back", "adopt"),
        };
        done.ended(&step, outcome, &[], 0);
        assert_eq!(done.output("path"), path, "{}", done.log);
        let named = done.output("codedeploy-deployment-id");
        assert_eq!(named, "d-78IL1GTH7", "{}", done.log);
        insta::assert_snapshot!(format!("same_version_{outcome}"), done.story());
    }
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
async fn fail_refuses_and_wait_waits() {
    let (web1, id) = deploying(Reached::Shifting, pace(Reached::Shifting));
    let step = asking(web1.world.clone(), "v1.0.0").input("active-deployment", "fail");
    let done = step.run().await;
    done.refused(&step, "deployment-active");
    assert!(done.log.contains(&id) && done.log.contains("--auto-rollback-enabled"));
    let step = asking(web1.world.clone(), "v1.0.0")
        .input("active-deployment", "wait")
        .input("timeout", "3h");
    let done = step.run().await;
    done.rolled_back(&step);
    assert_eq!(shares(&step), [(web1.releases[0].digest.clone(), 100.0)]);
}
