//! Image tags among themselves: which version is the highest, and which tag was probably meant.

use std::cmp::Ordering;
use std::cmp::Reverse;

use crate::names::{ImageDigest, ImageTag};

/// Similarity (normalized Damerau-Levenshtein, 0 to 1) below which a tag is no likely typo of another.
const SIMILAR: f64 = 0.5;

/// The highest of the version tags, if there is one: `v1.10.0` over `v1.9.0`, `v1.2.0` over `v1.2.0-rc1`,
/// the later date, and any of them over a commit id, which has no order of its own.
pub fn highest_version(tags: &[ImageTag]) -> Option<&ImageTag> {
    tags.iter()
        .filter(|tag| tag.is_version())
        .max_by(|a, b| compare(a.as_str(), b.as_str()))
}

/// A total order of tags, so that the order in which AWS lists them never matters.
fn compare(a: &str, b: &str) -> Ordering {
    Rank::of(a)
        .cmp(&Rank::of(b))
        .then_with(|| natural(a, b))
        .then_with(|| a.cmp(b))
}

/// What kind of version a tag is; the later variant wins.
#[derive(PartialEq, Eq, PartialOrd, Ord)]
enum Rank {
    /// A commit id, whole or cut short, perhaps with a word before it.
    Commit,
    /// Something with a digit: `build-7`, `2026-11-20`.
    Other,
    /// Numbers with dots, perhaps after a `v`.
    Dotted,
}

impl Rank {
    fn of(tag: &str) -> Self {
        let bare = without_v(tag);
        let (release, _) = split_pre_release(bare);
        let dotted = release.contains('.')
            && release
                .split('.')
                .all(|part| !part.is_empty() && part.bytes().all(|b| b.is_ascii_digit()));
        let last = tag.rsplit(['-', '_', '.']).next().unwrap_or(tag);
        match (dotted, is_commit_id(last)) {
            (true, _) => Self::Dotted,
            (false, true) => Self::Commit,
            (false, false) => Self::Other,
        }
    }
}

/// Seven or more hexadecimal digits with a letter among them; all 40 may be digits.
fn is_commit_id(text: &str) -> bool {
    let hex = text
        .bytes()
        .all(|b| b.is_ascii_digit() || matches!(b, b'a'..=b'f'));
    hex && (text.len() == 40
        || ((7..40).contains(&text.len()) && text.bytes().any(|b| b.is_ascii_lowercase())))
}

fn without_v(tag: &str) -> &str {
    let bare = tag.strip_prefix(['v', 'V']).unwrap_or(tag);
    if bare.starts_with(|c: char| c.is_ascii_digit()) {
        bare
    } else {
        tag
    }
}

/// `1.2.0-rc1` is the pre-release `rc1` of `1.2.0`; in `2026-11-20` there is none.
fn split_pre_release(bare: &str) -> (&str, Option<&str>) {
    match bare.split_once(['-', '_']) {
        Some((release, rest)) if release.contains('.') => (release, Some(rest)),
        _ => (bare, None),
    }
}

/// Numbers by their value, everything else by its letters; what is before its release loses to it.
fn natural(a: &str, b: &str) -> Ordering {
    let ((a, before_a), (b, before_b)) = (
        split_pre_release(without_v(a)),
        split_pre_release(without_v(b)),
    );
    let release = pieces(a).cmp(&pieces(b));
    release.then_with(|| match (before_a, before_b) {
        (Some(a), Some(b)) => pieces(a).cmp(&pieces(b)),
        (a, b) => a.is_none().cmp(&b.is_none()),
    })
}

/// A run of digits or of other characters. A number is compared by its length without leading zeros, then by
/// its digits: that is its value, however long it is.
#[derive(PartialEq, Eq, PartialOrd, Ord)]
enum Piece {
    Text(String),
    Number(usize, String),
}

fn pieces(text: &str) -> Vec<Piece> {
    let mut pieces = Vec::new();
    let mut rest = text;
    while let Some(first) = rest.chars().next() {
        let digits = first.is_ascii_digit();
        let end = rest
            .find(|c: char| c.is_ascii_digit() != digits)
            .unwrap_or(rest.len());
        let (run, after) = rest.split_at(end);
        let number = run.trim_start_matches('0');
        pieces.push(match digits {
            true => Piece::Number(number.len(), number.to_owned()),
            false => Piece::Text(run.to_owned()),
        });
        rest = after;
    }
    pieces
}

/// Up to `n` existing tags that `asked` is probably a typo of, the likeliest first: equal but for letter case or
/// a `v` before it, then by similarity, then the neighbours in the order of versions.
pub fn closest(asked: &str, existing: &[ImageTag], n: usize) -> Vec<ImageTag> {
    let mut ordered: Vec<_> = existing.iter().collect();
    ordered.sort_by(|a, b| compare(a.as_str(), b.as_str()));
    ordered.dedup();
    let here = ordered.partition_point(|tag| compare(tag.as_str(), asked).is_lt());
    let mut likely: Vec<_> = ordered.into_iter().enumerate().collect();
    likely.retain(|(_, tag)| likeness(asked, tag) >= SIMILAR);
    let steps = |at: usize| if at < here { here - at } else { at - here + 1 };
    likely.sort_by(|(i, a), (j, b)| {
        likeness(asked, b)
            .total_cmp(&likeness(asked, a))
            .then_with(|| steps(*i).cmp(&steps(*j)))
    });
    likely
        .into_iter()
        .take(n)
        .map(|(_, tag)| tag.clone())
        .collect()
}

/// From 0 to 1, which is kept for tags that are equal but for letter case or a `v` before them.
fn likeness(asked: &str, tag: &ImageTag) -> f64 {
    let plain = |tag: &str| without_v(tag).to_lowercase();
    match (plain(asked), plain(tag.as_str())) {
        (asked, tag) if asked == tag => 1.0,
        (asked, tag) => strsim::normalized_damerau_levenshtein(&asked, &tag).min(0.99),
    }
}

/// The output `version`: the version tag on the target's digest (the one asked for if it is one, else the
/// highest), else the tag asked for, else the digest.
pub fn version_name(
    asked: Option<&ImageTag>,
    tags_on_digest: &[ImageTag],
    digest: &ImageDigest,
) -> String {
    let asked_version = asked.filter(|tag| tag.is_version() && tags_on_digest.contains(tag));
    let tag = asked_version
        .or_else(|| highest_version(tags_on_digest))
        .or(asked);
    tag.map_or_else(|| digest.to_string(), ImageTag::to_string)
}

/// The highest versions first, for "the newest tags that are there" where the time of the push is not known.
pub fn sort_by_version(tags: &mut [ImageTag]) {
    tags.sort_by(|a, b| {
        Reverse(a.is_version())
            .cmp(&Reverse(b.is_version()))
            .then_with(|| compare(b.as_str(), a.as_str()))
    });
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn tags(words: &[&str]) -> Vec<ImageTag> {
        words
            .iter()
            .map(|word| ImageTag::parse(word).unwrap())
            .collect()
    }

    fn words(tags: &[ImageTag]) -> Vec<&str> {
        tags.iter().map(ImageTag::as_str).collect()
    }

    #[test]
    fn versions_are_ordered_as_people_do() {
        for ordered in [
            &[
                "v1.2.0-rc1",
                "v1.2.0-rc2",
                "v1.2.0-rc10",
                "v1.2.0",
                "v1.9.0",
                "v1.10.0",
                "v10.0.0",
            ][..],
            &["2025-12-31", "2026-01-02", "2026-11-20"],
            &["20251231", "20260101"],
            &["build-9", "build-10"],
            &["9f2c41a", "build-1", "1.0"],
            &["1.2", "1.2.0"],
            &[
                "1.99999999999999999999999998",
                "1.99999999999999999999999999",
            ],
        ] {
            for window in ordered.windows(2) {
                let pair = tags(window);
                assert_eq!(
                    compare(pair[0].as_str(), pair[1].as_str()),
                    Ordering::Less,
                    "{window:?}"
                );
            }
        }
    }

    #[test]
    fn the_highest_is_a_version_tag() {
        let all = tags(&["latest", "0a1b2c3", "v1.2.0", "zzz", "v1.2.0-rc1"]);
        assert_eq!(highest_version(&all).unwrap().as_str(), "v1.2.0");
        assert_eq!(highest_version(&tags(&["latest", "stable"])), None);
        assert_eq!(
            highest_version(&tags(&["latest", "0a1b2c3"]))
                .unwrap()
                .as_str(),
            "0a1b2c3"
        );
    }

    #[test]
    fn typos_find_what_was_meant() {
        let existing = tags(&["v1.0.0", "v1.1.0", "v1.2.0", "latest", "Release-7"]);
        assert_eq!(words(&closest("1.2.0", &existing, 1)), ["v1.2.0"]);
        assert_eq!(words(&closest("V1.2.0", &existing, 1)), ["v1.2.0"]);
        assert_eq!(words(&closest("release-7", &existing, 1)), ["Release-7"]);
        assert_eq!(words(&closest("latets", &existing, 3)), ["latest"]);
        let likely = closest("v1.0.1", &existing, 2);
        assert_eq!(words(&likely), ["v1.0.0", "v1.1.0"]);
        assert!(closest("9f2c41a", &existing, 3).is_empty());
        assert!(closest("", &existing, 3).is_empty());
    }

    #[test]
    fn the_version_is_named_as_the_contract_says() {
        let digest = ImageDigest::parse(&format!("sha256:{}", "a".repeat(64))).unwrap();
        let on = tags(&["latest", "v1.2.0", "9f2c41a"]);
        let name = |asked: &str, on: &[ImageTag]| {
            version_name(ImageTag::parse(asked).as_ref(), on, &digest)
        };
        assert_eq!(name("9f2c41a", &on), "9f2c41a");
        assert_eq!(name("latest", &on), "v1.2.0");
        assert_eq!(name("stable", &tags(&["stable", "prod"])), "stable");
        assert_eq!(
            version_name(None, &tags(&["prod"]), &digest),
            digest.as_str()
        );
    }

    proptest! {
        #[test]
        fn the_order_of_the_list_never_matters(mut words in proptest::collection::vec("[v0-9a-c][v0-9a-c.-]{0,6}", 1..8)) {
            words.sort();
            let forward = tags(&words.iter().map(String::as_str).collect::<Vec<_>>());
            let mut backward = forward.clone();
            backward.reverse();
            prop_assert_eq!(highest_version(&forward), highest_version(&backward));
            prop_assert_eq!(closest("v1.0", &forward, 3), closest("v1.0", &backward, 3));
        }

        #[test]
        fn the_order_is_total(a in "[v0-9a][v0-9a.-]{0,5}", b in "[v0-9a][v0-9a.-]{0,5}", c in "[v0-9a][v0-9a.-]{0,5}") {
            let t = [a.as_str(), b.as_str(), c.as_str()];
            prop_assert_eq!(compare(t[0], t[1]), compare(t[1], t[0]).reverse());
            if compare(t[0], t[1]).is_le() && compare(t[1], t[2]).is_le() {
                prop_assert!(compare(t[0], t[2]).is_le());
            }
        }
    }
}
