//! The summary of several services: all of them in one table, then each one's own page, folded.

use super::{
    asked::{asked_for, own_links, when},
    page::Page,
    table::Table,
};
use crate::{
    domain::mode::Mode,
    report::{
        data::{Ending, Outcome, PlanView, Report},
        safe::{code, html, link, markdown, prose},
        serves,
        sink::Told,
        together, verdict,
    },
    words,
};

/// Characters that say how one service ended where all are seen; its page has the rest.
const STATE_MAX: usize = 300;

/// What is about all of them.
pub(super) fn front(told: &Told) -> Page {
    let mut page = Page::default();
    page.add(headline(told.reports));
    page.add(table(told.reports));
    page.add(prose(&together::choices(told.reports)));
    page.add(forgotten(told.reports));
    page.add(prose(&together::undo(told.reports)));
    page.add(who_and_why(told));
    page
}

/// Bold: whoever forgot one finds out here.
fn forgotten(reports: &[Report]) -> String {
    match together::neighbours(reports) {
        sentences if sentences.is_empty() => sentences,
        sentences => format!("**{}**", prose(&sentences)),
    }
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
    let mut text = match (ending.outcome, report.to_traffic, &report.plan) {
        (Outcome::RolledBack, Some(span), _) => format!("after {}", words::took(span)),
        (Outcome::Planned, _, Some(plan)) => planned(plan, report.asked.dry_run),
        _ => prose(&words::capped(&together::state(report, ending), STATE_MAX)),
    };
    let code = ending
        .problems
        .first()
        .map(|problem| problem.code.to_string());
    // A cancelled run's is in its state already.
    if let Some(code) = code.filter(|code| code != ending.outcome.as_str()) {
        text += &format!("<br>`{code}`");
    }
    text
}

/// How it would be done. That nothing was changed, the headline says.
fn planned(plan: &PlanView, dry_run: bool) -> String {
    let plan = markdown(&verdict::path_and_time(plan));
    if dry_run {
        return plan;
    }
    format!("not started; its plan: {plan}")
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

/// Which service the page is about, and what AWS's console has on it; the rest is above the pages of all.
pub(super) fn own_line(report: &Report) -> String {
    let service = link(&report.asked.service, &report.asked.service_url);
    let took = words::took(report.elapsed);
    format!("**{service}** · took {took}{}", own_links(report))
}

/// What folds one service's page: a line to unfold it, and its end.
pub(super) struct Fold {
    begin: String,
    end: &'static str,
}

impl Fold {
    /// It is open where a reader needs it: the next step of what ended badly, and a history, which is all that was asked
    /// for.
    pub(super) fn new(told: &Told, ending: &Ending) -> Self {
        let mark = verdict::mark_of(told.report, ending);
        let service = html(&told.report.asked.service);
        let state = verdict::headline_above_problems(told.report, ending);
        let state = html(&words::capped(&state, STATE_MAX));
        let is_open = !verdict::is_good(ending.outcome) || told.report.asked.mode == Mode::History;
        let open = if is_open { " open" } else { "" };
        Self {
            begin: format!(
                "<details{open}><summary>{mark} <b>{service}</b>: {state}</summary>\n\n"
            ),
            end: "</details>\n\n",
        }
    }

    /// In bytes.
    pub(super) fn len(&self) -> usize {
        self.begin.len() + self.end.len()
    }

    pub(super) fn around(&self, page: &str) -> String {
        format!("{}{page}{}", self.begin, self.end)
    }
}
