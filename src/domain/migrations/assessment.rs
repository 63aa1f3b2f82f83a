//! What all migrations between two versions do, taken together.

use super::changed_file::ChangedFile;
use super::framework::{Framework, kind_of};
use super::judge::judge;
use super::judgement::{Judgement, Statement};
use crate::domain::globs::Globs;

/// Bytes of all files together that are read.
const MOST_BYTES: usize = 1 << 22;

/// Whether the older version can run on the schema that stays: the output `safety`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum Safety {
    /// There are no migrations between the two versions.
    #[default]
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
        for text in [&file.text, &file.before] {
            bytes += text.as_ref().map_or(0, String::len);
        }
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

/// Whether people append to a file, so that only a part of it is new.
pub(crate) fn is_appended_to(path: &str, extra: &Globs) -> bool {
    kind_of(path, extra) == Some(Framework::Liquibase)
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
