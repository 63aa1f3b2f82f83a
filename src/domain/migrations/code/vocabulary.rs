//! What the words of a framework for migrations mean.

use super::super::judgement::Change;
use super::calls::{Call, Style, has_word};
use super::text::Language;

/// What a call does to the schema.
#[derive(Clone, Copy)]
pub(super) enum Meaning {
    /// It adds, or has to do with no table.
    Fine,
    /// It makes the table that is its first name: what the file does to it later breaks nothing.
    Creates,
    /// It names the table that the calls after it are about.
    Opens,
    /// The number says how many of its names make up the name of what is changed.
    Breaks(Change, usize),
    Unsure(&'static str),
    /// Its first argument is SQL.
    Sql,
    /// Its statement decides, without blanks.
    Depends(fn(&str) -> Meaning),
}

/// How the part of a program that leads back is found.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum WayBack {
    /// `def down` to the `end` below it.
    Ruby,
    /// `def downgrade` to the next line that is indented no further.
    Python,
    /// `down(…) { … }`, `exports.down = …`
    Braces,
}

/// The words of one framework.
pub(crate) struct Vocabulary {
    pub(super) language: &'static Language,
    pub(super) style: Style,
    pub(super) way_back: WayBack,
    /// Names, with blanks between them, and what they mean. A name with a dot (`t.remove`) is one of that receiver;
    /// those come first.
    pub(super) words: &'static [(&'static str, Meaning)],
    /// What columns are added on, within a table that was opened.
    pub(super) tables: &'static str,
    pub(super) column: fn(&str) -> Meaning,
    /// Calls on these describe types and values.
    pub(super) types: &'static str,
    /// Where the calls are that matter; everywhere, if there is none.
    pub(super) only_on: Option<&'static str>,
}

impl Vocabulary {
    pub(super) fn meaning(&self, call: &Call) -> Option<Meaning> {
        let receiver = last_name(call.receiver);
        for (names, meaning) in self.words {
            for name in names.split_ascii_whitespace() {
                let is_meant = match name.split_once('.') {
                    Some((on, name)) => on == receiver && name == call.name,
                    None => name == call.name,
                };
                if is_meant {
                    return Some(*meaning);
                }
            }
        }
        None
    }

    /// Whether a call that is none of the words may stand there nevertheless.
    pub(super) fn is_harmless(&self, call: &Call) -> bool {
        let first = call
            .receiver
            .split(['.', ':', '-'])
            .next()
            .unwrap_or_default();
        let is_bare = call.receiver.is_empty();
        if let Some(only_on) = self.only_on {
            let is_class = call.name.starts_with(|c: char| c.is_uppercase());
            return !(has_word(only_on, first) || is_bare && is_class);
        }
        // What a call returned is described further: `.notNullable()`, `->after('id')`.
        call.receiver == ")" || has_word(self.types, first) || !call.is_leading
    }

    pub(super) fn is_on_table(&self, call: &Call) -> bool {
        !call.receiver.is_empty() && has_word(self.tables, call.receiver)
    }
}

fn last_name(receiver: &str) -> &str {
    receiver.rsplit(['.', ':', '>']).next().unwrap_or_default()
}
