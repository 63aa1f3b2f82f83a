//! What is told of an image is what a straightforward evaluator does to it: not a push, and not a second, before.

use proptest::prelude::*;
use serde_json::Value;
use time::{Duration, OffsetDateTime};

use super::evaluator::{Criterion, Tags, TestRule, evaluate};
use super::{all, archive, count, days, days_ago, expire, now, policy, untagged};
use crate::{
    domain::{
        image::Image,
        lifecycle::{Action, Fate, Removal},
    },
    names::{ImageDigest, ImageTag},
};

const PREFIXES: [&str; 3] = ["v", "prod-", "sha-"];

fn tags() -> impl Strategy<Value = Tags> {
    let prefixes = proptest::sample::subsequence(PREFIXES.to_vec(), 1..3);
    prop_oneof![
        Just(Tags::Any),
        Just(Tags::Untagged),
        prefixes.prop_map(Tags::Prefixes),
    ]
}

fn criterion() -> impl Strategy<Value = Criterion> {
    prop_oneof![
        (1usize..6).prop_map(Criterion::Count),
        (1i64..40).prop_map(Criterion::Pushed),
        (1i64..40).prop_map(Criterion::Pulled),
        (90i64..120).prop_map(Criterion::Archived),
    ]
}

fn rules() -> impl Strategy<Value = Vec<TestRule>> {
    let rule = (tags(), criterion(), any::<bool>());
    proptest::collection::vec(rule, 1..5).prop_map(|rules| {
        let mut built = Vec::new();
        for (priority, (tags, criterion, is_archive)) in (1..).zip(rules) {
            let action = match criterion {
                Criterion::Pulled(_) => Action::Archive,
                Criterion::Archived(_) => Action::Expire,
                _ if is_archive => Action::Archive,
                _ => Action::Expire,
            };
            built.push(TestRule {
                priority,
                tags,
                criterion,
                action,
            });
        }
        built
    })
}

/// Which prefixes its tags have, days since the last pull, and since it was archived and restored.
type Facts = (Vec<&'static str>, Option<i64>, Option<i64>, Option<i64>);

fn facts() -> impl Strategy<Value = Facts> {
    let rarely = |days: std::ops::Range<i64>| proptest::option::weighted(0.2, days);
    let prefixes = proptest::sample::subsequence(PREFIXES.to_vec(), 0..3);
    (
        prefixes,
        proptest::option::of(0i64..60),
        rarely(80..130),
        rarely(1..60),
    )
}

fn push(number: u32, prefixes: &[&str], pushed_at: OffsetDateTime) -> Image {
    let mut tags = Vec::new();
    for prefix in prefixes {
        tags.extend(ImageTag::parse(&format!("{prefix}{number}")));
    }
    Image {
        digest: ImageDigest::parse(&format!("sha256:{number:064x}")).unwrap(),
        tags,
        pushed_at: Some(pushed_at),
        last_pulled_at: None,
        last_archived_at: None,
        last_activated_at: None,
        archived: false,
    }
}

fn images() -> impl Strategy<Value = Vec<Image>> {
    proptest::collection::vec(facts(), 1..9).prop_map(|all| {
        let mut images = Vec::new();
        for (number, (prefixes, pulled, archived, activated)) in (1..).zip(all) {
            // No two at the same time.
            let pushed_at =
                days_ago(140 - i64::from(number) * 7 % 31) + Duration::hours(i64::from(number));
            let mut image = push(number, &prefixes, pushed_at);
            image.last_pulled_at = pulled.map(days_ago);
            image.last_archived_at = archived.map(days_ago);
            image.archived = archived.is_some() && activated.is_none();
            let hours = Duration::minutes(i64::from(number));
            image.last_activated_at = archived.and(activated).map(|days| days_ago(days) + hours);
            images.push(image);
        }
        images
    })
}

fn json(rule: &TestRule) -> Value {
    let tags = match &rule.tags {
        Tags::Any => any_image(),
        Tags::Untagged => untagged(),
        Tags::Prefixes(prefixes) => {
            serde_json::json!({"tagStatus": "tagged", "tagPrefixList": prefixes})
        }
    };
    let number = |days: i64| u32::try_from(days).unwrap();
    let selection = match rule.criterion {
        Criterion::Count(kept) => count(tags, u32::try_from(kept).unwrap()),
        Criterion::Pushed(age) => days(tags, "sinceImagePushed", number(age)),
        Criterion::Pulled(age) => days(tags, "sinceImagePulled", number(age)),
        Criterion::Archived(age) => {
            let mut selection = days(tags, "sinceImageTransitioned", number(age));
            selection["storageClass"] = "archive".into();
            selection
        }
    };
    match rule.action {
        Action::Expire => expire(rule.priority, &selection),
        Action::Archive => archive(rule.priority, &selection),
    }
}

fn any_image() -> Value {
    super::any()
}

/// The repository after so many more images that this rule selects were pushed, with tags of their own.
fn after_pushes(images: &[Image], rule: &TestRule, pushes: u32) -> Vec<Image> {
    let mut images = images.to_vec();
    let prefixes = match &rule.tags {
        Tags::Any | Tags::Untagged => &[][..],
        Tags::Prefixes(prefixes) => prefixes,
    };
    for number in 0..pushes {
        let pushed_at = now() + Duration::seconds(i64::from(number));
        images.push(push(1_000 + number, prefixes, pushed_at));
    }
    images
}

/// What the evaluator does to the image at this place.
fn done(
    rules: &[TestRule],
    images: &[Image],
    place: usize,
    at: OffsetDateTime,
) -> Option<(u32, Action)> {
    evaluate(rules, images, at)[place]
}

fn by(removal: &Removal) -> Option<(u32, Action)> {
    Some((removal.rule.priority, removal.action))
}

fn is_true(
    fate: &Fate,
    rules: &[TestRule],
    images: &[Image],
    place: usize,
) -> Result<(), TestCaseError> {
    match fate {
        Fate::Never => {
            let far = now() + Duration::days(3_000);
            prop_assert_eq!(done(rules, images, place, far), None);
            for rule in rules {
                let many = after_pushes(images, rule, 20);
                prop_assert_eq!(done(rules, &many, place, far), None);
            }
        }
        Fate::Within { at, removal, .. } => {
            prop_assert_eq!(done(rules, images, place, *at), None);
            let next = *at + Duration::seconds(1);
            prop_assert_eq!(done(rules, images, place, next), by(removal));
        }
        Fate::AfterPushes {
            images: pushes,
            removal,
        } => {
            let priority = removal.rule.priority;
            let rule = rules.iter().find(|rule| rule.priority == priority).unwrap();
            let pushed = after_pushes(images, rule, *pushes);
            prop_assert_eq!(done(rules, &pushed, place, now()), by(removal));
            if let Some(fewer) = pushes.checked_sub(1) {
                let pushed = after_pushes(images, rule, fewer);
                prop_assert_eq!(done(rules, &pushed, place, now()), None);
            }
        }
        Fate::Unknown(_) => prop_assert!(images[place].last_activated_at.is_some()),
    }
    Ok(())
}

proptest! {
    #[test]
    fn an_evaluator_does_what_was_told(rules in rules(), images in images()) {
        let texts: Vec<Value> = rules.iter().map(json).collect();
        let policy = policy(&texts);
        for (place, image) in images.iter().enumerate() {
            let fate = policy.fate(image, all(&images), now());
            is_true(&fate, &rules, &images, place)?;
        }
    }

    #[test]
    fn no_text_panics(text in "\\PC*", rule in "[a-zA-Z0-9{}\\[\\]\",:]{0,40}") {
        let rules = format!("{{\"rules\":[{{\"rulePriority\":1,\"selection\":{{{rule}}},\"action\":{{}}}}]}}");
        for text in [text, rules] {
            let _ = crate::domain::lifecycle::Policy::parse(&text);
        }
    }
}
