//! The deployment group is found, and each input overrides.

use std::time::Duration;

use aws_sim::rules::{Effect, Rule};
use aws_sim::world::stage::DAY;
use aws_sim::world::{GroupNames, Outcome, Past, ServiceSpec, World, stage};
use serde_json::json;

use super::setting::discovered;
use crate::harness::Step;
use crate::harness::measures::cdk;
use crate::harness::worlds::{ago, amd64, asking, key, never_deployed, sent_appspec, with};

/// A group for another service, in an application of its own unless one is given.
fn other_group(world: &mut World, application: Option<&str>, service: &str) {
    let mut spec = ServiceSpec::new("prod", service, "", "web");
    spec.application = application.map(str::to_owned);
    world.add_group(&spec, ago(30 * DAY));
}

#[tokio::test(start_paused = true)]
async fn the_names_that_the_aws_cli_gives() {
    let step = asking(never_deployed(|_| {}), "v1.0.0");
    let done = step.run().await;
    done.rolled_back(&step);
    assert_eq!(step.sim.calls().count("ListApplications"), 0);
    let (group, source) = discovered(&done, "deployment group");
    assert_eq!(
        (group.as_str(), source.as_str()),
        (
            "AppECS-prod-web1 / DgpECS-prod-web1",
            "the names that AWS's CLI gives"
        )
    );
    let (appspec, source) = discovered(&done, "AppSpec");
    assert_eq!(appspec, "no hooks");
    assert!(source.contains("load balancer"), "{source}");
    let sent = sent_appspec(&step);
    let properties = &sent["Resources"][0]["TargetService"]["Properties"];
    assert_eq!(
        properties["LoadBalancerInfo"],
        json!({ "ContainerName": "web1", "ContainerPort": 8080 })
    );
    insta::assert_snapshot!(done.story());
}

#[tokio::test(start_paused = true)]
async fn a_free_name_is_found_through_the_primary_task_set() {
    let stage = with(cdk);
    let last = stage.releases[2].deployment.clone();
    let step = asking(stage.world, "v1.0.0");
    let done = step.run().await;
    done.rolled_back(&step);
    assert_eq!(step.sim.calls().count("ListApplications"), 0);
    let (group, source) = discovered(&done, "deployment group");
    assert_eq!(
        group,
        "ShopStack-Web1EcsApplication7F3A / ShopStack-Web1BlueGreenDG2C9E"
    );
    assert_eq!(
        source,
        format!("the deployment that made the primary task set, {last}")
    );
}

#[tokio::test(start_paused = true)]
async fn long_names_are_cut_as_the_aws_cli_cuts_them() {
    let (cluster, service) = ("c".repeat(60), "s".repeat(60));
    let mut world = World::new(stage::ACCOUNT, stage::REGION, ago(0));
    world.add_repository("web1");
    let mut spec = ServiceSpec::new(&cluster, &service, "", "web1");
    for tag in ["v1.0.0", "v1.2.0"] {
        world.push_image("web1", &[tag], amd64(), ago(DAY));
        spec.task_definition =
            world.register_task_definition(&stage::task_definition(tag), ago(DAY));
    }
    world.create_service(&spec, ago(DAY));
    let step = Step::on(world)
        .input("version", "v1.0.0")
        .input("cluster", &cluster)
        .input("service", &service);
    let done = step.run().await;
    done.rolled_back(&step);
    let (group, _) = discovered(&done, "deployment group");
    assert_eq!(
        group,
        format!(
            "AppECS-{0}-{1} / DgpECS-{0}-{1}",
            "c".repeat(46),
            "s".repeat(46)
        )
    );
}

#[tokio::test(start_paused = true)]
async fn a_free_name_is_searched_for_among_all_groups_page_by_page() {
    let mut world = never_deployed(cdk);
    for number in 0..130 {
        other_group(&mut world, None, &format!("api{number}"));
        other_group(&mut world, Some("AAA-shared"), &format!("job{number}"));
    }
    let step = asking(world, "v1.0.0");
    let done = step.run().await;
    done.rolled_back(&step);
    assert!(
        step.sim.calls().count("ListApplications") > 1,
        "paging is part of this test"
    );
    let (group, source) = discovered(&done, "deployment group");
    assert_eq!(
        group,
        "ShopStack-Web1EcsApplication7F3A / ShopStack-Web1BlueGreenDG2C9E"
    );
    assert_eq!(source, "the groups that name the service");
}

#[tokio::test(start_paused = true)]
async fn default_names_that_belong_to_another_service_are_passed_by() {
    let mut world = never_deployed(cdk);
    let mut imposter = ServiceSpec::new("prod", "web2", "", "web");
    imposter.application = Some("AppECS-prod-web1".to_owned());
    imposter.deployment_group = Some("DgpECS-prod-web1".to_owned());
    world.add_group(&imposter, ago(30 * DAY));
    let step = asking(world, "v1.0.0");
    let done = step.run().await;
    done.rolled_back(&step);
    assert_eq!(
        discovered(&done, "deployment group").1,
        "the groups that name the service"
    );
}

const APP: &str = "AppECS-prod-web1";
const GROUP: &str = "DgpECS-prod-web1";

#[tokio::test(start_paused = true)]
async fn a_group_names_the_service_by_name_or_arn() {
    for names in [
        GroupNames::Plain,
        GroupNames::ServiceArn,
        GroupNames::ClusterArn,
        GroupNames::BothArns,
    ] {
        let named = |spec: &mut ServiceSpec| spec.group_names = names;
        let searched = never_deployed(|spec| {
            cdk(spec);
            named(spec);
        });
        for world in [with(named).world, searched] {
            let step = asking(world, "v1.0.0");
            let done = step.run().await;
            done.rolled_back(&step);
        }
    }
}

#[tokio::test(start_paused = true)]
async fn a_group_that_was_made_anew_by_another_name() {
    let mut stage = stage::web1();
    stage.world.delete_group(APP, GROUP);
    let mut spec = ServiceSpec::new("prod", "web1", "", "web1");
    spec.deployment_group = Some("blue-green".to_owned());
    stage.world.add_group(&spec, ago(600));
    let step = asking(stage.world, "v1.0.0");
    let done = step.run().await;
    done.rolled_back(&step);
    let (group, source) = discovered(&done, "deployment group");
    assert_eq!(group, "AppECS-prod-web1 / blue-green");
    assert_eq!(
        source,
        "the groups that name the service; AppECS-prod-web1 / DgpECS-prod-web1, which made the primary task set, does not exist any more"
    );
    insta::assert_snapshot!(done.story());
}

#[tokio::test(start_paused = true)]
async fn a_group_that_moved_to_another_service() {
    let mut stage = with(cdk);
    let mut spec = ServiceSpec::new("prod", "web1", "", "web1");
    spec.application = Some(stage.application.clone());
    spec.deployment_group = Some("blue-green".to_owned());
    stage.world.add_group(&spec, ago(600));
    let mut moved = ServiceSpec::new("prod", "web2", "", "web");
    moved.application = Some(stage.application.clone());
    moved.deployment_group = Some(stage.deployment_group.clone());
    stage
        .world
        .delete_group(&stage.application, &stage.deployment_group);
    stage.world.add_group(&moved, ago(600));
    let step = asking(stage.world, "v1.0.0");
    let done = step.run().await;
    done.rolled_back(&step);
    let (group, source) = discovered(&done, "deployment group");
    assert!(group.ends_with(" / blue-green"), "{group}");
    assert!(
        source.ends_with("does not deploy this service any more"),
        "{source}"
    );
}

#[tokio::test(start_paused = true)]
async fn an_application_that_was_made_anew_by_another_name() {
    let mut stage = stage::web1();
    stage.world.delete_application(APP);
    let mut spec = ServiceSpec::new("prod", "web1", "", "web1");
    cdk(&mut spec);
    stage.world.add_group(&spec, ago(600));
    let step = asking(stage.world, "v1.0.0");
    let done = step.run().await;
    done.rolled_back(&step)
        .says("AppECS-prod-web1 is gone")
        .says("this deployment runs no hooks");
    let (group, _) = discovered(&done, "deployment group");
    assert_eq!(
        group,
        "ShopStack-Web1EcsApplication7F3A / ShopStack-Web1BlueGreenDG2C9E"
    );
}

#[tokio::test(start_paused = true)]
async fn a_group_that_is_gone_with_no_other() {
    let mut stage = stage::web1();
    stage.world.delete_group(APP, GROUP);
    let step = asking(stage.world, "v1.0.0");
    let done = step.run().await;
    done.refused(&step, "deployment-group-not-found")
        .says("deploys prod/web1");
}

#[tokio::test(start_paused = true)]
async fn of_two_groups_the_one_with_the_newest_deployment() {
    for newest in ["aaa", "zzz"] {
        let mut world = never_deployed(cdk);
        for (group, age) in [("aaa", 4 * DAY), ("zzz", 3 * DAY)] {
            let mut spec = ServiceSpec::new("prod", "web1", "", "web1");
            spec.application = Some("shared".to_owned());
            spec.deployment_group = Some(group.to_owned());
            world.add_group(&spec, ago(9 * DAY));
            let age = if group == newest { DAY } else { age };
            let revision = world.serving("prod", "web1")[0].task_definition.clone();
            let past = Past {
                group: Some(("shared".to_owned(), group.to_owned())),
                ..Past::new(&revision, ago(age), Outcome::Failed)
            };
            world.past_deployment(&key(), &past);
        }
        let step = asking(world, "v1.0.0");
        let done = step.run().await;
        done.rolled_back(&step);
        let (group, source) = discovered(&done, "deployment group");
        assert_eq!(group, format!("shared / {newest}"));
        assert!(
            source.starts_with("the newest deployment of all groups that name the service"),
            "{source}"
        );
        let other = if newest == "aaa" { "zzz" } else { "aaa" };
        assert!(source.contains(&format!("shared / {other}")), "{source}");
        done.says(&source);
    }
}

#[tokio::test(start_paused = true)]
async fn the_search_rides_out_throttling() {
    let mut world = never_deployed(cdk);
    for number in 0..300 {
        other_group(&mut world, None, &format!("api{number}"));
    }
    world.switches.codedeploy_reads_per_second = Some(10);
    let step = asking(world, "v1.0.0");
    let done = step.run().await;
    done.rolled_back(&step);
    assert!(done.took < Duration::from_secs(600), "{:?}", done.took);
}

#[tokio::test(start_paused = true)]
async fn no_group_at_all() {
    let stage = never_deployed(|spec| spec.deployment_group = Some("other".to_owned()));
    let step = asking(stage, "v1.0.0").sim(|sim| {
        sim.rule(Rule::on("ListApplications", Effect::Pass));
        sim
    });
    step.sim.world(|world| {
        let mut moved = ServiceSpec::new("prod", "web2", "", "web");
        moved.application = Some("AppECS-prod-web1".to_owned());
        moved.deployment_group = Some("other".to_owned());
        world.add_group(&moved, ago(DAY));
    });
    let done = step.run().await;
    done.refused(&step, "deployment-group-not-found")
        .says("prod/web1");
}

#[tokio::test(start_paused = true)]
async fn the_inputs_say_which_group() {
    let step = asking(never_deployed(cdk), "v1.0.0")
        .input("codedeploy-application", "ShopStack-Web1EcsApplication7F3A")
        .input(
            "codedeploy-deployment-group",
            "ShopStack-Web1BlueGreenDG2C9E",
        );
    let done = step.run().await;
    done.rolled_back(&step);
    assert_eq!(discovered(&done, "deployment group").1, "the inputs");
    assert_eq!(step.sim.calls().count("ListApplications"), 0);
}

#[tokio::test(start_paused = true)]
async fn one_of_the_two_inputs_is_enough() {
    for (input, value) in [
        ("codedeploy-application", "ShopStack-Web1EcsApplication7F3A"),
        (
            "codedeploy-deployment-group",
            "ShopStack-Web1BlueGreenDG2C9E",
        ),
    ] {
        let step = asking(never_deployed(cdk), "v1.0.0").input(input, value);
        let done = step.run().await;
        done.rolled_back(&step);
        let (group, _) = discovered(&done, "deployment group");
        assert_eq!(
            group, "ShopStack-Web1EcsApplication7F3A / ShopStack-Web1BlueGreenDG2C9E",
            "{input}"
        );
    }
}

#[tokio::test(start_paused = true)]
async fn an_application_that_is_not_there() {
    let both = Step::web1("v1.0.0")
        .input("codedeploy-application", "AppECS-prod-wbe1")
        .input("codedeploy-deployment-group", "DgpECS-prod-web1");
    let alone = Step::web1("v1.0.0").input("codedeploy-application", "AppECS-prod-wbe1");
    for step in [both, alone] {
        let done = step.run().await;
        done.refused(&step, "application-not-found")
            .says("AppECS-prod-wbe1");
        insta::assert_snapshot!("application_not_found", done.story());
    }
}

#[tokio::test(start_paused = true)]
async fn a_group_that_is_not_there() {
    let both = Step::web1("v1.0.0")
        .input("codedeploy-application", "AppECS-prod-web1")
        .input("codedeploy-deployment-group", "DgpECS-prod-wbe1");
    let alone = Step::web1("v1.0.0").input("codedeploy-deployment-group", "DgpECS-prod-wbe1");
    for step in [both, alone] {
        let done = step.run().await;
        done.refused(&step, "deployment-group-not-found")
            .says("DgpECS-prod-wbe1");
    }
}

#[tokio::test(start_paused = true)]
async fn a_group_that_deploys_another_service() {
    let mut world = stage::web1().world;
    other_group(&mut world, None, "web2");
    let step = asking(world, "v1.0.0")
        .input("codedeploy-application", "AppECS-prod-web2")
        .input("codedeploy-deployment-group", "DgpECS-prod-web2");
    let done = step.run().await;
    done.refused(&step, "deployment-group-mismatch")
        .says("prod/web2")
        .says("prod/web1");
    insta::assert_snapshot!(done.story());
}
