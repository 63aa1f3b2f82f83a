//! The table below the headline: from → to, narrow enough for a phone.

use std::time::Duration;

use time::OffsetDateTime;

use super::table::Table;
use crate::{
    names::{ImageDigest, TaskDefinitionArn},
    report::{
        data::{Ending, Outcome, Report, Serving, TargetView},
        safe::{code, prose},
        serves,
        sink::Told,
        verdict,
    },
    words,
};

/// The cells of one version; an empty one is not known.
#[derive(Default)]
struct Column {
    version: String,
    /// Since when, or when and for how long.
    served: String,
    sha256: String,
    revision: String,
}

/// From what served as the run began to the target; empty where neither is known.
pub(super) fn render(told: &Told, ending: &Ending) -> String {
    let report = told.report;
    let from = match &report.before {
        Some(before) => serving_column(before, told.now),
        None if report.target.is_none() => return String::new(),
        None => Column::default(),
    };
    if ending.outcome == Outcome::Unchanged {
        return standstill(&from);
    }
    let mut to = target_column(report, told.now);
    if let (Some(before), Some(reached)) = (&report.before, report.traffic) {
        // In the middle of somebody's shift, what had most of the traffic may be the target itself.
        if !serves::shares(before).is_empty() {
            to.version += &format!(" {}", words::percent(reached));
        }
    }
    from_to(report, &from, &to)
}

fn serving_column(serving: &Serving, now: OffsetDateTime) -> Column {
    let mut column = Column::default();
    if let Some(version) = &serving.version {
        column.version = code(version);
    }
    // Of several digests that run, the one that most tasks run; the notes name the others.
    if let Some(digest) = &serving.digest {
        column.sha256 = sha256(digest);
    }
    if let Some(revision) = &serving.task_definition_arn {
        column.revision = short(revision);
    }
    if let Some(since) = serving.since {
        column.served = serving_since(since, now);
    }
    split(serving, &mut column);
    column
}

/// Where the traffic is split, each cell has a part for each version.
fn split(serving: &Serving, column: &mut Column) {
    let shares = serves::shares(serving);
    if shares.is_empty() {
        return;
    }
    let versions = shares.iter();
    let versions = versions.map(|share| format!("{} {}", code(&share.name()), share.part));
    column.version = words::list(versions);
    let digests = shares.iter().filter_map(|share| share.digest.as_ref());
    column.sha256 = words::list(digests.map(sha256));
    let mut revisions: Vec<String> = Vec::new();
    for share in &shares {
        revisions.extend(share.task_definition_arn.as_ref().map(short));
    }
    revisions.dedup();
    column.revision = words::list(revisions);
}

fn target_column(report: &Report, now: OffsetDateTime) -> Column {
    let mut column = Column::default();
    let mut version = &report.asked.version;
    if let Some(target) = &report.target {
        version = &target.version;
        column.sha256 = sha256(&target.digest);
        column.served = target_age(target, now);
    }
    column.version = format!("**{}**", code(version));
    if let Some(revision) = &report.task_definition_arn {
        column.revision = short(revision);
    }
    column
}

/// Without its algorithm, which stands in front of the row.
fn sha256(digest: &ImageDigest) -> String {
    code(digest.short().trim_start_matches("sha256:"))
}

fn short(revision: &TaskDefinitionArn) -> String {
    code(&revision.short())
}

/// For how long and since when.
pub(super) fn serving_since(since: OffsetDateTime, now: OffsetDateTime) -> String {
    // The clocks of the runner and of AWS may differ.
    let span = Duration::try_from(now - since).unwrap_or_default();
    format!("for {}<br>since {}", words::duration(span), on(since, now))
}

/// `from 2026-11-14 (7 days ago)`
pub(super) fn from(then: OffsetDateTime, now: OffsetDateTime) -> String {
    format!("from {} ({})", on(then, now), words::ago(then, now))
}

/// When it last served, and how old the image is.
fn target_age(target: &TargetView, now: OffsetDateTime) -> String {
    let last_served = last_served(target, now);
    match target.pushed_at {
        Some(at) => format!("{last_served}<br>pushed {}", words::ago(at, now)),
        None => last_served,
    }
}

fn last_served(target: &TargetView, now: OffsetDateTime) -> String {
    let Some(from) = target.last_served_from else {
        // Deployments older than AWS keeps, or made by hand, are not there to be read.
        return "not on record".to_owned();
    };
    let (length, ago) = (verdict::served_for(target), words::ago(from, now));
    format!("{ago}{length} ({})", on(from, now))
}

/// The minute, where it was less than a day ago; else the day, since the table is narrow.
fn on(then: OffsetDateTime, now: OffsetDateTime) -> String {
    if now - then < time::Duration::DAY {
        words::at(then, now)
    } else {
        then.to_offset(time::UtcOffset::UTC).date().to_string()
    }
}

fn from_to(report: &Report, from: &Column, to: &Column) -> String {
    let mut table = Table::new("| | from | to |");
    let mut row = |what, from, to| table.row(&[what, cell(from), cell(to)]);
    row("version", &from.version, &to.version);
    // Of a target that was not found only the name is known.
    if report.target.is_some() {
        row("served", &from.served, &to.served);
        row("sha256", &from.sha256, &to.sha256);
        row("revision", &from.revision, &to.revision);
    }
    let Some(before) = &report.before else {
        return table.finish();
    };
    table.finish() + &rest_of_traffic(before)
}

fn cell(text: &str) -> &str {
    if text.is_empty() { "–" } else { text }
}

/// Empty where all of the traffic was in one place.
fn rest_of_traffic(before: &Serving) -> String {
    let mut paragraphs = String::new();
    for share in &before.beside {
        let sentence = prose(&words::sentence(&share.to_string()));
        paragraphs += &format!("\n\nAt the start: {sentence}");
    }
    paragraphs
}

/// Where nothing moves, one column says it all.
fn standstill(serving: &Column) -> String {
    let mut table = Table::new("| | now |");
    for (what, value) in [
        ("version", &serving.version),
        ("served", &serving.served),
        ("sha256", &serving.sha256),
        ("revision", &serving.revision),
    ] {
        if !value.is_empty() {
            table.row(&[what, value]);
        }
    }
    table.finish()
}
