//! What a run says that is refused by what it reads first, or before it reads anything.

use aws_sim::Sim;
use aws_sim::rules::{Effect, Rule};
use aws_sim::world::{ServiceSpec, Strategy, World, stage};

use crate::harness::Step;
use crate::harness::worlds::{ago, asking, key};
use crate::rollback::ecs::setting::brisk;

#[tokio::test(start_paused = true)]
async fn several_denials_are_told_together() {
    let step = Step::web1("v1.0.0");
    for action in [
        "ecs:DescribeTasks",
        "ecs:DescribeTaskDefinition",
        "codedeploy:GetDeployment",
    ] {
        let name = action.split(':').nth(1).expect("an action has a name");
        step.sim.rule(Rule::on(name, Effect::access_denied(action)));
    }
    let done = step.run().await;
    done.refused_for(&step, &["access-denied"; 3]);
    insta::assert_snapshot!(done.story());
}

#[tokio::test(start_paused = true)]
async fn a_word_that_is_almost_previous() {
    for word in ["previos", "prevoius", "Previous"] {
        let step = Step::web1(word);
        step.run()
            .await
            .refused(&step, "image-not-found")
            .says("Did you mean previous?");
    }
}

#[tokio::test(start_paused = true)]
async fn an_express_mode_service() {
    let native1 = stage::native1_with(Strategy::Canary, |spec| spec.express = true);
    let step = asking(native1.world, "v1.0.0");
    let done = step.run().await;
    done.refused(&step, "controller-unsupported")
        .says("prod/web1 is an Express Mode service")
        .says("aws ecs update-express-gateway-service --service-arn arn:aws:ecs:");
}

#[tokio::test(start_paused = true)]
async fn another_region() {
    let elsewhere = || World::new(stage::ACCOUNT, "us-east-1", ago(0));
    let step = Step::web1("v1.0.0")
        .input("aws-region", "us-east-1")
        .sim(|sim: Sim<World>| sim.with_other_regions(elsewhere()));
    let done = step.run().await;
    done.refused(&step, "cluster-not-found").says("us-east-1");
    insta::assert_snapshot!(done.story());
}

#[tokio::test(start_paused = true)]
async fn no_region_or_another_one_in_an_arn() {
    let step = Step::web1("v1.0.0").variable("AWS_REGION", "");
    let done = step.run().await;
    done.refused(&step, "region-missing");
    let step =
        Step::web1("v1.0.0").input("cluster", "arn:aws:ecs:us-east-1:123456789012:cluster/prod");
    let done = step.run().await;
    done.refused(&step, "region-missing").says("us-east-1");
    assert!(step.sim.calls().is_empty());
}

#[tokio::test(start_paused = true)]
async fn no_credentials() {
    let mut step = Step::web1("v1.0.0");
    step.credentials = None;
    let done = step.run().await;
    done.refused(&step, "credentials-missing")
        .says("configure-aws-credentials");
    assert!(step.sim.calls().is_empty());
    insta::assert_snapshot!(done.story());
}

#[tokio::test(start_paused = true)]
async fn all_bad_inputs_in_one_answer() {
    let step = Step::web1("v1.0.0")
        .input("mode", "rolback")
        .input("timeout", "30")
        .input("wait-for", "trafic")
        .input("dry-run", "yes please")
        .input("service", "")
        .variable("INPUT_DRY_RUN", "true");
    let done = step.run().await;
    assert!(
        done.codes().len() >= 6 && done.codes().iter().all(|code| code == "bad-input"),
        "{}",
        done.log
    );
    assert_eq!((done.exit, done.output("outcome")), (2, "refused"));
    assert!(step.sim.calls().is_empty());
    insta::assert_snapshot!(done.story());
}

#[tokio::test(start_paused = true)]
async fn a_group_of_another_compute_platform() {
    let mut world = stage::web1().world;
    let functions = ServiceSpec {
        application: Some("functions".to_owned()),
        deployment_group: Some("nightly".to_owned()),
        compute_platform: "Lambda",
        ..ServiceSpec::new("prod", "web1", "", "web1")
    };
    world.add_group(&functions, ago(stage::DAY));
    let step = asking(world, "v1.0.0")
        .input("codedeploy-application", "functions")
        .input("codedeploy-deployment-group", "nightly");
    let done = step.run().await;
    done.refused(&step, "deployment-group-mismatch");
    insta::assert_snapshot!(done.story());
}

#[tokio::test(start_paused = true)]
async fn a_service_without_a_primary_task_set() {
    let native1 = brisk(Strategy::Canary).world;
    for (by, mut world) in [("codedeploy", stage::web1().world), ("ecs", native1)] {
        world.remove_task_sets(&key());
        let step = asking(world, "v1.0.0");
        let done = step.run().await;
        done.refused(&step, "service-not-found");
        insta::assert_snapshot!(format!("no_task_set_{by}"), done.story());
    }
}

#[tokio::test(start_paused = true)]
async fn tags_that_cannot_be_listed() {
    let step = Step::web1("v1.0.1");
    let denied = Effect::access_denied("ecr:DescribeImages");
    let lists = |input: &serde_json::Value| input.get("imageIds").is_none();
    step.sim
        .rule(Rule::on("DescribeImages", denied).when(lists));
    let done = step.run().await;
    done.refused(&step, "image-not-found");
    insta::assert_snapshot!(done.story());
}
