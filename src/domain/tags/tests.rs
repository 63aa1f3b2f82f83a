use proptest::prelude::*;

use std::cmp::Ordering;

use super::*;

fn compare(a: &str, b: &str) -> Ordering {
    Order::of(a).cmp(&Order::of(b))
}

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
    let name =
        |asked: &str, on: &[ImageTag]| version_name(ImageTag::parse(asked).as_ref(), on, &digest);
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

#[test]
fn a_commit_id_is_found_in_any_length() {
    let full = "abc1234def5678900000000000000000000000aa";
    for (tag, commit) in [
        (full, "abc1234"),
        ("sha-abc1234", "abc1234"),
        ("sha-abc1234", full),
        ("abc1234", full),
        ("sha-1234567", "1234567"),
        ("1234567890123456789012345678901234567890", "1234567"),
        (full, "ABC1234"),
    ] {
        assert!(
            is_commit(commit) && is_tag_of_commit(tag, commit),
            "{tag} {commit}"
        );
    }
    for (tag, commit) in [
        ("12345678", "1234567"),
        ("abc1235", "abc1234"),
        ("v1.0.0", "abc1234"),
        ("abc123", "abc1234"),
        ("latest", "abcdefa"),
    ] {
        assert!(!is_tag_of_commit(tag, commit), "{tag} {commit}");
    }
    for version in ["abc123", "v1.2.0", "latest", "stable"] {
        assert!(!is_commit(version), "{version}");
    }
}
