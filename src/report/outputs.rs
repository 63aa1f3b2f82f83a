//! The outputs, each written the moment it is known, so that a cancelled run still has them.

use std::fs::OpenOptions;
use std::io::{self, Write};
use std::path::PathBuf;

use super::data::Report;
use super::{Sink, Told, json};

/// Every output, in the order of action.yml.
pub(super) const NAMES: [&str; 14] = [
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
pub(super) struct Outputs {
    file: Option<PathBuf>,
    token: fn() -> String,
    /// What was written last, beside its name in [`NAMES`].
    written: [Option<String>; NAMES.len()],
}

impl Outputs {
    pub(super) fn new(file: Option<PathBuf>, token: fn() -> String) -> Self {
        Self {
            file,
            token,
            written: Default::default(),
        }
    }

    /// The lines of what is new or has changed; at the end of the run also of every output that stays empty.
    fn changes(&mut self, report: &Report) -> String {
        let mut lines = String::new();
        for (index, mut value) in values(report).into_iter().enumerate() {
            let written = &mut self.written[index];
            if value.is_none() && written.is_none() && report.ending.is_some() {
                value = Some(String::new());
            }
            let Some(text) = &value else {
                continue;
            };
            if value != *written {
                lines += &entry(NAMES[index], text, self.token);
                *written = value;
            }
        }
        lines
    }
}

impl Sink for Outputs {
    fn name(&self) -> &'static str {
        "the outputs"
    }

    fn tell(&mut self, told: &Told<'_>) -> io::Result<()> {
        let lines = self.changes(told.report);
        match &self.file {
            Some(file) if !lines.is_empty() => OpenOptions::new()
                .append(true)
                .create(true)
                .open(file)?
                .write_all(lines.as_bytes()),
            _ => Ok(()),
        }
    }
}

/// The outputs as far as they are known, in the order of [`NAMES`].
fn values(report: &Report) -> [Option<String>; NAMES.len()] {
    let before = report.before.as_ref();
    let target = report.target.as_ref();
    let ending = report.ending.as_ref();
    [
        ending.map(|ending| ending.outcome.as_str().to_owned()),
        target.map(|target| target.version.clone()),
        target.map(|target| target.image.clone()),
        target.map(|target| target.digest.to_string()),
        report.task_definition_arn.as_ref().map(ToString::to_string),
        codedeploy_deployment_id(report),
        before.and_then(|before| before.version.clone()),
        before.and_then(|before| before.image.clone()),
        before.and_then(|before| Some(before.task_definition_arn.as_ref()?.to_string())),
        report
            .plan
            .as_ref()
            .map(|plan| plan.path.as_str().to_owned()),
        console_url(report),
        before.and_then(|before| before.undo_version.clone()),
        report
            .to_traffic
            .map(|span| span.as_secs_f64().round().to_string()),
        ending.map(|_| json::document(report).to_string()),
    ]
}

/// `None` where ECS itself deploys.
fn codedeploy_deployment_id(report: &Report) -> Option<String> {
    let deployment = report.deployment.as_ref()?;
    deployment.group.as_ref()?;
    Some(deployment.id.to_string())
}

/// The deployment's page, until there is one the service's.
fn console_url(report: &Report) -> Option<String> {
    if let Some(deployment) = &report.deployment {
        return Some(deployment.url.clone());
    }
    let service = &report.asked.service_url;
    (!service.is_empty()).then(|| service.clone())
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
