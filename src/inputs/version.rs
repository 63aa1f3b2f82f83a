//! The input `version`: what somebody types under pressure, so the mistakes people make there
//! (a whole image reference, half a digest, a git ref) each get their own answer.

use crate::error::Problem;
use crate::names::{ImageDigest, ImageTag};

use super::VersionSpec;
use super::reader::{bad, quoted};

/// How far back `previous~N` reaches: as many deployments as are read at first.
const FARTHEST: u32 = 25;

pub(super) fn parse(text: &str) -> Result<VersionSpec, Problem> {
    if text == "previous" {
        return Ok(VersionSpec::Previous {
            steps: 1,
            typed: text.to_owned(),
        });
    }
    if text.contains('~') {
        return previous(text);
    }
    if text
        .get(..7)
        .is_some_and(|start| start.eq_ignore_ascii_case("sha256:"))
    {
        return digest(text);
    }
    ImageTag::parse(text)
        .map(VersionSpec::Tag)
        .ok_or_else(|| not_a_tag(text))
}

fn previous(text: &str) -> Result<VersionSpec, Problem> {
    let hint =
        format!("Write previous, or previous~2 up to previous~{FARTHEST} to go further back.");
    let Some(count) = text.strip_prefix("previous~") else {
        return Err(bad(
            format!(
                "the input version is {}; only previous takes a ~",
                quoted(text)
            ),
            hint,
        ));
    };
    let plain = count.bytes().all(|b| b.is_ascii_digit()) && !count.starts_with('0');
    match count.parse() {
        Ok(steps @ 1..=FARTHEST) if plain => Ok(VersionSpec::Previous {
            steps,
            typed: text.to_owned(),
        }),
        Ok(0) if count == "0" => Err(bad(
            "the input version is \"previous~0\", which would be what runs now",
            hint,
        )),
        _ => Err(bad(
            format!(
                "the input version is {}; after ~ comes a number from 1 to {FARTHEST}",
                quoted(text)
            ),
            hint,
        )),
    }
}

fn digest(text: &str) -> Result<VersionSpec, Problem> {
    if let Some(digest) = ImageDigest::parse(text) {
        return Ok(VersionSpec::Digest(digest));
    }
    let hex = &text[7..];
    let lower = format!("sha256:{}", hex.to_ascii_lowercase());
    let message = |what: String| format!("the input version is {}, {what}", quoted(text));
    if ImageDigest::parse(&lower).is_some() {
        let what = "a digest in upper case, which registries don't know".to_owned();
        return Err(bad(
            message(what),
            format!("Write it in lower case: {lower}."),
        ));
    }
    let hint = "Copy the whole digest from ECR: sha256: and 64 of 0-9 and a-f. The tag works too.";
    if hex.bytes().all(|b| b.is_ascii_hexdigit()) {
        let what = format!("a digest of {} hexadecimal digits instead of 64", hex.len());
        return Err(bad(message(what), hint));
    }
    Err(bad(message("which is not a digest".to_owned()), hint))
}

fn not_a_tag(text: &str) -> Problem {
    let value = quoted(text);
    if let Some(part) = version_inside(text) {
        return bad(
            format!("the input version is {value}, which is more than the tag or the digest"),
            format!(
                "Give only what tells the versions apart: version: {part}. The repository is found by itself, or given as repository."
            ),
        );
    }
    if text.chars().count() > 128 {
        return bad(
            format!(
                "the input version is {value}, {} characters; a tag has 128 at most",
                text.chars().count()
            ),
            "Give the tag as ECR shows it.",
        );
    }
    bad(
        format!("the input version is {value}, which can't be an image tag"),
        "A tag has letters, digits, _ . and -, and starts with a letter, a digit or _: v1.2.0. Also taken: previous, previous~2, sha256:….",
    )
}

/// The tag or digest in `repository:tag`, `repository@sha256:…` or `refs/tags/v1.0.0`.
fn version_inside(text: &str) -> Option<String> {
    if let Some((_, digest)) = text.rsplit_once('@') {
        return ImageDigest::parse(digest).map(|digest| digest.to_string());
    }
    let name = text.rsplit_once('/').map_or(text, |(_, name)| name);
    let tag = match name.split_once(':') {
        Some((_, tag)) => tag,
        None => text.strip_prefix("refs/tags/")?,
    };
    ImageTag::parse(tag).map(|tag| tag.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    const HEX: &str = "9f2c41aa079f2c41aa079f2c41aa079f2c41aa079f2c41aa079f2c41aa079f2c";

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
        assert!(refusal("previous~0").message.contains("what runs now"));
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
    fn a_broken_digest_says_what_is_broken() {
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
    fn a_pasted_reference_is_told_which_part_to_give() {
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
        assert!(refusal(uri).message.contains("can't be an image tag"));
    }

    #[test]
    fn what_is_no_tag_is_refused_with_the_grammar() {
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
