//! Where the mode `history` writes besides the job summary: the inputs `board-issue` and `choices-file`.

use std::path::{Component, Path, PathBuf};

use crate::{error::Problem, outside::OutsideText};

use super::{messages::bad_value, reader::Reader};

/// Where a list of versions is kept up to date.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct HistoryInputs {
    /// The number of an issue.
    pub board_issue: Option<u64>,
    pub choices_file: Option<ChoicesFile>,
}

/// A file of the checkout that holds versions to choose from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct ChoicesFile {
    /// As typed.
    pub path: OutsideText,
    /// The checkout; empty outside a workflow, where that is the working directory.
    pub checkout: PathBuf,
    pub text: String,
}

pub(super) fn read(reader: &mut Reader<'_>) -> HistoryInputs {
    HistoryInputs {
        board_issue: reader.optional("board-issue", issue_number),
        choices_file: choices_file(reader),
    }
}

fn issue_number(name: &str, text: &str) -> Result<u64, Problem> {
    let digits = text.strip_prefix('#').unwrap_or(text);
    let is_plain = digits.bytes().all(|byte| byte.is_ascii_digit());
    let number = digits.parse().ok().filter(|number| is_plain && *number > 0);
    number.ok_or_else(|| {
        let hint = format!("Write the number that the issue's page shows: {name}: 42.");
        bad_value(name, text, "which is not the number of an issue", hint)
    })
}

fn choices_file(reader: &mut Reader<'_>) -> Option<ChoicesFile> {
    let path = reader.given("choices-file")?;
    let inside = check_inside(path);
    reader.keep(inside)?;
    let text = reader.files.text("choices-file", path);
    Some(ChoicesFile {
        path: OutsideText::new(path),
        checkout: reader.environment.workspace().unwrap_or_default(),
        text: reader.keep(text)?,
    })
}

/// The path alone; where a link leads is looked at before the file is written.
fn check_inside(path: &str) -> Result<(), Problem> {
    let mut parts = Path::new(path).components();
    if parts.all(|part| matches!(part, Component::Normal(_) | Component::CurDir)) {
        return Ok(());
    }
    Err(bad_value(
        "choices-file",
        path,
        "which leads out of the checkout",
        "Give the path as it is in the repository: choices-file: .github/workflows/rollback.yml.",
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_issue_is_named_by_its_number() {
        assert_eq!(issue_number("board-issue", "42"), Ok(42));
        assert_eq!(issue_number("board-issue", "#42"), Ok(42));
        for text in [
            "0",
            "-1",
            "+1",
            "4 2",
            "##1",
            "https://github.com/org/shop/issues/42",
        ] {
            assert!(issue_number("board-issue", text).is_err(), "{text}");
        }
    }

    #[test]
    fn a_path_stays_in_the_checkout() {
        for path in [
            "rollback.yml",
            ".github/workflows/rollback.yml",
            "./a/b.yml",
        ] {
            assert_eq!(check_inside(path), Ok(()), "{path}");
        }
        for path in ["../other.yml", "a/../../b.yml", "/etc/passwd", "a/.."] {
            assert!(check_inside(path).is_err(), "{path}");
        }
    }
}
