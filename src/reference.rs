//! The tables of the documentation, rendered from the code that they describe.
//! A test compares them with what the README holds between its markers.

use std::fmt::Write;

use crate::error::Code;
use crate::inputs::{INPUTS, InputSpec, OUTPUTS};
use crate::report::data::Outcome;

/// Every outcome with its meaning, in the order of the exit codes.
pub const OUTCOMES: &[(Outcome, &str)] = &[
    (
        Outcome::RolledBack,
        "the target is what serves, proven by the running tasks",
    ),
    (Outcome::Unchanged, "the target already was what serves"),
    (
        Outcome::Planned,
        "a dry run: the plan was printed, nothing was changed",
    ),
    (
        Outcome::Started,
        "with `wait-for: nothing`: the deployment was created and not watched",
    ),
    (
        Outcome::Failed,
        "a deployment ended badly, the health check failed, or AWS stopped answering after a write",
    ),
    (Outcome::Reverted, "AWS rolled the deployment back"),
    (
        Outcome::Refused,
        "bad input, a failed check, or AWS denied or did not answer; nothing was changed",
    ),
    (
        Outcome::TimedOut,
        "the timeout ended; the message says what AWS may still be doing",
    ),
    (
        Outcome::Cancelled,
        "the run was cancelled; the message says what AWS may still be doing",
    ),
];

/// `| input | default | meaning |`
pub fn inputs_table() -> String {
    table(
        ["input", "default", "meaning"],
        INPUTS
            .iter()
            .map(|spec| [code(spec.name), default(spec), spec.description.to_owned()]),
    )
}

/// `| output | meaning |`
pub fn outputs_table() -> String {
    table(
        ["output", "meaning"],
        OUTPUTS
            .iter()
            .map(|(name, meaning)| [code(name), (*meaning).to_owned()]),
    )
}

/// `` | `outcome` | meaning | exit code | ``
pub fn exit_codes_table() -> String {
    let rows = OUTCOMES.iter().map(|(outcome, meaning)| {
        [
            code(outcome.as_str()),
            (*meaning).to_owned(),
            outcome.exit_code().to_string(),
        ]
    });
    table(["`outcome`", "meaning", "exit code"], rows)
}

/// `| code | meaning |`
pub fn error_codes_table() -> String {
    table(
        ["code", "meaning"],
        Code::ALL
            .iter()
            .map(|(word, meaning)| [code(word.as_str()), (*meaning).to_owned()]),
    )
}

fn code(word: &str) -> String {
    format!("`{word}`")
}

fn default(spec: &InputSpec) -> String {
    match (spec.required, spec.default) {
        (true, _) => "**required**".to_owned(),
        (false, Some(default)) => code(default),
        (false, None) => String::new(),
    }
}

/// GitHub's Markdown; ends with a line break.
fn table<const N: usize>(head: [&str; N], rows: impl Iterator<Item = [String; N]>) -> String {
    let line = |cells: &[String; N]| {
        cells.iter().fold("|".to_owned(), |mut line, cell| {
            let _ = write!(line, " {} |", cell.replace('|', "\\|"));
            line
        })
    };
    let mut text = format!(
        "{}\n|{}\n",
        line(&head.map(str::to_owned)),
        "---|".repeat(N)
    );
    for row in rows {
        text.push_str(&line(&row));
        text.push('\n');
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A new outcome does not compile here until it has a place in the table.
    fn place(outcome: Outcome) -> usize {
        match outcome {
            Outcome::RolledBack => 0,
            Outcome::Unchanged => 1,
            Outcome::Planned => 2,
            Outcome::Started => 3,
            Outcome::Failed => 4,
            Outcome::Reverted => 5,
            Outcome::Refused => 6,
            Outcome::TimedOut => 7,
            Outcome::Cancelled => 8,
        }
    }

    #[test]
    fn every_outcome_is_listed_once_by_rising_exit_code() {
        let places: Vec<usize> = OUTCOMES
            .iter()
            .map(|(outcome, _)| place(*outcome))
            .collect();
        assert_eq!(places, (0..=place(Outcome::Cancelled)).collect::<Vec<_>>());
        assert!(OUTCOMES.is_sorted_by_key(|(outcome, _)| outcome.exit_code()));
    }

    #[test]
    fn a_row_per_thing_and_no_broken_cell() {
        for (text, rows, columns) in [
            (inputs_table(), INPUTS.len(), 3),
            (outputs_table(), OUTPUTS.len(), 2),
            (exit_codes_table(), OUTCOMES.len(), 3),
            (error_codes_table(), Code::ALL.len(), 2),
        ] {
            assert_eq!(text.lines().count(), rows + 2);
            for line in text.lines() {
                assert_eq!(
                    line.replace("\\|", "").matches('|').count(),
                    columns + 1,
                    "{line}"
                );
            }
        }
    }

    #[test]
    fn the_tables_read_well() {
        insta::assert_snapshot!("exit_codes_table", exit_codes_table());
        insta::assert_snapshot!("inputs_table", inputs_table());
    }
}
