//! A group that is busy, with `active-deployment: fail`: refused, with everything that is needed to decide about it.

use aws_sim::world::stage;
use aws_sim::world::{Reached, Start};

use crate::harness::Step;
use crate::worlds::{ago, amd64, asking, key, with};

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
async fn previous_while_a_release_has_no_traffic_could_mean_two_things() {
    let mut stage = stage::web1();
    stage
        .world
        .push_image("web1", &["v1.3.0"], amd64(), ago(600));
    let release = stage
        .world
        .register_task_definition(&stage::task_definition("v1.3.0"), ago(500));
    let id = stage
        .world
        .start_deployment(&key(), &Start::new(&release), Reached::Installing);
    let step = asking(stage.world, "previous").input("active-deployment", "fail");
    let done = step.run().await;
    done.refused_for(&step, &["previous-ambiguous", "deployment-active"])
        .says(&id);
    insta::assert_snapshot!(done.story());
}
