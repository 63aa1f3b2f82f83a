//! How the blocks of the log stand in their columns.

use crate::report::log::Log;

/// Where the text of a block begins, behind `Now`, `Target`, `Plan` or the elapsed time.
pub(super) const INDENT: usize = 9;

/// A line that begins a block.
pub(super) fn labelled(log: &Log, label: &str, text: &str) {
    log.text(&format!("{label:INDENT$}{text}"));
}
