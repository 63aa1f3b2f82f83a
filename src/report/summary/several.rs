//! The summary of several services: all of them in one table, then each one's own page, folded.

use super::{
    asked::{asked_for, when},
    page::Page,
    table::Table,
};
use crate::{
    domain::mode::Mode,
    report::{
        data::{Ending, Outcome, Report},
        safe::{code, html, link, markdown, prose},
        serves,
        sink::Told,
        together, verdict,
    },
    words,
};

/// What is about all of them.
pub(super) fn front(told: &Told) -> Page {
    let mut page = Page::default();
    page.add(headline(told.reports));
    page.add(table(told.reports));
    page.add(prose(&together::neighbours(told.reports)));
    page.add(prose(&together::undo(told.reports)));
    page.add(who_and_why(told));
    page
}

fn headline(reports: &[Report]) -> String {
    match together::outcome(reports) {
        Some(outcome) => {
            let headline = words::capitalised(&together::headline(reports, outcome));
            format!("## {} {}", verdict::mark(outcome), markdown(&headline))
        }
        // A run that is killed now leaves this.
        None => "## Not all services have ended".to_owned(),
    }
}

/// One row for each service, narrow enough for a phone.
fn table(reports: &[Report]) -> String {
    let mut table = Table::new("| | service | version | |");
    for report in reports {
        let mark = report
            .ending
            .as_ref()
            .map(|ending| verdict::mark_of(report, ending));
        let service = link(&report.asked.service, &report.asked.service_url);
        let mark = mark.map(String::from).unwrap_or_default();
        table.row(&[&mark, &service, &versions(report), &state(report)]);
    }
    table.finish()
}

/// From what served to the target.
fn versions(report: &Report) -> String {
    let from = report.before.as_ref().and_then(serves::name);
    let to = code(&verdict::target_name(report));
    match from {
        Some(from) if report.asked.mode == Mode::History => code(&words::short_digest(&from)),
        Some(from) if report.asked.mode == Mode::Rollback => {
            let from = code(&words::short_digest(&from));
            if from == to {
                to
            } else {
                format!("{from} → {to}")
            }
        }
        _ => to,
    }
}

fn state(report: &Report) -> String {
    let Some(ending) = &report.ending else {
        return "in progress".to_owned();
    };
    let mut text = match report.to_traffic {
        Some(span) if ending.outcome == Outcome::RolledBack => {
            format!("after {}", words::took(span))
        }
        _ => prose(&together::state(report, ending)),
    };
    if let Some(code) = ending.problems.first().map(|problem| problem.code) {
        text += &format!("<br>`{code}`");
    }
    text
}

fn who_and_why(told: &Told) -> String {
    let report = told.report;
    let services = markdown(&together::services(told.reports));
    let mut text = asked_for(report, &services) + &when(told);
    if let Some(url) = &report.asked.run_url {
        text += &format!(" · {}", link("workflow run", url.raw()));
    }
    text
}

/// One service's page behind a line to unfold it.
pub(super) fn folded(told: &Told, ending: &Ending, page: &str) -> String {
    let mark = verdict::mark_of(told.report, ending);
    let service = html(&told.report.asked.service);
    let state = html(&together::state(told.report, ending));
    format!("<details><summary>{mark} <b>{service}</b>: {state}</summary>\n\n{page}</details>\n\n")
}
