//! The plan in the log: what a reader needs to agree with it, and the rest folded.

use super::layout::{INDENT, labelled};
use crate::report::{
    data::{Change, Discovery, PlanView},
    log::Log,
    verdict,
};

/// Differences shown outside the folded details.
const CHANGES_SHOWN: usize = 8;
/// Where the rows of the details begin.
const DETAIL: usize = 2;

/// A line with a key in front of it, if it has one.
struct Row<'a> {
    key: &'a str,
    text: String,
}

pub(super) fn tell(log: &Log, plan: &PlanView, dry_run: bool) {
    log.text("");
    let path = verdict::path_and_time(plan);
    labelled(log, "Plan", &path);
    log.indented(INDENT, &plan.why);
    let shown = plan.changes.len().min(CHANGES_SHOWN);
    let mut rows = change_rows(&plan.changes[..shown]);
    for note in &plan.notes {
        rows.push(row(note.topic.unwrap_or_default(), note.text.clone()));
    }
    table(log, INDENT, &rows);
    let more = plan.changes.len() - shown;
    if more > 0 {
        log.indented(INDENT, &format!("… {more} more differences in the details"));
    }
    // A dry run is read for its steps; a real one shows each as it happens.
    if dry_run {
        steps(log, INDENT, &plan.steps);
    }
    details(log, plan);
    log.text("");
}

/// Everything about the plan, folded.
fn details(log: &Log, plan: &PlanView) {
    if plan.steps.is_empty() && plan.changes.is_empty() && plan.discovered.is_empty() {
        return;
    }
    log.group("Details: what will be written, every difference, what was discovered");
    if !plan.steps.is_empty() {
        log.text("What will be written");
        steps(log, DETAIL, &plan.steps);
    }
    titled(
        log,
        "From what runs now to the target",
        &change_rows(&plan.changes),
    );
    titled(log, "Discovered", &discovery_rows(&plan.discovered));
    log.end_group();
}

fn titled(log: &Log, title: &str, rows: &[Row]) {
    if !rows.is_empty() {
        log.text(title);
        table(log, DETAIL, rows);
    }
}

fn row(key: &str, text: String) -> Row<'_> {
    Row { key, text }
}

fn change_rows(changes: &[Change]) -> Vec<Row<'_>> {
    let mut rows = Vec::new();
    for Change { what, change } in changes {
        rows.push(row(what, change.clone()));
    }
    rows
}

fn discovery_rows(discovered: &[Discovery]) -> Vec<Row<'_>> {
    let mut rows = Vec::new();
    for found in discovered {
        let text = format!("{}  (from {})", found.value, found.source);
        rows.push(row(&found.what, text));
    }
    rows
}

/// Rows with their keys aligned.
fn table(log: &Log, indent: usize, rows: &[Row]) {
    let lengths = rows.iter().map(|row| row.key.chars().count());
    let width = lengths.max().unwrap_or_default() + 2;
    for Row { key, text } in rows {
        // A note without a topic is a sentence, which no column would make clearer.
        if key.is_empty() {
            log.indented(indent, text);
        } else {
            log.indented(indent, &format!("{key:width$}{text}"));
        }
    }
}

fn steps(log: &Log, indent: usize, steps: &[String]) {
    for (index, step) in steps.iter().enumerate() {
        log.indented(indent, &format!("{}. {step}", index + 1));
    }
}
