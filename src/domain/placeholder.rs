//! What a template has in the place of a value: `<IMAGE1_NAME>` (AWS CodePipeline), `{{ must_env "TAG" }}`
//! (ecspresso, Jinja), `${TAG}` (envsubst, Terraform).

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
