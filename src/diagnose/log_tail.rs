//! The last lines that a container wrote before its task stopped.

use super::case::{Case, unreadable};
use crate::{
    domain::{
        clue::quoted,
        console_links,
        log_location::{LogGroup, LogLocation, LogStream},
        stopped::Group,
        task_definition::TaskDefinition,
    },
    names::ContainerName,
    outside::OutsideText,
    report::data::{Diagnosis, LogTail},
};

/// Lines read; an error and what led to it.
const LINES: u16 = 50;

/// What a log has to say.
pub(super) enum Found {
    Tail(LogTail),
    /// Where to look, or why it can't be read.
    Note(String),
    Nothing,
}

impl Case<'_> {
    /// The log of the container that stopped one of the tasks.
    pub(super) async fn read_log_tail(
        &self,
        group: &Group<'_>,
        definition: &TaskDefinition,
    ) -> Found {
        let main = &self.plan.container;
        let failed = group.stop.failed_container(main);
        let container = failed.map_or(main.clone(), |failed| ContainerName::new(&*failed.name));
        let (name, task) = (container.as_str(), &group.example.id);
        match LogLocation::of(definition, name, task, &self.plan.region) {
            LogLocation::Stream(stream) => self.read_stream(container, &stream).await,
            LogLocation::Group(LogGroup { name, region }) => {
                let url = console_links::log_group(&region, &name);
                Found::Note(format!("the log of the container {container} is in {url}"))
            }
            LogLocation::Driver(driver) => Found::Note(format!(
                "the container {container} logs with the driver {driver}: look there for what it wrote"
            )),
            LogLocation::Unknown => Found::Note(format!(
                "the task definition says nothing about where the container {container} logs to"
            )),
        }
    }

    async fn read_stream(&self, container: ContainerName, stream: &LogStream) -> Found {
        let LogGroup { name, region } = &stream.group;
        let url = console_links::log_stream(region, name, stream.name.raw());
        let read = self
            .aws
            .get_log_events(name, stream.name.raw(), region, LINES);
        let lines = match read.await {
            Ok(lines) => lines,
            Err(failure) => {
                let what = format!("the log of the container {container} ({url})");
                return Found::Note(unreadable(&what, &failure.problem()));
            }
        };
        let mut text = String::new();
        for line in &lines {
            text.push_str(line.text.raw());
            text.push('\n');
        }
        if text.trim().is_empty() {
            return Found::Nothing;
        }
        Found::Tail(LogTail {
            container,
            url,
            text: OutsideText::new(text.trim_end()),
        })
    }
}

/// `; its last line: "…"`: often the very error.
pub(super) fn last_line(tail: &LogTail) -> String {
    let mut lines = tail.text.raw().lines().rev();
    match lines.find(|line| !line.trim().is_empty()) {
        Some(line) => format!("; its last line: {}", quoted(&OutsideText::new(line))),
        None => String::new(),
    }
}

impl Diagnosis {
    pub(super) fn take_in(&mut self, found: Found) {
        match found {
            Found::Tail(tail) => self.log = Some(tail),
            Found::Note(note) => self.notes.push(note),
            Found::Nothing => {}
        }
    }
}
