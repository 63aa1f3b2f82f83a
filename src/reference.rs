//! The tables of the documentation, made from the code that they describe.
//! A test compares them with what the README holds between its markers.

use crate::{
    error::Code,
    inputs::{INPUTS, InputSpec, OUTPUTS},
    plan::row::State,
    report::data::Outcome,
};

/// Every outcome with its meaning, in the order of the exit codes.
pub(crate) const OUTCOMES: &[(Outcome, &str)] = &[
    (
        Outcome::RolledBack,
        "the target is serving, proven by the running tasks",
    ),
    (
        Outcome::Unchanged,
        "the target was serving already, or was marked as stable already",
    ),
    (
        Outcome::Planned,
        "a dry run: the plan was printed, nothing was changed",
    ),
    (
        Outcome::Started,
        "with `wait-for: nothing`: the deployment was created and not waited for",
    ),
    (
        Outcome::Listed,
        "in the mode `history`: the versions that served were listed; nothing was changed",
    ),
    (
        Outcome::Ready,
        "in the mode `check`: a rollback would work now",
    ),
    (
        Outcome::Marked,
        "in the mode `mark-stable`: what serves was proven, and a tag was put on it",
    ),
    (
        Outcome::Clear,
        "in the mode `guard`: no open hold covers the version, or it was overridden",
    ),
    (
        Outcome::Failed,
        "a deployment or the health check failed, or AWS stopped responding after a write",
    ),
    (Outcome::Reverted, "AWS rolled the deployment back"),
    (
        Outcome::Refused,
        "bad input, a failed check, or AWS denied or did not respond; nothing was changed",
    ),
    (
        Outcome::NotReady,
        "in the mode `check`: something is in the way of a rollback",
    ),
    (
        Outcome::Held,
        "in the mode `guard`: the version was rolled back, and the hold is open",
    ),
    (
        Outcome::TimedOut,
        "the timeout was reached; the message says what AWS may still be doing",
    ),
    (
        Outcome::Cancelled,
        "the run was cancelled; the message says what AWS may still be doing",
    ),
];

/// `| input | default | meaning |`
pub fn inputs_table() -> String {
    let mut table = Table::new(["input", "default", "meaning"]);
    for spec in INPUTS {
        table.row([&code(spec.name), &default(spec), spec.description]);
    }
    table.0
}

/// `| output | meaning |`
pub fn outputs_table() -> String {
    let mut table = Table::new(["output", "meaning"]);
    for (name, meaning) in OUTPUTS {
        table.row([&code(name), meaning]);
    }
    table.0
}

/// `` | `outcome` | meaning | exit code | ``
pub fn exit_codes_table() -> String {
    let mut table = Table::new(["`outcome`", "meaning", "exit code"]);
    for (outcome, meaning) in OUTCOMES {
        let exit_code = outcome.exit_code().to_string();
        table.row([&code(outcome.as_str()), meaning, &exit_code]);
    }
    table.0
}

/// `` | state | what the action does | `path` | ``: the first row that fits decides.
pub fn paths_table() -> String {
    let mut table = Table::new(["state", "what the action does", "`path`"]);
    for state in State::ALL {
        let (found, does) = state.documented();
        table.row([found, does, &code(state.path().as_str())]);
    }
    table.0
}

/// `| code | meaning |`
pub fn error_codes_table() -> String {
    let mut table = Table::new(["code", "meaning"]);
    for (word, meaning) in Code::ALL {
        table.row([&code(word.as_str()), meaning]);
    }
    table.0
}

fn code(word: &str) -> String {
    format!("`{word}`")
}

fn default(spec: &InputSpec) -> String {
    match spec.default {
        _ if spec.required => "**required**".to_owned(),
        Some(default) => code(default),
        None => String::new(),
    }
}

/// A table in GitHub's Markdown; ends with a line break.
struct Table(String);

impl Table {
    fn new<const N: usize>(head: [&str; N]) -> Self {
        let mut table = Self(String::new());
        table.row(head);
        table.0.push_str(&format!("|{}\n", "---|".repeat(N)));
        table
    }

    fn row<const N: usize>(&mut self, cells: [&str; N]) {
        self.0.push('|');
        for cell in cells {
            // A bare pipe would start a new cell.
            self.0.push_str(&format!(" {} |", cell.replace('|', "\\|")));
        }
        self.0.push('\n');
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// With a new outcome this does not compile, until the outcome has a place in the table.
    fn place(outcome: Outcome) -> usize {
        match outcome {
            Outcome::RolledBack => 0,
            Outcome::Unchanged => 1,
            Outcome::Planned => 2,
            Outcome::Started => 3,
            Outcome::Listed => 4,
            Outcome::Ready => 5,
            Outcome::Marked => 6,
            Outcome::Clear => 7,
            Outcome::Failed => 8,
            Outcome::Reverted => 9,
            Outcome::Refused => 10,
            Outcome::NotReady => 11,
            Outcome::Held => 12,
            Outcome::TimedOut => 13,
            Outcome::Cancelled => 14,
        }
    }

    #[test]
    fn every_outcome_is_listed_once_in_the_order_of_exit_codes() {
        let places: Vec<usize> = OUTCOMES
            .iter()
            .map(|(outcome, _)| place(*outcome))
            .collect();
        assert_eq!(places, (0..=place(Outcome::Cancelled)).collect::<Vec<_>>());
        assert!(OUTCOMES.is_sorted_by_key(|(outcome, _)| outcome.exit_code()));
    }

    #[test]
    fn every_table_has_a_row_for_each_thing_and_no_broken_cell() {
        for (text, rows, columns) in [
            (inputs_table(), INPUTS.len(), 3),
            (outputs_table(), OUTPUTS.len(), 2),
            (exit_codes_table(), OUTCOMES.len(), 3),
            (paths_table(), State::ALL.len(), 3),
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
