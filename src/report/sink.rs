//! What a place where runs are told is given, and what it has to do.

use std::{
    fs::OpenOptions,
    io::{self, Write},
    path::Path,
};

use time::OffsetDateTime;

use super::{data::Report, event::Event, log::Log};

/// One event of one run, as it is told: nothing secret is in it.
pub(super) struct Told<'a> {
    pub event: &'a Event,
    /// The run's own report, which has the event already; `report.asked` names its service.
    pub report: &'a Report,
    /// Those of all runs of the process, in the order of the services.
    pub reports: &'a [Report],
    /// What "ago" is measured from.
    pub now: OffsetDateTime,
}

impl Told<'_> {
    /// Whether the process has one run only.
    pub(super) fn is_alone(&self) -> bool {
        self.reports.len() == 1
    }

    /// Whether it is about the first service.
    pub(super) fn is_of_first(&self) -> bool {
        let first = self.reports.first();
        first.is_some_and(|first| first.asked.service == self.report.asked.service)
    }

    /// Whether no run goes on.
    pub(super) fn is_over(&self) -> bool {
        self.reports.iter().all(|report| report.ending.is_some())
    }
}

/// A place where runs are told.
pub(super) trait Sink {
    /// As a person calls it: "the job summary".
    fn name(&self) -> &'static str;
    /// `log` is the step's, which sinks share.
    fn tell(&mut self, told: &Told, log: &Log) -> io::Result<()>;
}

/// Adds to a file that the runner reads when the step has ended.
pub(super) fn append(file: &Path, text: &str) -> io::Result<()> {
    let mut file = OpenOptions::new().append(true).create(true).open(file)?;
    file.write_all(text.as_bytes())
}
