//! When an image goes, by the one rule that it belongs to.

use time::{Duration, OffsetDateTime};

use super::policy::{Action, Criterion, Effect, Policy, Rule, RuleName};
use crate::{domain::image::Image, names::ImageDigest};

/// What becomes of an image.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Fate {
    /// No rule selects it, or only one whose time is beyond the calendar.
    Never,
    /// It meets its rule's criterion from this time on; in the past, it does already. AWS acts within 24 hours.
    Within {
        at: OffsetDateTime,
        /// A pull before that time starts the days anew. Each task that starts may pull it.
        is_postponed_by_pull: bool,
        removal: Removal,
    },
    /// It may go as soon as so many more images that its rule selects were pushed, not before. 0: it may go today. A
    /// multi-platform image is several images: the index and a child for each platform, which a rule for `any` image
    /// counts, too.
    AfterPushes { images: u32, removal: Removal },
    /// It can't be judged; the sentence says why.
    Unknown(String),
}

/// Which rule removes an image, and how.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Removal {
    pub rule: RuleName,
    pub action: Action,
}

/// What is known of the images of a repository.
#[derive(Clone, Copy)]
pub(crate) struct Inventory<'a> {
    /// Tagged and untagged ones, archived ones included.
    pub images: &'a [Image],
    /// Whether these are all.
    pub is_complete: bool,
    /// Those whose manifests were read.
    pub indexes: &'a [Index<'a>],
}

/// A multi-platform image, and the images for its platforms.
pub(crate) struct Index<'a> {
    pub image: &'a Image,
    pub children: &'a [ImageDigest],
}

impl Fate {
    /// Whether its rule's criterion is met already, or may be: AWS may remove it today.
    pub(crate) fn is_due(&self, now: OffsetDateTime) -> bool {
        match self {
            Self::Within { at, .. } => *at < now,
            Self::AfterPushes { images, .. } => *images == 0,
            Self::Never | Self::Unknown(_) => false,
        }
    }
}

impl Policy {
    /// What the policy does to an image, as far as it can be told from the images that are there now: a tag that moves
    /// may put the image under another rule.
    pub(crate) fn fate(&self, image: &Image, inventory: Inventory, now: OffsetDateTime) -> Fate {
        let mut fate = self.fate_by_rule(image, inventory);
        for index in inventory.indexes {
            if index.children.contains(&image.digest) {
                let of_index = self.fate_by_rule(index.image, inventory);
                fate = after_both(fate, of_index, now);
            }
        }
        fate
    }

    /// The same for the image alone, whatever refers to it.
    fn fate_by_rule(&self, image: &Image, inventory: Inventory) -> Fate {
        for rule in &self.rules {
            let Some(selection) = &rule.selection else {
                return rule.not_understood();
            };
            if !selection.is_match(image) {
                continue;
            }
            return match &rule.effect {
                Some(effect) => rule.fate_of_selected(effect, image, inventory),
                None => rule.not_understood(),
            };
        }
        Fate::Never
    }
}

impl Rule {
    fn not_understood(&self) -> Fate {
        let priority = self.name.priority;
        Fate::Unknown(format!(
            "lifecycle rule {priority} has something that this action does not know"
        ))
    }

    fn fate_of_selected(&self, effect: &Effect, image: &Image, inventory: Inventory) -> Fate {
        let action = effect.action;
        match effect.criterion {
            Criterion::CountMoreThan(kept) => self.fate_by_count(kept, action, image, inventory),
            // The guide sorts a restored image by the time of its restoration, and does not say by which time it ages.
            Criterion::SincePushed(_) if image.last_activated_at.is_some() => Fate::Unknown(
                "it was restored from archive storage, and AWS does not document from when its age counts then"
                    .to_owned(),
            ),
            Criterion::SincePushed(days) => self.fate_by_age(days, image.pushed_at, action, false),
            Criterion::SincePulled(days) => self.fate_by_age(days, last_used(image), action, true),
            Criterion::SinceArchived(days) => {
                self.fate_by_age(days, image.last_archived_at, action, false)
            }
        }
    }

    fn fate_by_age(
        &self,
        days: u32,
        start: Option<OffsetDateTime>,
        action: Action,
        is_postponed_by_pull: bool,
    ) -> Fate {
        let Some(start) = start else {
            return age_is_unknown();
        };
        // Nobody's image lives until the year 10000.
        let Some(at) = start.checked_add(Duration::days(days.into())) else {
            return Fate::Never;
        };
        Fate::Within {
            at,
            is_postponed_by_pull,
            removal: self.removal(action),
        }
    }

    fn fate_by_count(
        &self,
        kept: u32,
        action: Action,
        image: &Image,
        inventory: Inventory,
    ) -> Fate {
        let Some(younger) = self.count_younger(image, inventory) else {
            return age_is_unknown();
        };
        let images = kept.saturating_sub(younger);
        if images > 0 && !inventory.is_complete {
            return Fate::Unknown(
                "the repository has more images than this action reads".to_owned(),
            );
        }
        Fate::AfterPushes {
            images,
            removal: self.removal(action),
        }
    }

    /// How many of the images that the rule selects are younger, or may be. `None` where a time is missing.
    fn count_younger(&self, image: &Image, inventory: Inventory) -> Option<u32> {
        let selection = self.selection.as_ref()?;
        let own = sorted_by(image)?;
        let mut younger = 0;
        for other in inventory.images {
            if other.digest == image.digest || !selection.is_match(other) {
                continue;
            }
            let time = sorted_by(other)?;
            // AWS does not say how it sorts images of the same second. A registry takes an index after its children.
            if time > own || time == own && !inventory.is_child(other, image) {
                younger += 1;
            }
        }
        Some(younger)
    }

    fn removal(&self, action: Action) -> Removal {
        Removal {
            rule: self.name.clone(),
            action,
        }
    }
}

impl Inventory<'_> {
    fn is_child(self, child: &Image, index: &Image) -> bool {
        let mut indexes = self.indexes.iter();
        indexes.any(|known| {
            known.image.digest == index.digest && known.children.contains(&child.digest)
        })
    }
}

/// By what ECR sorts images from youngest to oldest.
fn sorted_by(image: &Image) -> Option<OffsetDateTime> {
    image.last_activated_at.or(image.pushed_at)
}

/// From when the days of `sinceImagePulled` count.
fn last_used(image: &Image) -> Option<OffsetDateTime> {
    match (image.last_pulled_at, image.last_activated_at) {
        (Some(pulled), Some(activated)) => Some(pulled.max(activated)),
        (Some(time), None) | (None, Some(time)) => Some(time),
        (None, None) => image.pushed_at,
    }
}

fn age_is_unknown() -> Fate {
    Fate::Unknown("ECR does not say when its images were pushed".to_owned())
}

/// When an image goes that is not removed before its index is.
fn after_both(own: Fate, of_index: Fate, now: OffsetDateTime) -> Fate {
    match (&own, &of_index) {
        (Fate::Never, _) | (_, Fate::Never) => Fate::Never,
        (Fate::Unknown(_), _) => own,
        (_, Fate::Unknown(_)) => of_index,
        (Fate::Within { at, .. }, Fate::Within { at: other, .. }) => {
            if at > other {
                own
            } else {
                of_index
            }
        }
        _ if own.is_due(now) => of_index,
        _ if of_index.is_due(now) => own,
        // A date and a number of pushes, or pushes of images that two rules count.
        _ => Fate::Unknown("its index must go first, and another rule decides on that".to_owned()),
    }
}
