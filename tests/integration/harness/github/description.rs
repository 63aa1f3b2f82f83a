//! GitHub's own description of its REST API: requests and answers are held against it, and answers are made from it.
//!
//! `github-rest.json` is cut from <https://github.com/github/rest-api-description>, MIT licence.

use std::cell::RefCell;
use std::sync::OnceLock;

use boon::{Compiler, Schemas};
use serde_json::{Map, Value, json};

const DESCRIPTION: &str = include_str!("github-rest.json");
const NAME: &str = "github-rest.json";

fn described() -> &'static Value {
    static DESCRIBED: OnceLock<Value> = OnceLock::new();
    DESCRIBED.get_or_init(|| serde_json::from_str(DESCRIPTION).expect("it is JSON"))
}

/// Parameters that take several segments of a path.
const MANY: [&str; 3] = ["{path}", "{basehead}", "{ref}"];

/// An operation of the API: `GET /repos/{owner}/{repo}/commits/{ref}`.
#[derive(Clone)]
pub struct Operation {
    pub method: String,
    pub template: String,
}

impl Operation {
    /// The operation of a request.
    pub fn of(method: &str, path: &str) -> Option<Self> {
        let paths = described()["paths"].as_object().expect("paths");
        let method = method.to_lowercase();
        let fits = |template: &&String| {
            paths[*template].get(&method).is_some() && is_path_of(path, template)
        };
        // A longer template is the more specific one.
        let template = paths
            .keys()
            .filter(fits)
            .max_by_key(|template| template.len());
        Some(Self {
            template: template?.clone(),
            method,
        })
    }

    fn described(&self) -> &'static Value {
        &described()["paths"][&self.template][&self.method]
    }

    fn pointer(&self) -> String {
        format!("/paths/{}/{}", escaped(&self.template), self.method)
    }

    /// What is wrong with a request, if anything.
    pub fn check_request(&self, query: &[(String, String)], body: &[u8]) -> Result<(), String> {
        let parameters = self.described()["parameters"].as_array().expect("a list");
        let known: Vec<&str> = parameters.iter().filter_map(name_in_query).collect();
        for (name, _) in query {
            if !known.contains(&name.as_str()) {
                return Err(format!("{} has no parameter {name}", self.template));
            }
        }
        if body.is_empty() {
            return Ok(());
        }
        let body = serde_json::from_slice(body).map_err(|error| error.to_string())?;
        let pointer = format!(
            "{}/requestBody/content/application~1json/schema",
            self.pointer()
        );
        check(&pointer, &body)
    }

    /// What is wrong with an answer.
    pub fn check_answer(&self, status: u16, body: &Value) -> Result<(), String> {
        let responses = &self.described()["responses"];
        let Some(response) = responses.get(status.to_string()) else {
            // GitHub describes few of the errors that it answers with.
            return if status >= 400 {
                Ok(())
            } else {
                Err(format!("{} never answers {status}", self.template))
            };
        };
        let pointer = match response["$ref"].as_str() {
            Some(reference) => reference.trim_start_matches('#').to_owned(),
            None => format!("{}/responses/{status}", self.pointer()),
        };
        check(&format!("{pointer}/content/application~1json/schema"), body)
    }

    /// A valid answer with these members.
    pub fn answer(&self, status: u16, with: Value) -> Value {
        let schema = &self.described()["responses"][status.to_string()]["content"]["application/json"]
            ["schema"];
        match with {
            Value::Array(items) => {
                let items = items.into_iter();
                items
                    .map(|item| merged(sample(&schema["items"]), item))
                    .collect()
            }
            with => merged(sample(schema), with),
        }
    }
}

/// A valid value of a named schema with these members.
pub fn object(schema: &str, with: Value) -> Value {
    merged(sample(&described()["components"]["schemas"][schema]), with)
}

fn name_in_query(parameter: &Value) -> Option<&str> {
    let parameter = resolved(parameter);
    (parameter["in"] == "query").then(|| parameter["name"].as_str().expect("a name"))
}

fn is_path_of(path: &str, template: &str) -> bool {
    let (mut path, mut template) = (path.split('/'), template.split('/').peekable());
    while let Some(part) = template.next() {
        let Some(given) = path.next() else {
            return false;
        };
        let is_parameter = part.starts_with('{');
        if MANY.contains(&part) && template.peek().is_none() {
            return !given.is_empty();
        }
        if !is_parameter && part != given {
            return false;
        }
    }
    path.next().is_none()
}

fn escaped(template: &str) -> String {
    template.replace('~', "~0").replace('/', "~1")
}

fn resolved(value: &Value) -> &Value {
    match value["$ref"].as_str() {
        Some(reference) => described()
            .pointer(reference.trim_start_matches('#'))
            .expect("a reference leads somewhere"),
        None => value,
    }
}

/// Each schema is compiled at its first use: there are many requests, and the description is long.
struct Checker {
    compiler: Compiler,
    schemas: Schemas,
}

impl Checker {
    fn new() -> Self {
        let mut compiler = Compiler::new();
        compiler
            .add_resource(NAME, as_json_schema(described().clone()))
            .expect("a name that is free");
        Self {
            compiler,
            schemas: Schemas::new(),
        }
    }

    fn check(&mut self, pointer: &str, value: &Value) -> Result<(), String> {
        let location = format!("{NAME}#{}", pointer.replace('{', "%7B").replace('}', "%7D"));
        let schema = self.compiler.compile(&location, &mut self.schemas);
        let schema = schema.map_err(|error| format!("{pointer}: {error}"))?;
        let valid = self.schemas.validate(value, schema);
        valid.map_err(|error| format!("{pointer}: {error}\n{value:#}"))
    }
}

thread_local! {
    static CHECKER: RefCell<Checker> = RefCell::new(Checker::new());
}

fn check(pointer: &str, value: &Value) -> Result<(), String> {
    CHECKER.with_borrow_mut(|checker| checker.check(pointer, value))
}

/// OpenAPI 3.0 says `nullable` where JSON Schema has a type `null`.
fn as_json_schema(value: Value) -> Value {
    match value {
        Value::Object(mut members) => {
            let is_nullable = members.get("nullable") == Some(&json!(true));
            members.remove("nullable");
            members.remove("discriminator");
            let members: Map<String, Value> = members
                .into_iter()
                .map(|(name, member)| (name, as_json_schema(member)))
                .collect();
            if is_nullable {
                json!({ "anyOf": [members, { "type": "null" }] })
            } else {
                Value::Object(members)
            }
        }
        Value::Array(items) => items.into_iter().map(as_json_schema).collect(),
        other => other,
    }
}

/// The smallest value that a schema takes.
fn sample(schema: &Value) -> Value {
    let schema = resolved(schema);
    if schema["nullable"] == true {
        return Value::Null;
    }
    for choice in ["oneOf", "anyOf", "allOf", "enum"] {
        if let Some(first) = schema[choice].get(0) {
            return if choice == "enum" {
                first.clone()
            } else {
                sample(first)
            };
        }
    }
    match schema["type"].as_str() {
        Some("array") => json!([]),
        Some("string") => json!(text(schema["format"].as_str())),
        Some("integer" | "number") => json!(1),
        Some("boolean") => json!(false),
        _ => sample_object(schema),
    }
}

fn text(format: Option<&str>) -> &'static str {
    match format {
        Some("uri") => "https://api.github.com/x",
        Some("date-time") => "2026-11-20T00:00:00Z",
        _ => "x",
    }
}

fn sample_object(schema: &Value) -> Value {
    let mut members = Map::new();
    for name in schema["required"].as_array().into_iter().flatten() {
        let name = name.as_str().expect("a name");
        members.insert(name.to_owned(), sample(&schema["properties"][name]));
    }
    Value::Object(members)
}

fn merged(base: Value, with: Value) -> Value {
    match (base, with) {
        (Value::Object(mut base), Value::Object(with)) => {
            for (name, member) in with {
                let old = base.remove(&name).unwrap_or_default();
                base.insert(name, merged(old, member));
            }
            Value::Object(base)
        }
        (_, with) => with,
    }
}
