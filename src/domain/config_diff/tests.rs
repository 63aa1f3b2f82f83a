use serde_json::json;

use super::*;
use crate::outside::{cleaned, without_marks};

fn revision(change: impl Fn(&mut Value)) -> TaskDefinition {
    let mut document = json!({
        "taskDefinitionArn": "arn:aws:ecs:r:1:task-definition/web1:8", "registeredAt": 1, "cpu": "512",
        "taskRoleArn": "arn:aws:iam::1:role/app/web1-task", "volumes": [{"name": "data", "host": {}}],
        "containerDefinitions": [
            {"name": "web1", "image": "x:v1", "cpu": 0, "command": ["serve", "--token=hunter2"],
             "environment": [{"name": "LOG_LEVEL", "value": "info"}, {"name": "OLD_FLAG", "value": "s3cret"}],
             "secrets": [{"name": "DB", "valueFrom": "arn:old"}], "portMappings": [{"containerPort": 80}]},
            {"name": "log", "image": "fluent-bit:2"}],
    });
    change(&mut document);
    TaskDefinition::from_describe(document, vec![]).unwrap()
}

fn told(change: impl Fn(&mut Value)) -> Vec<String> {
    let changes = changes(&revision(|_| {}), &revision(change), "web1", None);
    changes
        .into_iter()
        .map(|change| without_marks(&format!("{}: {}", change.what, change.change)))
        .collect()
}

#[test]
fn the_image_is_shown_by_versions_where_it_changes() {
    let same = revision(|_| {});
    let image = ImageChange {
        before: "v1.2.0",
        after: "v1.0.0",
    };
    let list = changes(&same, &same, "web1", Some(image));
    assert_eq!(
        list,
        [Change {
            what: "image".into(),
            change: "v1.2.0 → v1.0.0".into()
        }]
    );
    assert!(changes(&same, &same, "web1", None).is_empty());
}

#[test]
fn each_kind_of_change_has_its_words() {
    let env = "/containerDefinitions/0/environment";
    for (pointer, value, wanted) in [
        (
            env,
            json!([{"name": "LOG_LEVEL", "value": "debug"}, {"name": "NEW", "value": "s3cret"}]),
            &["env: − OLD_FLAG", "env: + NEW", "env: ~ LOG_LEVEL"][..],
        ),
        (
            env,
            json!([{"name": "OLD_FLAG", "value": "s3cret"}, {"name": "LOG_LEVEL", "value": "info"}]),
            &["env: changed"],
        ),
        (
            "/containerDefinitions/0/secrets",
            json!([{"name": "DB", "valueFrom": "arn:new"}]),
            &["secrets: ~ DB"],
        ),
        ("/cpu", json!("1024"), &["cpu: 512 → 1024"]),
        ("/cpu", Value::Null, &["cpu: 512 → none"]),
        (
            "/taskRoleArn",
            json!("arn:aws:iam::1:role/web1-new"),
            &["task role: web1-task → web1-new"],
        ),
        (
            "/volumes",
            json!([{"name": "data", "host": {"sourcePath": "/x"}}]),
            &["volumes: ~ data"],
        ),
        (
            "/containerDefinitions/0/command",
            json!(["serve", "--token=other"]),
            &["command: changed"],
        ),
        (
            "/containerDefinitions/0/portMappings",
            json!([{"containerPort": 8080}]),
            &["ports: − 80", "ports: + 8080"],
        ),
        (
            "/containerDefinitions/0/portMappings",
            json!([{"containerPort": 80, "name": "http"}]),
            &["ports: changed"],
        ),
        (
            "/containerDefinitions/0/cpu",
            json!(128),
            &["container cpu: 0 → 128"],
        ),
        ("/containerDefinitions/0/cpu", Value::Null, &[]),
        ("/containerDefinitions/0/image", json!("x:v9"), &[]),
        (
            "/containerDefinitions/1/image",
            json!("fluent-bit:3"),
            &["log image: fluent-bit:2 → fluent-bit:3"],
        ),
        (
            "/containerDefinitions/1/name",
            json!("logs"),
            &["containers: − log", "containers: + logs"],
        ),
    ] {
        assert_eq!(
            told(|document| *document.pointer_mut(pointer).unwrap() = value.clone()),
            wanted,
            "{pointer}"
        );
    }
}

#[test]
fn a_member_nobody_knows_is_named_when_it_differs() {
    assert_eq!(
        told(|document| document["pidMode"] = "host".into()),
        ["pidMode: changed"]
    );
    let wanted = ["user: changed", "log user: changed"];
    let told = told(|document| {
        document["registeredAt"] = 2.into();
        document["containerDefinitions"][0]["user"] = "root".into();
        document["containerDefinitions"][1]["user"] = "root".into();
    });
    assert_eq!(told, wanted);
}

#[test]
fn what_the_task_definition_says_is_outside_text() {
    let list = changes(
        &revision(|_| {}),
        &revision(|document| {
            document["containerDefinitions"][0]["secrets"] = json!([{"name": "TOKEN"}]);
            document["cpu"] = "1 vCPU".into();
            document["pidMode"] = "host".into();
        }),
        "web1",
        None,
    );
    for (what, change) in [
        ("secrets", "− ?"),
        ("secrets", "+ ?"),
        ("cpu", "? → ?"),
        ("?", "changed"),
    ] {
        let shown = |text: &str| cleaned(text, |_| "?".to_owned());
        let is_hidden =
            |row: &Change| (shown(&row.what), shown(&row.change)) == (what.into(), change.into());
        assert!(list.iter().any(is_hidden), "{what}: {change} in {list:?}");
    }
}

#[test]
fn no_value_of_a_variable_or_a_command_is_told() {
    let list = told(|document| {
        document["containerDefinitions"][0]["environment"] =
            json!([{"name": "LOG_LEVEL", "value": "hunter3"}]);
        document["containerDefinitions"][0]["command"] = Value::Null;
        document["containerDefinitions"][0]["healthCheck"] = json!({"command": ["hunter3"]});
        document["containerDefinitions"][0]["logConfiguration"] =
            json!({"options": {"token": "hunter3"}});
    });
    let text = list.join("\n");
    assert!(
        !["hunter", "s3cret", "info"]
            .iter()
            .any(|value| text.contains(value)),
        "{text}"
    );
    assert_eq!(list.len(), 5);
}

#[test]
fn a_mapping_in_place_of_a_list_does_not_tell_its_values() {
    let list = told(|document| {
        document["containerDefinitions"][0]["environment"] = json!({"LOG_LEVEL": "hunter3"});
        document["containerDefinitions"][0]["secrets"] = json!({"TOKEN": "hunter3"});
    });
    let text = list.join("\n");
    assert!(!text.contains("hunter"), "{text}");
}
