//! Why a deployment did not go well, told as soon as it is known.

use super::layout::timed;
use crate::report::{
    data::{Diagnosis, LogTail, Report},
    log::Log,
};

/// Tells the cause first; the application's own words are folded.
pub(super) fn tell(log: &Log, report: &Report, diagnosis: &Diagnosis) {
    if let Some(cause) = &diagnosis.cause {
        timed(log, report, "cause", cause);
    }
    for stopped in &diagnosis.stopped {
        timed(log, report, "stopped tasks", stopped);
    }
    for note in &diagnosis.notes {
        timed(log, report, "note", note);
    }
    if let Some(tail) = &diagnosis.log {
        tell_tail(log, tail);
    }
}

fn tell_tail(log: &Log, tail: &LogTail) {
    let title = format!("The last lines of the container {}", tail.container);
    log.group(&title);
    log.untrusted(&tail.url, tail.text.raw());
    log.end_group();
}
