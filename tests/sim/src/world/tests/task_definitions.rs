//! Registering, describing and listing task definitions.

use serde_json::json;

use super::super::stage;
use super::{ask, at, refused};
use crate::aws::Service;

#[test]
fn a_registered_revision_keeps_every_member() {
    let mut web1 = stage::web1();
    let mut document = stage::task_definition("v1.0.0");
    document["containerDefinitions"][0]["futureMember"] = json!({ "a": 1 });
    document["tags"] = json!([{ "key": "team", "value": "shop" }]);
    let input = document.clone();
    let registered = web1
        .world
        .call(Service::Ecs, "RegisterTaskDefinition", &input, at(5))
        .unwrap();
    let body = &registered["taskDefinition"];
    assert_eq!(
        body["containerDefinitions"][0]["futureMember"],
        json!({ "a": 1 })
    );
    assert_eq!(body["revision"], 4);
    assert_eq!(body["registeredAt"], json!((stage::START + 5) as f64));
    assert_eq!(
        body["containerDefinitions"][0]["portMappings"][0]["protocol"],
        "tcp"
    );
    let input = json!({ "taskDefinition": "web1:4", "include": ["TAGS"] });
    let described = web1
        .world
        .call(Service::Ecs, "DescribeTaskDefinition", &input, at(6))
        .unwrap();
    assert_eq!(described["taskDefinition"], *body);
    assert_eq!(
        described["tags"],
        json!([{ "key": "team", "value": "shop" }])
    );
}

#[test]
fn what_the_console_exports_as_empty_and_placeholders_are_refused() {
    for (member, value) in [
        ("image", json!("<IMAGE1_NAME>")),
        ("image", json!("web1:${TAG}")),
        (
            "repositoryCredentials",
            json!({ "credentialsParameter": "" }),
        ),
        ("secrets", json!([{ "name": "", "valueFrom": "" }])),
        (
            "logConfiguration",
            json!({ "logDriver": "awslogs", "secretOptions": [{ "name": "A", "valueFrom": "" }] }),
        ),
    ] {
        let mut web1 = stage::web1();
        let mut document = stage::task_definition("v1.0.0");
        document["containerDefinitions"][0][member] = value;
        let error = refused(
            &mut web1.world,
            Service::Ecs,
            "RegisterTaskDefinition",
            document,
            0,
        );
        assert_eq!(error.code, "ClientException", "{member}");
    }
}

#[test]
fn revisions_are_found_by_family_and_listed_by_status() {
    let mut web1 = stage::web1();
    let newest = web1.current();
    web1.world.deregister(&newest);
    let describe = |given: &str| json!({ "taskDefinition": given });
    let found = ask(
        &mut web1.world,
        Service::Ecs,
        "DescribeTaskDefinition",
        describe("web1"),
        0,
    );
    assert_eq!(found["taskDefinition"]["revision"], 2);
    let gone = ask(
        &mut web1.world,
        Service::Ecs,
        "DescribeTaskDefinition",
        describe(&newest),
        0,
    );
    assert_eq!(gone["taskDefinition"]["status"], "INACTIVE");
    for unknown in [
        "web1:9",
        "web2",
        "arn:aws:ecs:us-east-1:123456789012:task-definition/web1:1",
    ] {
        let error = refused(
            &mut web1.world,
            Service::Ecs,
            "DescribeTaskDefinition",
            describe(unknown),
            0,
        );
        assert_eq!(
            (error.code.as_str(), error.message.as_str()),
            ("ClientException", "Unable to describe task definition.")
        );
    }
    let mut list = |input| {
        ask(
            &mut web1.world,
            Service::Ecs,
            "ListTaskDefinitions",
            input,
            0,
        )
    };
    let first = list(json!({ "familyPrefix": "web1", "sort": "DESC", "maxResults": 1 }));
    assert_eq!(first["taskDefinitionArns"].as_array().unwrap().len(), 1);
    assert!(
        first["taskDefinitionArns"][0]
            .as_str()
            .unwrap()
            .ends_with("web1:2")
    );
    let second = list(
        json!({ "familyPrefix": "web1", "sort": "DESC", "maxResults": 1, "nextToken": first["nextToken"] }),
    );
    assert!(
        second["taskDefinitionArns"][0]
            .as_str()
            .unwrap()
            .ends_with("web1:1")
    );
    assert!(second.get("nextToken").is_none());
    let inactive = list(json!({ "familyPrefix": "web1", "status": "INACTIVE" }));
    assert_eq!(inactive["taskDefinitionArns"], json!([newest]));
}

#[test]
fn what_register_refuses() {
    let mut web1 = stage::web1();
    let mut reserved = stage::task_definition("v1.0.0");
    reserved["tags"] = json!([{ "key": "aws:cloudformation:stack-name", "value": "x" }]);
    let empty = json!({ "family": "web1", "containerDefinitions": [] });
    for (input, code) in [
        (reserved, "InvalidParameterException"),
        (empty, "ClientException"),
    ] {
        let error = refused(
            &mut web1.world,
            Service::Ecs,
            "RegisterTaskDefinition",
            input,
            0,
        );
        assert_eq!(error.code, code);
    }
    assert_eq!(web1.world.revisions("web1"), 3);
}
