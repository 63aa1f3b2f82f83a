//! That the output `report` is what `docs/report.schema.json` says, no member more and none less.

use std::sync::OnceLock;

use boon::{Compiler, SchemaIndex, Schemas};
use serde_json::{Value, json};

const SCHEMA: &str = include_str!("../../../docs/report.schema.json");

struct Compiled {
    schemas: Schemas,
    report: SchemaIndex,
}

/// For users new members are welcome; here one that the schema doesn't name is a fault.
fn closed(schema: &mut Value) {
    match schema {
        Value::Object(members) => {
            members.values_mut().for_each(closed);
            if members.get("type") == Some(&json!("object")) {
                let named = members["properties"].as_object().expect("an object");
                let named: Vec<&String> = named.keys().collect();
                let required = members["required"].as_array().expect("a list");
                assert!(
                    named.len() == required.len()
                        && named.iter().all(|name| required.contains(&json!(name))),
                    "never left out: {named:?}, but required is {required:?}"
                );
                members.insert("additionalProperties".to_owned(), json!(false));
            }
        }
        Value::Array(items) => items.iter_mut().for_each(closed),
        _ => {}
    }
}

fn compile() -> Compiled {
    let mut schema: Value = serde_json::from_str(SCHEMA).expect("the schema is JSON");
    closed(&mut schema);
    let (mut schemas, mut compiler) = (Schemas::new(), Compiler::new());
    compiler
        .add_resource("report.schema.json", schema)
        .expect("a name that is free");
    let report = compiler
        .compile("report.schema.json", &mut schemas)
        .expect("the schema is one of JSON Schema 2020-12");
    Compiled { schemas, report }
}

/// Panics where the report is another document.
#[track_caller]
pub fn fits(report: &str) {
    static COMPILED: OnceLock<Compiled> = OnceLock::new();
    let compiled = COMPILED.get_or_init(compile);
    let report: Value = serde_json::from_str(report).expect("the output `report` is JSON");
    if let Err(error) = compiled.schemas.validate(&report, compiled.report) {
        panic!("{error}\n{report:#}");
    }
}

fn does_not_fit(report: &Value) -> bool {
    let text = report.to_string();
    std::panic::catch_unwind(|| fits(&text)).is_err()
}

#[tokio::test(start_paused = true)]
async fn a_member_more_or_less_or_of_another_type_is_found() {
    let report = super::Step::web1("v1.0.0").run().await.report();
    assert!(!does_not_fit(&report));
    for pointer in ["", "/before", "/plan", "/ending"] {
        let spoil = |change: fn(&mut serde_json::Map<String, Value>)| {
            let mut spoilt = report.clone();
            let members = spoilt.pointer_mut(pointer).and_then(Value::as_object_mut);
            change(members.expect("an object"));
            spoilt
        };
        let more = spoil(|members| drop(members.insert("new".to_owned(), json!(1))));
        assert!(does_not_fit(&more), "{pointer}");
        let less = spoil(|members| {
            let first = members.keys().next().cloned().unwrap_or_default();
            drop(members.remove(&first));
        });
        assert!(does_not_fit(&less), "{pointer}");
    }
    let mut spoilt = report.clone();
    spoilt["seconds"] = json!("3");
    assert!(does_not_fit(&spoilt));
}
