//! Unusual services: on another architecture, in Express Mode, made by CloudFormation, and draining.

use serde_json::{Value, json};

use super::super::stage::{self, Native1};
use super::super::{ImageSpec, NativePhase, Strategy};
use super::{ask, at, refused};
use crate::aws::Service;

#[test]
fn tasks_may_run_on_another_architecture_than_the_task_definition_says() {
    let mut web1 = stage::native1_with(Strategy::Rolling, |spec| spec.runs_on = Some("ARM64"));
    let arm = ImageSpec::index(&[("linux", "arm64")]);
    let digest = web1.world.push_image("web1", &["arm"], arm, at(0));
    let arn = web1
        .world
        .register_task_definition(&stage::task_definition("arm"), at(0));
    let input = json!({ "cluster": "prod", "service": "web1", "taskDefinition": arn });
    web1.ecs("UpdateService", input, 0);
    let found = web1.service(400);
    let revision = found["currentServiceRevisions"][0]["arn"].clone();
    let input = json!({ "serviceRevisionArns": [revision] });
    let revisions = web1.ecs("DescribeServiceRevisions", input, 400);
    assert_eq!(
        revisions["serviceRevisions"][0]["overrides"],
        json!({ "runtimePlatform": { "cpuArchitecture": "ARM64" } })
    );
    let listed = web1.ecs(
        "ListTasks",
        json!({ "cluster": "prod", "serviceName": "web1" }),
        400,
    );
    let tasks = web1.ecs(
        "DescribeTasks",
        json!({ "cluster": "prod", "tasks": listed["taskArns"] }),
        400,
    );
    assert_eq!(tasks["tasks"][0]["attributes"][0]["value"], "arm64");
    let runs = web1.world.serving("prod", "web1")[0].digest.clone();
    assert_eq!(runs, Some(digest), "there is no image for x86_64");
    let said = json!({ "taskDefinition": arn });
    let described = web1.ecs("DescribeTaskDefinition", said, 400);
    let platform = &described["taskDefinition"]["runtimePlatform"];
    assert_eq!(platform["cpuArchitecture"], "X86_64");
}

#[test]
fn an_express_mode_service_takes_no_update_but_a_stop() {
    let mut web1 = stage::native1_with(Strategy::Canary, |spec| spec.express = true);
    assert_eq!(web1.service(0)["resourceManagementType"], "ECS");
    let update = web1.updating(0);
    let error = web1.ecs_refuses("UpdateService", update, 0);
    assert_eq!(error.code, "InvalidParameterException");
    let (key, old) = (
        web1.service.clone(),
        web1.releases[0].task_definition.clone(),
    );
    let arn = web1
        .world
        .start_service_deployment(&key, &old, NativePhase::InProgress);
    web1.ecs(
        "StopServiceDeployment",
        json!({ "serviceDeploymentArn": arn }),
        0,
    );
    assert_eq!(web1.status(&arn, 300), "ROLLBACK_SUCCESSFUL");
    web1.world.switches.express_refuses_update = false;
    web1.update(0, 300);
    let mut usual = stage::native1(Strategy::Canary);
    assert!(usual.service(0).get("resourceManagementType").is_none());
}

fn tags(web1: &mut Native1, include: &Value) -> Value {
    let input = json!({ "cluster": "prod", "services": ["web1"], "include": include });
    web1.ecs("DescribeServices", input, 0)["services"][0]
        .get("tags")
        .cloned()
        .unwrap_or_default()
}

#[test]
fn tags_of_cloudformation_are_shown_to_those_who_ask() {
    let mut web1 = stage::native1(Strategy::Rolling);
    let (key, name) = (web1.service.clone(), "aws:cloudformation:stack-name");
    web1.world.tag_service(&key, name, "shop");
    web1.world.tag_service(&key, name, "shop-prod");
    assert_eq!(tags(&mut web1, &json!([])), Value::Null);
    assert_eq!(
        tags(&mut web1, &json!(["TAGS"])),
        json!([{ "key": name, "value": "shop-prod" }])
    );
    let arn = web1.service(0)["serviceArn"].clone();
    let input = json!({ "resourceArn": arn, "tags": [{ "key": name, "value": "mine" }] });
    assert_eq!(
        web1.ecs_refuses("TagResource", input, 0).code,
        "InvalidParameterException"
    );
}

#[test]
fn a_draining_service_takes_no_deployment() {
    let mut web1 = stage::native1(Strategy::Rolling);
    web1.world.drain_service("prod", "web1", at(300));
    let draining = web1.service(10);
    assert_eq!(
        (&draining["status"], &draining["runningCount"]),
        (&json!("DRAINING"), &json!(2))
    );
    assert_eq!(
        web1.ecs("ListServices", json!({ "cluster": "prod" }), 10)["serviceArns"]
            .as_array()
            .unwrap()
            .len(),
        1
    );
    let update = web1.updating(0);
    let error = web1.ecs_refuses("UpdateService", update, 10);
    assert_eq!(error.code, "ServiceNotActiveException");
    let gone = web1.service(301);
    assert_eq!(
        (&gone["status"], &gone["runningCount"]),
        (&json!("INACTIVE"), &json!(0))
    );
    assert_eq!(
        web1.ecs("ListServices", json!({ "cluster": "prod" }), 301)["serviceArns"],
        json!([])
    );
}

#[test]
fn codedeploy_fails_on_a_draining_service() {
    let mut web1 = stage::web1();
    web1.world.drain_service("prod", "web1", at(3_600));
    let old = web1.old();
    let id = web1.create(&old, &[], json!({}), 0);
    let failed = web1.deployment(&id, 10);
    assert_eq!(failed["errorInformation"]["code"], "INVALID_ECS_SERVICE");
    let input = json!({ "cluster": "prod", "services": ["web1"] });
    let found = ask(&mut web1.world, Service::Ecs, "DescribeServices", input, 10);
    assert_eq!(found["services"][0]["status"], "DRAINING");
    let update = json!({ "cluster": "prod", "service": "web1", "desiredCount": 2 });
    refused(&mut web1.world, Service::Ecs, "UpdateService", update, 10);
}
