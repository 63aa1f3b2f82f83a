//! What is told: events and the report they add up to (data), then one file for each place it is told.
//!
//! A run belongs to a service and has a [`Teller`]; the tellers of a process share the places where runs are told.
//! What is told there is made from the report and the event; AWS is never asked, and nothing is decided.

use std::cell::RefCell;
use std::fs::OpenOptions;
use std::io::{self, Write};
use std::path::PathBuf;
use std::rc::Rc;
use std::time::Duration;

use time::OffsetDateTime;

use self::clean::Clean;
use self::data::{Asked, Report};
use self::event::Event;
use self::log::Log;
use self::outputs::Outputs;
use self::redact::Redactor;

mod annotations;
mod apply;
mod clean;
mod console;
mod credentials;
pub(crate) mod data;
pub(crate) mod event;
mod json;
mod log;
mod members;
mod notes;
mod outcome;
mod outputs;
mod phases;
mod redact;
mod safe;
mod serves;
mod summary;
#[cfg(test)]
mod tests;
mod token;
mod verdict;
mod visible;

/// The places of a step that are told.
pub(crate) struct Places {
    /// The step's log: the runner reads standard output.
    pub log: Box<dyn Write>,
    /// `GITHUB_OUTPUT`
    pub output_file: Option<PathBuf>,
    /// `GITHUB_STEP_SUMMARY`
    pub summary_file: Option<PathBuf>,
}

/// One event of one run, as it is told: nothing secret is in it.
struct Told<'a> {
    event: &'a Event,
    /// The run's own report, which has the event already; `report.asked` names its service.
    report: &'a Report,
    /// What "ago" is measured from.
    now: OffsetDateTime,
}

/// Adds to a file that the runner reads when the step has ended.
fn append(file: &std::path::Path, text: &str) -> io::Result<()> {
    let mut file = OpenOptions::new().append(true).create(true).open(file)?;
    file.write_all(text.as_bytes())
}

/// Tells the runs of a process everywhere. A file that can't be written is a warning in the log, once.
#[derive(Clone)]
pub(crate) struct Reporter(Rc<RefCell<Shared>>);

/// What all runs of a process have in common.
struct Shared {
    redactor: Redactor,
    log: Log,
    outputs: Outputs,
    summary_file: Option<PathBuf>,
    /// The files whose failure was told, as a person calls them.
    broken: Vec<&'static str>,
}

impl Reporter {
    /// `secrets` are values that must never be shown: credentials of the run, tokens among the inputs.
    pub(crate) fn new(places: Places, secrets: Vec<String>) -> Self {
        Self::with_token(places, secrets, token::random)
    }

    /// The same with a source of delimiters that a test can foresee.
    fn with_token(places: Places, secrets: Vec<String>, token: fn() -> String) -> Self {
        Self(Rc::new(RefCell::new(Shared {
            redactor: Redactor::new(secrets),
            log: Log::new(places.log, token),
            outputs: Outputs::new(places.output_file, token),
            summary_file: places.summary_file,
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
    /// Tells one event. `elapsed` counts from the start of the run; `now` is what "ago" is measured from.
    pub(crate) fn tell(&self, mut event: Event, elapsed: Duration, now: OffsetDateTime) {
        let mut shared = self.reporter.0.borrow_mut();
        event.clean(&shared.redactor);
        // The report takes in what is clean already, so no place can tell what another must not.
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
        // Files first: a run that is killed while it writes its log has its outputs.
        let written = self.outputs.tell(told.report);
        self.warn("the outputs", written);
        let written = summary::tell(self.summary_file.as_deref(), told);
        self.warn("the job summary", written);
        // Annotations stand in the log, too: above the verdict, which is what a reader should see last.
        annotations::tell(&self.log, told.report);
        console::tell(&self.log, told);
    }

    fn warn(&mut self, file: &'static str, written: io::Result<()>) {
        // It fails at every event then: once is enough to look for the reason.
        if let Err(error) = written
            && !self.broken.contains(&file)
        {
            self.broken.push(file);
            let text = format!("{file} could not be written: {error}");
            self.log.annotation("warning", "Rollback", &text);
        }
    }
}
