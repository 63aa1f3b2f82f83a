//! What one file does to the schema, and the statements that say so.

use crate::outside::OutsideText;
#[cfg(test)]
use crate::outside::without_marks;

/// How many statements of a file are told; a file of more is no less destructive.
const MOST_STATEMENTS: usize = 20;
/// How many are looked at: lines are counted from the top each time, and a hostile file must not make that long.
const MOST_TRIES: usize = 200;
/// Characters of an excerpt.
const LONGEST_EXCERPT: usize = 120;
/// Characters of a name that a reason repeats.
const LONGEST_NAME: usize = 60;

#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Judgement {
    /// Code of before the file can run on what it leaves.
    Additive,
    /// At least one; in the file's order.
    Destructive(Vec<Statement>),
    /// Why it could not be told: a lower-case sentence without its full stop.
    Unknown(String),
}

#[cfg(test)]
impl Judgement {
    /// As the tests' tables have it: `3 drops the column orders.total | 4 …`.
    pub(super) fn told(&self) -> String {
        match self {
            Self::Additive => "additive".to_owned(),
            Self::Unknown(reason) => format!("unknown: {}", without_marks(reason)),
            Self::Destructive(statements) => {
                let told = statements.iter().map(|statement| {
                    format!("{} {}", statement.line, without_marks(&statement.why))
                });
                told.collect::<Vec<_>>().join(" | ")
            }
        }
    }
}

/// A statement that code of before the file may not survive.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Statement {
    /// The statement's beginning, on one line.
    pub(crate) text: OutsideText,
    /// Counted from 1.
    pub(crate) line: u32,
    /// `drops the column orders.total`.
    pub(crate) why: String,
    /// What the old version does to that, which is why it matters.
    pub(crate) risk: Risk,
}

/// What a version that does not know of a change may do with what was changed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Risk {
    /// It is gone, or is something else now.
    Use,
    /// It is asked for with every new row.
    Omit,
    /// It holds for every row that is written.
    Violate,
    /// It may be empty where it never was.
    Expect,
}

/// A change that breaks code of before it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Change {
    DropsColumn,
    DropsTable,
    DropsView,
    DropsRoutine,
    DropsType,
    DropsSequence,
    DropsDatabase,
    DropsSchema,
    DropsExtension,
    DropsObject,
    DropsDefault,
    Empties,
    DeletesRows,
    RenamesColumn,
    RenamesTable,
    RenamesObject,
    ChangesType,
    MovesSchema,
    ChangesIdentity,
    RequiresValue,
    AddsRequired,
    Restricts,
    AllowsNull,
}

impl Change {
    fn words(self) -> &'static str {
        match self {
            Self::DropsColumn => "drops the column",
            Self::DropsTable => "drops the table",
            Self::DropsView => "drops the view",
            Self::DropsRoutine => "drops the function",
            Self::DropsType => "drops the type",
            Self::DropsSequence => "drops the sequence",
            Self::DropsDatabase => "drops the database",
            Self::DropsSchema => "drops the schema",
            Self::DropsExtension => "drops the extension",
            Self::DropsObject => "drops",
            Self::DropsDefault => "drops the default of",
            Self::Empties => "empties the table",
            Self::DeletesRows => "deletes all rows of",
            Self::RenamesColumn => "renames the column",
            Self::RenamesTable => "renames the table",
            Self::RenamesObject => "renames",
            Self::ChangesType => "changes the column",
            Self::MovesSchema => "moves to another schema:",
            Self::ChangesIdentity => "changes how values are generated for",
            Self::RequiresValue => "requires a value in",
            Self::AddsRequired => "adds the required column",
            Self::Restricts => "adds a constraint to",
            Self::AllowsNull => "allows NULL in",
        }
    }

    fn risk(self) -> Risk {
        match self {
            Self::RequiresValue | Self::AddsRequired | Self::DropsDefault => Risk::Omit,
            Self::Restricts | Self::ChangesIdentity => Risk::Violate,
            Self::AllowsNull => Risk::Expect,
            _ => Risk::Use,
        }
    }

    /// `drops the column orders.total`, as far as its name is known.
    pub(super) fn of(self, name: Option<&str>) -> String {
        let words = self.words();
        let name = name.filter(|name| {
            let is_part = |c: char| c.is_alphanumeric() || "_.$-".contains(c);
            name.chars().count() <= LONGEST_NAME && name.chars().all(is_part)
        });
        match name {
            Some(name) if !name.is_empty() => format!("{words} {}", OutsideText::new(name)),
            // "drops the column" says enough; "requires a value in" does not.
            _ if words.ends_with([':', 'n']) || words.contains(" the ") => {
                format!("{} (see the file)", words.trim_end_matches(':'))
            }
            _ => format!("{words} something (see the file)"),
        }
    }
}

/// What was found in one file so far.
pub(super) struct Findings<'t> {
    file: &'t str,
    statements: Vec<Statement>,
    tries: usize,
    /// The line, unless it is about all of it, and the reason.
    unknown: Option<(Option<u32>, String)>,
}

impl<'t> Findings<'t> {
    pub(super) fn new(file: &'t str) -> Self {
        Self {
            file,
            statements: Vec::new(),
            tries: 0,
            unknown: None,
        }
    }

    /// A statement that begins at the byte `at` breaks code of before it.
    pub(super) fn breaks(&mut self, at: usize, change: Change, name: Option<&str>) {
        self.tries += 1;
        if self.statements.len() == MOST_STATEMENTS || self.tries > MOST_TRIES {
            return;
        }
        let line = line_of(self.file, at);
        let why = change.of(name);
        // One statement may break several rules by the same act.
        let is_told = |told: &Statement| told.line == line && told.why == why;
        if self.statements.iter().any(is_told) {
            return;
        }
        self.statements.push(Statement {
            text: excerpt(&self.file[at..]),
            line,
            why,
            risk: change.risk(),
        });
    }

    /// The first reason is told: one is enough to look at the file.
    pub(super) fn unsure(&mut self, at: usize, reason: impl Into<String>) {
        if self.unknown.is_none() {
            let line = line_of(self.file, at);
            self.unknown = Some((Some(line), reason.into()));
        }
    }

    /// The same of the whole file.
    pub(super) fn unsure_of_all(&mut self, reason: impl Into<String>) {
        if self.unknown.is_none() {
            self.unknown = Some((None, reason.into()));
        }
    }

    /// What was found in a text that is quoted at the byte `at` of this file.
    pub(super) fn take_from(&mut self, other: Findings<'_>, at: usize) {
        let line = line_of(self.file, at);
        for statement in other.statements {
            if self.statements.len() < MOST_STATEMENTS {
                self.statements.push(Statement { line, ..statement });
            }
        }
        // Its lines are those of the text; only what it says of them is told.
        if let Some((_, reason)) = other.unknown {
            self.unsure(at, reason);
        }
    }

    pub(super) fn into_judgement(mut self) -> Judgement {
        if !self.statements.is_empty() {
            self.statements.sort_by_key(|statement| statement.line);
            return Judgement::Destructive(self.statements);
        }
        match self.unknown {
            Some((Some(line), reason)) => Judgement::Unknown(format!("line {line} {reason}")),
            Some((None, reason)) => Judgement::Unknown(reason),
            None => Judgement::Additive,
        }
    }
}

fn line_of(text: &str, at: usize) -> u32 {
    let breaks = text.as_bytes()[..at].iter().filter(|byte| **byte == b'\n');
    u32::try_from(breaks.count() + 1).unwrap_or(u32::MAX)
}

/// The beginning of a statement on one line.
fn excerpt(text: &str) -> OutsideText {
    let mut short = String::new();
    let mut length = 0;
    for c in text.chars() {
        let is_blank = c.is_whitespace();
        if c == ';' || is_blank && short.ends_with(' ') {
            if c == ';' {
                break;
            }
            continue;
        }
        if length == LONGEST_EXCERPT {
            short.push('…');
            break;
        }
        short.push(if is_blank { ' ' } else { c });
        length += 1;
    }
    OutsideText::new(short.trim_end())
}
