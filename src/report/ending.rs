//! The end of the log: what became of it, what serves users now, what to do next.

use time::OffsetDateTime;

use super::data::{Ending, Outcome, Report};
use super::log::Log;
use super::verdict;
use crate::words;

/// Hints and facts stand two spaces in, behind the mark.
const INDENT: usize = 2;

/// Tells the ending: what AWS and the application said first, the verdict last.
pub fn tell(log: &mut Log, report: &Report, ending: &Ending, now: OffsetDateTime) {
    for detail in &ending.details {
        log.text("");
        log.untrusted(&detail.title, &detail.text);
    }
    if !ending.details.is_empty() {
        log.text("");
    }
    if verdict::is_good(ending.outcome) {
        good(log, report, ending, now);
    } else {
        bad(log, report, ending);
    }
    for line in &ending.left {
        log.indented(INDENT, &words::capitalised(line));
    }
}

fn good(log: &mut Log, report: &Report, ending: &Ending, now: OffsetDateTime) {
    let headline = words::sentence(&verdict::headline(report, ending));
    log.text(&format!("{} {headline}", verdict::mark(ending.outcome)));
    // After a rollback the headline has said what serves.
    if ending.outcome != Outcome::RolledBack {
        log.indented(INDENT, &verdict::serves_now(report, ending));
    }
    let undo = verdict::undo(report, ending, now).join(" ");
    log.indented(INDENT, &undo);
}

fn bad(log: &mut Log, report: &Report, ending: &Ending) {
    for problem in &ending.problems {
        let mark = verdict::mark(ending.outcome);
        log.text(&format!(
            "{mark} {}: {}",
            problem.code,
            words::sentence(&problem.message)
        ));
        log.indented(INDENT, &words::advice(&problem.hint));
    }
    if ending.problems.is_empty() {
        let headline = words::sentence(&verdict::headline(report, ending));
        log.text(&format!("{} {headline}", verdict::mark(ending.outcome)));
    }
    log.indented(INDENT, &verdict::serves_now(report, ending));
    if let Some(deployment) = &report.deployment {
        log.indented(
            INDENT,
            &format!("Deployment {}: {}", deployment.short(), deployment.url),
        );
    }
}
