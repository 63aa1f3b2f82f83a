//! A file's values as ECS takes them: texts, numbers and booleans by the type of their member; what the console exports
//! as empty is left out. What cannot be meant is a fault, with its path in the file.

use serde_json::{Map, Number, Value};

use super::shape::{self, Kind, Member};
use crate::{domain::placeholder::find_placeholder, outside::OutsideText};

/// How much of a value a fault repeats, in characters.
const SHOWN: usize = 60;

const HINT_SKELETON: &str =
    "`aws ecs register-task-definition --generate-cli-skeleton` prints every member with its type";
const HINT_QUOTES: &str = "put the number in quotes, so that it stays as you wrote it";
const HINT_NAMES: &str = "name the members as ECS does (family, containerDefinitions, image, …): \
    `aws ecs describe-task-definition` prints the registered task definition like that";
const HINT_PLACEHOLDER: &str = "replace the placeholder in a step before this one, or write the value \
    (placeholders are only kept in environment variables, commands, labels and log options)";

/// Why ECS would not register a file, or not as it is meant.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Fault {
    /// `containerDefinitions[0].cpu is "lots", not a whole number`
    pub reason: String,
    pub hint: &'static str,
}

impl Fault {
    pub(super) fn placeholder(path: &str, placeholder: &str) -> Self {
        let placeholder = shortened(placeholder);
        Self {
            reason: format!("{path} has the placeholder {placeholder}"),
            hint: HINT_PLACEHOLDER,
        }
    }
}

/// Makes the value what its kind says. `path` is where it is in the file, `source` the file's text.
pub(super) fn conform(value: &mut Value, kind: Kind, path: &str, source: &str) -> Vec<Fault> {
    let mut conforming = Conforming {
        source,
        faults: Vec::new(),
    };
    conforming.value(value, kind, path);
    conforming.faults
}

struct Conforming<'s> {
    source: &'s str,
    faults: Vec<Fault>,
}

impl Conforming<'_> {
    fn value(&mut self, value: &mut Value, kind: Kind, path: &str) {
        match kind {
            Kind::Text | Kind::Free => self.text(value, path),
            Kind::Reference => {
                if !self.is_placeholder(value, path) {
                    self.text(value, path);
                }
            }
            Kind::Integer => self.integer(value, path),
            Kind::Boolean => self.boolean(value, path),
            Kind::Map => self.map(value, path),
            Kind::List(element) => self.list(value, shape::kind(element), path),
            Kind::Structure(structure) => self.structure(value, structure, path),
        }
    }

    fn text(&mut self, value: &mut Value, path: &str) {
        let text = match value {
            Value::String(_) => return,
            Value::Bool(flag) => flag.to_string(),
            Value::Number(number) => {
                let text = number.to_string();
                // `1.10` in JSON has been read as 1.1.
                if number.is_f64() && !has_number(self.source, &text) {
                    let reason = format!("{path} is a number, not text");
                    return self.fault(reason, HINT_QUOTES);
                }
                text
            }
            Value::Null => {
                let reason = format!("{path} is null, not text");
                return self.fault(reason, "remove it, or write \"\" for an empty text");
            }
            _ => return self.wrong_kind(value, "text", path),
        };
        *value = text.into();
    }

    fn integer(&mut self, value: &mut Value, path: &str) {
        if let Some(number) = whole_number(value) {
            *value = number.into();
        } else if value.is_i64() || value.is_u64() {
            let reason = format!("{path} is {value}, larger than ECS takes");
            self.fault(reason, HINT_SKELETON);
        } else if !self.is_placeholder(value, path) {
            self.wrong_plain(value, "a whole number", path);
        }
    }

    fn boolean(&mut self, value: &mut Value, path: &str) {
        if let Some(flag) = flag(value) {
            *value = flag.into();
        } else if !self.is_placeholder(value, path) {
            self.wrong_plain(value, "true or false", path);
        }
    }

    fn map(&mut self, value: &mut Value, path: &str) {
        let Some(entries) = value.as_object_mut() else {
            return self.wrong_kind(value, "a mapping", path);
        };
        for (key, value) in entries {
            let key = OutsideText::new(key);
            self.text(value, &format!("{path}.{key}"));
        }
    }

    fn list(&mut self, value: &mut Value, element: Kind, path: &str) {
        let Some(entries) = value.as_array_mut() else {
            return self.wrong_kind(value, "a list", path);
        };
        let mut kept = Vec::new();
        for (index, mut entry) in std::mem::take(entries).into_iter().enumerate() {
            if !is_left_out(&entry, element) {
                self.value(&mut entry, element, &format!("{path}[{index}]"));
                kept.push(entry);
            }
        }
        *entries = kept;
    }

    fn structure(&mut self, value: &mut Value, structure: &str, path: &str) {
        let Some(members) = value.as_object_mut() else {
            return self.wrong_kind(value, "a mapping", path);
        };
        let known = shape::members(structure);
        if self.has_other_names(members, &known, path) {
            return;
        }
        for member in &known {
            self.member(members, member, path);
        }
        // JSON's null stands for a member that is not there, known here or not.
        members.retain(|_, value| !value.is_null());
    }

    fn member(&mut self, members: &mut Map<String, Value>, member: &Member, path: &str) {
        let member_path = joined(path, member.name);
        let Some(value) = members.get_mut(member.name) else {
            return self.missing(member, path);
        };
        // A variable with nothing behind it is one with an empty value.
        if member.kind == Kind::Free && value.is_null() {
            *value = "".into();
        }
        if is_left_out(value, member.kind) {
            members.shift_remove(member.name);
            return self.missing(member, path);
        }
        self.value(value, member.kind, &member_path);
    }

    fn missing(&mut self, member: &Member, path: &str) {
        if member.is_required {
            self.fault(format!("{path} has no {}", member.name), HINT_SKELETON);
        }
    }

    /// Whether the members are named as another tool names them. ECS would ignore them without a word.
    fn has_other_names(
        &mut self,
        members: &Map<String, Value>,
        known: &[Member],
        path: &str,
    ) -> bool {
        for key in members.keys() {
            let Some(name) = other_name_of(key, known) else {
                continue;
            };
            let written = joined(path, &OutsideText::new(key).to_string());
            let reason = if key.starts_with(|first: char| first.is_ascii_uppercase()) {
                format!("{written} is CloudFormation's name for what ECS calls {name}")
            } else {
                format!("{written} is called {name} by ECS")
            };
            self.fault(reason, HINT_NAMES);
            return true;
        }
        false
    }

    fn is_placeholder(&mut self, value: &Value, path: &str) -> bool {
        let text = value.as_str().unwrap_or_default();
        let Some(placeholder) = find_placeholder(text) else {
            return false;
        };
        self.faults.push(Fault::placeholder(path, placeholder));
        true
    }

    fn wrong_plain(&mut self, value: &Value, wanted: &str, path: &str) {
        let Some(text) = value.as_str() else {
            return self.wrong_kind(value, wanted, path);
        };
        let reason = format!("{path} is \"{}\", not {wanted}", shortened(text));
        self.fault(reason, HINT_SKELETON);
    }

    fn wrong_kind(&mut self, value: &Value, wanted: &str, path: &str) {
        let found = match value {
            Value::Object(_) => "a mapping".to_owned(),
            Value::Array(_) => "a list".to_owned(),
            // It may hold anything: people have written a whole list of secrets as one text.
            Value::String(_) => "text".to_owned(),
            plain => plain.to_string(),
        };
        self.fault(format!("{path} is {found}, not {wanted}"), HINT_SKELETON);
    }

    fn fault(&mut self, reason: String, hint: &'static str) {
        self.faults.push(Fault { reason, hint });
    }
}

pub(super) fn joined(path: &str, name: &str) -> String {
    if path.is_empty() {
        return name.to_owned();
    }
    format!("{path}.{name}")
}

fn shortened(text: &str) -> OutsideText {
    OutsideText::new(text.chars().take(SHOWN).collect::<String>())
}

/// ECS's whole numbers have 32 bits.
fn whole_number(value: &Value) -> Option<i32> {
    match value {
        Value::String(text) => text.trim().parse().ok(),
        Value::Number(number) => number_without_fraction(number),
        _ => None,
    }
}

fn number_without_fraction(number: &Number) -> Option<i32> {
    if let Some(whole) = number.as_i64() {
        return i32::try_from(whole).ok();
    }
    // Some tools write every number with a fraction: `512.0`.
    let text = number.to_string();
    text.strip_suffix(".0")?.parse().ok()
}

/// Whether the source has the number written like this.
fn has_number(source: &str, number: &str) -> bool {
    let continues = |c: char| c.is_ascii_alphanumeric() || "+-.".contains(c);
    source.match_indices(number).any(|(at, _)| {
        let rest = &source[at + number.len()..];
        !source[..at].ends_with(continues) && !rest.starts_with(continues)
    })
}

/// YAML once had six words for each of them, and people still write them.
fn flag(value: &Value) -> Option<bool> {
    match value {
        Value::Bool(flag) => Some(*flag),
        Value::String(text) => match text.trim().to_ascii_lowercase().as_str() {
            "true" | "yes" | "on" => Some(true),
            "false" | "no" | "off" => Some(false),
            _ => None,
        },
        _ => None,
    }
}

/// The known member that a key stands for under another name: `Image`, `container_definitions`.
fn other_name_of(key: &str, known: &[Member]) -> Option<&'static str> {
    let folded = |name: &str| name.replace('_', "").to_ascii_lowercase();
    let mut named = None;
    for member in known {
        if member.name == key {
            return None;
        }
        if folded(member.name) == folded(key) {
            named = Some(member.name);
        }
    }
    named
}

/// Whether the console exports this for a member that is not set, where ECS does not take it.
fn is_left_out(value: &Value, kind: Kind) -> bool {
    match kind {
        Kind::Free => false,
        // A structure with a required member cannot be empty: `repositoryCredentials: {credentialsParameter: ""}`.
        Kind::Structure(structure) if has_required(structure) => is_blank(value),
        _ => value.is_null() || *value == "",
    }
}

fn has_required(structure: &str) -> bool {
    shape::members(structure)
        .iter()
        .any(|member| member.is_required)
}

/// Whether there is nothing in it, however deep.
fn is_blank(value: &Value) -> bool {
    match value {
        Value::Null => true,
        Value::String(text) => text.is_empty(),
        Value::Array(entries) => entries.iter().all(is_blank),
        Value::Object(members) => members.values().all(is_blank),
        _ => false,
    }
}

#[cfg(test)]
mod tests;
