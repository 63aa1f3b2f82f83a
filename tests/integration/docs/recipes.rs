//! docs/recipes: whole workflows that people copy. What they look like, and that their steps do what they say.

mod tried;
pub(crate) mod values;

use std::collections::{BTreeMap, BTreeSet};

use ecs_rollback_action::INPUTS;
use serde_json::Value;

use super::{links, read, root};

/// This action as a workflow names it: by the tag that its releases move.
const OURS: &str = "org/ecs-rollback-action@v1";

/// A workflow of docs/recipes.
pub(crate) struct Recipe {
    name: String,
    text: String,
    document: Value,
}

/// A step of a workflow.
pub(crate) struct RecipeStep<'r> {
    recipe: &'r str,
    step: &'r Value,
}

impl Recipe {
    fn jobs(&self) -> impl Iterator<Item = (&String, &Value)> {
        self.document["jobs"]
            .as_object()
            .expect("a workflow has jobs")
            .iter()
    }

    fn steps(&self) -> Vec<RecipeStep<'_>> {
        let mut steps = Vec::new();
        for (job, content) in self.jobs() {
            let list = content["steps"].as_array();
            for step in list.unwrap_or_else(|| panic!("{}: {job} has steps", self.name)) {
                let recipe = self.name.as_str();
                steps.push(RecipeStep { recipe, step });
            }
        }
        steps
    }

    /// The steps that use this action, in their order.
    pub(crate) fn ours(&self) -> Vec<RecipeStep<'_>> {
        let mut steps = self.steps();
        steps.retain(|step| step.step["uses"] == OURS);
        steps
    }
}

impl RecipeStep<'_> {
    /// The inputs as they are written; the runner passes numbers and booleans as text.
    fn inputs(&self) -> BTreeMap<String, String> {
        let mut inputs = BTreeMap::new();
        for (name, value) in self.step["with"].as_object().into_iter().flatten() {
            let text = match value {
                Value::String(text) => text.clone(),
                other => other.to_string(),
            };
            inputs.insert(name.clone(), text);
        }
        inputs
    }
}

pub(crate) fn recipe(name: &str) -> Recipe {
    let text = read(&format!("docs/recipes/{name}"));
    let document = serde_yaml::from_str(&text).unwrap_or_else(|error| panic!("{name}: {error}"));
    Recipe {
        name: name.to_owned(),
        text,
        document,
    }
}

fn names() -> BTreeSet<String> {
    let folder = std::fs::read_dir(root().join("docs/recipes")).expect("a folder");
    let mut names = BTreeSet::new();
    for entry in folder {
        let name = entry.expect("an entry").file_name();
        let name = name.into_string().expect("a name in UTF-8");
        if name.ends_with(".yml") {
            names.insert(name);
        }
    }
    assert!(names.len() > 7, "{names:?}");
    names
}

fn recipes() -> Vec<Recipe> {
    names().iter().map(|name| recipe(name)).collect()
}

/// The recipes that a page links to.
fn linked(page: &str, folder: &str) -> BTreeSet<String> {
    let text = read(page);
    let mut found = BTreeSet::new();
    for link in links(&text) {
        if let Some(name) = link.strip_prefix(folder)
            && name.ends_with(".yml")
        {
            found.insert(name.to_owned());
        }
    }
    found
}

#[test]
fn every_recipe_answers_a_question() {
    assert_eq!(linked("docs/recipes/README.md", ""), names());
    assert_eq!(linked("README.md", "docs/recipes/"), names());
    assert_eq!(linked("README.ko.md", "docs/recipes/"), names());
}

#[test]
fn other_actions_are_pinned_by_commit() {
    let mut pinned = 0;
    for recipe in recipes() {
        for line in recipe.text.lines() {
            let Some((_, action)) = line.split_once("uses: ") else {
                continue;
            };
            if action != OURS {
                pinned += 1;
                assert!(is_pinned(action), "{}: {action}", recipe.name);
            }
        }
    }
    assert!(pinned > 8, "only {pinned} were found");
}

/// `actions/checkout@3d3c42e5aac5ba805825da76410c181273ba90b1 # v7.0.1`.
fn is_pinned(action: &str) -> bool {
    let Some((action, version)) = action.split_once(" # v") else {
        return false;
    };
    let Some((_, commit)) = action.split_once('@') else {
        return false;
    };
    let is_commit = commit.len() == 40 && commit.chars().all(|digit| digit.is_ascii_hexdigit());
    is_commit && version.starts_with(|first: char| first.is_ascii_digit())
}

#[test]
fn each_job_has_its_own_permissions_and_an_end() {
    for recipe in recipes() {
        let name = &recipe.name;
        let top = &recipe.document["permissions"];
        assert_eq!(*top, serde_json::json!({}), "{name}");
        assert!(recipe.document["name"].is_string(), "{name}");
        assert!(recipe.document["on"].is_object(), "{name}");
        for (job, content) in recipe.jobs() {
            assert!(content["permissions"].is_object(), "{name}: {job}");
            assert!(content["timeout-minutes"].is_u64(), "{name}: {job}");
        }
    }
}

/// A job that the runner ends first could not say what AWS is still doing.
#[test]
fn the_action_ends_before_its_job() {
    for recipe in recipes() {
        for (job, content) in recipe.jobs() {
            let mut minutes = 0;
            for step in content["steps"].as_array().into_iter().flatten() {
                if step["uses"] == OURS {
                    minutes += minutes_of(step["with"]["timeout"].as_str());
                }
            }
            let limit = content["timeout-minutes"].as_u64().unwrap_or_default();
            assert!(minutes < limit, "{}: {job}: {minutes}", recipe.name);
        }
    }
}

/// The recipes' own way to write a time limit; the default is half an hour.
fn minutes_of(timeout: Option<&str>) -> u64 {
    let minutes = timeout.unwrap_or("30m").strip_suffix('m');
    minutes
        .and_then(|minutes| minutes.parse().ok())
        .expect("whole minutes")
}

/// What came from outside could be a command there.
#[test]
fn no_script_holds_an_expression() {
    let mut scripts = 0;
    for recipe in recipes() {
        for step in recipe.steps() {
            if let Some(script) = step.step["run"].as_str() {
                scripts += 1;
                assert!(!script.contains("${{"), "{}: {script}", recipe.name);
            }
        }
    }
    assert!(scripts > 8, "only {scripts} were found");
}

#[test]
fn every_input_and_output_is_declared() {
    let outputs = read("action.yml");
    let (_, outputs) = outputs.split_once("\noutputs:\n").expect("its outputs");
    for recipe in recipes() {
        for step in recipe.ours() {
            for name in step.inputs().keys() {
                let exists = INPUTS.iter().any(|spec| spec.name == name);
                assert!(exists, "{}: {name}", recipe.name);
            }
            let Some(id) = step.step["id"].as_str() else {
                continue;
            };
            for name in outputs_read(&recipe.text, id) {
                let exists = outputs.contains(&format!("  {name}:\n"));
                assert!(exists, "{}: {id} has no {name}", recipe.name);
            }
        }
    }
}

/// The names behind `steps.ID.outputs.`.
fn outputs_read<'t>(text: &'t str, id: &str) -> Vec<&'t str> {
    let before = format!("steps.{id}.outputs.");
    let mut names = Vec::new();
    for (at, _) in text.match_indices(&before) {
        let rest = &text[at + before.len()..];
        let end = rest.find(|c: char| !c.is_ascii_lowercase() && c != '-');
        names.push(&rest[..end.unwrap_or(rest.len())]);
    }
    assert!(!names.is_empty(), "nobody reads the outputs of {id}");
    names
}
