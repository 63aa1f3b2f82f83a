//! What lies between the two versions, told as soon as GitHub has answered.

use super::layout::{INDENT, NAME, timed};
use crate::report::{changes::Changes, data::Report, log::Log};

pub(super) fn tell(log: &Log, report: &Report, changes: &Changes) {
    let sentence = changes.sentence();
    if !sentence.is_empty() {
        timed(log, report, changes.label(), &sentence);
        if let Some(url) = &changes.compare_url {
            log.indented(INDENT + NAME, url);
        }
    }
    if let Some(safety) = &changes.safety
        && let Some(sentence) = &safety.sentence
    {
        timed(log, report, "safe?", sentence);
    }
    for note in &changes.notes {
        timed(log, report, "note", note);
    }
}
