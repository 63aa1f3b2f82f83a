//! The outputs, each written the moment it is known, so that a cancelled run still has them.

use std::{collections::BTreeMap, io, path::PathBuf};

use super::{
    data::Report,
    event::Event,
    json,
    log::Log,
    results,
    sink::{Sink, Told, append},
    together,
    values::but_report,
};

/// Appends to `GITHUB_OUTPUT`; of two lines for one output the runner takes the later.
pub(super) struct Outputs {
    file: Option<PathBuf>,
    token: fn() -> String,
    /// What was written last.
    written: BTreeMap<&'static str, String>,
}

impl Outputs {
    pub(super) fn new(file: Option<PathBuf>, token: fn() -> String) -> Self {
        Self {
            file,
            token,
            written: BTreeMap::new(),
        }
    }

    /// The lines of what is new or has changed.
    fn changes(&mut self, told: &Told<'_>) -> String {
        let mut lines = String::new();
        for (name, value) in flat(told) {
            let last = self.written.get(name);
            let value = match value {
                Some(value) => value,
                // The contract: at the end every output is there, empty where there is nothing to say.
                None if told.is_over() && last.is_none() => String::new(),
                None => continue,
            };
            if last != Some(&value) {
                lines += &entry(name, &value, self.token);
                self.written.insert(name, value);
            }
        }
        lines
    }
}

/// The outputs of the step: of several services the first one's, but for the outcome.
fn flat(told: &Told<'_>) -> Vec<(&'static str, Option<String>)> {
    let mut outputs = Vec::new();
    if told.is_of_first() || told.is_over() {
        outputs.extend(values(&told.reports[0]));
    }
    if told.is_alone() {
        outputs.push(("results", None));
        return outputs;
    }
    outputs.retain(|(name, _)| *name != "outcome");
    let outcome = together::outcome(told.reports);
    outputs.push((
        "outcome",
        outcome.map(|outcome| outcome.as_str().to_owned()),
    ));
    // With each event it would be written again, for each service.
    if is_milestone(told.event) || told.is_over() {
        outputs.push(("results", Some(results::text(told.reports))));
    }
    outputs
}

/// Names the deployment to look at, or ends the run.
fn is_milestone(event: &Event) -> bool {
    matches!(
        event,
        Event::Created(_) | Event::Followed(_) | Event::Ended(_)
    )
}

impl Sink for Outputs {
    fn name(&self) -> &'static str {
        "the outputs"
    }

    fn tell(&mut self, told: &Told, _: &Log) -> io::Result<()> {
        let lines = self.changes(told);
        match &self.file {
            // No event changes all of them, most change none.
            Some(file) if !lines.is_empty() => append(file, &lines),
            _ => Ok(()),
        }
    }
}

/// Every output of one service as far as it is known, in the order of action.yml.
fn values(report: &Report) -> Vec<(&'static str, Option<String>)> {
    let mut values = Vec::from(but_report(report));
    let document = report.ending.as_ref().map(|_| json::text(report));
    values.push(("report", document));
    values
}

/// `NAME=VALUE`, or between delimiters that are not in the value where it has several lines.
fn entry(name: &str, value: &str, token: fn() -> String) -> String {
    if !value.contains(['\n', '\r']) {
        return format!("{name}={value}\n");
    }
    // Whoever knew the delimiter could end the value and set other outputs.
    let mut delimiter = token();
    while value.contains(&delimiter) {
        delimiter.push('_');
    }
    format!("{name}<<{delimiter}\n{value}\n{delimiter}\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn several_lines_stand_between_delimiters() {
        let token = || "abc".to_owned();
        assert_eq!(entry("x", "1", token), "x=1\n");
        assert_eq!(
            entry("x", "1\nabc\nabc_\ny=2", token),
            "x<<abc__\n1\nabc\nabc_\ny=2\nabc__\n"
        );
    }
}
