//! The outputs, each written the moment it is known, so that a cancelled run still has them.

use std::fs::OpenOptions;
use std::io::{self, Write};
use std::path::PathBuf;

use super::data::Report;
use super::json;

/// Every output, in the order of action.yml.
pub const NAMES: [&str; 14] = [
    "outcome",
    "version",
    "image",
    "image-digest",
    "task-definition-arn",
    "codedeploy-deployment-id",
    "previous-version",
    "previous-image",
    "previous-task-definition-arn",
    "path",
    "console-url",
    "undo-version",
    "seconds-to-traffic",
    "report",
];

/// Appends to `GITHUB_OUTPUT`; of two lines for one output the runner takes the later.
pub struct Outputs {
    file: Option<PathBuf>,
    token: fn() -> String,
    /// What was written last, beside its name in [`NAMES`].
    written: [Option<String>; NAMES.len()],
}

impl Outputs {
    pub fn new(file: Option<PathBuf>, token: fn() -> String) -> Self {
        Self {
            file,
            token,
            written: Default::default(),
        }
    }

    /// Writes what is new or has changed; at the end of the run also every output that stays empty.
    pub fn write(&mut self, report: &Report) -> io::Result<()> {
        let Some(file) = &self.file else {
            return Ok(());
        };
        let ended = report.ending.is_some();
        let mut text = String::new();
        for ((name, value), written) in NAMES.into_iter().zip(values(report)).zip(&mut self.written)
        {
            let value = value.or_else(|| (ended && written.is_none()).then(String::new));
            if value.is_some() && value != *written {
                text.push_str(&entry(
                    name,
                    value.as_deref().unwrap_or_default(),
                    self.token,
                ));
                *written = value;
            }
        }
        if text.is_empty() {
            return Ok(());
        }
        OpenOptions::new()
            .append(true)
            .create(true)
            .open(file)?
            .write_all(text.as_bytes())
    }
}

/// The outputs as far as they are known, in the order of [`NAMES`].
fn values(report: &Report) -> [Option<String>; NAMES.len()] {
    let before = report.before.as_ref();
    let target = report.target.as_ref();
    let ended = report.ending.as_ref();
    let service_url = Some(report.asked.service_url.clone()).filter(|url| !url.is_empty());
    [
        ended.map(|ending| ending.outcome.as_str().to_owned()),
        target.map(|t| t.version.clone()),
        target.map(|t| t.image.clone()),
        target.map(|t| t.digest.clone()),
        report.task_definition_arn.clone(),
        report
            .deployment
            .as_ref()
            .filter(|d| d.is_by_codedeploy())
            .map(|d| d.id.clone()),
        before.and_then(|b| b.version.clone()),
        before.and_then(|b| b.image.clone()),
        before.and_then(|b| b.task_definition_arn.clone()),
        report
            .plan
            .as_ref()
            .map(|plan| plan.path.as_str().to_owned()),
        report
            .deployment
            .as_ref()
            .map(|d| d.url.clone())
            .or(service_url),
        before.and_then(|b| b.undo_version.clone()),
        report
            .to_traffic
            .map(|span| span.as_secs_f64().round().to_string()),
        ended.map(|_| json::document(report).to_string()),
    ]
}

/// `NAME=VALUE`, or between delimiters that are not in the value where it has several lines.
fn entry(name: &str, value: &str, token: fn() -> String) -> String {
    if !value.contains(['\n', '\r']) {
        return format!("{name}={value}\n");
    }
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
