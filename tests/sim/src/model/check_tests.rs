//! What the checker finds, and that it overlooks nothing that a model says.

use serde_json::{Value, json};

use super::check::Document;
use crate::aws::Service;
use crate::model::sample::{full, wrong};
use crate::model::{self, Model, Shape};

fn problems(service: Service, operation: &str, request: &Value) -> Vec<String> {
    let model = model::of(service);
    let found = model.violations(&model.operations[operation], Document::Request, request);
    found
        .into_iter()
        .map(|found| format!("{}: {}", found.path, found.problem))
        .collect()
}

#[test]
fn everything_that_is_wrong_is_named_with_its_path() {
    let request = json!({
        "family": "web1",
        "containerDefinitions": [{ "name": "web1", "cpu": 1.5, "portMappings": [{ "protocol": "icmp" }] }],
        "tags": [{ "key": "", "value": null }],
        "weather": "fine",
    });
    assert_eq!(
        problems(Service::Ecs, "RegisterTaskDefinition", &request),
        [
            "containerDefinitions[0].cpu: a whole number expected, not 1.5",
            "containerDefinitions[0].portMappings[0].protocol: \"icmp\" is none of tcp, udp",
            "tags[0].key: 0 characters, allowed are 1 to 128",
            "tags[0].value: a string expected, not null",
            "weather: no such member in the model",
        ]
    );
}

#[test]
fn lengths_ranges_and_patterns_are_checked() {
    let request = json!({ "repositoryName": "Web", "maxResults": 1001, "filter": {} });
    let found = problems(Service::Ecr, "ListImages", &request);
    assert_eq!(found.len(), 1, "{found:?}");
    assert_eq!(
        found[0],
        "maxResults: 1001 as its value, allowed are 1 to 1000"
    );
    let found = problems(
        Service::Ecr,
        "ListImages",
        &json!({ "repositoryName": "W" }),
    );
    assert!(
        found[0].starts_with("repositoryName: 1 characters, allowed are 2 to 256"),
        "{found:?}"
    );
    assert!(
        found[1].starts_with("repositoryName: \"W\" does not fit the pattern"),
        "{found:?}"
    );
    let ids = vec![json!({ "imageTag": "v1" }); 101];
    let found = problems(
        Service::Ecr,
        "DescribeImages",
        &json!({ "repositoryName": "web", "imageIds": ids }),
    );
    assert_eq!(found, ["imageIds: 101 members, allowed are 1 to 100"]);
}

#[test]
fn timestamps_are_seconds() {
    let between = |start: Value| {
        let request = json!({ "createTimeRange": { "start": start } });
        problems(Service::CodeDeploy, "ListDeployments", &request).len()
    };
    assert_eq!(between(json!(1_795_219_200.25)), 0);
    assert_eq!(between(json!(1_795_219_200_250_i64)), 1);
    assert_eq!(between(json!("2026-11-21T00:00:00Z")), 1);
    assert_eq!(between(json!(-1)), 1);
}

#[test]
fn only_task_definitions_may_hold_newer_members() {
    let newer = json!({
        "family": "web1",
        "futureMemberOfTask": 1,
        "containerDefinitions": [{ "x-future": { "a": [1] } }],
    });
    assert_eq!(
        problems(Service::Ecs, "RegisterTaskDefinition", &newer),
        Vec::<String>::new()
    );
    let found = problems(
        Service::Ecs,
        "ListTasks",
        &json!({ "futureMemberOfTask": 1 }),
    );
    assert_eq!(found, ["futureMemberOfTask: no such member in the model"]);
}

/// One value for each thing that a shape forbids.
fn forbidden(model: &Model, name: &String) -> Vec<Value> {
    let value = full(model, Some(name));
    let mut forbidden: Vec<_> = wrong(model.shape(name)).into_iter().collect();
    match model.shape(name) {
        Shape::Structure { required, .. } => {
            let mut with_more = value.clone();
            with_more["noSuchMember"] = json!(1);
            forbidden.push(with_more);
            for member in required {
                let mut without = value.clone();
                without.as_object_mut().unwrap().remove(member);
                forbidden.push(without);
            }
        }
        Shape::List { length, .. } => {
            let items = |count: f64| Value::from(vec![value[0].clone(); count as usize]);
            forbidden.extend(
                length
                    .min
                    .filter(|min| *min > 0.0)
                    .map(|min| items(min - 1.0)),
            );
            forbidden.extend(length.max.map(|max| items(max + 1.0)));
        }
        Shape::Text { length, values, .. } => {
            let long = |count: f64| Value::from("a".repeat(count as usize));
            forbidden.extend(
                length
                    .min
                    .filter(|min| *min > 0.0)
                    .map(|min| long(min - 1.0)),
            );
            forbidden.extend(length.max.map(|max| long(max + 1.0)));
            forbidden.extend((!values.is_empty()).then(|| json!("no such value")));
        }
        Shape::Integer { range } => {
            forbidden.extend(range.min.map(|min| json!(min as i64 - 1)));
            forbidden.extend(range.max.map(|max| json!(max as i64 + 1)));
            forbidden.push(json!(0.5));
        }
        _ => {}
    }
    forbidden
}

#[test]
fn every_constraint_of_every_shape_is_enforced() {
    let mut tried = 0;
    for model in model::all() {
        for name in model.shapes.keys() {
            for value in forbidden(model, name) {
                assert!(
                    !model.mismatches(name, &value, false).is_empty(),
                    "{name} allows {value}"
                );
                tried += 1;
            }
        }
    }
    assert!(tried > 1500, "{tried} values tried");
}
