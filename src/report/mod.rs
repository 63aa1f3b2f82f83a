//! What is told: events and the report they add up to (data), then one file for each place it is told.
//!
//! A run belongs to a service and has a [`Teller`]; the tellers of a process share its sinks. A sink reads the report
//! and the event; it never asks AWS and never decides anything.

use std::{cell::RefCell, io::Write, path::PathBuf, rc::Rc, time::Duration};

use time::OffsetDateTime;

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
mod notes;
mod outcome;
mod outputs;
mod phases;
mod redact;
mod safe;
pub(crate) mod sentences;
mod serves;
mod shortened;
mod sink;
mod split;
mod summary;
#[cfg(test)]
mod tests;
mod token;
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
        })))
    }

    /// Begins to tell a run.
    pub(crate) fn begin(&self, mut asked: Asked, started_at: OffsetDateTime) -> Teller {
        asked.clean(&self.0.borrow().redactor);
        let report = Report {
            asked,
            started_at: Some(started_at),
            ..Report::default()
        };
        Teller {
            reporter: self.clone(),
            report: RefCell::new(report),
        }
    }
}

/// Tells one run.
pub(crate) struct Teller {
    reporter: Reporter,
    report: RefCell<Report>,
}

impl Teller {
    /// The report as it is now, clean.
    pub(crate) fn report(&self) -> Report {
        self.report.borrow().clone()
    }

    /// Tells one event. `elapsed` counts from the start of the run; `now` is what "ago" is measured from.
    pub(crate) fn tell(&self, mut event: Event, elapsed: Duration, now: OffsetDateTime) {
        let mut shared = self.reporter.0.borrow_mut();
        event.clean(&shared.redactor);
        // The report takes in what is clean already, so no sink can tell what another must not.
        let mut report = self.report.borrow_mut();
        report.apply(&event, elapsed);
        shared.tell(&Told {
            event: &event,
            report: &report,
            now,
        });
    }
}

impl Shared {
    fn tell(&mut self, told: &Told) {
        for sink in &mut self.sinks {
            let Err(error) = sink.tell(told, &self.log) else {
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
