//! Image tags among themselves: which version is the highest, and which tag was probably meant.

use crate::names::{ImageDigest, ImageTag, is_lower_hex};

/// Similarity (normalized Damerau-Levenshtein, 0 to 1) below which a tag is no likely typo of another.
const SIMILAR: f64 = 0.5;

/// The highest of the version tags, if there is one: `v1.10.0` over `v1.9.0`, `v1.2.0` over `v1.2.0-rc1`,
/// the later date, and any of them over a commit id, which has no order of its own.
pub(crate) fn highest_version(tags: &[ImageTag]) -> Option<&ImageTag> {
    tags.iter()
        .filter(|tag| tag.is_version())
        .max_by_key(|tag| Order::of(tag.as_str()))
}

/// The place of a tag in the order of versions: members are compared from first to last.
#[derive(PartialEq, Eq, PartialOrd, Ord)]
struct Order<'a> {
    rank: Rank,
    release: Vec<Piece<'a>>,
    /// A pre-release comes before its release.
    is_release: bool,
    pre_release: Vec<Piece<'a>>,
    /// Tells apart what is written differently, so that the order in which AWS lists tags never matters.
    tag: &'a str,
}

impl<'a> Order<'a> {
    fn of(tag: &'a str) -> Self {
        let (release, pre_release) = split_pre_release(without_v(tag));
        Self {
            rank: Rank::of(tag, release),
            release: pieces(release),
            is_release: pre_release.is_none(),
            pre_release: pieces(pre_release.unwrap_or_default()),
            tag,
        }
    }
}

/// `v1.2.0-rc1` is the pre-release `rc1` of `1.2.0`; `2026-11-20` has no dot, and so no pre-release.
fn split_pre_release(bare: &str) -> (&str, Option<&str>) {
    match bare.split_once(['-', '_']) {
        Some((release, rest)) if release.contains('.') => (release, Some(rest)),
        _ => (bare, None),
    }
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
    fn of(tag: &str, release: &str) -> Self {
        if release.contains('.') && release.split('.').all(is_number) {
            return Self::Dotted;
        }
        let last = tag.rsplit(['-', '_', '.']).next();
        if last.is_some_and(is_commit_id) {
            return Self::Commit;
        }
        Self::Other
    }
}

fn is_number(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit())
}

fn is_commit_id(text: &str) -> bool {
    let may_be_id = match text.len() {
        40 => true,
        // Git shortens an id to seven digits or more. Without a letter, it is more likely a date or a build.
        7..40 => !is_number(text),
        _ => false,
    };
    may_be_id && is_lower_hex(text)
}

fn without_v(tag: &str) -> &str {
    match tag.strip_prefix(['v', 'V']) {
        Some(bare) if bare.starts_with(|c: char| c.is_ascii_digit()) => bare,
        // `vega` is a word.
        _ => tag,
    }
}

/// A run of digits or of other characters.
#[derive(PartialEq, Eq, PartialOrd, Ord)]
enum Piece<'a> {
    Text(&'a str),
    /// Without leading zeros, a number is compared by its length, then by its digits: that is its value, however
    /// long it is.
    Number {
        length: usize,
        digits: &'a str,
    },
}

fn pieces(text: &str) -> Vec<Piece<'_>> {
    let mut pieces = Vec::new();
    let mut rest = text;
    while let Some(first) = rest.chars().next() {
        let is_number = first.is_ascii_digit();
        let end = rest.find(|c: char| c.is_ascii_digit() != is_number);
        let (run, after) = rest.split_at(end.unwrap_or(rest.len()));
        rest = after;
        pieces.push(if is_number {
            number(run)
        } else {
            Piece::Text(run)
        });
    }
    pieces
}

fn number(digits: &str) -> Piece<'_> {
    let digits = digits.trim_start_matches('0');
    let length = digits.len();
    Piece::Number { length, digits }
}

/// Up to `n` existing tags that `asked` is probably a typo of, the likeliest first: equal but for letter case or
/// a `v` before it, then by similarity, then the neighbours in the order of versions.
pub(crate) fn closest(asked: &str, existing: &[ImageTag], n: usize) -> Vec<ImageTag> {
    let mut ordered: Vec<&ImageTag> = existing.iter().collect();
    ordered.sort_by_key(|tag| Order::of(tag.as_str()));
    ordered.dedup();
    let position = ordered.partition_point(|tag| Order::of(tag.as_str()) < Order::of(asked));
    let mut likely = Vec::new();
    for (place, tag) in ordered.into_iter().enumerate() {
        let likeness = likeness(asked, tag);
        if likeness >= SIMILAR {
            likely.push(Likely {
                tag,
                likeness,
                steps: steps_between(position, place),
            });
        }
    }
    // Both sorts keep the order of equals: of the alike, the nearer one comes first.
    likely.sort_by_key(|likely| likely.steps);
    likely.sort_by(|one, other| other.likeness.total_cmp(&one.likeness));
    let tags = likely.into_iter().take(n);
    tags.map(|likely| likely.tag.clone()).collect()
}

/// `asked` would lie between two tags: the one before it and the one after it are both one step away.
fn steps_between(asked: usize, place: usize) -> usize {
    if place < asked {
        asked - place
    } else {
        place - asked + 1
    }
}

/// A tag that may have been meant.
struct Likely<'a> {
    tag: &'a ImageTag,
    /// From 0 to 1.
    likeness: f64,
    /// How far away it is in the order of versions.
    steps: usize,
}

/// From 0 to 1, which is kept for tags that are equal but for letter case or a `v` before them.
fn likeness(asked: &str, tag: &ImageTag) -> f64 {
    let asked = without_v(asked).to_lowercase();
    let tag = without_v(tag.as_str()).to_lowercase();
    if asked == tag {
        return 1.0;
    }
    // `v1.0.1` and `v1.0.2` are alike as text; only what is equal but for its spelling counts as the same.
    strsim::normalized_damerau_levenshtein(&asked, &tag).min(0.99)
}

/// The output `version`: the version tag on the target's digest (the one asked for if it is one, else the
/// highest), else the tag asked for, else the digest.
pub(crate) fn version_name(
    asked: Option<&ImageTag>,
    tags_on_digest: &[ImageTag],
    digest: &ImageDigest,
) -> String {
    if let Some(asked) = asked
        && asked.is_version()
        && tags_on_digest.contains(asked)
    {
        return asked.to_string();
    }
    match highest_version(tags_on_digest).or(asked) {
        Some(tag) => tag.to_string(),
        None => digest.to_string(),
    }
}

/// Whether a version may be a commit id: 7 to 40 hexadecimal digits, or 64 where git hashes with SHA-256.
pub(crate) fn is_commit(text: &str) -> bool {
    let is_hex = text.bytes().all(|byte| byte.is_ascii_hexdigit());
    is_hex && matches!(text.len(), 7..=40 | 64)
}

/// What pipelines put in front of a commit id.
const COMMIT_PREFIX: &str = "sha-";

/// The commit id that a tag is: `abc1234`, `sha-abc1234`.
pub(crate) fn commit_in_tag(tag: &str) -> Option<&str> {
    let id = tag.strip_prefix(COMMIT_PREFIX).unwrap_or(tag);
    (is_commit(id) && is_surely_commit(id, id)).then_some(id)
}

/// Whether a tag is this commit's, one of both perhaps shortened: `abc1234`, `sha-abc1234…`.
pub(crate) fn is_tag_of_commit(tag: &str, commit: &str) -> bool {
    match tag.strip_prefix(COMMIT_PREFIX) {
        Some(id) => is_start_of(id, commit),
        None => is_label_of_commit(tag, commit),
    }
}

/// Whether what an image says it is built from is this commit, one of both perhaps shortened.
pub(crate) fn is_label_of_commit(id: &str, commit: &str) -> bool {
    is_surely_commit(id, commit) && is_start_of(id, commit)
}

/// Digits alone may be the number of a build, or a date: 1234567 is not 12345678.
fn is_surely_commit(id: &str, commit: &str) -> bool {
    id.len() >= 40 || commit.bytes().any(|byte| byte > b'9')
}

/// Whether both are commit ids, and one of them begins with the other.
fn is_start_of(id: &str, commit: &str) -> bool {
    let (id, commit) = (id.to_ascii_lowercase(), commit.to_ascii_lowercase());
    is_commit(&id) && (id.starts_with(&commit) || commit.starts_with(&id))
}

#[cfg(test)]
mod tests;
