//! What a lifecycle policy does to the images of a repository at one moment. Source: Amazon ECR user guide,
//! "Lifecycle policy evaluation rules".

use std::collections::HashSet;

use serde_json::{Value, json};

use super::super::input::{list, text, texts};
use super::super::time::{HOUR, Ms};
use super::wildcard::is_match;
use super::{Image, Repository};

/// An image that a rule removes.
#[derive(Clone, Debug)]
pub(super) struct Mark {
    pub digest: String,
    pub priority: u64,
    pub is_expired: bool,
}

/// Marks by all rules of a policy, without regard to indexes.
pub(super) fn marks(repository: &Repository, policy: &str, now: Ms) -> Vec<Mark> {
    let policy: Value = serde_json::from_str(policy).expect("a lifecycle policy is JSON");
    let mut rules: Vec<&Value> = list(&policy, "rules").iter().collect();
    rules.sort_by_key(|rule| rule["rulePriority"].as_u64());
    let mut marks = Vec::new();
    let mut seen: HashSet<&str> = HashSet::new();
    for rule in rules {
        let selected: Vec<&Image> = repository
            .images()
            .filter(|image| selects(&rule["selection"], image))
            .collect();
        for image in due(&rule["selection"], &selected, now) {
            // An image belongs to the first rule that sees it, whatever that does.
            if !seen.contains(image.digest.as_str()) {
                marks.push(Mark {
                    digest: image.digest.clone(),
                    priority: rule["rulePriority"].as_u64().unwrap_or_default(),
                    is_expired: rule["action"]["type"] == "expire",
                });
            }
        }
        seen.extend(selected.iter().map(|image| image.digest.as_str()));
    }
    marks
}

/// The same, without children of an index that stays.
pub(super) fn marks_beside_indexes(repository: &Repository, policy: &str, now: Ms) -> Vec<Mark> {
    let mut marks = marks(repository, policy, now);
    let gone: HashSet<String> = marks.iter().map(|mark| mark.digest.clone()).collect();
    let mut kept: HashSet<&str> = HashSet::new();
    for image in repository.images() {
        if !gone.contains(&image.digest) && image.archived_at.is_none() {
            kept.extend(image.children.iter().map(|(_, child)| child.as_str()));
        }
    }
    marks.retain(|mark| !kept.contains(mark.digest.as_str()));
    marks
}

fn selects(selection: &Value, image: &Image) -> bool {
    let is_archive = text(selection, "storageClass") == Some("archive");
    let has = |pattern: &str| image.tags.iter().any(|tag| is_match(pattern, tag));
    let prefixes = texts(selection, "tagPrefixList");
    let mut prefixes = prefixes.iter().map(|prefix| format!("{prefix}*"));
    let is_tagged = match text(selection, "tagStatus") {
        Some("untagged") => image.tags.is_empty(),
        Some("tagged") => {
            texts(selection, "tagPatternList").into_iter().all(has)
                && prefixes.all(|prefix| has(&prefix))
        }
        _ => true,
    };
    is_archive == image.archived_at.is_some() && is_tagged
}

fn due<'a>(selection: &Value, selected: &[&'a Image], now: Ms) -> Vec<&'a Image> {
    let number = selection["countNumber"].as_u64().unwrap_or_default();
    let older = |since: fn(&Image) -> Ms| {
        let mut older = selected.to_vec();
        older.retain(|image| now.saturating_sub(since(image)) > number * 24 * HOUR);
        older
    };
    match text(selection, "countType") {
        Some("imageCountMoreThan") => {
            let mut sorted = selected.to_vec();
            // The images are in the order of their pushes: of one moment, the last is the youngest.
            sorted.reverse();
            sorted.sort_by_key(|image| std::cmp::Reverse(sorted_by(image)));
            sorted.split_off(sorted.len().min(number as usize))
        }
        Some("sinceImagePushed") => older(|image| image.pushed_at),
        Some("sinceImagePulled") => older(last_used),
        Some("sinceImageTransitioned") => older(|image| image.archived_at.unwrap_or(Ms::MAX)),
        other => panic!("a lifecycle rule counts by {other:?}, which AWS does not know"),
    }
}

fn sorted_by(image: &Image) -> Ms {
    image
        .restored
        .map_or(image.pushed_at, |restored| restored.activated_at)
}

fn last_used(image: &Image) -> Ms {
    let restored = image.restored.map(|restored| restored.activated_at);
    let used = image.last_pulled_at.max(restored);
    used.unwrap_or(image.pushed_at)
}

impl Mark {
    pub(super) fn action(&self) -> Value {
        if self.is_expired {
            json!({ "type": "EXPIRE" })
        } else {
            json!({ "type": "TRANSITION", "targetStorageClass": "ARCHIVE" })
        }
    }
}
