//! The end of the log: what became of the run, what serves users now, what to do next.

use crate::{
    report::{
        data::{Ending, Outcome, Report},
        log::Log,
        neighbours,
        sink::Told,
        together, verdict,
    },
    words,
};

/// Hints and facts stand two spaces in, behind the mark.
const INDENT: usize = 2;

/// Tells the ending: what AWS and the application said first, the verdict last.
pub(super) fn tell(log: &Log, told: &Told, ending: &Ending) {
    // Long and in the application's own words: above the verdict, which stays on the screen.
    for detail in &ending.details {
        log.text("");
        log.untrusted(&detail.title, detail.text.raw());
    }
    if !ending.details.is_empty() {
        log.text("");
    }
    if verdict::is_good(ending.outcome) {
        good(log, told, ending);
    } else {
        bad(log, told.report, ending);
    }
    for left in &ending.left {
        log.indented(INDENT, &verdict::left_sentence(left));
    }
    if !told.is_alone()
        && let Some(outcome) = together::outcome(told.reports)
    {
        log.set_speaker(String::new());
        all(log, told.reports, outcome);
    }
}

/// The last lines of a run of several services.
fn all(log: &Log, reports: &[Report], outcome: Outcome) {
    log.text("");
    let headline = words::sentence(&together::headline(reports, outcome));
    log.text(&format!("{} {headline}", verdict::mark(outcome)));
    if !verdict::is_good(outcome) {
        accounts(log, reports);
    }
    log.indented(INDENT, &together::choices(reports));
    log.indented(INDENT, &together::neighbours(reports));
}

/// What became of each.
fn accounts(log: &Log, reports: &[Report]) {
    for report in reports {
        let Some(ending) = &report.ending else {
            continue;
        };
        let mark = verdict::mark_of(report, ending);
        let account = together::account(report, ending);
        let line = format!("{mark} {}: {account}", report.asked.service);
        log.indented(INDENT, &line);
    }
}

fn good(log: &Log, told: &Told, ending: &Ending) {
    headline(log, told.report, ending);
    // After a rollback the headline has said what serves.
    if ending.outcome != Outcome::RolledBack {
        log.indented(INDENT, &verdict::standing(told.report, ending));
    }
    log.indented(INDENT, verdict::reservation(told.report, ending));
    log.indented(INDENT, &verdict::undo(told.report, ending, told.now));
    // Of several services, once for all of them.
    if told.is_alone() {
        log.indented(INDENT, &neighbours::sentences(&told.report.neighbours));
    }
}

fn bad(log: &Log, report: &Report, ending: &Ending) {
    let mark = verdict::mark_of(report, ending);
    // What went wrong with the target does not say that something else serves now.
    if ending.problems.is_empty() || report.back.is_some() {
        headline(log, report, ending);
    }
    // One mark for each: whoever scans the log for `✘` finds all of them.
    for problem in &ending.problems {
        let message = words::sentence(&problem.message);
        log.text(&format!("{mark} {}: {message}", problem.code));
        log.indented(INDENT, &words::advice(&problem.hint));
    }
    log.indented(INDENT, &verdict::labelled_cause(report));
    log.indented(INDENT, &verdict::standing(report, ending));
    // Its page has the lifecycle events and the tasks' reasons in full.
    for deployment in report.deployment.iter().chain(report.deployment_back()) {
        let link = format!("Deployment {}: {}", deployment.id.short(), deployment.url);
        log.indented(INDENT, &link);
    }
}

fn headline(log: &Log, report: &Report, ending: &Ending) {
    let mark = verdict::mark_of(report, ending);
    let headline = words::sentence(&verdict::headline(report, ending));
    log.text(&format!("{mark} {headline}"));
}
