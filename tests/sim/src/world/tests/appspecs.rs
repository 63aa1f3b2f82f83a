//! AppSpecs as people write them: any name for the resource, keys in any letter case.

use serde_json::{Value, json};

use super::super::stage::{self, Web1};
use super::{ask, refused};
use crate::aws::Service;

fn carrying(web1: &Web1, content: &Value) -> Value {
    let revision = json!({ "revisionType": "AppSpecContent", "appSpecContent": { "content": content.to_string() } });
    web1.creation(&web1.old(), &[], json!({ "revision": revision }))
}

fn properties(web1: &Web1) -> Value {
    json!({
        "TaskDefinition": web1.old(),
        "LoadBalancerInfo": { "ContainerName": "web1", "ContainerPort": 8080 },
        "CapacityProviderStrategy": [{ "CapacityProvider": "FARGATE_SPOT", "Base": 0, "Weight": 4 }],
    })
}

fn document(name: &str, properties: &Value) -> Value {
    json!({
        "version": 0.0,
        "Resources": [{ name: { "Type": "AWS::ECS::Service", "Properties": properties } }],
        "Hooks": [{ "AfterAllowTestTraffic": "smoke-test" }],
    })
}

/// The same with every key changed; the names of resources are the users' own.
fn with_keys(value: &Value, change: fn(&str) -> String) -> Value {
    match value {
        Value::Object(members) => members
            .iter()
            .map(|(key, value)| (change(key), with_keys(value, change)))
            .collect(),
        Value::Array(items) => items.iter().map(|item| with_keys(item, change)).collect(),
        other => other.clone(),
    }
}

fn first_letter_small(key: &str) -> String {
    key.chars()
        .take(1)
        .flat_map(char::to_lowercase)
        .chain(key.chars().skip(1))
        .collect()
}

#[test]
fn the_one_resource_may_have_any_name_and_keys_any_letter_case() {
    let same = |key: &str| key.to_owned();
    let changes: [fn(&str) -> String; 4] = [
        same,
        first_letter_small,
        |key| key.to_lowercase(),
        |key| key.to_uppercase(),
    ];
    for name in ["TargetService", "targetservice", "web1", "my-service", "1"] {
        for change in changes {
            let mut web1 = stage::web1();
            let key = web1.service.clone();
            let content = with_keys(&document(name, &properties(&web1)), change);
            let input = carrying(&web1, &content);
            let created = ask(
                &mut web1.world,
                Service::CodeDeploy,
                "CreateDeployment",
                input,
                0,
            );
            let id = created["deploymentId"].as_str().unwrap().to_owned();
            let events = web1.events(&id, 200);
            assert!(
                events.contains(&"AfterAllowTestTraffic:Succeeded".to_owned()),
                "{content}"
            );
            assert_eq!(web1.serving()[0].0, web1.old());
            let made_with = web1.world.made_with(&key).unwrap();
            assert_eq!(
                made_with.capacity_providers[0].name, "FARGATE_SPOT",
                "{content}"
            );
        }
    }
}

#[test]
fn what_no_appspec_may_be() {
    let mut web1 = stage::web1();
    let good = document("web1", &properties(&web1));
    let changed = |pointer: &str, value: Value| {
        let mut document = good.clone();
        *document.pointer_mut(pointer).unwrap() = value;
        document
    };
    let resource = good["Resources"][0].clone();
    for content in [
        changed("/Resources", json!([])),
        changed("/Resources", json!([resource, resource])),
        changed("/Resources/0/web1/Type", json!("AWS::Lambda::Function")),
        changed("/Resources/0/web1/Properties", json!({})),
        changed("/version", json!(1.0)),
        changed("/Hooks", json!([{ "AfterInstall": null }])),
        changed("/Hooks", json!([{ "AfterInstall": "" }])),
        changed("/Hooks", json!([{ "AfterLunch": "smoke-test" }])),
        changed(
            "/Resources/0/web1/Properties/LoadBalancerInfo/ContainerPort",
            json!(9_090),
        ),
    ] {
        let input = carrying(&web1, &content);
        let error = refused(
            &mut web1.world,
            Service::CodeDeploy,
            "CreateDeployment",
            input,
            0,
        );
        assert_eq!(error.code, "InvalidRevisionException", "{content}");
    }
}
