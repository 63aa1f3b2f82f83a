//! Three inputs are enough: container, repository, group and AppSpec are found, and each input overrides.

use aws_sim::rules::{Effect, Rule};
use aws_sim::world::stage::{self, DAY};
use aws_sim::world::{Outcome, Past, ServiceSpec, World};
use serde_json::json;

use crate::harness::{Done, Step};
use crate::worlds::{HOUR, ago, amd64, asking, never_deployed, sent_appspec, with};

fn cdk(spec: &mut ServiceSpec) {
    spec.application = Some("ShopStack-Web1EcsApplication7F3A".to_owned());
    spec.deployment_group = Some("ShopStack-Web1BlueGreenDG2C9E".to_owned());
}

/// A group for another service, in an application of its own unless one is given.
fn other_group(world: &mut World, application: Option<&str>, service: &str) {
    let mut spec = ServiceSpec::new("prod", service, "", "web");
    spec.application = application.map(str::to_owned);
    world.add_group(&spec, ago(30 * DAY));
}

fn discovered(done: &Done, what: &str) -> (String, String) {
    let report = done.report();
    let rows = report["plan"]["discovered"]
        .as_array()
        .expect("the plan says what was discovered")
        .clone();
    let row = rows
        .into_iter()
        .find(|row| row["what"] == what)
        .expect("this was discovered");
    let text = |member: &str| row[member].as_str().unwrap_or_default().to_owned();
    (text("value"), text("source"))
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
        format!("the deployment behind the primary task set, {last}")
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

#[tokio::test(start_paused = true)]
async fn the_last_deployments_hooks_stay() {
    let mut stage = stage::web1();
    let past = Past {
        hooks: vec![
            (
                "BeforeInstall".to_owned(),
                "arn:aws:lambda:ap-northeast-2:123456789012:function:migrate-check".to_owned(),
            ),
            ("AfterAllowTraffic".to_owned(), "smoke".to_owned()),
        ],
        platform_version: Some("1.4.0".to_owned()),
        ..Past::new(
            &stage.releases[2].task_definition,
            ago(HOUR / 2),
            Outcome::Succeeded,
        )
    };
    stage.world.past_deployment(&stage.service, &past);
    let step = asking(stage.world, "v1.0.0");
    let done = step.run().await;
    done.rolled_back(&step);
    let sent = sent_appspec(&step);
    assert_eq!(
        sent["Hooks"],
        json!([
            { "BeforeInstall": "arn:aws:lambda:ap-northeast-2:123456789012:function:migrate-check" },
            { "AfterAllowTraffic": "smoke" },
        ])
    );
    let properties = &sent["Resources"][0]["TargetService"]["Properties"];
    assert_eq!(
        properties["TaskDefinition"],
        stage.releases[0].task_definition.as_str()
    );
    assert_eq!(properties["PlatformVersion"], "1.4.0");
    insta::assert_snapshot!(done.story());
}

/// `web1`, whose newest deployment took its AppSpec from S3.
fn from_s3() -> World {
    let mut stage = stage::web1();
    let past = Past {
        in_s3: true,
        ..Past::new(
            &stage.releases[2].task_definition,
            ago(HOUR / 2),
            Outcome::Succeeded,
        )
    };
    stage.world.past_deployment(&stage.service, &past);
    stage.world
}

#[tokio::test(start_paused = true)]
async fn an_appspec_in_s3_is_refused() {
    let step = asking(from_s3(), "v1.0.0");
    let done = step.run().await;
    done.refused(&step, "appspec-unreadable")
        .says("s3://")
        .says("codedeploy-appspec");
    insta::assert_snapshot!(done.story());
}

const YAML: &str = "
version: 0.0
resources:
  - targetService:
      type: AWS::ECS::Service
      properties:
        taskDefinition: <TASK_DEFINITION>
        loadBalancerInfo:
          containerName: web1
          containerPort: 8080
hooks:
  - beforeAllowTraffic: smoke
";
const JSON: &str = r#"{"version": 0.0, "Resources": [{"TargetService": {"Type": "AWS::ECS::Service", "Properties": {
    "TaskDefinition": "arn:aws:ecs:ap-northeast-2:123456789012:task-definition/web1:99",
    "LoadBalancerInfo": {"ContainerName": "web1", "ContainerPort": 8080}}}}],
    "Hooks": [{"BeforeAllowTraffic": "smoke"}]}"#;

#[tokio::test(start_paused = true)]
async fn an_appspec_file_in_yaml_or_json() {
    for (name, text) in [("appspec.yml", YAML), ("deploy/appspec.json", JSON)] {
        let step = asking(from_s3(), "v1.0.0").input("codedeploy-appspec", name);
        std::fs::create_dir_all(step.folder.path().join("deploy")).unwrap();
        let step = step.file(name, text);
        let done = step.run().await;
        done.rolled_back(&step);
        let sent = sent_appspec(&step);
        assert_eq!(
            sent["Hooks"],
            json!([{ "BeforeAllowTraffic": "smoke" }]),
            "{name}"
        );
        let properties = &sent["Resources"][0]["TargetService"]["Properties"];
        assert_eq!(
            properties["TaskDefinition"],
            "arn:aws:ecs:ap-northeast-2:123456789012:task-definition/web1:1"
        );
        assert!(discovered(&done, "AppSpec").1.contains(name));
        done.says("BeforeAllowTraffic");
    }
}

#[tokio::test(start_paused = true)]
async fn an_appspec_for_another_container_or_port() {
    for (from, to, said) in [
        ("containerName: web1", "containerName: web", "web1, envoy"),
        ("8080", "9090", "9090"),
    ] {
        let step = Step::web1("v1.0.0")
            .input("codedeploy-appspec", "appspec.yml")
            .file("appspec.yml", &YAML.replace(from, to));
        let done = step.run().await;
        done.refused(&step, "appspec-invalid").says(said);
    }
}

#[tokio::test(start_paused = true)]
async fn a_key_twice_in_an_appspec_names_its_line() {
    let step = Step::web1("v1.0.0")
        .input("codedeploy-appspec", "appspec.yml")
        .file("appspec.yml", &format!("{YAML}Hooks: []\n"));
    let done = step.run().await;
    done.refused(&step, "file-invalid").says("line 13");
    assert!(step.sim.calls().is_empty(), "AWS was asked");
}

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
