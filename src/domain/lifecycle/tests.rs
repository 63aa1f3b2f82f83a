//! Policies and repositories as the user guide shows them, and what can't be judged.

mod evaluator;
mod random;

use serde_json::{Value, json};
use time::{Duration, OffsetDateTime};

use super::*;
use crate::{
    domain::image::Image,
    names::{ImageDigest, ImageTag},
    outside::without_marks,
};

fn now() -> OffsetDateTime {
    OffsetDateTime::from_unix_timestamp(1_790_000_000).unwrap()
}

fn days_ago(days: i64) -> OffsetDateTime {
    now() - Duration::days(days)
}

fn digest(name: &str) -> ImageDigest {
    let number: u32 = name.bytes().map(u32::from).sum();
    ImageDigest::parse(&format!("sha256:{number:064x}")).unwrap()
}

/// An image that was pushed so many days ago. Its name is its digest.
fn image(name: &str, tags: &[&str], pushed_days_ago: i64) -> Image {
    let parse = |tag: &&str| ImageTag::parse(tag).unwrap();
    Image {
        digest: digest(name),
        tags: tags.iter().map(parse).collect(),
        pushed_at: Some(days_ago(pushed_days_ago)),
        last_pulled_at: None,
        last_archived_at: None,
        last_activated_at: None,
        archived: false,
    }
}

fn rule(priority: u32, selection: &Value, action: &Value) -> Value {
    json!({"rulePriority": priority, "description": format!("Rule {priority}"), "selection": selection, "action": action})
}

fn expire(priority: u32, selection: &Value) -> Value {
    rule(priority, selection, &json!({"type": "expire"}))
}

fn archive(priority: u32, selection: &Value) -> Value {
    let action = json!({"type": "transition", "targetStorageClass": "archive"});
    rule(priority, selection, &action)
}

fn count(tags: Value, number: u32) -> Value {
    selection(
        tags,
        &json!({"countType": "imageCountMoreThan", "countNumber": number}),
    )
}

fn days(tags: Value, count_type: &str, number: u32) -> Value {
    let count = json!({"countType": count_type, "countUnit": "days", "countNumber": number});
    selection(tags, &count)
}

fn selection(mut tags: Value, count: &Value) -> Value {
    for (member, value) in count.as_object().unwrap() {
        tags[member] = value.clone();
    }
    tags
}

fn any() -> Value {
    json!({"tagStatus": "any"})
}

fn untagged() -> Value {
    json!({"tagStatus": "untagged"})
}

fn tagged(patterns: &[&str]) -> Value {
    json!({"tagStatus": "tagged", "tagPatternList": patterns})
}

fn policy(rules: &[Value]) -> Policy {
    Policy::parse(&json!({"rules": rules}).to_string()).unwrap()
}

fn all(images: &[Image]) -> Inventory<'_> {
    Inventory {
        images,
        is_complete: true,
        indexes: &[],
    }
}

/// In few words: `never`, `expire 1 in 3 days`, `archive 2 after 4`, `?`.
fn told(fate: &Fate) -> String {
    let by = |removal: &Removal| {
        let action = format!("{:?}", removal.action).to_lowercase();
        format!("{action} {}", removal.rule.priority)
    };
    match fate {
        Fate::Never => "never".to_owned(),
        Fate::Within { at, removal, .. } => {
            let days = (*at - now()).whole_days();
            format!("{} in {days} days", by(removal))
        }
        Fate::AfterPushes { images, removal } => format!("{} after {images}", by(removal)),
        Fate::Unknown(_) => "?".to_owned(),
    }
}

fn fates(rules: &[Value], images: &[Image]) -> Vec<String> {
    let policy = policy(rules);
    let mut fates = Vec::new();
    for image in images {
        fates.push(told(&policy.fate(image, all(images), now())));
    }
    fates
}

fn why(fate: Fate) -> String {
    match fate {
        Fate::Unknown(why) => without_marks(&why),
        judged => panic!("judged: {judged:?}"),
    }
}

/// "Filtering on multiple rules", examples A and B.
#[test]
fn a_rule_keeps_its_images_from_those_behind_it() {
    let images = [
        image("A", &["beta-1", "prod-1"], 10),
        image("B", &["beta-2", "prod-2"], 9),
        image("C", &["beta-3"], 8),
    ];
    let first_prod = [
        expire(1, &count(tagged(&["prod*"]), 1)),
        expire(2, &count(tagged(&["beta*"]), 1)),
    ];
    assert_eq!(
        fates(&first_prod, &images),
        ["expire 1 after 0", "expire 1 after 1", "expire 2 after 1"]
    );
    let first_beta = [
        expire(2, &count(tagged(&["prod*"]), 1)),
        expire(1, &count(tagged(&["beta*"]), 1)),
    ];
    assert_eq!(
        fates(&first_beta, &images),
        ["expire 1 after 0", "expire 1 after 0", "expire 1 after 1"]
    );
}

/// "Filtering on multiple tags in a single rule", example A, and the same with prefixes.
#[test]
fn each_entry_of_a_list_must_match_a_tag() {
    let images = [
        image("A", &["alpha-1"], 12),
        image("C", &["alpha-2", "beta-2"], 10),
        image("F", &["alpha-4", "beta-4"], 2),
    ];
    let prefixes = json!({"tagStatus": "tagged", "tagPrefixList": ["alpha", "beta"]});
    for tags in [tagged(&["alpha*", "beta*"]), prefixes] {
        let rules = [expire(1, &days(tags, "sinceImagePushed", 5))];
        assert_eq!(
            fates(&rules, &images),
            ["never", "expire 1 in -5 days", "expire 1 in 3 days"]
        );
    }
}

/// "Filtering on all images", example B: the last rule counts the images that belong to the others.
#[test]
fn a_count_is_of_all_that_a_rule_sees() {
    let images = [
        image("A", &["alpha-1", "beta-1"], 4),
        image("B", &[], 3),
        image("C", &["alpha-2"], 2),
        image("D", &["a1b2c3"], 1),
        image("E", &[], 0),
    ];
    let rules = [
        expire(1, &count(tagged(&["alpha*"]), 1)),
        expire(2, &days(untagged(), "sinceImagePushed", 1)),
        expire(3, &count(any(), 1)),
    ];
    assert_eq!(
        fates(&rules, &images),
        [
            "expire 1 after 0",
            "expire 2 in -2 days",
            "expire 1 after 1",
            "expire 3 after 0",
            "expire 2 in 1 days"
        ]
    );
}

/// "Combining archive and expire rules".
#[test]
fn an_archived_image_belongs_to_the_rules_of_the_archive() {
    let mut archived = image("A", &["v1"], 400);
    archived.archived = true;
    archived.last_archived_at = Some(days_ago(300));
    let images = [archived, image("B", &["v2"], 20)];
    let mut in_archive = days(any(), "sinceImageTransitioned", 365);
    in_archive["storageClass"] = "archive".into();
    let rules = [
        archive(1, &days(any(), "sinceImagePushed", 30)),
        expire(2, &in_archive),
    ];
    assert_eq!(
        fates(&rules, &images),
        ["expire 2 in 65 days", "archive 1 in 10 days"]
    );
}

#[test]
fn a_pull_or_a_restoration_starts_the_days_anew() {
    let fate = |pulled: Option<i64>, activated: Option<i64>| {
        let mut image = image("A", &["v1"], 100);
        image.last_pulled_at = pulled.map(days_ago);
        image.last_activated_at = activated.map(days_ago);
        let rules = [archive(1, &days(any(), "sinceImagePulled", 90))];
        let images = [image];
        let fate = policy(&rules).fate(&images[0], all(&images), now());
        assert!(matches!(
            fate,
            Fate::Within {
                is_postponed_by_pull: true,
                ..
            }
        ));
        told(&fate)
    };
    assert_eq!(fate(None, None), "archive 1 in -10 days");
    assert_eq!(fate(Some(30), None), "archive 1 in 60 days");
    assert_eq!(fate(Some(30), Some(5)), "archive 1 in 85 days");
    assert_eq!(fate(Some(3), Some(5)), "archive 1 in 87 days");
    assert_eq!(fate(None, Some(5)), "archive 1 in 85 days");
}

#[test]
fn a_restored_image_is_sorted_by_its_restoration_and_its_age_is_unknown() {
    let mut restored = image("A", &["v1"], 100);
    restored.last_activated_at = Some(days_ago(1));
    let images = [restored, image("B", &["v2"], 50)];
    let by_count = [expire(1, &count(any(), 2))];
    assert_eq!(
        fates(&by_count, &images),
        ["expire 1 after 2", "expire 1 after 1"]
    );
    let by_age = policy(&[expire(1, &days(any(), "sinceImagePushed", 200))]);
    let fate = by_age.fate(&images[0], all(&images), now());
    assert_eq!(
        why(fate),
        "it was restored from archive storage, and AWS does not document from when its age counts then"
    );
}

#[test]
fn what_is_not_known_is_not_guessed() {
    let images = [
        image("A", &["v1"], 9),
        image("B", &["nightly"], 9),
        image("C", &[], 9),
    ];
    let last = expire(9, &days(any(), "sinceImagePushed", 10));
    let mut unknown_member = expire(2, &count(tagged(&["v*"]), 3));
    unknown_member["only"] = true.into();
    let mut unknown_in_selection = expire(2, &count(tagged(&["v*"]), 3));
    unknown_in_selection["selection"]["region"] = "eu".into();
    let unknown_status = expire(2, &count(json!({"tagStatus": "signed"}), 3));
    let unknown_count = expire(2, &days(tagged(&["v*"]), "sinceImageScanned", 3));
    let unknown_action = rule(
        2,
        &count(tagged(&["v*"]), 3),
        &json!({"type": "quarantine"}),
    );
    let pulled_and_expired = expire(2, &days(tagged(&["v*"]), "sinceImagePulled", 3));
    let ten = "expire 9 in 1 days";
    for (rule, expected) in [
        (unknown_member, ["?", ten, ten]),
        (unknown_count, ["?", ten, ten]),
        (unknown_action, ["?", ten, ten]),
        (pulled_and_expired, ["?", ten, ten]),
        // Which images such a rule selects is not known.
        (unknown_in_selection, ["?", "?", "?"]),
        (unknown_status, ["?", "?", "?"]),
    ] {
        let first = expire(1, &count(tagged(&["night*"]), 1));
        assert_eq!(
            fates(&[rule.clone(), last.clone()], &images),
            expected,
            "{rule}"
        );
        // What a rule before it selects is safe from it.
        let night = "expire 1 after 1";
        assert_eq!(fates(&[rule.clone(), first], &images)[1], night, "{rule}");
    }
    let fate = policy(&[expire(7, &json!({}))]).fate(&images[0], all(&images), now());
    assert_eq!(
        why(fate),
        "lifecycle rule 7 has something that this action does not know"
    );
}

#[test]
fn rules_that_aws_would_not_take_are_not_judged() {
    let images = [image("A", &["v1"], 9)];
    let both = json!({"tagStatus": "tagged", "tagPrefixList": ["v"], "tagPatternList": ["v*"]});
    let mut unit = count(any(), 3);
    unit["countUnit"] = "days".into();
    let mut hours = days(any(), "sinceImagePushed", 3);
    hours["countUnit"] = "hours".into();
    for selection in [
        count(both, 3),
        count(json!({"tagStatus": "tagged"}), 3),
        count(tagged(&[]), 3),
        count(json!({"tagStatus": "tagged", "tagPrefixList": ["v*"]}), 3),
        count(json!({"tagStatus": "any", "tagPrefixList": ["v"]}), 3),
        count(any(), 0),
        days(any(), "sinceImageTransitioned", 90),
        unit,
        hours,
    ] {
        assert_eq!(
            fates(&[expire(1, &selection)], &images),
            ["?"],
            "{selection}"
        );
    }
}

#[test]
fn a_text_that_is_no_policy() {
    for (text, error) in [
        ("", "EOF while parsing a value at line 1 column 0"),
        ("{\"rules\": [{}]}", "missing field `rulePriority`"),
        ("{\"rules\": [], \"more\": 1}", "unknown field `more`"),
    ] {
        let found = without_marks(&Policy::parse(text).err().unwrap());
        assert!(found.starts_with(error), "{found}");
    }
    let rules = [
        expire(1, &count(any(), 3)),
        expire(1, &count(untagged(), 3)),
    ];
    let text = json!({"rules": rules}).to_string();
    let error = Policy::parse(&text).err().unwrap();
    assert_eq!(error, "two rules have the priority 1");
}

#[test]
fn a_repository_that_was_not_read_to_its_end() {
    let images = [image("A", &["v1"], 9), image("B", &["v2"], 8)];
    let some = Inventory {
        is_complete: false,
        ..all(&images)
    };
    let rules = policy(&[expire(1, &count(any(), 1))]);
    let (old, new) = (&images[0], &images[1]);
    assert_eq!(told(&rules.fate(old, some, now())), "expire 1 after 0");
    assert_eq!(
        why(rules.fate(new, some, now())),
        "the repository has more images than this action reads"
    );
}

#[test]
fn a_child_goes_after_its_index() {
    let images = [
        image("I", &["v1"], 3),
        image("child", &[], 3),
        image("other", &[], 3),
    ];
    let children = [digest("child")];
    let fate = |rules: &[Value]| {
        let indexes = [Index {
            image: &images[0],
            children: &children,
        }];
        let inventory = Inventory {
            indexes: &indexes,
            ..all(&images)
        };
        told(&policy(rules).fate(&images[1], inventory, now()))
    };
    let soon = expire(1, &days(untagged(), "sinceImagePushed", 1));
    let later = expire(2, &days(tagged(&["v*"]), "sinceImagePushed", 30));
    let by_count = expire(2, &count(tagged(&["v*"]), 5));
    assert_eq!(
        fates(std::slice::from_ref(&soon), &images)[1],
        "expire 1 in -2 days"
    );
    assert_eq!(fate(std::slice::from_ref(&soon)), "never");
    assert_eq!(fate(&[soon.clone(), later.clone()]), "expire 2 in 27 days");
    assert_eq!(fate(&[soon, by_count.clone()]), "expire 2 after 5");
    let much_later = expire(1, &days(untagged(), "sinceImagePushed", 60));
    assert_eq!(fate(&[much_later.clone(), later]), "expire 1 in 57 days");
    assert_eq!(fate(&[much_later, by_count]), "?");
}

/// ECR tells times by the second, and a push of an index sends its children within one.
#[test]
fn of_the_same_second_an_index_is_younger_than_its_children() {
    let images = [
        image("I", &["v1"], 3),
        image("child", &[], 3),
        image("other", &[], 3),
    ];
    let children = [digest("child")];
    let indexes = [Index {
        image: &images[0],
        children: &children,
    }];
    let known = Inventory {
        indexes: &indexes,
        ..all(&images)
    };
    let rules = policy(&[expire(1, &count(any(), 5))]);
    let index = &images[0];
    assert_eq!(told(&rules.fate(index, known, now())), "expire 1 after 4");
    assert_eq!(
        told(&rules.fate(index, all(&images), now())),
        "expire 1 after 3"
    );
}

#[test]
fn what_is_due_is_said() {
    let images = [image("A", &["v1"], 30), image("B", &["v2"], 2)];
    let is_due = |rules: &[Value]| {
        let policy = policy(rules);
        let fates = images
            .iter()
            .map(|image| policy.fate(image, all(&images), now()));
        fates.map(|fate| fate.is_due(now())).collect::<Vec<_>>()
    };
    assert_eq!(is_due(&[expire(1, &count(any(), 1))]), [true, false]);
    let old = expire(1, &days(any(), "sinceImagePushed", 20));
    assert_eq!(is_due(&[old]), [true, false]);
    let exactly = expire(1, &days(any(), "sinceImagePushed", 30));
    assert_eq!(is_due(&[exactly]), [false, false]);
    let never = expire(1, &days(any(), "sinceImagePushed", u32::MAX));
    assert_eq!(fates(&[never], &images), ["never", "never"]);
}

#[test]
fn a_preview_of_another_policy_says_nothing() {
    let text = json!({"rules": [expire(1, &count(any(), 1))]});
    let mark = Mark {
        digest: digest("A"),
        action: Some(Action::Expire),
        priority: Some(1),
    };
    let mut preview = Preview {
        is_valid: true,
        policy_text: text.to_string(),
        marks: vec![mark.clone()],
    };
    assert!(preview.is_of(&serde_json::to_string_pretty(&text).unwrap()));
    assert!(!preview.is_of("{\"rules\": []}"));
    assert!(!preview.is_of("?"));
    assert_eq!(preview.mark(&digest("A")), Some(&mark));
    assert_eq!(preview.mark(&digest("B")), None);
    preview.is_valid = false;
    assert!(!preview.is_of(&text.to_string()));
}
