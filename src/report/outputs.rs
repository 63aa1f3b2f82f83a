//! The outputs, each written the moment it is known, so that a cancelled run still has them.

use std::{collections::BTreeMap, io, path::PathBuf};

use super::{
    data::Report,
    event::Event,
    guarded::HoldView,
    json,
    log::Log,
    results,
    sink::{Sink, Told, append},
    together, verdict,
};
use crate::{outside::OutsideText, words};

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
    let mut values = Vec::from(values_but_report(report));
    let document = report.ending.as_ref().map(|_| json::text(report));
    values.push(("report", document));
    values
}

/// The same without the whole report, which is long to make.
pub(super) fn values_but_report(report: &Report) -> [(&'static str, Option<String>); 24] {
    let before = report.before.clone().unwrap_or_default();
    let target = report.target.as_ref();
    let plan = report.plan.as_ref();
    let ending = report.ending.as_ref();
    let outcome = ending.map(|ending| ending.outcome.as_str().to_owned());
    let digest = target.map(|target| target.digest.to_string());
    let revision = report.task_definition_arn.as_ref();
    let previous_revision = before.task_definition_arn.as_ref();
    [
        ("outcome", outcome),
        ("version", target.map(|target| target.version.clone())),
        ("image", target.map(|target| target.image.clone())),
        ("image-digest", digest),
        ("task-definition-arn", revision.map(ToString::to_string)),
        ("codedeploy-deployment-id", codedeploy_deployment_id(report)),
        ("previous-version", before.version),
        ("previous-image", before.image),
        (
            "previous-task-definition-arn",
            previous_revision.map(ToString::to_string),
        ),
        ("path", plan.map(|plan| plan.path.as_str().to_owned())),
        ("console-url", console_url(report)),
        ("undo-version", before.undo_version),
        ("seconds-to-traffic", seconds_to_traffic(report)),
        ("cause", cause(report)),
        ("safety", safety(report)),
        ("compare-url", compare_url(report)),
        ("recovery-seconds", recovery_seconds(report)),
        ("issue-url", report.issue_url.clone()),
        ("held", held(report)),
        (
            "held-by",
            hold(report).and_then(|hold| raw(hold.by.as_ref())),
        ),
        (
            "held-since",
            hold(report).and_then(|hold| raw(Some(&hold.since))),
        ),
        (
            "held-reason",
            hold(report).and_then(|hold| raw(hold.reason.as_ref())),
        ),
        ("held-url", hold(report).map(|hold| hold.url.clone())),
        ("versions", versions(report)),
    ]
}

/// Nothing where all went well, whatever was seen on the way.
fn cause(report: &Report) -> Option<String> {
    let cause = report.diagnosis.as_ref()?.cause.as_ref()?;
    let ending = report.ending.as_ref()?;
    (!verdict::is_good(ending.outcome)).then(|| words::full_sentence(cause))
}

fn held(report: &Report) -> Option<String> {
    Some(report.guarded.as_ref()?.hold.is_some().to_string())
}

fn hold(report: &Report) -> Option<&HoldView> {
    report.guarded.as_ref()?.hold.as_ref()
}

fn raw(text: Option<&OutsideText>) -> Option<String> {
    Some(text?.raw().to_owned())
}

fn versions(report: &Report) -> Option<String> {
    Some(report.listing.as_ref()?.json().to_string())
}

fn safety(report: &Report) -> Option<String> {
    let safety = report.changes.as_ref()?.safety.as_ref()?;
    Some(safety.safety.as_str().to_owned())
}

fn compare_url(report: &Report) -> Option<String> {
    report.changes.as_ref()?.compare_url.clone()
}

fn recovery_seconds(report: &Report) -> Option<String> {
    Some(report.recovery()?.as_secs().to_string())
}

fn seconds_to_traffic(report: &Report) -> Option<String> {
    Some(report.to_traffic?.as_secs_f64().round().to_string())
}

/// `None` where ECS itself deploys.
fn codedeploy_deployment_id(report: &Report) -> Option<String> {
    // The name of the output promises CodeDeploy's id.
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
