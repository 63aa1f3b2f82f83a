//! The runner reads `action.yml`; it must say what the table says, in the same order.

use serde_yaml::{Mapping, Value};

use super::{INPUTS, OUTPUTS};

fn action() -> Mapping {
    let text = include_str!("../../action.yml");
    serde_yaml::from_str(text).expect("action.yml is YAML with a mapping at its top")
}

/// The members of a mapping in order: name and declaration.
fn members(action: &Mapping, of: &str) -> Vec<(String, Mapping)> {
    let Some(Value::Mapping(members)) = action.get(of) else {
        panic!("action.yml has no {of}")
    };
    let text = |value: &Value| value.as_str().expect("a name is text").to_owned();
    members
        .iter()
        .map(|(name, value)| {
            (
                text(name),
                value.as_mapping().expect("a declaration").clone(),
            )
        })
        .collect()
}

fn text<'a>(declaration: &'a Mapping, key: &str) -> Option<&'a str> {
    declaration.get(key).map(|value| {
        value
            .as_str()
            .unwrap_or_else(|| panic!("{key} must be quoted: {value:?}"))
    })
}

#[test]
fn action_yml_declares_the_inputs_of_the_table() {
    let action = action();
    let declared = members(&action, "inputs");
    let names: Vec<&str> = declared.iter().map(|(name, _)| name.as_str()).collect();
    assert_eq!(
        names,
        INPUTS.iter().map(|spec| spec.name).collect::<Vec<_>>()
    );
    for ((name, declaration), spec) in declared.iter().zip(INPUTS) {
        assert_eq!(
            text(declaration, "description"),
            Some(spec.description),
            "{name}"
        );
        assert_eq!(text(declaration, "default"), spec.default, "{name}");
        let required = declaration
            .get("required")
            .map(|value| value.as_bool().expect("true or false"));
        assert_eq!(required, Some(spec.required), "{name}");
        let known = ["description", "default", "required"];
        let unknown = declaration
            .keys()
            .find(|key| key.as_str().is_none_or(|key| !known.contains(&key)));
        assert_eq!(unknown, None, "{name}");
    }
}

#[test]
fn action_yml_declares_the_outputs_of_the_table() {
    let action = action();
    let declared: Vec<(String, Option<String>)> = members(&action, "outputs")
        .into_iter()
        .map(|(name, declaration)| (name, text(&declaration, "description").map(str::to_owned)))
        .collect();
    let table = OUTPUTS
        .iter()
        .map(|(name, meaning)| ((*name).to_owned(), Some((*meaning).to_owned())));
    assert_eq!(declared, table.collect::<Vec<_>>());
}

#[test]
fn action_yml_can_be_published() {
    let action = action();
    for key in ["name", "description", "author"] {
        assert!(
            text(&action, key).is_some_and(|text| !text.is_empty()),
            "{key}"
        );
    }
    let description = text(&action, "description").unwrap_or_default();
    assert!(
        description.chars().count() < 125,
        "GitHub's marketplace cuts off longer descriptions"
    );
    let branding = action
        .get("branding")
        .and_then(Value::as_mapping)
        .expect("branding");
    assert!(text(branding, "icon").is_some() && text(branding, "color").is_some());
    let runs = action
        .get("runs")
        .and_then(Value::as_mapping)
        .expect("runs");
    assert_eq!(
        (text(runs, "using"), text(runs, "image")),
        (Some("docker"), Some("Dockerfile"))
    );
}

#[test]
fn first_sentences_are_short_enough_for_help() {
    for spec in INPUTS {
        let first = spec.first_sentence();
        assert!(first.chars().count() <= 125, "{}: {first}", spec.name);
        assert!(spec.description.ends_with('.'), "{}", spec.name);
    }
}
