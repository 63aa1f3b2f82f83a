//! What a template has in the place of a value: `<IMAGE1_NAME>` (AWS CodePipeline), `{{ must_env "TAG" }}`
//! (ecspresso, Jinja), `${TAG}` (envsubst, Terraform).

use serde_json::Value;

use crate::outside::OutsideText;

/// The first placeholder in the text, as it is written there.
pub(super) fn find_placeholder(text: &str) -> Option<&str> {
    for (start, end) in [("<", ">"), ("{{", "}}"), ("${", "}")] {
        let Some(at) = text.find(start) else {
            continue;
        };
        if let Some(length) = text[at..].find(end) {
            return Some(&text[at..at + length + end.len()]);
        }
    }
    None
}

/// The first placeholder anywhere in the value but in members called `replaced`, and its path; `path` is the value's.
pub(super) fn placeholder_inside(
    value: &Value,
    path: &str,
    replaced: &str,
) -> Option<(String, OutsideText)> {
    match value {
        Value::String(text) => {
            let placeholder = find_placeholder(text)?;
            Some((path.to_owned(), OutsideText::new(placeholder)))
        }
        Value::Array(entries) => {
            let mut entries = entries.iter().enumerate();
            entries.find_map(|(index, entry)| {
                placeholder_inside(entry, &format!("{path}[{index}]"), replaced)
            })
        }
        Value::Object(members) => {
            let mut members = members.iter().filter(|(key, _)| *key != replaced);
            members.find_map(|(key, member)| {
                let key = OutsideText::new(key);
                placeholder_inside(member, &format!("{path}.{key}"), replaced)
            })
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_three_kinds_are_found_and_nothing_else() {
        for (text, found) in [
            ("<IMAGE1_NAME>", Some("<IMAGE1_NAME>")),
            (
                "web1:{{ env `TAG` `latest` }}",
                Some("{{ env `TAG` `latest` }}"),
            ),
            ("${ACCOUNT}.dkr.ecr/web1", Some("${ACCOUNT}")),
            ("a > b < c", None),
            ("{{ never ends", None),
            ("$TAG", None),
            ("", None),
        ] {
            assert_eq!(find_placeholder(text), found, "{text}");
        }
    }
}
