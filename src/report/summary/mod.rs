//! The job summary: the outcome in words and from → to first, for whoever opens it on a phone; the rest folded.

mod asked;
mod changes;
mod checked;
mod details;
mod from_to;
mod marks;
mod own_part;
mod page;
mod several;
mod table;
mod timeline;
mod versions;

use std::{io, path::PathBuf};

use self::{asked::who_and_why, own_part::OwnPart, page::Page};
use super::{
    console,
    data::{Ending, Left, Outcome, Report},
    log::Log,
    neighbours,
    safe::{block, markdown, prose},
    sink::{Sink, Told},
    verdict,
};
use crate::{domain::mode::Mode, error::Problem, words};

/// Of several services: the part of the room that what is about all of them has.
const FRONT: usize = 4;

/// Writes into the file that `GITHUB_STEP_SUMMARY` names once a run has ended, and again where its report changes after that.
pub(super) struct Summary {
    pages: Option<Pages>,
}

/// The pages of the runs that have ended, in that order.
struct Pages {
    own_part: OwnPart,
    list: Vec<RunPage>,
}

/// What one run has to say.
struct RunPage {
    /// `web1`
    service: String,
    text: String,
}

impl Summary {
    pub(super) fn new(file: Option<PathBuf>) -> Self {
        let pages = file.map(|file| Pages {
            own_part: OwnPart::new(file),
            list: Vec::new(),
        });
        Self { pages }
    }
}

impl Sink for Summary {
    fn name(&self) -> &'static str {
        "the job summary"
    }

    fn tell(&mut self, told: &Told, _: &Log) -> io::Result<()> {
        match (&mut self.pages, &told.report.ending) {
            (Some(pages), Some(ending)) => pages.write(told, ending),
            _ => Ok(()),
        }
    }
}

impl Pages {
    /// Writes all of them, this run's as its report is now.
    fn write(&mut self, told: &Told, ending: &Ending) -> io::Result<()> {
        let room = self.own_part.room()?;
        if told.is_alone() {
            let text = finished(page(told, ending), room)?;
            return self.own_part.write(&text);
        }
        // The table is about all of them, and a row for each has to fit; the rest is for the services, in equal parts.
        let front = room / FRONT;
        let part = (room - front) / told.reports.len();
        let fold = several::Fold::new(told, ending);
        let page = finished(page(told, ending), part.saturating_sub(fold.len()))?;
        self.put(told.report.asked.service.clone(), fold.around(&page));
        let mut text = finished(several::front(told), front)?;
        for report in told.reports {
            let of_report = |page: &&RunPage| page.service == report.asked.service;
            let page = self.list.iter().find(of_report);
            text += page.map_or("", |page| page.text.as_str());
        }
        self.own_part.write(&text)
    }

    fn put(&mut self, service: String, text: String) {
        self.list.retain(|page| page.service != service);
        self.list.push(RunPage { service, text });
    }
}

fn finished(page: Page, room: usize) -> io::Result<String> {
    page.finish(room).ok_or_else(own_part::full)
}

/// The summary in GitHub's Markdown. What matters most comes first: the end is left out where there is no room.
fn page(told: &Told, ending: &Ending) -> Page {
    let mut page = Page::default();
    outcome(&mut page, told, ending);
    problems(&mut page, ending);
    taken_out(&mut page, told.report);
    page.add(prose(&verdict::undo(told.report, ending, told.now)));
    // Of several services, above the pages of all.
    if told.is_alone() {
        page.add(prose(&neighbours::sentences(&told.report.neighbours)));
    }
    page.add(if told.is_alone() {
        who_and_why(told)
    } else {
        several::own_line(told.report)
    });
    reasons(&mut page, told.report, ending);
    for section in details::folded(told.report, ending) {
        page.add(section);
    }
    page
}

/// The first screen of a phone: what serves, from what to what, and why it did not go well.
fn outcome(page: &mut Page, told: &Told, ending: &Ending) {
    let report = told.report;
    // Of several services, the line that unfolds the page says it.
    if told.is_alone() {
        page.add(headline(report, ending));
    }
    page.add(markdown(&standing(report, ending)));
    page.add(prose(verdict::reservation(report, ending)));
    if report.asked.mode == Mode::Rollback {
        page.add(from_to::render(told, ending));
    }
    if let Some(checked) = &report.checked {
        page.add(checked::render(checked));
    }
    if let Some(guarded) = &report.guarded {
        for note in &guarded.notes {
            page.add(prose(&words::full_sentence(note)));
        }
    }
    if let Some(listing) = &report.listing {
        for section in versions::render(listing, told.now) {
            page.add(section);
        }
    }
    page.add(marks::render(&report.marks));
    if let Some(cause) = verdict::cause(report) {
        page.add(format!("**Cause:** {}", prose(&cause)));
    }
}

/// What stopped the run, and what people can do about it.
fn problems(page: &mut Page, ending: &Ending) {
    for problem in &ending.problems {
        page.add(problem_and_hint(problem));
    }
    for left in &ending.left {
        page.add(left_and_command(left));
    }
}

/// What lies between the two versions, and whether it is safe to go back over it.
fn taken_out(page: &mut Page, report: &Report) {
    if let Some(changes) = &report.changes {
        for section in changes::render(changes) {
            page.add(section);
        }
    }
}

/// What the tasks, the application and AWS say of it.
fn reasons(page: &mut Page, report: &Report, ending: &Ending) {
    page.add(details::warnings(report));
    for section in details::diagnosis(report) {
        page.add(section);
    }
    for detail in &ending.details {
        page.add(details::untrusted(detail));
    }
}

fn headline(report: &Report, ending: &Ending) -> String {
    let mark = verdict::mark_of(report, ending);
    let words = verdict::headline_above_problems(report, ending);
    format!("## {mark} {}", markdown(&words::capitalised(&words)))
}

/// What serves; after a rollback the headline has said so, and this is what it was proven by.
fn standing(report: &Report, ending: &Ending) -> String {
    match &report.proof {
        Some(proof) if ending.outcome == Outcome::RolledBack => {
            format!("Proven: {}", words::sentence(&console::proof_words(proof)))
        }
        _ => verdict::standing(report, ending),
    }
}

fn problem_and_hint(problem: &Problem) -> String {
    let message = words::full_sentence(&problem.message);
    let mut text = format!("**{}** `{}`\n", prose(&message), problem.code);
    let mut separator = "\n> ";
    for line in words::advice(&problem.hint).lines() {
        let line = prose(line);
        if !line.is_empty() {
            text += separator;
            text += &line;
            separator = "<br>\n> ";
        }
    }
    text
}

/// A command to paste gets a block of its own, which GitHub gives a button to copy.
fn left_and_command(left: &Left) -> String {
    match &left.command {
        Some(command) => {
            let text = prose(&words::capitalised(&left.text));
            format!("{}:\n\n{}", text.trim_end_matches(':'), block(command))
        }
        None => prose(&verdict::left_sentence(left)),
    }
}
