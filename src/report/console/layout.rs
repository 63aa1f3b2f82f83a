//! How the blocks of the log stand in their columns.

use crate::{
    report::{data::Report, log::Log},
    words,
};

/// Where the text of a block begins, behind `Now`, `Target`, `Plan` or the elapsed time.
pub(super) const INDENT: usize = 9;

/// Where the detail of a timed line begins, behind its name.
pub(super) const NAME: usize = 32;

/// A line that begins a block.
pub(super) fn labelled(log: &Log, label: &str, text: &str) {
    log.text(&format!("{label:INDENT$}{text}"));
}

/// A line behind the run's clock.
pub(super) fn timed(log: &Log, report: &Report, name: &str, detail: &str) {
    // Links are long and names are short: a long name pushes its detail to the right, never into it.
    let width = NAME.max(name.chars().count() + 2);
    let elapsed = words::elapsed(report.elapsed);
    labelled(log, &elapsed, &format!("{name:width$}{detail}"));
}
