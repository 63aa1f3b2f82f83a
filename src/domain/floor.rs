//! The floor: what a target must contain. A file of the checkout names it, a version or commit a line.

use crate::outside::OutsideText;

/// A longer entry is no tag and no commit.
const LONGEST_ENTRY: usize = 250;
/// Each entry is asked of GitHub.
const MOST_ENTRIES: usize = 100;

/// What is named by the file, in its order. Nothing in it: nothing is asked of a target.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Floor {
    pub(crate) entries: Vec<FloorEntry>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct FloorEntry {
    /// The version or the commit, one word.
    pub(crate) revision: OutsideText,
    /// What stands behind `#`.
    pub(crate) why: Option<OutsideText>,
    /// Counted from 1.
    pub(crate) line: usize,
}

impl Floor {
    /// `v1.4.0 # orders.total is gone`: a version or commit, and why behind `#`. Empty lines and lines that are
    /// comments count for nothing.
    ///
    /// # Errors
    /// A sentence with the number of the line that is no entry.
    pub(crate) fn parse(text: &str) -> Result<Self, String> {
        // Editors on Windows put a byte order mark in front.
        let text = text.strip_prefix('\u{feff}').unwrap_or(text);
        let mut entries = Vec::new();
        for (number, line) in (1..).zip(text.lines()) {
            let Some(entry) = FloorEntry::parse(line, number)? else {
                continue;
            };
            if entries.len() == MOST_ENTRIES {
                return Err(format!("it has more than {MOST_ENTRIES} entries"));
            }
            entries.push(entry);
        }
        Ok(Self { entries })
    }
}

impl FloorEntry {
    fn parse(line: &str, number: usize) -> Result<Option<Self>, String> {
        let (revision, why) = match line.split_once('#') {
            Some((revision, why)) => (revision.trim(), why.trim()),
            None => (line.trim(), ""),
        };
        if revision.is_empty() {
            return Ok(None);
        }
        if revision.contains(char::is_whitespace) {
            return Err(format!(
                "line {number}: more than one word; write one version or commit a line, and the reason behind #"
            ));
        }
        if revision.len() > LONGEST_ENTRY || revision.contains(char::is_control) {
            return Err(format!("line {number}: this is not a version or a commit"));
        }
        Ok(Some(Self {
            revision: OutsideText::new(revision),
            why: (!why.is_empty()).then(|| OutsideText::new(why)),
            line: number,
        }))
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn an_entry_has_its_line_and_its_reason() {
        let floor = Floor::parse(
            "\u{feff}# what must not go\r\n\r\nv1.4.0 # orders.total is gone # for good\r\n  3ab91f2\r\nv2#\r\n",
        )
        .unwrap();
        let told: Vec<_> = floor
            .entries
            .iter()
            .map(|entry| {
                let why = entry.why.as_ref().map(OutsideText::raw);
                (entry.line, entry.revision.raw(), why)
            })
            .collect();
        assert_eq!(
            told,
            [
                (3, "v1.4.0", Some("orders.total is gone # for good")),
                (4, "3ab91f2", None),
                (5, "v2", None)
            ]
        );
    }

    #[test]
    fn an_empty_file_asks_for_nothing() {
        for text in ["", "\n\n", "# soon\n"] {
            assert_eq!(Floor::parse(text), Ok(Floor::default()));
        }
    }

    #[test]
    fn what_is_no_entry_names_its_line() {
        let error = Floor::parse("v1\nv1.4.0 because of orders\n").unwrap_err();
        assert_eq!(
            error,
            "line 2: more than one word; write one version or commit a line, and the reason behind #"
        );
        for text in ["\u{1b}[31m", &"a".repeat(LONGEST_ENTRY + 1)] {
            let error = Floor::parse(text).unwrap_err();
            assert_eq!(error, "line 1: this is not a version or a commit");
        }
        let error = Floor::parse(&"v1\n".repeat(MOST_ENTRIES + 1)).unwrap_err();
        assert_eq!(error, "it has more than 100 entries");
    }

    proptest! {
        #[test]
        fn every_entry_is_one_word_of_its_line(text in "[a-z# \t\n\r]{0,60}") {
            let Ok(floor) = Floor::parse(&text) else {
                return Ok(());
            };
            let lines: Vec<&str> = text.lines().collect();
            for entry in floor.entries {
                let line = lines[entry.line - 1].trim();
                prop_assert!(line.starts_with(entry.revision.raw()));
            }
        }
    }
}
