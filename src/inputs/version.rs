//! The input `version`: people type it under pressure, so the usual mistakes
//! (a whole image reference, half a digest, a git ref) each get their own answer.

use crate::{
    domain::mode::Mode,
    error::Problem,
    names::{ImageDigest, ImageTag},
};

use super::{messages::bad_value, reader::Reader, values::VersionSpec};

/// What an empty input means.
const DEFAULT: &str = "latest";

/// How far back `previous~N` reaches: as many deployments as are read at first.
const FARTHEST: u32 = 25;

const DIGEST_HINT: &str =
    "Copy the whole digest from ECR: sha256: and 64 of 0-9 and a-f. The tag works too.";

pub(super) fn read(reader: &mut Reader<'_>, mode: Mode) -> VersionSpec {
    let parse_given = match mode {
        Mode::MarkStable => parse_serving,
        _ => parse,
    };
    let given = reader.optional("version", parse_given);
    if mode == Mode::Guard {
        let refused = check_deployable(reader, given.as_ref());
        reader.keep(refused);
    }
    match (given, mode) {
        (Some(version), _) => version,
        // A rollback that nobody tried is the one to the version before.
        (None, Mode::Check) => VersionSpec::previous(),
        (None, _) => parse("version", DEFAULT).expect("the default is a tag"),
    }
}

/// What a pipeline is about to deploy has to be named.
fn check_deployable(reader: &Reader<'_>, given: Option<&VersionSpec>) -> Result<(), Problem> {
    match (given, reader.given("version")) {
        (Some(VersionSpec::Previous { typed, .. }), _) => Err(bad_value(
            "version",
            typed,
            "but guard is asked about a version to deploy",
            "Give its tag, its digest or its commit, such as version: ${{ github.sha }}.",
        )),
        (None, None) => Err(reader.missing("version")),
        _ => Ok(()),
    }
}

fn parse(name: &str, text: &str) -> Result<VersionSpec, Problem> {
    // No tag can have a ~, so it always means a number of steps.
    if text == "previous" || text.contains('~') {
        return previous(name, text);
    }
    // No tag can have a colon, so this is meant as a digest even where it is not one.
    if let Some((prefix, hex)) = text.split_at_checked("sha256:".len())
        && prefix.eq_ignore_ascii_case("sha256:")
    {
        return digest(name, text, hex);
    }
    match ImageTag::parse(text) {
        Some(tag) => Ok(VersionSpec::Tag(tag)),
        None => Err(not_a_tag(name, text)),
    }
}

/// A version that may be serving: `previous` is one that does not.
fn parse_serving(name: &str, text: &str) -> Result<VersionSpec, Problem> {
    match parse(name, text)? {
        VersionSpec::Previous { .. } => Err(bad_value(
            name,
            text,
            "but mark-stable marks only what serves now",
            "Give the version that was deployed, or leave version out to mark what serves.",
        )),
        version => Ok(version),
    }
}

fn previous(name: &str, text: &str) -> Result<VersionSpec, Problem> {
    let count = match text {
        "previous" => Some("1"),
        _ => text.strip_prefix("previous~"),
    };
    if let Some(steps) = count.and_then(steps) {
        let typed = text.to_owned();
        return Ok(VersionSpec::Previous { steps, typed });
    }
    let what = match count {
        None => "but only previous takes a ~",
        Some("0") => "which would be the running version",
        Some(_) => &format!("but ~ takes a number from 1 to {FARTHEST}"),
    };
    let hint =
        format!("Write previous, or previous~2 up to previous~{FARTHEST} to go further back.");
    Err(bad_value(name, text, what, hint))
}

fn steps(count: &str) -> Option<u32> {
    // Rust's own parser takes `+2` and `02` too; one step has one spelling.
    if count.starts_with(['0', '+']) {
        return None;
    }
    let steps = count.parse().ok()?;
    (1..=FARTHEST).contains(&steps).then_some(steps)
}

fn digest(name: &str, text: &str, hex: &str) -> Result<VersionSpec, Problem> {
    if let Some(digest) = ImageDigest::parse(text) {
        return Ok(VersionSpec::Digest(digest));
    }
    // Registries compare digests as text.
    let lower = format!("sha256:{}", hex.to_ascii_lowercase());
    if ImageDigest::parse(&lower).is_some() {
        return Err(bad_value(
            name,
            text,
            "a digest in upper case, which registries do not accept",
            format!("Write it in lower case: {lower}."),
        ));
    }
    let what = if hex.bytes().all(|b| b.is_ascii_hexdigit()) {
        let digits = hex.len();
        &format!("a digest of {digits} hexadecimal digits instead of 64")
    } else {
        "which is not a digest"
    };
    Err(bad_value(name, text, what, DIGEST_HINT))
}

fn not_a_tag(name: &str, text: &str) -> Problem {
    if let Some(part) = version_inside(text) {
        return bad_value(
            name,
            text,
            "which is more than the tag or the digest",
            format!(
                "Give only the tag or the digest: version: {part}. The repository is discovered, or given as repository."
            ),
        );
    }
    let length = text.chars().count();
    if length > 128 {
        let what = format!("{length} characters, but a tag has at most 128");
        return bad_value(name, text, &what, "Give the tag as ECR shows it.");
    }
    bad_value(
        name,
        text,
        "which cannot be an image tag",
        "A tag has letters, digits, _ . and -, and starts with a letter, a digit or _: v1.2.0. Also accepted: previous, previous~2, sha256:….",
    )
}

/// The tag or digest in `repository:tag`, `repository@sha256:…` or `refs/tags/v1.0.0`.
fn version_inside(text: &str) -> Option<String> {
    if let Some((_, digest)) = text.rsplit_once('@') {
        return Some(ImageDigest::parse(digest)?.to_string());
    }
    let (_, name) = text.rsplit_once('/').unwrap_or(("", text));
    let tag = match name.split_once(':') {
        Some((_, tag)) => tag,
        None => text.strip_prefix("refs/tags/")?,
    };
    Some(ImageTag::parse(tag)?.to_string())
}

#[cfg(test)]
mod tests {
    use super::{super::tests::shown, *};

    const HEX: &str = "9f2c41aa079f2c41aa079f2c41aa079f2c41aa079f2c41aa079f2c41aa079f2c";

    fn parse(text: &str) -> Result<VersionSpec, Problem> {
        super::parse("version", text).map_err(shown)
    }

    fn refusal(text: &str) -> Problem {
        parse(text).unwrap_err()
    }

    #[test]
    fn tags_digests_and_previous() {
        for tag in [
            "latest",
            "stable",
            "v1.2.0",
            "_x",
            "2026-11-20",
            "previous-1",
            "Previous",
        ] {
            assert_eq!(
                parse(tag),
                Ok(VersionSpec::Tag(ImageTag::parse(tag).unwrap())),
                "{tag}"
            );
        }
        let digest = format!("sha256:{HEX}");
        assert_eq!(
            parse(&digest),
            Ok(VersionSpec::Digest(ImageDigest::parse(&digest).unwrap()))
        );
        for (typed, steps) in [
            ("previous", 1),
            ("previous~1", 1),
            ("previous~2", 2),
            ("previous~25", 25),
        ] {
            assert_eq!(
                parse(typed),
                Ok(VersionSpec::Previous {
                    steps,
                    typed: typed.to_owned()
                })
            );
        }
    }

    #[test]
    fn previous_takes_one_to_twenty_five() {
        assert!(
            refusal("previous~0")
                .message
                .contains("the running version")
        );
        for text in [
            "previous~26",
            "previous~",
            "previous~-1",
            "previous~+2",
            "previous~02",
            "previous~two",
            "previous~4294967296",
        ] {
            assert!(refusal(text).message.contains("from 1 to 25"), "{text}");
        }
        assert!(
            refusal("HEAD~1")
                .message
                .contains("only previous takes a ~")
        );
        assert!(refusal("v1.2.0~1").hint.contains("previous~2"));
    }

    #[test]
    fn the_message_says_what_is_wrong_with_a_digest() {
        assert!(
            refusal("sha256:9f2c41")
                .message
                .contains("of 6 hexadecimal digits instead of 64")
        );
        let upper = refusal(&format!("sha256:{}", HEX.to_ascii_uppercase()));
        assert!(upper.message.contains("upper case"), "{upper}");
        assert!(
            upper.hint.contains(&format!("sha256:{HEX}")),
            "{}",
            upper.hint
        );
        assert!(
            refusal(&format!("SHA256:{HEX}"))
                .message
                .contains("upper case")
        );
        assert!(refusal("sha256:").message.contains("of 0 hexadecimal"));
        assert!(refusal("sha256:xyz").message.contains("not a digest"));
    }

    #[test]
    fn the_hint_for_a_pasted_reference_names_the_part_to_give() {
        let uri = "123456789012.dkr.ecr.eu-west-1.amazonaws.com/team/web1";
        assert!(
            refusal(&format!("{uri}:v1.0.0"))
                .hint
                .contains("version: v1.0.0.")
        );
        assert!(
            refusal(&format!("{uri}@sha256:{HEX}"))
                .hint
                .contains(&format!("version: sha256:{HEX}."))
        );
        assert!(refusal("web1:v1.0.0").hint.contains("version: v1.0.0."));
        assert!(
            refusal("localhost:5000/web1:v2")
                .hint
                .contains("version: v2.")
        );
        assert!(
            refusal("refs/tags/v1.0.0")
                .hint
                .contains("version: v1.0.0.")
        );
        assert!(refusal(uri).message.contains("cannot be an image tag"));
    }

    #[test]
    fn anything_else_is_refused_with_the_grammar_of_a_tag() {
        for text in [
            ".hidden",
            "-x",
            "v1 0",
            "v1\n::error::x",
            "vérsion",
            "a:b c",
        ] {
            let problem = refusal(text);
            assert!(problem.hint.contains("v1.2.0"), "{problem:?}");
            assert!(!problem.message.contains('\n') && !problem.hint.contains('\n'));
        }
        assert!(refusal(&"v".repeat(129)).message.contains("129 characters"));
    }
}
