//! One shape of a service model, parsed: what a value of it may be.

use regex::Regex;
use serde_json::{Map, Value};

/// What a JSON value may be. Names of other shapes are names in the same model.
#[derive(Debug)]
pub enum Shape {
    /// Members as (name, shape), in the model's order.
    Structure {
        members: Vec<(String, String)>,
        required: Vec<String>,
    },
    /// A free-form JSON document.
    Document,
    List {
        member: String,
        length: Limits,
    },
    Map {
        key: String,
        value: String,
        length: Limits,
        /// What the query protocol calls a key and a value.
        called: (String, String),
    },
    /// `values` is empty unless the string is an enum. Lengths are in characters.
    Text {
        length: Limits,
        pattern: Option<Regex>,
        values: Vec<String>,
    },
    /// An integer or a long.
    Integer {
        range: Limits,
    },
    /// A float or a double.
    Decimal {
        range: Limits,
    },
    Boolean,
    /// Epoch seconds, with a fraction.
    Timestamp,
    /// Base64 text.
    Blob,
}

/// Bounds, both inclusive: of a length or of a number.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Limits {
    pub min: Option<f64>,
    pub max: Option<f64>,
}

impl Limits {
    fn parse(shape: &Value) -> Self {
        Self {
            min: shape["min"].as_f64(),
            max: shape["max"].as_f64(),
        }
    }

    /// Whether `amount` lies within.
    pub fn allow(&self, amount: f64) -> bool {
        self.min.is_none_or(|min| amount >= min) && self.max.is_none_or(|max| amount <= max)
    }
}

impl Shape {
    pub(super) fn parse(name: &str, shape: &Value, unchecked: &mut Vec<String>) -> Self {
        let limits = Limits::parse(shape);
        let kind = shape["type"].as_str().expect("a shape has a type");
        match kind {
            "structure" if shape["document"] == true => Self::Document,
            "structure" => Self::Structure {
                members: members(shape, "members")
                    .map(|(name, member)| (name.clone(), named(member)))
                    .collect(),
                required: texts(shape, "required"),
            },
            "list" => Self::List {
                member: named(&shape["member"]),
                length: limits,
            },
            "map" => Self::Map {
                key: named(&shape["key"]),
                value: named(&shape["value"]),
                length: limits,
                called: (
                    called(&shape["key"], "key"),
                    called(&shape["value"], "value"),
                ),
            },
            "string" => Self::Text {
                length: limits,
                pattern: text(shape, "pattern")
                    .and_then(|pattern| compiled(name, &pattern, unchecked)),
                values: texts(shape, "enum"),
            },
            "integer" | "long" => Self::Integer { range: limits },
            "float" | "double" => Self::Decimal { range: limits },
            "boolean" => Self::Boolean,
            "timestamp" => Self::Timestamp,
            "blob" => Self::Blob,
            other => panic!("shape {name} has the type {other}, which this checker does not know"),
        }
    }

    /// The shapes that this one names.
    pub fn named(&self) -> Vec<&String> {
        match self {
            Self::Structure { members, .. } => members.iter().map(|(_, shape)| shape).collect(),
            Self::List { member, .. } => vec![member],
            Self::Map { key, value, .. } => vec![key, value],
            _ => Vec::new(),
        }
    }
}

/// A pattern is searched for, not matched as a whole: where AWS means the whole, it writes `^` and `$`.
fn compiled(name: &str, pattern: &str, unchecked: &mut Vec<String>) -> Option<Regex> {
    let regex = Regex::new(pattern);
    if regex.is_err() {
        unchecked.push(format!("{name}: {pattern}"));
    }
    regex.ok()
}

fn called(reference: &Value, default: &str) -> String {
    text(reference, "locationName").unwrap_or_else(|| default.to_owned())
}

fn named(reference: &Value) -> String {
    text(reference, "shape").expect("a member names its shape")
}

pub(super) fn text(value: &Value, key: &str) -> Option<String> {
    value[key].as_str().map(str::to_owned)
}

pub(super) fn texts(value: &Value, key: &str) -> Vec<String> {
    let listed = value[key].as_array().map_or(&[][..], Vec::as_slice);
    listed
        .iter()
        .filter_map(Value::as_str)
        .map(str::to_owned)
        .collect()
}

pub(super) fn members<'v>(
    value: &'v Value,
    key: &str,
) -> impl Iterator<Item = (&'v String, &'v Value)> {
    value[key].as_object().into_iter().flat_map(Map::iter)
}
