//! The AppSpec: the last deployment's with its hooks, or a file's.

use aws_sim::world::{
    CapacityProvider, MadeWith, Outcome, Past, ServiceKey, ServiceSpec, World, stage,
};
use serde_json::json;

use super::setting::discovered;
use crate::harness::Step;
use crate::harness::worlds::{HOUR, ago, asking, sent_appspec};

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

/// `prod/web2`, which CreateService started on FARGATE_SPOT and CodeDeploy has never deployed.
fn on_spot() -> (World, ServiceKey, MadeWith) {
    let mut stage = stage::web1();
    let made_with = MadeWith {
        capacity_providers: vec![CapacityProvider::new("FARGATE_SPOT", 0, 4)],
        platform_version: Some("1.4.0".to_owned()),
        ..MadeWith::default()
    };
    let mut web2 = ServiceSpec::new("prod", "web2", &stage.releases[2].task_definition, "web1");
    web2.made_with = made_with.clone();
    let now = stage.world.now();
    stage.world.create_service(&web2, now);
    (stage.world, ServiceKey::new("prod", "web2"), made_with)
}

fn asking_web2(world: World) -> Step {
    Step::on(world)
        .input("cluster", "prod")
        .input("service", "web2")
        .input("version", "v1.0.0")
}

/// Without its strategy in the AppSpec, a service on FARGATE_SPOT comes back on FARGATE.
#[tokio::test(start_paused = true)]
async fn a_fresh_appspec_leaves_the_tasks_on_their_capacity_providers() {
    let (world, key, made_with) = on_spot();
    let step = asking_web2(world);
    let done = step.run().await;
    done.rolled_back(&step);
    assert!(
        !done.log.contains("CapacityProviderStrategy"),
        "{}",
        done.log
    );
    let now = step.sim.world(|world| world.made_with(&key).cloned());
    let now = now.expect("a task set");
    assert_eq!(now.capacity_providers, made_with.capacity_providers);
    assert_eq!(now.platform(), made_with.platform());
}

/// A file is taken as it is, and what it loses is said.
#[tokio::test(start_paused = true)]
async fn an_appspec_file_without_capacity_providers_is_a_warning() {
    let (world, key, _) = on_spot();
    let file = json!({ "Resources": [{ "web2": {
        "Type": "AWS::ECS::Service",
        "Properties": { "LoadBalancerInfo": { "ContainerName": "web1", "ContainerPort": 8080 } },
    }}]});
    let step = asking_web2(world)
        .input("codedeploy-appspec", "appspec.json")
        .file("appspec.json", &file.to_string());
    let done = step.run().await;
    done.rolled_back(&step)
        .says("the AppSpec has no CapacityProviderStrategy, but the running tasks have one (FARGATE_SPOT)");
    let now = step.sim.world(|world| world.made_with(&key).cloned());
    assert!(now.expect("a task set").capacity_providers.is_empty());
}

/// AWS's CLI takes any name for the one resource, so a release may have been made with another.
#[tokio::test(start_paused = true)]
async fn a_release_whose_resource_has_another_name_counts() {
    let mut stage = stage::web1();
    let bad = stage.releases[1].task_definition.clone();
    let appspec = json!({ "Resources": [{ "my-shop": {
        "Type": "AWS::ECS::Service",
        "Properties": {
            "TaskDefinition": bad,
            "LoadBalancerInfo": { "ContainerName": "web1", "ContainerPort": 8080 },
        },
    }}]});
    let past = Past {
        appspec: Some(appspec.to_string()),
        ..Past::new(&bad, ago(HOUR / 2), Outcome::Succeeded)
    };
    stage.world.past_deployment(&stage.service, &past);
    let step = asking(stage.world, "previous");
    let done = step.run().await;
    // v1.1.0 came last, as a return, though its AppSpec calls the resource as nobody else does.
    done.ended(&step, "unchanged", &[], 0);
    assert_eq!(done.output("version"), "v1.1.0");
    assert!(!done.log.contains("can't be read"), "{}", done.log);
}
