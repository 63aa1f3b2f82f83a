//! Schema migrations: which files are some, and whether the code of before them can run on what they leave.
//!
//! A rollback takes the code back and leaves the schema as it is. So each file that the newer version brought is
//! judged by its own text: what only adds is harmless; what drops, renames, alters or asks for something is named with
//! its line; what can't be read is said so. Texts are from outside, and may be anything: all work on them is bounded.

mod code;
mod framework;
mod judge;
mod judgement;
mod liquibase;
mod sentence;
mod sql;

#[cfg(test)]
mod tests;

pub(crate) use framework::kind_of;
pub(crate) use judgement::{Judgement, Statement};
pub(crate) use sentence::sentence;

use super::globs::Globs;
use judge::judge;

/// A file that differs between two versions, as GitHub's comparison has it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct ChangedFile {
    /// From the repository's root.
    pub(crate) path: String,
    pub(crate) status: FileStatus,
    /// All of an added file. Of a modified one all of its new text where it is known, else the lines that were added;
    /// of a renamed one the lines that were added, which may be none. None where it could not be read.
    pub(crate) text: Option<String>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum FileStatus {
    Added,
    Modified,
    Removed,
    /// From another path, with its content or most of it.
    Renamed,
}

/// Bytes of all files together that are read.
const MOST_BYTES: usize = 1 << 22;

/// Whether the older version can run on the schema that stays: the output `safety`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Safety {
    /// There are no migrations between the two versions.
    None,
    Additive,
    Destructive,
    Unknown,
}

impl Safety {
    pub(crate) fn as_str(self) -> &'static str {
        match self {
            Self::None => "none",
            Self::Additive => "additive",
            Self::Destructive => "destructive",
            Self::Unknown => "unknown",
        }
    }
}

/// What the migrations between two versions do, taken together.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Assessment {
    pub(crate) safety: Safety,
    /// Files that only add.
    pub(crate) additive: usize,
    /// Path and statements.
    pub(crate) destructive: Vec<(String, Vec<Statement>)>,
    /// Path and reason.
    pub(crate) unknown: Vec<(String, String)>,
}

/// Judges the migrations among the files that a newer version brought. `extra` names further places of migrations.
/// One that destroys outweighs those that are not known, and one of these outweighs those that add.
pub(crate) fn assess(files: &[ChangedFile], extra: &Globs) -> Assessment {
    let mut assessment = Assessment {
        safety: Safety::None,
        additive: 0,
        destructive: Vec::new(),
        unknown: Vec::new(),
    };
    let mut bytes = 0;
    for file in files {
        let Some(framework) = kind_of(&file.path, extra) else {
            continue;
        };
        let path = file.path.clone();
        bytes += file.text.as_ref().map_or(0, String::len);
        if bytes > MOST_BYTES {
            let reason = "was not read: the migrations have more than 4 MiB";
            assessment.unknown.push((path, reason.to_owned()));
            continue;
        }
        match judge(framework, file) {
            Judgement::Additive => assessment.additive += 1,
            Judgement::Destructive(statements) => assessment.destructive.push((path, statements)),
            Judgement::Unknown(reason) => assessment.unknown.push((path, reason)),
        }
    }
    assessment.safety = overall(&assessment);
    assessment
}

fn overall(assessment: &Assessment) -> Safety {
    if !assessment.destructive.is_empty() {
        return Safety::Destructive;
    }
    if !assessment.unknown.is_empty() {
        return Safety::Unknown;
    }
    if assessment.additive > 0 {
        return Safety::Additive;
    }
    Safety::None
}
