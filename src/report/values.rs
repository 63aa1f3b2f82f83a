//! The outputs of one service as far as they are known, in the order of action.yml.

use super::{data::Report, guarded::HoldView, verdict};
use crate::{outside::OutsideText, words};

/// All but `report`, which is long to make.
pub(super) fn but_report(report: &Report) -> [(&'static str, Option<String>); 24] {
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
