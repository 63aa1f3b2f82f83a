//! Deployments whose tasks or hooks fail.

use serde_json::json;

use super::super::{Crash, ImageSpec, stage};
use super::{ask, at};
use crate::aws::Service;

#[test]
fn crashing_tasks_end_in_a_failed_install_and_an_auto_rollback() {
    let mut web1 = stage::web1();
    let broken = ImageSpec::single("linux", "amd64").crashing(1, "Cannot find module './db'");
    let digest = web1.world.push_image("web1", &["v1.3.0"], broken, at(0));
    let image = format!(
        "{}.dkr.ecr.{}.amazonaws.com/web1@{digest}",
        stage::ACCOUNT,
        stage::REGION
    );
    let arn = web1
        .world
        .register_task_definition(&stage::task_definition_with(&image, false), at(0));
    let id = web1.create(&arn, &[], json!({}), 0);
    assert_eq!(web1.status(&id, 500), "InProgress");
    let stopped = json!({ "cluster": "prod", "serviceName": "web1", "desiredStatus": "STOPPED" });
    let tasks = ask(
        &mut web1.world,
        Service::Ecs,
        "ListTasks",
        stopped.clone(),
        500,
    );
    assert!(
        tasks["taskArns"].as_array().unwrap().len() >= 4,
        "they are retried"
    );
    let input = json!({ "cluster": "prod", "tasks": tasks["taskArns"] });
    let task = ask(&mut web1.world, Service::Ecs, "DescribeTasks", input, 500)["tasks"][0].take();
    assert_eq!(task["stopCode"], "EssentialContainerExited");
    assert_eq!(task["containers"][0]["exitCode"], 1);
    assert_eq!(task["containers"][0]["reason"], "Cannot find module './db'");

    let input = json!({ "cluster": "prod", "services": ["web1"] });
    let service = ask(
        &mut web1.world,
        Service::Ecs,
        "DescribeServices",
        input,
        500,
    );
    let events = service["services"][0]["events"].to_string();
    for words in [
        "(service web1, taskSet ecs-svc/",
        "has started 2 tasks: (task ",
        "is unable to consistently start tasks successfully",
    ] {
        assert!(events.contains(words), "{events}");
    }

    let failed = web1.deployment(&id, 610);
    assert_eq!(failed["status"], "Failed");
    assert_eq!(failed["errorInformation"]["code"], "ECS_UPDATE_ERROR");
    assert_eq!(web1.events(&id, 610)[1], "Install:Failed");
    let rollback = failed["rollbackInfo"]["rollbackDeploymentId"]
        .as_str()
        .unwrap()
        .to_owned();
    assert_eq!(web1.status(&rollback, 630), "Succeeded");
    assert_eq!(web1.serving(), [(web1.current(), 100.0)]);
    let tasks = ask(&mut web1.world, Service::Ecs, "ListTasks", stopped, 8_000);
    assert!(
        tasks["taskArns"].as_array().unwrap().is_empty(),
        "stopped tasks are forgotten"
    );
}

#[test]
fn an_image_that_is_gone_can_not_be_pulled() {
    let mut web1 = stage::web1();
    let (old, digest) = (web1.old(), web1.releases[0].digest.clone());
    web1.world.archive_image("web1", &digest);
    let id = web1.create(&old, &[], json!({}), 0);
    let stopped = json!({ "cluster": "prod", "family": "web1", "desiredStatus": "STOPPED" });
    let tasks = ask(&mut web1.world, Service::Ecs, "ListTasks", stopped, 60);
    let input = json!({ "cluster": "prod", "tasks": tasks["taskArns"] });
    let task = ask(&mut web1.world, Service::Ecs, "DescribeTasks", input, 60)["tasks"][0].take();
    assert_eq!(task["stopCode"], "TaskFailedToStart");
    assert!(
        task["stoppedReason"]
            .as_str()
            .unwrap()
            .starts_with("CannotPullContainerError")
    );
    assert!(task["containers"][0].get("exitCode").is_none());
    assert_eq!(web1.status(&id, 700), "Failed");
}

#[test]
fn a_task_definition_can_break_a_good_image() {
    let mut web1 = stage::web1_with(|spec| spec.auto_rollback.clear());
    let old = web1.old();
    web1.world.crash_task_definition(
        &old,
        Crash {
            exit_code: Some(137),
            reason: "OutOfMemoryError".into(),
        },
    );
    let id = web1.create(&old, &[], json!({}), 0);
    let failed = web1.deployment(&id, 700);
    assert_eq!(failed["status"], "Failed");
    assert!(failed.get("rollbackInfo").is_none());
    assert_eq!(web1.serving(), [(web1.current(), 100.0)]);
}

#[test]
fn a_failing_hook_fails_its_event() {
    let mut web1 = stage::web1();
    let (old, group) = (web1.old(), web1.deployment_group.clone());
    web1.world
        .fail_hook(&group, "AfterAllowTraffic", "checkout answered 500");
    let id = web1.create(&old, &[("AfterAllowTraffic", "smoke")], json!({}), 0);
    let target = web1.target(&id, 200);
    let event = target["lifecycleEvents"]
        .as_array()
        .unwrap()
        .last()
        .unwrap();
    assert_eq!(event["status"], "Failed");
    assert_eq!(event["diagnostics"]["errorCode"], "ScriptFailed");
    assert_eq!(event["diagnostics"]["message"], "checkout answered 500");
    assert_eq!(
        web1.deployment(&id, 200)["errorInformation"]["code"],
        "HOOK_EXECUTION_FAILURE"
    );
    assert_eq!(web1.status(&id, 240), "Failed");
    assert_eq!(web1.serving(), [(web1.current(), 100.0)]);
}

#[test]
fn a_deleted_service_fails_the_deployment() {
    let mut web1 = stage::web1();
    let old = web1.old();
    web1.world.delete_service("prod", "web1");
    let id = web1.create(&old, &[], json!({}), 0);
    assert_eq!(
        web1.deployment(&id, 10)["errorInformation"]["code"],
        "INVALID_ECS_SERVICE"
    );
}
