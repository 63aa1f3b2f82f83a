//! Change sets: what a changelog had before, and what of it is new.

use std::collections::{HashMap, HashSet};
use std::ops::Range;

use super::super::code::push_blank;
use super::super::judgement::Findings;

/// What is told of a change set that has another text now.
pub(super) const EDITED: &str = "begins a change set that was changed after it was written: which of its texts ran is not known";

/// A change set, in whatever format.
pub(super) struct ChangeSet {
    /// `author:id`
    pub(super) name: String,
    /// All of it, without what changes nothing.
    pub(super) content: String,
    /// Whether it runs again where its text is another one: `runOnChange`, `runAlways`.
    pub(super) reruns: bool,
}

/// A change set and its bytes in the text.
pub(super) type Placed = (Range<usize>, ChangeSet);

/// Whether a database that ran the older changelog has run a change set.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Age {
    New,
    Old,
    /// With another text.
    Edited,
}

/// The change sets of the older changelog: their contents by their names.
#[derive(Default)]
pub(super) struct Before(HashMap<String, HashSet<String>>);

impl Before {
    pub(super) fn new(sets: impl IntoIterator<Item = ChangeSet>) -> Self {
        let mut contents: HashMap<String, HashSet<String>> = HashMap::new();
        for set in sets {
            contents.entry(set.name).or_default().insert(set.content);
        }
        Self(contents)
    }

    pub(super) fn placed(sets: Vec<Placed>) -> Self {
        Self::new(sets.into_iter().map(|(_, set)| set))
    }

    pub(super) fn age(&self, set: &ChangeSet) -> Age {
        let Some(contents) = self.0.get(&set.name) else {
            return Age::New;
        };
        if contents.contains(&set.content) {
            return Age::Old;
        }
        // What runs again runs with its new text.
        if set.reruns { Age::New } else { Age::Edited }
    }
}

/// The text with blanks for the change sets that are old; those that were edited are told.
pub(super) fn without_old(
    text: &str,
    sets: Vec<Placed>,
    before: &Before,
    findings: &mut Findings,
) -> String {
    let mut new = String::with_capacity(text.len());
    let mut at = 0;
    for (range, set) in sets {
        match before.age(&set) {
            Age::New => {}
            Age::Edited => findings.unsure(range.start, EDITED),
            Age::Old => {
                new.push_str(&text[at..range.start]);
                push_blank(&mut new, &text[range.clone()]);
                at = range.end;
            }
        }
    }
    new.push_str(&text[at..]);
    new
}

/// Lines without their indentation, and without those that are blank. Lines are not joined: that would make a comment
/// of what stands below it.
pub(super) fn without_blanks(text: &str) -> String {
    let mut lines = Vec::new();
    for line in text.lines() {
        let line = line.trim();
        if !line.is_empty() {
            lines.push(line);
        }
    }
    lines.join("\n")
}

/// What Liquibase calls the file, where the changelog says it: under another name, all of it runs again.
pub(super) fn name_of_log(text: &str) -> Option<&str> {
    let mut lines = text.lines();
    lines
        .find(|line| line.contains("logicalFilePath"))
        .map(str::trim)
}
