//! What is asked for, and what there is: inputs of CodeDeploy, moved tags, services that can't be deployed.

use aws_sim::world::stage::{Native1, task_definition};
use aws_sim::world::{Controller, NativePhase, Strategy};
use serde_json::{Value, json};

use super::setting::{began, brisk, brisk_with, briskly_deploying, serves, step};
use crate::harness::worlds::{ago, amd64};

const APPSPEC: &str = "version: 0.0
Resources:
  - TargetService:
      Type: AWS::ECS::Service
      Properties:
        TaskDefinition: <TASK_DEFINITION>
        LoadBalancerInfo: { ContainerName: web1, ContainerPort: 8080 }
";

#[tokio::test(start_paused = true)]
async fn inputs_of_codedeploy_are_one_warning() {
    let native1 = brisk(Strategy::Canary);
    let step = step(&native1.world, "v1.0.0")
        .input("codedeploy-application", "shop")
        .input("codedeploy-deployment-group", "shop")
        .input("codedeploy-deployment-config", "inherit")
        .input("codedeploy-appspec", "appspec.yaml")
        .file("appspec.yaml", APPSPEC);
    let done = step.run().await;
    done.ended(&step, "rolled-back", &[], 0);
    let warnings: Vec<_> = done
        .log
        .lines()
        .filter(|line| line.starts_with("::warning"))
        .collect();
    assert_eq!(warnings.len(), 1, "{}", done.log);
    insta::assert_snapshot!(warnings[0]);
}

/// v1.2.0 is on another image than when it was deployed.
fn moved(strategy: Strategy) -> (Native1, String) {
    let mut native1 = brisk(strategy);
    let digest = native1
        .world
        .push_image("web1", &["v1.2.0"], amd64(), ago(60));
    (native1, digest)
}

#[tokio::test(start_paused = true)]
async fn a_tag_that_moved_is_deployed_with_the_services_own_revision() {
    for strategy in Strategy::ALL {
        let (native1, digest) = moved(strategy);
        let step = step(&native1.world, "v1.2.0");
        let done = step.run().await;
        done.ended(&step, "rolled-back", &[], 0).says("has moved");
        began(&step, &native1.world, 1, &done.log);
        assert_eq!(done.output("image-digest"), digest);
        assert!(
            done.output("previous-image")
                .ends_with(&native1.releases[2].digest)
        );
        assert_eq!(done.output("undo-version"), native1.releases[2].digest);
        assert_eq!(
            crate::harness::check::serving(&step),
            [("web1:3".to_owned(), digest, 100.0)]
        );
        let update = step
            .sim
            .calls()
            .of("UpdateService")
            .next()
            .map(|call| call.input.clone());
        assert_eq!(update.expect("it was sent")["forceNewDeployment"], true);
        if strategy == Strategy::Rolling {
            insta::assert_snapshot!(done.story());
        }
    }
}

/// ECS holds the tasks of a service deployment to the digest that its first task pulled.
#[tokio::test(start_paused = true)]
async fn a_tag_that_moves_under_a_deployment_is_not_what_it_brings() {
    let (mut native1, _) = briskly_deploying(Strategy::Canary, NativePhase::Shifting);
    let digest = native1
        .world
        .push_image("web1", &["v1.2.0"], amd64(), ago(0));
    let step = step(&native1.world, "v1.2.0");
    let done = step.run().await;
    done.ended(&step, "rolled-back", &[], 0);
    assert_eq!(done.output("path"), "stop-and-redeploy", "{}", done.log);
    began(&step, &native1.world, 1, &done.log);
    assert_eq!(
        crate::harness::check::serving(&step),
        [("web1:3".to_owned(), digest, 100.0)]
    );
}

#[tokio::test(start_paused = true)]
async fn the_way_back_is_a_digest_not_a_tag() {
    let (mut native1, _) = briskly_deploying(Strategy::BlueGreen, NativePhase::Baking);
    native1
        .world
        .push_image("web1", &["v1.1.0"], amd64(), ago(0));
    let digest = native1.releases[1].digest.clone();
    let step = step(&native1.world, &digest);
    let done = step.run().await;
    done.ended(&step, "rolled-back", &[], 0);
    assert_eq!(done.output("path"), "reroute", "{}", done.log);
    serves(&step, &native1, 1, &done.log);
}

#[tokio::test(start_paused = true)]
async fn exactly_one_revision() {
    let native1 = brisk(Strategy::Rolling);
    let step = step(&native1.world, "v1.1.0").input("task-definition", "web1:2");
    let done = step.run().await;
    done.ended(&step, "rolled-back", &[], 0);
    serves(&step, &native1, 1, &done.log);
    let step = self::step(&native1.world, "v1.2.0").input("task-definition", "web1:3");
    let done = step.run().await;
    done.ended(&step, "unchanged", &[], 0).wrote_nothing(&step);
}

#[tokio::test(start_paused = true)]
async fn the_running_revision_with_another_image() {
    let native1 = brisk(Strategy::Linear);
    let step = step(&native1.world, "v1.0.0").input("task-definition", "current");
    let done = step.run().await;
    done.ended(&step, "rolled-back", &[], 0);
    assert_eq!(crate::harness::check::serving(&step)[0].0, "web1:4");
    serves(&step, &native1, 0, &done.log);
}

#[tokio::test(start_paused = true)]
async fn only_the_task_definition_is_written() {
    for strategy in [Strategy::Rolling, Strategy::Linear] {
        let native1 = brisk(strategy);
        let step = step(&native1.world, "v1.0.0");
        step.run().await.ended(&step, "rolled-back", &[], 0);
        let calls = step.sim.calls();
        let update = &calls.of("UpdateService").next().expect("it was sent").input;
        let members: Vec<_> = update
            .as_object()
            .expect("an object")
            .keys()
            .map(String::as_str)
            .collect();
        assert!(
            members
                .iter()
                .all(|member| ["cluster", "service", "taskDefinition"].contains(member)),
            "{members:?}"
        );
    }
}

#[tokio::test(start_paused = true)]
async fn a_service_with_no_tasks_is_refused() {
    for strategy in Strategy::ALL {
        let native1 = brisk_with(strategy, |spec| spec.desired_count = 0);
        let step = step(&native1.world, "v1.0.0");
        let done = step.run().await;
        assert_eq!(
            (done.exit, done.output("outcome")),
            (2, "refused"),
            "{}",
            done.log
        );
        done.wrote_nothing(&step).says("desired count");
        if strategy == Strategy::Rolling {
            insta::assert_snapshot!(done.story());
        }
    }
}

#[tokio::test(start_paused = true)]
async fn an_external_controller_is_refused() {
    let native1 = brisk_with(Strategy::Rolling, |spec| {
        spec.controller = Controller::External
    });
    let step = step(&native1.world, "v1.0.0");
    let done = step.run().await;
    assert_eq!(
        (done.exit, done.output("outcome")),
        (2, "refused"),
        "{}",
        done.log
    );
    done.wrote_nothing(&step).says("EXTERNAL");
    insta::assert_snapshot!(done.story());
}

#[tokio::test(start_paused = true)]
async fn a_service_whose_deployments_are_not_on_record() {
    for strategy in Strategy::ALL {
        let native1 = brisk_with(strategy, |spec| spec.native.recorded = false);
        let step = step(&native1.world, "v1.0.0");
        let done = step.run().await;
        done.ended(&step, "rolled-back", &[], 0);
        serves(&step, &native1, 0, &done.log);
        let step = self::step(&native1.world, "previous");
        let done = step.run().await;
        done.refused(&step, "previous-unknown");
        if strategy == Strategy::Rolling {
            insta::assert_snapshot!(done.story());
        }
    }
}

#[tokio::test(start_paused = true)]
async fn an_idle_service_that_names_its_last_deployment() {
    for strategy in Strategy::ALL {
        let mut native1 = brisk(strategy);
        native1.world.switches.idle_names_deployment = true;
        for (version, outcome) in [("v1.0.0", "rolled-back"), ("v1.2.0", "unchanged")] {
            let step = step(&native1.world, version);
            let done = step.run().await;
            done.ended(&step, outcome, &[], 0);
        }
    }
}

/// v1.0.0 once more, with other ports of its container.
fn with_ports(native1: &mut Native1, ports: Value) {
    let mut revision = task_definition("v1.0.0");
    revision["containerDefinitions"][0]["portMappings"] = ports;
    native1.world.register_task_definition(&revision, ago(900));
}

/// ECS would refuse these only when the release in progress has been stopped.
#[tokio::test(start_paused = true)]
async fn a_revision_without_the_port_of_the_load_balancer_stops_nothing() {
    let (mut native1, _) = briskly_deploying(Strategy::Canary, NativePhase::Shifting);
    with_ports(&mut native1, json!([{ "containerPort": 9090 }]));
    let step = step(&native1.world, "v1.0.0");
    let done = step.run().await;
    done.refused(&step, "task-definition-mismatch");
    insta::assert_snapshot!(done.story());
    // What the hint says works.
    let step = step.input("task-definition", "current");
    let done = step.run().await;
    done.ended(&step, "rolled-back", &[], 0);
    serves(&step, &native1, 0, &done.log);
}

#[tokio::test(start_paused = true)]
async fn a_revision_without_a_port_of_service_connect_is_refused() {
    let mut native1 = brisk_with(Strategy::Rolling, |spec| {
        spec.service_connect = vec!["http".to_owned()];
    });
    let step = self::step(&native1.world, "v1.0.0");
    let done = step.run().await;
    done.refused(&step, "task-definition-mismatch").says(
        "web1:1 lacks a port named http, which the service's Service Connect sends traffic to",
    );
    with_ports(
        &mut native1,
        json!([{ "containerPort": 8080, "name": "http" }]),
    );
    let step = self::step(&native1.world, "v1.0.0");
    let done = step.run().await;
    done.ended(&step, "rolled-back", &[], 0);
    serves(&step, &native1, 0, &done.log);
}
