//! A document small enough for a later step.

use serde_json::Value;

use super::safe;

/// Bytes of the output `report`. GitHub takes 1 MB of an output, counted as UTF-16. But a step that passes it on as an
/// environment variable can have 128 KiB with the name (Linux's `MAX_ARG_STRLEN`), or its shell does not start.
pub(super) const MOST_BYTES: usize = 120_000;

/// How much of each part of a document is kept.
struct Most {
    /// Characters of a text.
    characters: usize,
    /// Items of a list.
    items: usize,
}

/// Nobody reads more of one text or list.
const FIRST: Most = Most {
    characters: 8_000,
    items: 400,
};
/// No id and hardly an ARN is longer. With one item a list, every document of such texts fits.
const FEWEST_CHARACTERS: usize = 250;

/// The document on one line; where that would be too long, with both ends of its long texts and lists.
pub(super) fn fitted(document: &Value) -> String {
    let mut text = document.to_string();
    let mut most = FIRST;
    while text.len() > MOST_BYTES && most.items > 0 {
        let mut shorter = document.clone();
        shorten(&mut shorter, &most);
        shorter["shortened"] = true.into();
        text = shorter.to_string();
        most = most.halved();
    }
    text
}

impl Most {
    fn halved(&self) -> Self {
        Self {
            characters: FEWEST_CHARACTERS.max(self.characters / 2),
            items: self.items / 2,
        }
    }
}

fn shorten(value: &mut Value, most: &Most) {
    match value {
        Value::String(text) => *text = safe::both_ends(text, most.characters),
        Value::Array(items) => {
            shorten_list(items, most.items);
            items.iter_mut().for_each(|item| shorten(item, most));
        }
        Value::Object(members) => members
            .values_mut()
            .for_each(|member| shorten(member, most)),
        Value::Null | Value::Bool(_) | Value::Number(_) => {}
    }
}

/// What began it stands at the start, and how it ended at the end.
fn shorten_list(items: &mut Vec<Value>, most: usize) {
    let left_out = items.len().saturating_sub(most);
    let head = most / 2;
    if left_out > 0 {
        items.drain(head..head + left_out);
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn read(document: &Value) -> Value {
        let text = fitted(document);
        assert!(text.len() <= MOST_BYTES, "{}", text.len());
        serde_json::from_str(&text).unwrap()
    }

    #[test]
    fn what_fits_stays_as_it_is() {
        let document = json!({ "log": "x".repeat(100_000), "shortened": false });
        assert_eq!(read(&document), document);
    }

    #[test]
    fn both_ends_of_texts_and_lists_stay() {
        let warnings: Vec<String> = (0..5_000)
            .map(|number| format!("warning {number}"))
            .collect();
        let log = format!("start{}end", "\n".repeat(200_000));
        let document = read(&json!({ "log": log, "warnings": warnings, "shortened": false }));
        let log = document["log"].as_str().unwrap();
        assert!(log.starts_with("start") && log.ends_with("end"), "{log}");
        let warnings = document["warnings"].as_array().unwrap();
        assert_eq!(warnings.len(), 400);
        assert_eq!(warnings[0], "warning 0");
        assert_eq!(warnings[399], "warning 4999");
        assert_eq!(document["shortened"], true);
    }

    #[test]
    fn many_long_lists_fit() {
        let change = json!({ "what": "\u{1f980}".repeat(400), "change": "\n".repeat(400) });
        let mut document = json!({ "shortened": false });
        for number in 0..30 {
            document[number.to_string()] = vec![change.clone(); 8].into();
        }
        assert_eq!(read(&document)["shortened"], true);
    }
}
