//! What is asked for, and what there is: containers, repositories, services that can't be deployed.

use aws_sim::world::stage;

use super::setting::discovered;
use crate::harness::Step;
use crate::harness::worlds::{ago, amd64, asking, with};

#[tokio::test(start_paused = true)]
async fn the_container_is_the_one_behind_the_load_balancer_or_the_one_named() {
    let done = Step::web1("v1.0.0").run().await;
    assert_eq!(
        discovered(&done, "container"),
        ("web1".to_owned(), "the service's load balancer".to_owned())
    );
    let step = Step::web1("v1.0.0").input("container-name", "web1");
    let done = step.run().await;
    done.rolled_back(&step);
    assert_eq!(
        discovered(&done, "container"),
        ("web1".to_owned(), "the input container-name".to_owned())
    );
}

#[tokio::test(start_paused = true)]
async fn a_container_that_is_not_there_lists_those_that_are() {
    let step = Step::web1("v1.0.0").input("container-name", "wbe1");
    let done = step.run().await;
    done.refused(&step, "container-not-found")
        .says("web1, envoy");
    insta::assert_snapshot!(done.story());
}

#[tokio::test(start_paused = true)]
async fn the_repository_named_counts() {
    let mut stage = stage::web1();
    stage.world.add_repository("web1-hotfix");
    stage
        .world
        .push_image("web1-hotfix", &["v9"], amd64(), ago(600));
    for repository in [
        "web1-hotfix",
        "123456789012.dkr.ecr.ap-northeast-2.amazonaws.com/web1-hotfix",
    ] {
        let step = asking(stage.world.clone(), "v9").input("repository", repository);
        let done = step.run().await;
        done.rolled_back(&step);
        assert!(
            done.output("image").contains("/web1-hotfix@sha256:"),
            "{}",
            done.output("image")
        );
        assert_eq!(discovered(&done, "repository").1, "the input");
    }
    let step = asking(stage.world, "v9").input("repository", "web9");
    let done = step.run().await;
    done.refused(&step, "repository-not-found").says("web9");
    insta::assert_snapshot!(done.story());
}

#[tokio::test(start_paused = true)]
async fn a_service_or_cluster_that_is_not_there() {
    let step = Step::web1("v1.0.0").input("service", "wbe1");
    let done = step.run().await;
    done.refused(&step, "service-not-found").says("wbe1");
    let step = Step::web1("v1.0.0").input("cluster", "prdo");
    let done = step.run().await;
    done.refused(&step, "cluster-not-found").says("prdo");
    let step = Step::web1("v1.0.0");
    step.sim.world(|world| world.delete_service("prod", "web1"));
    let done = step.run().await;
    done.refused(&step, "service-not-found");
}

#[tokio::test(start_paused = true)]
async fn services_that_this_version_cannot_roll_back() {
    use aws_sim::world::Controller;
    let step = asking(
        with(|spec| spec.controller = Controller::External).world,
        "v1.0.0",
    );
    let done = step.run().await;
    done.refused(&step, "controller-unsupported")
        .says("EXTERNAL");
    let step = asking(with(|spec| spec.desired_count = 0).world, "v1.0.0");
    let done = step.run().await;
    done.refused(&step, "service-scaled-to-zero");
}

#[tokio::test(start_paused = true)]
async fn an_arn_gives_cluster_and_service() {
    let step = Step::on(stage::web1().world)
        .input("version", "v1.0.0")
        .input(
            "cluster",
            "arn:aws:ecs:ap-northeast-2:123456789012:cluster/prod",
        )
        .input(
            "service",
            "arn:aws:ecs:ap-northeast-2:123456789012:service/prod/web1",
        );
    let done = step.run().await;
    done.rolled_back(&step);
}
