//! The event for a webhook: a CloudEvent 1.0 that carries a CDEvent 0.5.1. Source: the specifications of both, and of
//! package URLs for the artifact's id.

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use serde_json::{Value, json};
use time::OffsetDateTime;
use url::Url;

use crate::{
    outside::OutsideText,
    report::{
        data::{Outcome, Report, TargetView},
        sentences::Conclusion,
    },
    words,
};

/// Structured mode: the whole event is the body, so one signature covers all of it.
pub(super) const CONTENT_TYPE: &str = "application/cloudevents+json";

const ROLLED_BACK: &str = "dev.cdevents.service.rolledback.0.3.0";
const FINISHED: &str = "dev.cdevents.taskrun.finished.0.3.0";
const TASK: &str = "ecs-rollback";

/// What a package URL has as it is.
const ENCODED: &AsciiSet = &NON_ALPHANUMERIC
    .remove(b'-')
    .remove(b'_')
    .remove(b'.')
    .remove(b'~')
    .remove(b'/');

/// The event about a run that has ended. `marker` is unique: a receiver that gets an event twice knows it by this.
pub(super) fn cloud_event(
    report: &Report,
    conclusion: &Conclusion,
    marker: &str,
    now: OffsetDateTime,
) -> Value {
    let subject = subject(report, conclusion, marker);
    let context = json!({
        "specversion": "0.5.1",
        "id": marker,
        "source": origin(report),
        "type": subject.kind,
        "timestamp": words::rfc3339(now).expect("a year of four digits can be written"),
    });
    json!({
        "specversion": "1.0",
        "id": context["id"],
        "source": context["source"],
        "type": context["type"],
        "subject": subject.id,
        "time": context["timestamp"],
        "datacontenttype": "application/json",
        "data": {
            "context": context,
            "subject": { "id": subject.id, "content": subject.content },
            "customData": report.document(),
            "customDataContentType": "application/json",
        },
    })
}

/// What the event is about.
struct Subject {
    kind: &'static str,
    id: String,
    content: Value,
}

fn subject(report: &Report, conclusion: &Conclusion, marker: &str) -> Subject {
    match &report.target {
        Some(target) if conclusion.outcome == Outcome::RolledBack => Subject {
            kind: ROLLED_BACK,
            id: report.subject().service,
            content: json!({
                "environment": { "id": report.asked.cluster },
                "artifactId": package_url(target),
            }),
        },
        _ => Subject {
            kind: FINISHED,
            id: marker.to_owned(),
            content: task_run(report, conclusion),
        },
    }
}

fn task_run(report: &Report, conclusion: &Conclusion) -> Value {
    let mut content = json!({ "taskName": TASK, "outcome": outcome(conclusion.outcome) });
    if outcome(conclusion.outcome) != "success" {
        content["errors"] = errors(conclusion).into();
    }
    if let Some(uri) = report.asked.run_url.as_ref().and_then(uri) {
        content["uri"] = uri.into();
    }
    content
}

/// CDEvents' word: `failure` where the rollback itself went wrong, `error` where something kept it from its end.
fn outcome(outcome: Outcome) -> &'static str {
    match outcome {
        Outcome::RolledBack
        | Outcome::Unchanged
        | Outcome::Started
        | Outcome::Listed
        | Outcome::Ready
        | Outcome::Marked
        | Outcome::Clear => "success",
        Outcome::Failed | Outcome::Reverted => "failure",
        // Nobody hears of a dry run: this one was not started, because another service was refused.
        Outcome::Planned
        | Outcome::Refused
        | Outcome::NotReady
        | Outcome::Held
        | Outcome::TimedOut => "error",
        Outcome::Cancelled => "cancel",
    }
}

fn errors(conclusion: &Conclusion) -> String {
    let mut lines = vec![conclusion.headline.as_str(), conclusion.cause.as_str()];
    lines.extend(conclusion.problems.iter().map(String::as_str));
    lines.retain(|line| !line.is_empty());
    lines.join("\n")
}

/// The workflow, else the run; by hand there is neither.
fn origin(report: &Report) -> String {
    let pages = [&report.asked.workflow_url, &report.asked.run_url];
    let mut uris = pages.into_iter().flatten().filter_map(uri);
    uris.next()
        .unwrap_or_else(|| format!("/{}", env!("CARGO_PKG_NAME")))
}

/// A web page's address, where RFC 3986 allows all of its characters: receivers are stricter than browsers.
fn uri(url: &OutsideText) -> Option<String> {
    let url = Url::parse(url.raw()).ok()?;
    let is_allowed = |c: char| c.is_ascii_alphanumeric() || "-._~:/?@!$&'()*+,;=".contains(c);
    url.as_str().chars().all(is_allowed).then(|| url.into())
}

/// `pkg:oci/web1@sha256%3A…?repository_url=registry/web1&tag=v1.0.0`
fn package_url(target: &TargetView) -> String {
    let encoded = |text: &str| utf8_percent_encode(text, ENCODED).to_string();
    let digest = target.digest.as_str();
    let repository = target.image.trim_end_matches(digest).trim_end_matches('@');
    let name = repository.rsplit('/').next().unwrap_or(repository);
    let mut url = format!(
        "pkg:oci/{}@{}?repository_url={}",
        encoded(&name.to_lowercase()),
        encoded(digest),
        encoded(repository)
    );
    if target.version != digest {
        url += &format!("&tag={}", encoded(&target.version));
    }
    url
}
