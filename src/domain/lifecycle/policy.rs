//! The rules of a policy's text. What is not understood is not guessed: the rule is kept, and the images that it
//! selects, or may select, can't be judged.

use serde::Deserialize;
use serde_json::{Map, Value};

use super::pattern::Pattern;
use crate::{domain::image::Image, outside::OutsideText};

/// A lifecycle policy, as `GetLifecyclePolicy` returns its text.
pub(crate) struct Policy {
    /// By priority, the lowest number first.
    pub(super) rules: Vec<Rule>,
}

/// A rule, in a sentence.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct RuleName {
    pub priority: u32,
    pub description: Option<OutsideText>,
}

/// What a rule does to an image.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Action {
    /// It deletes it.
    Expire,
    /// It moves it to archive storage, from which it can't be pulled.
    Archive,
}

pub(super) struct Rule {
    pub name: RuleName,
    /// `None`: it can't be told which images it selects.
    pub selection: Option<Selection>,
    /// `None`: it can't be told what it does to them, or when.
    pub effect: Option<Effect>,
}

/// Which images a rule selects.
pub(super) struct Selection {
    tags: TagRequirement,
    is_archive: bool,
}

enum TagRequirement {
    Any,
    Untagged,
    /// Each of them must match one of the image's tags.
    Tagged(Vec<Pattern>),
}

/// What a rule does to which of the images that it selects.
pub(super) struct Effect {
    pub action: Action,
    pub criterion: Criterion,
}

/// When it does so. Ages are in days.
#[derive(Clone, Copy)]
pub(super) enum Criterion {
    /// All but the youngest so many.
    CountMoreThan(u32),
    SincePushed(u32),
    SincePulled(u32),
    SinceArchived(u32),
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct PolicyText {
    rules: Vec<RuleText>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct RuleText {
    rule_priority: u32,
    description: Option<String>,
    selection: Value,
    action: Value,
    #[serde(flatten)]
    unknown: Map<String, Value>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct SelectionText {
    tag_status: TagStatus,
    tag_prefix_list: Option<Vec<String>>,
    tag_pattern_list: Option<Vec<String>>,
    storage_class: Option<StorageClass>,
    // These say nothing about which images are selected, so what they hold is looked at later.
    count_type: Value,
    count_unit: Option<Value>,
    count_number: Value,
}

#[derive(Deserialize)]
#[serde(rename_all = "lowercase")]
enum TagStatus {
    Any,
    Tagged,
    Untagged,
}

#[derive(Clone, Copy, Default, Deserialize, PartialEq)]
#[serde(rename_all = "lowercase")]
enum StorageClass {
    #[default]
    Standard,
    Archive,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct ActionText {
    r#type: ActionType,
    target_storage_class: Option<StorageClass>,
}

#[derive(Deserialize)]
#[serde(rename_all = "lowercase")]
enum ActionType {
    Expire,
    Transition,
}

impl Policy {
    /// # Errors
    /// The text is no policy, or the order of its rules is not known. The sentence follows "the lifecycle policy can't
    /// be judged: ".
    pub(crate) fn parse(text: &str) -> Result<Self, String> {
        let policy: PolicyText = serde_json::from_str(text)
            .map_err(|error| OutsideText::new(error.to_string()).to_string())?;
        let mut rules = Vec::new();
        for text in policy.rules {
            rules.push(Rule::read(text));
        }
        rules.sort_by_key(|rule| rule.name.priority);
        for pair in rules.windows(2) {
            let priority = pair[0].name.priority;
            if pair[1].name.priority == priority {
                return Err(format!("two rules have the priority {priority}"));
            }
        }
        Ok(Self { rules })
    }
}

impl Rule {
    fn read(text: RuleText) -> Self {
        let name = RuleName {
            priority: text.rule_priority,
            description: text.description.map(OutsideText::new),
        };
        let Ok(selection) = serde_json::from_value::<SelectionText>(text.selection) else {
            return Self {
                name,
                selection: None,
                effect: None,
            };
        };
        let action = if text.unknown.is_empty() {
            read_action(text.action)
        } else {
            None
        };
        let effect = action.and_then(|action| read_effect(action, &selection));
        Self {
            name,
            selection: read_selection(selection),
            effect,
        }
    }
}

impl Selection {
    /// Whether the rule selects the image. One that is being restored counts as archived.
    pub(super) fn is_match(&self, image: &Image) -> bool {
        self.is_archive == image.archived && self.tags.is_met(image)
    }
}

impl TagRequirement {
    fn is_met(&self, image: &Image) -> bool {
        match self {
            Self::Any => true,
            Self::Untagged => image.tags.is_empty(),
            Self::Tagged(patterns) => {
                let has = |pattern: &Pattern| {
                    let mut tags = image.tags.iter();
                    tags.any(|tag| pattern.is_match(tag.as_str()))
                };
                patterns.iter().all(has)
            }
        }
    }
}

fn read_selection(text: SelectionText) -> Option<Selection> {
    let lists = (text.tag_pattern_list, text.tag_prefix_list);
    let tags = match (text.tag_status, lists) {
        (TagStatus::Any, (None, None)) => TagRequirement::Any,
        (TagStatus::Untagged, (None, None)) => TagRequirement::Untagged,
        (TagStatus::Tagged, (Some(patterns), None)) if !patterns.is_empty() => {
            let patterns = patterns.iter().map(|pattern| Pattern::new(pattern));
            TagRequirement::Tagged(patterns.collect())
        }
        // The guide does not say what a wildcard in a prefix means.
        (TagStatus::Tagged, (None, Some(prefixes)))
            if !prefixes.is_empty() && !prefixes.iter().any(|prefix| prefix.contains('*')) =>
        {
            let prefixes = prefixes.iter().map(|prefix| Pattern::prefix(prefix));
            TagRequirement::Tagged(prefixes.collect())
        }
        _ => return None,
    };
    let class = text.storage_class.unwrap_or_default();
    Some(Selection {
        tags,
        is_archive: class == StorageClass::Archive,
    })
}

fn read_action(action: Value) -> Option<Action> {
    let action: ActionText = serde_json::from_value(action).ok()?;
    match (action.r#type, action.target_storage_class) {
        (ActionType::Expire, None) => Some(Action::Expire),
        (ActionType::Transition, Some(StorageClass::Archive)) => Some(Action::Archive),
        _ => None,
    }
}

/// The combinations that the guide allows; AWS takes no others.
fn read_effect(action: Action, selection: &SelectionText) -> Option<Effect> {
    let number = selection.count_number.as_u64()?;
    let number = u32::try_from(number).ok().filter(|number| *number > 0)?;
    let is_archive = selection.storage_class == Some(StorageClass::Archive);
    let is_in_days = match &selection.count_unit {
        None => false,
        Some(unit) if unit == "days" => true,
        Some(_) => return None,
    };
    let criterion = match (selection.count_type.as_str()?, is_in_days, is_archive) {
        ("imageCountMoreThan", false, false) => Criterion::CountMoreThan(number),
        ("sinceImagePushed", true, false) => Criterion::SincePushed(number),
        ("sinceImagePulled", true, false) if action == Action::Archive => {
            Criterion::SincePulled(number)
        }
        ("sinceImageTransitioned", true, true) if action == Action::Expire => {
            Criterion::SinceArchived(number)
        }
        _ => return None,
    };
    Some(Effect { action, criterion })
}
