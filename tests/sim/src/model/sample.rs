//! Documents made from a model: the smallest that it allows, the fullest, and ones with a single thing wrong.

use serde_json::{Map, Value, json};

use super::{Limits, Model, Shape};

/// Strings to choose from; the first that a shape allows is taken.
const STRINGS: [&str; 3] = ["a", "000000000000", "sha256:0a"];

/// Only what is required.
pub(crate) fn minimal(model: &Model, shape: Option<&String>) -> Value {
    shape.map_or_else(
        || json!({}),
        |shape| {
            Sampler {
                model,
                full: false,
                open: Vec::new(),
            }
            .value(shape)
        },
    )
}

/// Every member once; a shape within itself is left out.
pub(crate) fn full(model: &Model, shape: Option<&String>) -> Value {
    shape.map_or_else(
        || json!({}),
        |shape| {
            Sampler {
                model,
                full: true,
                open: Vec::new(),
            }
            .value(shape)
        },
    )
}

/// A value that no shape of this kind allows; `None` for a shape that allows everything.
pub(crate) fn wrong(shape: &Shape) -> Option<Value> {
    match shape {
        Shape::Document => None,
        Shape::Boolean => Some(json!("true")),
        _ => Some(json!(true)),
    }
}

struct Sampler<'m> {
    model: &'m Model,
    full: bool,
    open: Vec<String>,
}

impl Sampler<'_> {
    fn value(&mut self, name: &str) -> Value {
        self.open.push(name.to_owned());
        let model = self.model;
        let value = match model.shape(name) {
            Shape::Structure { members, required } => self.structure(members, required),
            Shape::Document => json!({ "anything": [1, null] }),
            Shape::List { member, length } => (0..self.count(length))
                .map(|_| self.value(member))
                .collect::<Vec<_>>()
                .into(),
            Shape::Map {
                key, value, length, ..
            } => {
                let entry = |sampler: &mut Self| (string(model.shape(key)), sampler.value(value));
                (0..self.count(length))
                    .map(|_| entry(self))
                    .collect::<Map<_, _>>()
                    .into()
            }
            text @ Shape::Text { .. } => string(text).into(),
            Shape::Integer { range } => json!(range.min.unwrap_or(1.0) as i64),
            Shape::Decimal { range } => json!(range.min.unwrap_or(0.5)),
            Shape::Boolean => json!(true),
            Shape::Timestamp => json!(1_795_219_200.25),
            Shape::Blob => json!("AAAA"),
        };
        self.open.pop();
        value
    }

    fn structure(&mut self, members: &[(String, String)], required: &[String]) -> Value {
        let mut object = Map::new();
        for (name, shape) in members {
            if required.contains(name) || (self.full && !self.open.contains(shape)) {
                object.insert(name.clone(), self.value(shape));
            }
        }
        object.into()
    }

    fn count(&self, length: &Limits) -> usize {
        (length.min.unwrap_or(0.0) as usize).max(usize::from(self.full))
    }
}

/// A string that a shape allows.
fn string(shape: &Shape) -> String {
    let Shape::Text {
        length,
        pattern,
        values,
    } = shape
    else {
        panic!("{shape:?} is no string")
    };
    let fits = |candidate: &&str| {
        length.allow(candidate.len() as f64)
            && pattern
                .as_ref()
                .is_none_or(|pattern| pattern.is_match(candidate))
    };
    let long = "a".repeat(length.min.unwrap_or(0.0) as usize);
    let candidates = values
        .first()
        .map(String::as_str)
        .into_iter()
        .chain(STRINGS)
        .chain([long.as_str()]);
    candidates
        .into_iter()
        .find(fits)
        .unwrap_or_else(|| panic!("no sample fits {shape:?}"))
        .to_owned()
}
