//! The job summary: the outcome in words and from → to first, for whoever opens it on a phone; the rest folded.

mod details;
mod from_to;
mod table;

use std::{io, path::PathBuf};

use super::{
    console,
    data::{Ending, Left, Outcome, Report},
    event::Event,
    log::Log,
    safe::{block, code, link, markdown, prose},
    sink::{Sink, Told, append},
    verdict,
};
use crate::{error::Problem, words};

/// GitHub shows nothing at all of a summary above 1 MiB; the steps of a job share that with nobody.
const MOST_BYTES: usize = 1_000_000;

/// Appends to the file that `GITHUB_STEP_SUMMARY` names, once a run has ended.
pub(super) struct Summary {
    file: Option<PathBuf>,
}

impl Summary {
    pub(super) fn new(file: Option<PathBuf>) -> Self {
        Self { file }
    }
}

impl Sink for Summary {
    fn name(&self) -> &'static str {
        "the job summary"
    }

    fn tell(&mut self, told: &Told, _: &Log) -> io::Result<()> {
        // A summary is appended to: what is written before the end could not be taken back.
        match (&self.file, told.event) {
            (Some(file), Event::Ended(ending)) => append(file, &render(told, ending)),
            _ => Ok(()),
        }
    }
}

/// The summary in GitHub's Markdown.
fn render(told: &Told, ending: &Ending) -> String {
    let report = told.report;
    let mut page = Page::default();
    page.add(&headline(report, ending));
    page.add(&markdown(&standing(report, ending)));
    page.add(&prose(verdict::reservation(report, ending)));
    page.add(&from_to::render(told, ending));
    if let Some(cause) = verdict::cause(report) {
        page.add(&format!("**Cause:** {}", prose(&cause)));
    }
    for problem in &ending.problems {
        page.add(&problem_and_hint(problem));
    }
    for left in &ending.left {
        page.add(&left_and_command(left));
    }
    page.add(&prose(&verdict::undo(report, ending, told.now)));
    page.add(&who_and_why(told));
    page.add(&details::warnings(report));
    for detail in &ending.details {
        page.add(&details::untrusted(detail));
    }
    for section in details::diagnosis(report) {
        page.add(&section);
    }
    for section in details::folded(report, ending) {
        page.add(&section);
    }
    page.finish()
}

/// Sections one below the other, as far as GitHub takes them.
#[derive(Default)]
struct Page {
    text: String,
    left_out: bool,
}

impl Page {
    fn add(&mut self, section: &str) {
        if section.is_empty() {
            return;
        }
        // Sections are whole or missing: a cut could leave a fence or a `<details>` open.
        if self.text.len() + section.len() > MOST_BYTES {
            self.left_out = true;
            return;
        }
        self.text += section;
        self.text += "\n\n";
    }

    fn finish(mut self) -> String {
        if self.left_out {
            let note = "Parts too long for a summary are left out; the output `report` has them.\n";
            self.text += note;
        }
        self.text
    }
}

fn headline(report: &Report, ending: &Ending) -> String {
    let mark = verdict::mark(ending.outcome);
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

/// `**prod/web1** in ap-northeast-2 · v1.0.0 asked for by oncall · “checkout page is down” · …`.
fn who_and_why(told: &Told) -> String {
    let report = told.report;
    let asked = &report.asked;
    let service = format!("{}/{}", asked.cluster, asked.service);
    let mut text = format!("**{}**", link(&service, &asked.service_url));
    if !asked.region.is_empty() {
        text += &format!(" in {}", markdown(&asked.region));
    }
    text += &format!(" · {} asked for", code(&asked.version));
    if let Some(actor) = &asked.actor {
        text += &format!(" by {}", markdown(actor.raw()));
    }
    if let Some(reason) = &asked.reason {
        text += &format!(" · “{}”", markdown(reason.raw()));
    }
    text + &when(told) + &links(report)
}

fn when(told: &Told) -> String {
    let mut text = String::new();
    if let Some(at) = told.report.started_at {
        // A summary is read on another day, too, so it always has the date.
        let another_day = told.now - time::Duration::DAY;
        text += &format!(" · started {}", words::at(at, another_day));
    }
    text + &format!(" · took {}", words::took(told.report.elapsed))
}

fn links(report: &Report) -> String {
    let mut text = String::new();
    if let Some(deployment) = &report.deployment {
        let link = link(deployment.id.short(), &deployment.url);
        text += &format!(" · deployment {link}");
    }
    if let Some(url) = &report.asked.run_url {
        text += &format!(" · {}", link("workflow run", url.raw()));
    }
    text
}
