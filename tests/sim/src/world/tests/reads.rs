//! Reading services, tasks, groups, logs.

use serde_json::{Value, json};

use super::super::{Controller, ServiceSpec, stage};
use super::{ask, at, refused};
use crate::aws::Service;

#[test]
fn services_are_described_or_missing() {
    let mut web1 = stage::web1();
    let arn = format!(
        "arn:aws:ecs:{}:{}:service/prod/web1",
        stage::REGION,
        stage::ACCOUNT
    );
    let input = json!({ "cluster": "prod", "services": [arn, "web9"] });
    let found = ask(&mut web1.world, Service::Ecs, "DescribeServices", input, 0);
    let service = &found["services"][0];
    assert_eq!(
        (&service["runningCount"], &service["status"]),
        (&json!(2), &json!("ACTIVE"))
    );
    assert_eq!(service["deploymentController"]["type"], "CODE_DEPLOY");
    assert_eq!(service["taskSets"][0]["startedBy"], "CODE_DEPLOY");
    assert_eq!(found["failures"][0]["reason"], "MISSING");
    let elsewhere = json!({ "cluster": "staging", "services": ["web1"] });
    let error = refused(
        &mut web1.world,
        Service::Ecs,
        "DescribeServices",
        elsewhere,
        0,
    );
    assert_eq!(error.code, "ClusterNotFoundException");
}

#[test]
fn the_first_task_set_was_nobodys_deployment() {
    let mut web1 = stage::web1();
    let spec = ServiceSpec::new("prod", "fresh", &web1.current(), "web1");
    web1.world.create_blue_green_service(&spec, at(0));
    let input = json!({ "cluster": "prod", "services": ["fresh"] });
    let found = ask(&mut web1.world, Service::Ecs, "DescribeServices", input, 0);
    let set = &found["services"][0]["taskSets"][0];
    assert!(set.get("startedBy").is_none() && set.get("externalId").is_none());
    let spec = ServiceSpec {
        controller: Controller::Ecs,
        ..ServiceSpec::new("prod", "rolling", &web1.current(), "web1")
    };
    web1.world.create_service(&spec, at(0));
    let input = json!({ "cluster": "prod", "services": ["rolling"] });
    let found = ask(&mut web1.world, Service::Ecs, "DescribeServices", input, 0);
    assert_eq!(
        found["services"][0]["deployments"][0]["rolloutState"],
        "COMPLETED"
    );
    assert!(found["services"][0].get("taskSets").is_none());
}

#[test]
fn running_tasks_name_their_task_set_and_digest() {
    let mut web1 = stage::web1();
    let set = ask(
        &mut web1.world,
        Service::Ecs,
        "DescribeTaskSets",
        json!({ "cluster": "prod", "service": "web1" }),
        0,
    );
    let id = set["taskSets"][0]["id"].clone();
    let listed = ask(
        &mut web1.world,
        Service::Ecs,
        "ListTasks",
        json!({ "cluster": "prod", "startedBy": id }),
        0,
    );
    assert_eq!(listed["taskArns"].as_array().unwrap().len(), 2);
    let input = json!({ "cluster": "prod", "tasks": listed["taskArns"] });
    let tasks = ask(&mut web1.world, Service::Ecs, "DescribeTasks", input, 0);
    let task = &tasks["tasks"][0];
    assert_eq!(
        (&task["startedBy"], &task["group"]),
        (&id, &json!("service:web1"))
    );
    assert_eq!(
        task["containers"][0]["imageDigest"],
        web1.releases[2].digest.as_str()
    );
    assert_eq!(task["attributes"][0]["value"], "x86_64");
    let both = json!({ "cluster": "prod", "startedBy": id, "serviceName": "web1" });
    refused(&mut web1.world, Service::Ecs, "ListTasks", both, 0);
}

#[test]
fn code_deploy_services_refuse_another_task_definition() {
    let mut web1 = stage::web1();
    let input = json!({ "cluster": "prod", "service": "web1", "taskDefinition": web1.old() });
    let error = refused(&mut web1.world, Service::Ecs, "UpdateService", input, 0);
    assert_eq!(error.code, "InvalidParameterException");
    let input = json!({ "cluster": "prod", "service": "web1", "desiredCount": 1 });
    let updated = ask(&mut web1.world, Service::Ecs, "UpdateService", input, 0);
    assert_eq!(updated["service"]["runningCount"], 1);
}

#[test]
fn groups_and_applications_are_listed() {
    let mut web1 = stage::web1();
    assert_eq!(
        web1.codedeploy("ListApplications", json!({}), 0)["applications"],
        json!(["AppECS-prod-web1"])
    );
    let app = json!({ "applicationName": "AppECS-prod-web1" });
    assert_eq!(
        web1.codedeploy("ListDeploymentGroups", app.clone(), 0)["deploymentGroups"],
        json!(["DgpECS-prod-web1"])
    );
    web1.codedeploy("GetApplication", app, 0);
    let input = json!({ "applicationName": "AppECS-prod-web1", "deploymentGroupNames": ["DgpECS-prod-web1", "x"] });
    let groups = web1.codedeploy("BatchGetDeploymentGroups", input, 0);
    assert_eq!(
        groups["deploymentGroupsInfo"][0]["ecsServices"][0]["serviceName"],
        "web1"
    );
    assert!(groups["errorMessage"].as_str().unwrap().contains('x'));
    let config = json!({ "deploymentConfigName": "CodeDeployDefault.ECSCanary10Percent5Minutes" });
    let config = web1.codedeploy("GetDeploymentConfig", config, 0);
    assert_eq!(
        config["deploymentConfigInfo"]["trafficRoutingConfig"]["timeBasedCanary"]["canaryInterval"],
        5
    );
    let id = web1.releases[0].deployment.clone();
    let targets = web1.codedeploy("ListDeploymentTargets", json!({ "deploymentId": id }), 0);
    assert_eq!(targets["targetIds"], json!(["prod:web1"]));
    let input = json!({ "deploymentId": id, "targetIds": ["prod:web1"] });
    let targets = web1.codedeploy("BatchGetDeploymentTargets", input, 0);
    assert_eq!(
        targets["deploymentTargets"][0]["ecsTarget"]["status"],
        "Succeeded"
    );
}

#[test]
fn repositories_clusters_and_tags_are_described() {
    let mut web1 = stage::web1();
    ask(
        &mut web1.world,
        Service::Ecr,
        "DescribeRepositories",
        json!({ "repositoryNames": ["web1"] }),
        0,
    );
    let clusters = json!({ "clusters": ["prod", "nope"] });
    let found = ask(
        &mut web1.world,
        Service::Ecs,
        "DescribeClusters",
        clusters,
        0,
    );
    assert_eq!(found["clusters"][0]["runningTasksCount"], 2);
    assert_eq!(found["failures"][0]["reason"], "MISSING");
    let arn = web1.current();
    let tags = json!([{ "key": "version", "value": "v1.2.0" }]);
    ask(
        &mut web1.world,
        Service::Ecs,
        "TagResource",
        json!({ "resourceArn": arn, "tags": tags }),
        0,
    );
    let found = ask(
        &mut web1.world,
        Service::Ecs,
        "ListTagsForResource",
        json!({ "resourceArn": arn }),
        0,
    );
    assert_eq!(found["tags"], tags);
    ask(
        &mut web1.world,
        Service::Ecs,
        "UntagResource",
        json!({ "resourceArn": arn, "tagKeys": ["version"] }),
        0,
    );
    assert_eq!(web1.world.task_definition_tags(&arn), Some(&[][..]));
}

#[test]
fn log_lines_are_read_from_the_end_and_filtered() {
    let mut web1 = stage::web1();
    for nth in 0..5 {
        web1.world.put_log_event(
            "/ecs/web1",
            "web1/web1/abc",
            at(nth),
            &format!("line {nth}"),
        );
    }
    let input =
        json!({ "logGroupName": "/ecs/web1", "logStreamName": "web1/web1/abc", "limit": 2 });
    let events = ask(&mut web1.world, Service::Logs, "GetLogEvents", input, 10);
    let lines: Vec<&Value> = events["events"]
        .as_array()
        .unwrap()
        .iter()
        .map(|event| &event["message"])
        .collect();
    assert_eq!(lines, ["line 3", "line 4"]);
    let input = json!({ "logGroupName": "/ecs/web1", "filterPattern": "\"line 2\"" });
    let events = ask(&mut web1.world, Service::Logs, "FilterLogEvents", input, 10);
    assert_eq!(events["events"].as_array().unwrap().len(), 1);
    let input = json!({ "logGroupName": "/ecs/web1", "logStreamNamePrefix": "web1/web1/abc" });
    let streams = ask(
        &mut web1.world,
        Service::Logs,
        "DescribeLogStreams",
        input,
        10,
    );
    assert_eq!(streams["logStreams"][0]["logStreamName"], "web1/web1/abc");
    let groups = ask(
        &mut web1.world,
        Service::Logs,
        "DescribeLogGroups",
        json!({}),
        10,
    );
    assert_eq!(groups["logGroups"][0]["logGroupName"], "/ecs/web1");
    let input = json!({ "logGroupName": "/ecs/web9", "logStreamName": "x" });
    assert_eq!(
        refused(&mut web1.world, Service::Logs, "GetLogEvents", input, 10).code,
        "ResourceNotFoundException"
    );
}
