//! What YAML has and JSON has not: merge keys, and plain words of which the spelling counts.

use std::{collections::HashSet, fmt};

use serde::de::{
    Deserialize, DeserializeSeed, Deserializer, Error, IgnoredAny, MapAccess, SeqAccess, Visitor,
};
use serde_json::{Map, Value};

/// YAML's merge key: the members of another mapping become members of this one.
const MERGE: &str = "<<";

/// Makes a text of each number and boolean that JSON would write in another way: `1.10`, `0x1F`, `True`. In an
/// environment variable the difference counts. `value` has to be what the same text was read as.
pub(super) fn keep_spelling<'de>(
    value: &mut Value,
    yaml: impl Deserializer<'de>,
) -> Result<(), String> {
    let spelled = Spelled(value).deserialize(yaml);
    spelled.map_err(|error| error.to_string())
}

struct Spelled<'v>(&'v mut Value);

impl<'de> DeserializeSeed<'de> for Spelled<'_> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        match self.0 {
            Value::Bool(_) | Value::Number(_) => {
                let spelled = String::deserialize(deserializer)?;
                let in_json = self.0.to_string();
                if spelled != in_json {
                    *self.0 = spelled.into();
                }
                Ok(())
            }
            Value::Array(_) => deserializer.deserialize_seq(self),
            Value::Object(_) => deserializer.deserialize_map(self),
            Value::Null | Value::String(_) => {
                IgnoredAny::deserialize(deserializer)?;
                Ok(())
            }
        }
    }
}

impl<'de> Visitor<'de> for Spelled<'_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("what was read before")
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<(), A::Error> {
        for entry in self.0.as_array_mut().into_iter().flatten() {
            list.next_element_seed(Spelled(entry))?;
        }
        list.next_element::<IgnoredAny>()?;
        Ok(())
    }

    fn visit_map<A: MapAccess<'de>>(self, mut mapping: A) -> Result<(), A::Error> {
        while let Some(key) = mapping.next_key::<String>()? {
            let Some(value) = self.0.get_mut(&key) else {
                return Err(A::Error::custom("a key that was not read before"));
            };
            mapping.next_value_seed(Spelled(value))?;
        }
        Ok(())
    }
}

/// What makes two keys of one mapping the same.
type Fold<'f> = &'f dyn Fn(&str) -> String;

/// Puts the members behind merge keys where they belong.
pub(super) fn merge(value: &mut Value, fold: Fold<'_>) -> Result<(), String> {
    match value {
        Value::Array(entries) => {
            for entry in entries {
                merge(entry, fold)?;
            }
        }
        Value::Object(members) => {
            for member in members.values_mut() {
                merge(member, fold)?;
            }
            if let Some(source) = members.shift_remove(MERGE) {
                merge_members(members, source, fold)?;
            }
        }
        _ => {}
    }
    Ok(())
}

fn merge_members(
    members: &mut Map<String, Value>,
    source: Value,
    fold: Fold<'_>,
) -> Result<(), String> {
    let mut taken = HashSet::new();
    for key in members.keys() {
        taken.insert(fold(key));
    }
    let sources = match source {
        Value::Array(mappings) => mappings,
        mapping => vec![mapping],
    };
    for mapping in sources {
        let Value::Object(mapping) = mapping else {
            return Err("the merge key `<<` takes a mapping or a list of mappings".to_owned());
        };
        // A mapping's own members count, wherever the merge key is; of several merged ones the first.
        for (key, value) in mapping {
            if taken.insert(fold(&key)) {
                members.insert(key, value);
            }
        }
    }
    Ok(())
}
