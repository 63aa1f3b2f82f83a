//! What is told: events and the report they add up to (data), then one file for each place it is told.
//!
//! Sinks read the report and the event; they never ask AWS and never decide anything.

use std::io::{self, Write};
use std::path::PathBuf;
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
pub mod data;
mod ending;
pub mod event;
mod json;
mod log;
pub mod outputs;
mod redact;
mod safe;
mod summary;
mod token;
mod verdict;
mod visible;

/// Where a run is told.
pub struct Sinks {
    /// The step's log: the runner reads standard output.
    pub log: Box<dyn Write>,
    /// `GITHUB_OUTPUT`
    pub output_file: Option<PathBuf>,
    /// `GITHUB_STEP_SUMMARY`
    pub summary_file: Option<PathBuf>,
}

/// Takes the events of a run in and tells them everywhere. A sink that can't be written is a warning in the log.
pub struct Reporter {
    report: Report,
    redactor: Redactor,
    log: Log,
    outputs: Outputs,
    summary_file: Option<PathBuf>,
    /// Sinks whose failure was told.
    broken: Vec<&'static str>,
}

impl Reporter {
    /// `secrets` are values that must never be shown: credentials of the run, tokens among the inputs.
    pub fn new(
        asked: Asked,
        sinks: Sinks,
        secrets: Vec<String>,
        started_at: OffsetDateTime,
    ) -> Self {
        Self::with_token(asked, sinks, secrets, started_at, token::random)
    }

    /// The same with a source of delimiters that a test can foresee.
    fn with_token(
        asked: Asked,
        sinks: Sinks,
        secrets: Vec<String>,
        started_at: OffsetDateTime,
        token: fn() -> String,
    ) -> Self {
        let redactor = Redactor::new(secrets);
        let asked = asked.clean(&redactor);
        Self {
            report: Report {
                asked,
                started_at: Some(started_at),
                ..Report::default()
            },
            redactor,
            log: Log::new(sinks.log, token),
            outputs: Outputs::new(sinks.output_file, token),
            summary_file: sinks.summary_file,
            broken: Vec::new(),
        }
    }

    /// Tells one event. `elapsed` counts from the start of the run; `now` is what "ago" is measured from.
    pub fn tell(&mut self, event: Event, elapsed: Duration, now: OffsetDateTime) {
        let event = event.clean(&self.redactor);
        self.report.apply(&event, elapsed);
        let written = self.outputs.write(&self.report);
        self.check("the outputs", written);
        if let Event::Ended(ending) = &event {
            let written = self.summary_file.as_ref().map_or(Ok(()), |file| {
                summary::write(file, &self.report, ending, now)
            });
            self.check("the job summary", written);
            annotations::write(&mut self.log, &self.report, ending);
        }
        console::tell(&mut self.log, &event, &self.report, now);
        self.log.flush();
    }

    /// Everything told so far, with nothing secret in it.
    pub fn report(&self) -> &Report {
        &self.report
    }

    fn check(&mut self, sink: &'static str, written: io::Result<()>) {
        if let Err(error) = written
            && !self.broken.contains(&sink)
        {
            self.broken.push(sink);
            self.log.command(
                "warning",
                &[("title", "Rollback")],
                &format!("{sink} could not be written: {error}"),
            );
        }
    }
}
