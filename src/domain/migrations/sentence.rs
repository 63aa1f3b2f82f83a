//! Whether a rollback is safe for the schema, in words.

use super::assessment::{Assessment, Safety};
use super::judgement::{Risk, Statement};
use crate::{outside::OutsideText, words};

/// The answer to "Safe?": one line without its full stop. `target` is the version that would run on the schema. None
/// where there are no migrations.
pub(crate) fn sentence(assessment: &Assessment, target: &OutsideText) -> Option<String> {
    match assessment.safety {
        Safety::None => None,
        Safety::Additive => {
            let files = u32::try_from(assessment.additive).unwrap_or(u32::MAX);
            let files = words::count(files, "file");
            Some(format!("yes: the migrations that stay only add ({files})"))
        }
        Safety::Destructive => Some(careful(assessment, target)),
        Safety::Unknown => Some(unknown(assessment)),
    }
}

fn careful(assessment: &Assessment, target: &OutsideText) -> String {
    let found = assessment.destructive.iter();
    let first = found
        .flat_map(|(path, statements)| Some((path, statements.first()?)))
        .next();
    let Some((path, statement)) = first else {
        return "careful: a migration is destructive".to_owned();
    };
    let told: usize = assessment
        .destructive
        .iter()
        .map(|(_, statements)| statements.len())
        .sum();
    let more = told - 1 + assessment.unknown.len();
    format!(
        "careful: {} {}, which {target} {}{}",
        OutsideText::new(path),
        statement.why,
        consequence(statement),
        and_more(more)
    )
}

fn consequence(statement: &Statement) -> &'static str {
    match statement.risk {
        Risk::Use => "may still use",
        Risk::Omit => "may leave empty",
        Risk::Violate => "may not respect",
        Risk::Expect => "may not expect",
    }
}

fn unknown(assessment: &Assessment) -> String {
    let Some((path, reason)) = assessment.unknown.first() else {
        return "unknown".to_owned();
    };
    let path = OutsideText::new(path);
    let more = and_more(assessment.unknown.len() - 1);
    format!("unknown: {path} {reason}{more}")
}

fn and_more(more: usize) -> String {
    match more {
        0 => String::new(),
        _ => format!(" (and {more} more)"),
    }
}
