//! Holds the world's answers against AWS's models: known members, right types, known enum values, listed errors.

use std::sync::LazyLock;

use serde_json::Value;

use crate::aws::{AwsError, Service};

fn model(service: Service) -> &'static Value {
    static MODELS: [LazyLock<Value>; 4] = [
        LazyLock::new(|| parse(include_str!("../../../models/aws-codedeploy.json"))),
        LazyLock::new(|| parse(include_str!("../../../models/aws-ecr.json"))),
        LazyLock::new(|| parse(include_str!("../../../models/aws-ecs.json"))),
        LazyLock::new(|| parse(include_str!("../../../models/aws-logs.json"))),
    ];
    &MODELS[service as usize]
}

fn parse(text: &str) -> Value {
    serde_json::from_str(text).unwrap()
}

pub(super) fn check_answer(service: Service, operation: &str, answer: &Value) {
    let model = model(service);
    let output = &model["operations"][operation]["output"]["shape"];
    match output.as_str() {
        Some(shape) => check(model, shape, answer, operation),
        None => assert_eq!(
            answer,
            &serde_json::json!({}),
            "{operation} answers nothing"
        ),
    }
}

pub(super) fn check_error(service: Service, operation: &str, error: &AwsError) {
    let model = model(service);
    let listed = model["operations"][operation]["errors"].as_array().unwrap();
    assert!(
        listed.iter().any(|listed| *listed == error.code),
        "{operation} does not know {}",
        error.code
    );
}

fn check(model: &Value, shape: &str, value: &Value, path: &str) {
    let definition = &model["shapes"][shape];
    let fits = match definition["type"].as_str().unwrap() {
        "structure" => {
            for (name, member) in value
                .as_object()
                .unwrap_or_else(|| panic!("{path} is no structure"))
            {
                let known = definition["members"][name]["shape"].as_str();
                let known = known.unwrap_or_else(|| panic!("{path}.{name} is not in the model"));
                check(model, known, member, &format!("{path}.{name}"));
            }
            true
        }
        "list" => {
            let member = definition["member"]["shape"].as_str().unwrap();
            let items = value
                .as_array()
                .unwrap_or_else(|| panic!("{path} is no list"));
            items
                .iter()
                .for_each(|item| check(model, member, item, path));
            true
        }
        "map" => value.is_object(),
        "string" => {
            let known = |text: &str| {
                definition["enum"]
                    .as_array()
                    .is_none_or(|all| all.iter().any(|one| one == text))
            };
            value.as_str().is_some_and(known)
        }
        "integer" | "long" => value.is_i64() || value.is_u64(),
        "boolean" => value.is_boolean(),
        _ => value.is_number(),
    };
    assert!(fits, "{path} can't be {value}");
}
