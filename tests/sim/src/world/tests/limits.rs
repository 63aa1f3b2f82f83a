//! What may be asked for: how much at once, how far back, and what together.

use serde_json::{Value, json};

use super::super::{PastService, ServiceOutcome, Strategy, stage};
use super::{ask, at, refused};
use crate::aws::Service;
use crate::model;
use crate::model::check::Document;

const DAY: u64 = stage::DAY;

/// Refused with this code, and with these words somewhere in the message.
type Refusal = (Service, &'static str, Value, &'static str, &'static str);

fn many(count: usize, name: &str) -> Vec<String> {
    (0..count).map(|nth| format!("{name}{nth}")).collect()
}

fn ecs(operation: &'static str, input: Value, words: &'static str) -> Refusal {
    let code = "InvalidParameterException";
    (Service::Ecs, operation, input, code, words)
}

fn codedeploy(operation: &'static str, input: Value, code: &'static str) -> Refusal {
    (Service::CodeDeploy, operation, input, code, "")
}

fn of_ecs() -> Vec<Refusal> {
    let arns = many(21, "arn:aws:ecs:x");
    let page = |size: i32| json!({ "cluster": "prod", "service": "web1", "maxResults": size });
    let started_by =
        |member: &str| json!({ "cluster": "prod", "startedBy": "ecs-svc/1", member: "web1" });
    let mut all = vec![
        ecs(
            "DescribeServices",
            json!({ "cluster": "prod", "services": many(11, "web") }),
            "10",
        ),
        ecs(
            "DescribeServices",
            json!({ "cluster": "prod", "services": [] }),
            "empty",
        ),
        ecs(
            "DescribeClusters",
            json!({ "clusters": many(101, "prod") }),
            "100",
        ),
        ecs(
            "DescribeTasks",
            json!({ "cluster": "prod", "tasks": [] }),
            "empty",
        ),
        ecs(
            "DescribeServiceDeployments",
            json!({ "serviceDeploymentArns": arns }),
            "20",
        ),
        ecs(
            "DescribeServiceRevisions",
            json!({ "serviceRevisionArns": arns }),
            "20",
        ),
        ecs(
            "DescribeServiceRevisions",
            json!({ "serviceRevisionArns": [] }),
            "empty",
        ),
    ];
    for operation in [
        "ListServices",
        "ListTasks",
        "ListTaskDefinitions",
        "ListServiceDeployments",
    ] {
        for size in [0, 101] {
            let mut input = page(size);
            let of_service = operation == "ListServiceDeployments";
            input
                .as_object_mut()
                .unwrap()
                .retain(|member, _| of_service || member != "service");
            all.push(ecs(operation, input, "maxResults"));
        }
    }
    for member in ["serviceName", "family", "containerInstance", "launchType"] {
        all.push(ecs("ListTasks", started_by(member), "startedBy"));
    }
    all
}

fn of_codedeploy() -> Vec<Refusal> {
    let app = |member: &str, values: Value| json!({ "applicationName": "AppECS-prod-web1", member: values });
    let location =
        json!({ "revisionType": "AppSpecContent", "appSpecContent": { "sha256": "00" } });
    let revisions = vec![location; 26];
    let limit = "BatchLimitExceededException";
    vec![
        codedeploy(
            "BatchGetDeployments",
            json!({ "deploymentIds": many(26, "d-") }),
            limit,
        ),
        codedeploy(
            "BatchGetDeployments",
            json!({ "deploymentIds": [] }),
            "DeploymentIdRequiredException",
        ),
        codedeploy(
            "BatchGetApplicationRevisions",
            app("revisions", json!(revisions)),
            limit,
        ),
        codedeploy(
            "BatchGetApplicationRevisions",
            app("revisions", json!([])),
            "RevisionRequiredException",
        ),
        codedeploy(
            "BatchGetDeploymentGroups",
            app("deploymentGroupNames", json!(many(101, "g"))),
            limit,
        ),
        codedeploy(
            "BatchGetDeploymentGroups",
            app("deploymentGroupNames", json!([])),
            "DeploymentGroupNameRequiredException",
        ),
        codedeploy(
            "ListDeployments",
            json!({ "deploymentGroupName": "DgpECS-prod-web1" }),
            "ApplicationNameRequiredException",
        ),
        codedeploy(
            "ListDeployments",
            json!({ "createTimeRange": { "start": 20, "end": 10 } }),
            "InvalidTimeRangeException",
        ),
    ]
}

fn of_the_others() -> Vec<Refusal> {
    let code = "InvalidParameterException";
    let group = |more: Value| {
        let mut input = json!({ "logGroupName": "/ecs/web1" });
        input
            .as_object_mut()
            .unwrap()
            .extend(more.as_object().unwrap().clone());
        input
    };
    let both = group(json!({ "logStreamNames": ["a"], "logStreamNamePrefix": "a" }));
    let ordered = group(json!({ "orderBy": "LastEventTime", "logStreamNamePrefix": "a" }));
    let id = json!([{ "imageTag": "v1.0.0" }]);
    vec![
        (Service::Logs, "FilterLogEvents", both, code, "exclusive"),
        (
            Service::Logs,
            "DescribeLogStreams",
            ordered,
            code,
            "LastEventTime",
        ),
        (
            Service::Ecr,
            "DescribeImages",
            json!({ "repositoryName": "web1", "imageIds": id, "maxResults": 5 }),
            code,
            "imageIds",
        ),
        (
            Service::Ecr,
            "DescribeRepositories",
            json!({ "repositoryNames": ["web1"], "maxResults": 5 }),
            code,
            "repositoryNames",
        ),
    ]
}

#[test]
fn more_than_aws_takes_is_refused() {
    let mut web1 = stage::web1();
    web1.world.put_log_event("/ecs/web1", "a", at(0), "line");
    let all = [of_ecs(), of_codedeploy(), of_the_others()].concat();
    for (service, operation, input, code, words) in all {
        let error = refused(&mut web1.world, service, operation, input.clone(), 0);
        assert_eq!(error.code, code, "{operation} {input}");
        assert!(
            error.message.contains(words),
            "{operation}: {}",
            error.message
        );
    }
    let error = refused(
        &mut web1.world,
        Service::Ecs,
        "DescribeTasks",
        json!({ "cluster": "prod", "tasks": many(101, "t") }),
        0,
    );
    assert_eq!(error.code, "ClientException");
    let id = web1.releases[0].deployment.clone();
    for (ids, code) in [
        (many(0, ""), "DeploymentTargetIdRequiredException"),
        (
            many(26, "prod:web"),
            "DeploymentTargetListSizeExceededException",
        ),
    ] {
        let input = json!({ "deploymentId": id, "targetIds": ids });
        let error = refused(
            &mut web1.world,
            Service::CodeDeploy,
            "BatchGetDeploymentTargets",
            input,
            0,
        );
        assert_eq!(error.code, code);
    }
}

#[test]
fn started_by_goes_with_the_desired_status() {
    let mut web1 = stage::web1();
    let input = json!({ "cluster": "prod", "startedBy": "ecs-svc/1", "desiredStatus": "STOPPED" });
    ask(&mut web1.world, Service::Ecs, "ListTasks", input, 0);
}

/// These limits are the model's own: such a request never reaches the world.
#[test]
fn the_model_keeps_the_limits_that_it_knows() {
    let ids = vec![json!({ "imageTag": "v1" }); 101];
    let tags: Vec<Value> = many(51, "k")
        .into_iter()
        .map(|key| json!({ "key": key, "value": "" }))
        .collect();
    for (service, operation, input) in [
        (
            Service::Ecr,
            "DescribeImages",
            json!({ "repositoryName": "web1", "imageIds": ids }),
        ),
        (
            Service::Ecr,
            "BatchGetImage",
            json!({ "repositoryName": "web1", "imageIds": ids }),
        ),
        (
            Service::Ecr,
            "ListImages",
            json!({ "repositoryName": "web1", "maxResults": 1_001 }),
        ),
        (
            Service::Ecr,
            "DescribeImages",
            json!({ "repositoryName": "web1", "maxResults": 0 }),
        ),
        (
            Service::Ecr,
            "DescribeRepositories",
            json!({ "repositoryNames": many(101, "web") }),
        ),
        (
            Service::Ecs,
            "TagResource",
            json!({ "resourceArn": "arn:aws:ecs:x", "tags": tags }),
        ),
        (
            Service::Logs,
            "GetLogEvents",
            json!({ "logStreamName": "a", "limit": 10_001 }),
        ),
        (
            Service::Logs,
            "FilterLogEvents",
            json!({ "logStreamNames": many(101, "a") }),
        ),
        (Service::Logs, "DescribeLogStreams", json!({ "limit": 51 })),
        (Service::Logs, "DescribeLogGroups", json!({ "limit": 51 })),
    ] {
        let model = model::of(service);
        let found = model.violations(&model.operations[operation], Document::Request, &input);
        assert_eq!(found.len(), 1, "{operation} {input}");
    }
}

#[test]
fn service_deployments_are_asked_for_within_three_months() {
    let mut web1 = stage::native1(Strategy::Rolling);
    let range = |created_at: Value| json!({ "cluster": "prod", "service": "web1", "createdAt": created_at });
    let ago = |days: u64| stage::START - days * DAY;
    for too_old in [
        json!({ "before": ago(91) }),
        json!({ "after": ago(91) }),
        json!({ "after": ago(341), "before": ago(85) }),
    ] {
        let error = web1.ecs_refuses("ListServiceDeployments", range(too_old), 0);
        assert_eq!(error.code, "InvalidParameterException");
        assert_eq!(
            error.message,
            "Before and After time filter must be within the last 3 months."
        );
    }
    for (recent, count) in [
        (json!({ "after": ago(89) }), 4),
        (json!({ "before": ago(89) }), 0),
        (json!({ "after": ago(85), "before": ago(1) }), 3),
        (json!({}), 4),
    ] {
        let found = web1.ecs("ListServiceDeployments", range(recent.clone()), 0);
        let listed = found["serviceDeployments"].as_array().unwrap().len();
        assert_eq!(listed, count, "{recent}");
    }
}

#[test]
fn service_deployments_are_kept_for_ninety_days() {
    let mut web1 = stage::native1(Strategy::Rolling);
    let key = web1.service.clone();
    let release = web1.releases[0].task_definition.clone();
    let old = PastService::new(
        &release,
        at(0) - std::time::Duration::from_secs(91 * DAY),
        ServiceOutcome::Successful,
    );
    let arn = web1.world.past_service_deployment(&key, &old);
    let listed = web1.ecs(
        "ListServiceDeployments",
        json!({ "cluster": "prod", "service": "web1" }),
        0,
    );
    assert_eq!(listed["serviceDeployments"].as_array().unwrap().len(), 4);
    let described = web1.ecs(
        "DescribeServiceDeployments",
        json!({ "serviceDeploymentArns": [arn] }),
        0,
    );
    assert_eq!(described["failures"][0]["reason"], "MISSING");
}
