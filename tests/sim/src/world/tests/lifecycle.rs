//! A deployment from its creation to its end.

use serde_json::json;

use super::super::{LimitWording, stage};
use super::refused;
use crate::aws::Service;

#[test]
fn three_minutes_to_traffic_then_the_termination_wait() {
    let mut web1 = stage::web1();
    let (old, current) = (web1.old(), web1.current());
    let id = web1.create(&old, &[], json!({ "description": "back to v1.0.0" }), 0);
    assert!(id.len() == 11 && id.starts_with("d-"));
    assert_eq!(web1.status(&id, 1), "Created");
    let input = json!({ "deploymentId": id, "targetId": "prod:web1" });
    let error = refused(
        &mut web1.world,
        Service::CodeDeploy,
        "GetDeploymentTarget",
        input,
        1,
    );
    assert_eq!(error.code, "DeploymentNotStartedException");

    assert_eq!(
        web1.events(&id, 60),
        ["BeforeInstall:Succeeded", "Install:InProgress"]
    );
    assert_eq!(web1.weight(&id, "Green", 60), 0.0);
    assert_eq!(web1.serving(), [(current.clone(), 100.0)]);
    assert_eq!(
        web1.events(&id, 170).last().unwrap(),
        "AllowTraffic:InProgress"
    );
    assert_eq!(web1.weight(&id, "Green", 180), 100.0);
    assert_eq!(web1.serving(), [(old.clone(), 100.0)]);

    let waiting = web1.deployment(&id, 181);
    assert_eq!(waiting["status"], "InProgress");
    assert_eq!(waiting["instanceTerminationWaitTimeStarted"], false);
    assert_eq!(waiting["description"], "back to v1.0.0");
    assert!(
        waiting["revision"]["appSpecContent"]
            .get("content")
            .is_none()
    );
    assert_eq!(web1.target(&id, 181)["status"], "Succeeded");
    assert_eq!(web1.status(&id, 3_700), "InProgress");
    assert_eq!(web1.status(&id, 3_800), "Succeeded");
    assert_eq!(web1.weight(&id, "Blue", 3_900), 0.0);
    let sets = super::ask(
        &mut web1.world,
        Service::Ecs,
        "DescribeServices",
        json!({"cluster": "prod", "services": ["web1"]}),
        3_900,
    );
    let sets = sets["services"][0]["taskSets"].as_array().unwrap().clone();
    assert_eq!(sets.len(), 1);
    assert_eq!(
        (&sets[0]["status"], &sets[0]["externalId"]),
        (&json!("PRIMARY"), &json!(id))
    );
    assert_eq!(web1.world.created_by_clients(), [id]);
}

#[test]
fn hooks_and_the_test_listener_add_events() {
    let mut web1 = stage::web1_with(|spec| spec.test_listener = true);
    let old = web1.old();
    let id = web1.create(
        &old,
        &[
            ("AfterAllowTestTraffic", "smoke"),
            ("BeforeAllowTraffic", "warm"),
        ],
        json!({}),
        0,
    );
    let names: Vec<String> = web1
        .events(&id, 300)
        .iter()
        .map(|event| event.replace(":Succeeded", ""))
        .collect();
    let expected = [
        "BeforeInstall",
        "Install",
        "AfterInstall",
        "AllowTestTraffic",
        "AfterAllowTestTraffic",
        "BeforeAllowTraffic",
        "AllowTraffic",
        "AfterAllowTraffic",
    ];
    assert_eq!(names, expected);
}

#[test]
fn the_group_is_occupied_through_the_termination_wait() {
    let mut web1 = stage::web1();
    let (old, current) = (web1.old(), web1.current());
    let id = web1.create(&old, &[], json!({}), 0);
    for (wording, part) in [
        (
            LimitWording::AlreadyDeploying,
            format!("already deploying deployment '{id}'"),
        ),
        (
            LimitWording::AlreadyHasActive,
            format!("already has an active Deployment '{id}'"),
        ),
        (
            LimitWording::Unquoted,
            format!("already has an active Deployment {id}"),
        ),
    ] {
        web1.world.switches.limit_wording = wording;
        let input = web1.creation(&current, &[], json!({}));
        let error = refused(
            &mut web1.world,
            Service::CodeDeploy,
            "CreateDeployment",
            input,
            600,
        );
        assert_eq!(error.code, "DeploymentLimitExceededException");
        assert!(error.message.contains(&part), "{}", error.message);
    }
    web1.create(&current, &[], json!({}), 3_800);
}

#[test]
fn the_termination_wait_can_be_ended() {
    let mut web1 = stage::web1();
    let old = web1.old();
    let id = web1.create(&old, &[], json!({}), 0);
    let ending = json!({ "deploymentId": id, "deploymentWaitType": "TERMINATION_WAIT" });
    let early = refused(
        &mut web1.world,
        Service::CodeDeploy,
        "ContinueDeployment",
        ending.clone(),
        60,
    );
    assert_eq!(early.code, "DeploymentIsNotInReadyStateException");
    web1.world.switches.refuse_continue_termination = true;
    let error = refused(
        &mut web1.world,
        Service::CodeDeploy,
        "ContinueDeployment",
        ending.clone(),
        200,
    );
    assert_eq!(error.code, "UnsupportedActionForDeploymentTypeException");
    web1.world.switches.refuse_continue_termination = false;
    web1.codedeploy("ContinueDeployment", ending.clone(), 201);
    assert_eq!(web1.status(&id, 202), "Succeeded");
    let error = refused(
        &mut web1.world,
        Service::CodeDeploy,
        "ContinueDeployment",
        ending,
        203,
    );
    assert_eq!(error.code, "DeploymentAlreadyCompletedException");
}

#[test]
fn ready_waits_to_be_continued_or_stops() {
    for continued in [true, false] {
        let mut web1 = stage::web1_with(|spec| spec.ready_wait_minutes = Some(10));
        let old = web1.old();
        let id = web1.create(&old, &[], json!({}), 0);
        assert_eq!(web1.status(&id, 200), "Ready");
        assert_eq!(web1.target(&id, 200)["status"], "Ready");
        if continued {
            let input = json!({ "deploymentId": id, "deploymentWaitType": "READY_WAIT" });
            web1.codedeploy("ContinueDeployment", input, 300);
            assert_eq!(web1.weight(&id, "Green", 310), 100.0);
            assert_eq!(web1.status(&id, 900), "InProgress");
        } else {
            assert_eq!(web1.status(&id, 900), "Stopped");
        }
    }
}

#[test]
fn what_create_deployment_refuses() {
    let mut web1 = stage::web1();
    let (old, gone) = (web1.old(), web1.releases[1].task_definition.clone());
    web1.world.deregister(&gone);
    let nowhere = old.replace(":1", ":9");
    let bad = |member: &str, value: serde_json::Value| json!({ member: value });
    let lies = json!({ "revisionType": "AppSpecContent", "appSpecContent": { "content": "{}", "sha256": "00" } });
    for (task_definition, more, code) in [
        (&gone, json!({}), "InvalidRevisionException"),
        (&nowhere, json!({}), "InvalidRevisionException"),
        (&old, bad("revision", lies), "InvalidRevisionException"),
        (
            &old,
            bad("revision", json!(null)),
            "RevisionRequiredException",
        ),
        (
            &old,
            bad("applicationName", json!("x")),
            "ApplicationDoesNotExistException",
        ),
        (
            &old,
            bad("deploymentGroupName", json!("x")),
            "DeploymentGroupDoesNotExistException",
        ),
        (
            &old,
            bad("deploymentConfigName", json!("x")),
            "DeploymentConfigDoesNotExistException",
        ),
        (
            &old,
            bad("description", json!("x".repeat(257))),
            "DescriptionTooLongException",
        ),
    ] {
        let input = web1.creation(task_definition, &[], more);
        let error = refused(
            &mut web1.world,
            Service::CodeDeploy,
            "CreateDeployment",
            input,
            0,
        );
        assert_eq!(error.code, code);
    }
    assert!(web1.world.created_by_clients().is_empty());
}
