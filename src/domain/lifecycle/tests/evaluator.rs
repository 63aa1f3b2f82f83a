//! A straightforward evaluator of lifecycle rules, word by word after the user guide: every rule marks what it would
//! remove, and then the rules are applied by priority. It shares nothing with the code under test.

use time::{Duration, OffsetDateTime};

use crate::domain::{image::Image, lifecycle::Action};

#[derive(Clone, Debug)]
pub(super) struct TestRule {
    pub priority: u32,
    pub tags: Tags,
    pub criterion: Criterion,
    pub action: Action,
}

#[derive(Clone, Debug)]
pub(super) enum Tags {
    Any,
    Untagged,
    /// Each must be the beginning of a tag.
    Prefixes(Vec<&'static str>),
}

#[derive(Clone, Copy, Debug)]
pub(super) enum Criterion {
    Count(usize),
    Pushed(i64),
    Pulled(i64),
    Archived(i64),
}

impl TestRule {
    fn identifies(&self, image: &Image) -> bool {
        let is_class = image.archived == matches!(self.criterion, Criterion::Archived(_));
        let has = |prefix: &&str| {
            image
                .tags
                .iter()
                .any(|tag| tag.as_str().starts_with(*prefix))
        };
        let is_tagged = match &self.tags {
            Tags::Any => true,
            Tags::Untagged => image.tags.is_empty(),
            Tags::Prefixes(prefixes) => prefixes.iter().all(has),
        };
        is_class && is_tagged
    }

    /// The positions of the images that it would remove, were it the only rule.
    fn marks(&self, images: &[Image], now: OffsetDateTime) -> Vec<usize> {
        let mut seen: Vec<usize> = Vec::new();
        for (at, image) in images.iter().enumerate() {
            if self.identifies(image) {
                seen.push(at);
            }
        }
        let is_older =
            |since: Option<OffsetDateTime>, days: i64| now - since.unwrap() > Duration::days(days);
        match self.criterion {
            Criterion::Count(kept) => {
                let sorted_by =
                    |at: &usize| images[*at].last_activated_at.or(images[*at].pushed_at);
                seen.sort_by_key(sorted_by);
                seen.reverse();
                seen.split_off(kept.min(seen.len()))
            }
            Criterion::Pushed(days) => {
                seen.retain(|at| is_older(images[*at].pushed_at, days));
                seen
            }
            Criterion::Pulled(days) => {
                seen.retain(|at| {
                    let image = &images[*at];
                    let is_restored_since = image.last_activated_at > image.last_pulled_at;
                    let since = if is_restored_since {
                        image.last_activated_at
                    } else {
                        image.last_pulled_at.or(image.pushed_at)
                    };
                    is_older(since, days)
                });
                seen
            }
            Criterion::Archived(days) => {
                seen.retain(|at| is_older(images[*at].last_archived_at, days));
                seen
            }
        }
    }
}

/// What is removed at this time: for each image the priority of the rule that does it, and how.
pub(super) fn evaluate(
    rules: &[TestRule],
    images: &[Image],
    now: OffsetDateTime,
) -> Vec<Option<(u32, Action)>> {
    let mut rules = rules.to_vec();
    rules.sort_by_key(|rule| rule.priority);
    let mut removed = vec![None; images.len()];
    let mut is_taken = vec![false; images.len()];
    for rule in &rules {
        for at in rule.marks(images, now) {
            if !is_taken[at] {
                removed[at] = Some((rule.priority, rule.action));
            }
        }
        for (at, image) in images.iter().enumerate() {
            is_taken[at] |= rule.identifies(image);
        }
    }
    removed
}
