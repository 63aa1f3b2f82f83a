//! What is told: events and the report they add up to (data), then one file for each place it is told.
//!
//! A run belongs to a service and has a [`Teller`]; the tellers of a process share its sinks. A sink reads the reports
//! and the event; it never asks AWS and never decides anything.

use std::{cell::RefCell, collections::BTreeSet, io::Write, path::PathBuf, rc::Rc, time::Duration};

use time::OffsetDateTime;

use crate::words;

use self::{
    annotations::Annotations,
    clean::Clean,
    console::Console,
    data::{Asked, Report},
    event::Event,
    log::Log,
    outputs::Outputs,
    redact::Redactor,
    sink::{Sink, Told},
    summary::Summary,
};

mod annotations;
mod apply;
pub(crate) mod board;
pub(crate) mod changes;
pub(crate) mod checked;
mod clean;
mod console;
mod credentials;
pub(crate) mod data;
pub(crate) mod event;
pub(crate) mod expiry;
pub(crate) mod guarded;
pub(crate) mod issue;
mod json;
pub(crate) mod listing;
mod log;
pub(crate) mod marks;
mod members;
pub(crate) mod neighbours;
mod notes;
mod outcome;
mod outputs;
mod phases;
mod redact;
mod results;
mod safe;
pub(crate) mod sentences;
mod serves;
mod shortened;
mod sink;
mod split;
mod summary;
#[cfg(test)]
mod tests;
pub(crate) mod together;
mod token;
mod values;
mod verdict;
mod visible;

/// The places of a step that are told.
pub(crate) struct Places {
    /// Standard output: the step's log, or a terminal.
    pub log: Box<dyn Write>,
    /// Whether GitHub's runner reads the log, and acts on workflow commands in it.
    pub takes_commands: bool,
    /// `GITHUB_OUTPUT`
    pub output_file: Option<PathBuf>,
    /// `GITHUB_STEP_SUMMARY`
    pub summary_file: Option<PathBuf>,
}

/// Tells the runs of a process everywhere. A sink that can't be written is a warning in the log, once.
#[derive(Clone)]
pub(crate) struct Reporter(Rc<RefCell<Shared>>);

/// What all runs of a process have in common.
struct Shared {
    redactor: Redactor,
    log: Log,
    sinks: Vec<Box<dyn Sink>>,
    /// The names of the sinks whose failure was told.
    broken: Vec<&'static str>,
    /// One for each run, in the order of the services.
    reports: Vec<Report>,
}

impl Reporter {
    /// `secrets` are values that must never be shown: credentials of the run, tokens among the inputs.
    pub(crate) fn new(places: Places, secrets: Vec<String>) -> Self {
        Self::with_token(places, secrets, token::random)
    }

    /// The same with a source of delimiters that a test can foresee.
    fn with_token(places: Places, secrets: Vec<String>, token: fn() -> String) -> Self {
        // Files first: a run that is killed while it writes its log has its outputs. Annotations stand in the log, too,
        // above the verdict, which is what a reader should see last.
        let sinks: Vec<Box<dyn Sink>> = vec![
            Box::new(Outputs::new(places.output_file, token)),
            Box::new(Summary::new(places.summary_file)),
            Box::new(Annotations),
            Box::new(Console),
        ];
        let log = if places.takes_commands {
            Log::of_a_step(places.log, token)
        } else {
            Log::by_hand(places.log)
        };
        Self(Rc::new(RefCell::new(Shared {
            redactor: Redactor::new(secrets),
            log,
            sinks,
            broken: Vec::new(),
            reports: Vec::new(),
        })))
    }

    /// Begins to tell the runs of all services, a teller for each.
    pub(crate) fn begin(&self, runs: Vec<Asked>, started_at: OffsetDateTime) -> Vec<Teller> {
        let mut shared = self.0.borrow_mut();
        let mut tellers = Vec::new();
        for mut asked in runs {
            asked.clean(&shared.redactor);
            tellers.push(Teller {
                reporter: self.clone(),
                position: shared.reports.len(),
            });
            shared.reports.push(Report {
                asked,
                started_at: Some(started_at),
                ..Report::default()
            });
        }
        tellers
    }

    /// The reports of all runs as they are now, clean.
    pub(crate) fn reports(&self) -> Vec<Report> {
        self.0.borrow().reports.clone()
    }
}

/// Tells one run.
pub(crate) struct Teller {
    reporter: Reporter,
    /// Of its report among those of all runs.
    position: usize,
}

impl Teller {
    /// The report as it is now, clean.
    pub(crate) fn report(&self) -> Report {
        self.reporter.0.borrow().reports[self.position].clone()
    }

    /// Those of all runs.
    pub(crate) fn reports(&self) -> Vec<Report> {
        self.reporter.reports()
    }

    /// Tells one event. `elapsed` counts from the start of the run; `now` is what "ago" is measured from.
    pub(crate) fn tell(&self, mut event: Event, elapsed: Duration, now: OffsetDateTime) {
        let mut shared = self.reporter.0.borrow_mut();
        event.clean(&shared.redactor);
        // The report takes in what is clean already, so no sink can tell what another must not.
        shared.reports[self.position].apply(&event, elapsed);
        shared.tell(&event, self.position, now);
    }
}

impl Shared {
    fn tell(&mut self, event: &Event, position: usize, now: OffsetDateTime) {
        let told = Told {
            event,
            report: &self.reports[position],
            reports: &self.reports,
            now,
        };
        self.log.set_speaker(speaker(&told));
        for sink in &mut self.sinks {
            let Err(error) = sink.tell(&told, &self.log) else {
                continue;
            };
            let name = sink.name();
            // It fails at every event then: once is enough to look for the reason.
            if !self.broken.contains(&name) {
                self.broken.push(name);
                let text = format!("{name} could not be written: {error}");
                self.log.warning(&text);
            }
        }
    }
}

/// Characters that the longest name of a service takes of each line.
const SPEAKER_MAX: usize = 24;

/// What each line of the log begins with, where there are several services: the name of the one it is about.
fn speaker(told: &Told<'_>) -> String {
    if told.is_alone() {
        return String::new();
    }
    let names = told.reports.iter();
    let names: Vec<&str> = names.map(|report| report.asked.service.as_str()).collect();
    let longest = names.iter().map(|name| name.chars().count()).max();
    let longest = longest.unwrap_or_default();
    // What tells services apart often stands at the end: there they have their names in full.
    let width = match are_told_apart(&names, SPEAKER_MAX) {
        true => longest.min(SPEAKER_MAX),
        false => longest,
    };
    let service = words::capped(&told.report.asked.service, width.max(1));
    format!("{service:width$}  ")
}

/// Whether names of so many characters still differ.
fn are_told_apart(names: &[&str], characters: usize) -> bool {
    let capped = names.iter().map(|name| words::capped(name, characters));
    capped.collect::<BTreeSet<_>>().len() == names.len()
}
