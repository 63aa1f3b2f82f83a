//! The output `report`: the whole report as one JSON document. `docs/report.md` describes its members.

use std::fmt::Display;
use std::time::Duration;

use serde_json::{Value, json};
use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;

use super::data::{
    Asked, Change, Deployment, Detail, Discovery, Ending, HealthAttempt, Left, PlanNote, PlanView,
    Proof, Report, Serving, TargetView, Written,
};
use super::phases::Phase;
use super::{serves, verdict};
use crate::error::Problem;
use crate::outside::OutsideText;

/// Counts up when a member changes its meaning or goes; members that come don't count.
const SCHEMA: u32 = 1;

/// The report as it is now; members that are not known are `null` or empty lists, never left out.
pub(super) fn document(report: &Report) -> Value {
    let ending = report.ending.as_ref();
    let written = ending.map(|ending| &ending.written);
    json!({
        "schema": SCHEMA,
        "outcome": ending.map(|ending| ending.outcome.as_str()),
        "asked": asked(&report.asked),
        "started_at": moment(report.started_at),
        "seconds": seconds(report.elapsed),
        "seconds_to_traffic": report.to_traffic.map(seconds),
        "before": report.before.as_ref().map(serving),
        "target": report.target.as_ref().map(target),
        "plan": report.plan.as_ref().map(plan),
        "task_definition_arn": text(&report.task_definition_arn),
        "registered": written.is_some_and(|written| written.registered),
        "interfered": written.map(interfered).unwrap_or_default(),
        "deployment": report.deployment.as_ref().map(deployment),
        "marker": written.map(|written| &written.marker),
        "traffic_percent": report.traffic,
        "proof": report.proof.as_ref().map(proof),
        "health": list(&report.health, health),
        "phases": list(&report.phases.list, phase),
        "warnings": report.warnings,
        "ending": ending.map(end),
    })
}

fn list<T>(values: &[T], member: fn(&T) -> Value) -> Vec<Value> {
    values.iter().map(member).collect()
}

/// A name as its text.
fn text<T: Display>(name: &Option<T>) -> Option<String> {
    Some(name.as_ref()?.to_string())
}

/// The gate has cleaned it.
fn outside(text: &Option<OutsideText>) -> Option<&str> {
    Some(text.as_ref()?.raw())
}

/// To the millisecond.
fn seconds(span: Duration) -> f64 {
    (span.as_secs_f64() * 1_000.0).round() / 1_000.0
}

fn moment(at: Option<OffsetDateTime>) -> Option<String> {
    // RFC 3339 in UTC sorts as text, and every language reads it.
    let at = at?.to_offset(time::UtcOffset::UTC);
    at.truncate_to_millisecond().format(&Rfc3339).ok()
}

fn asked(asked: &Asked) -> Value {
    json!({
        "cluster": asked.cluster,
        "service": asked.service,
        "region": asked.region,
        "version": asked.version,
        "reason": outside(&asked.reason),
        "actor": outside(&asked.actor),
        "run_url": outside(&asked.run_url),
        "dry_run": asked.dry_run,
        "service_url": asked.service_url,
    })
}

fn serving(serving: &Serving) -> Value {
    json!({
        "version": serving.version,
        "image": serving.image,
        "digest": text(&serving.digest),
        "task_definition_arn": text(&serving.task_definition_arn),
        "tasks": serving.tasks,
        "tasks_on_digest": serving.tasks_on_digest,
        "since": moment(serving.since),
        "undo_version": serving.undo_version,
        "notes": serves::notes(serving),
    })
}

fn target(target: &TargetView) -> Value {
    json!({
        "version": target.version,
        "image": target.image,
        "digest": target.digest.as_str(),
        "tags": target.tags,
        "pushed_at": moment(target.pushed_at),
        "last_served_from": moment(target.last_served_from),
        "served_seconds": target.served_for.map(seconds),
        "notes": target.notes,
    })
}

fn plan(plan: &PlanView) -> Value {
    json!({
        "path": plan.path.as_str(),
        "why": plan.why,
        "expected_seconds": plan.expected.map(seconds),
        "task_definition_arn": text(&plan.task_definition_arn),
        "steps": plan.steps,
        "changes": list(&plan.changes, change),
        "discovered": list(&plan.discovered, discovery),
        "notes": list(&plan.notes, plan_note),
    })
}

fn change(change: &Change) -> Value {
    json!({ "what": change.what, "change": change.change })
}

fn discovery(found: &Discovery) -> Value {
    json!({ "what": found.what, "value": found.value, "source": found.source })
}

fn plan_note(note: &PlanNote) -> Value {
    note.to_string().into()
}

fn interfered(written: &Written) -> Vec<String> {
    let mut touches = Vec::new();
    for (deployment, touch) in &written.touched {
        touches.push(format!("{}: {touch}", deployment.short()));
    }
    touches
}

fn deployment(deployment: &Deployment) -> Value {
    // Where ECS deploys, the members stay and are empty: `docs/report.md`.
    let (application, group) = match &deployment.group {
        Some(group) => (group.application.as_str(), group.name.as_str()),
        None => ("", ""),
    };
    json!({
        "id": deployment.id.as_str(),
        "application": application,
        "group": group,
        "url": deployment.url,
    })
}

fn proof(proof: &Proof) -> Value {
    json!({
        "tasks": proof.tasks,
        "matching": proof.matching,
        "digest": text(&proof.digest),
        "proven": proof.proven,
        "notes": proof.notes,
    })
}

fn health(attempt: &HealthAttempt) -> Value {
    json!({
        "attempt": attempt.number,
        "of": attempt.of,
        "url": attempt.url.raw(),
        "status": attempt.answer.as_ref().ok(),
        "error": attempt.answer.as_ref().err(),
        "ok": attempt.ok,
        "seconds": seconds(attempt.took),
    })
}

fn phase(phase: &Phase) -> Value {
    json!({
        "name": phase.name,
        "from_seconds": seconds(phase.from),
        "seconds": seconds(phase.took),
        "failed": phase.failed,
    })
}

fn end(ending: &Ending) -> Value {
    json!({
        "exit_code": ending.outcome.exit_code(),
        "problems": list(&ending.problems, problem),
        "serving": ending.serving.as_ref().map(serving),
        "left": list(&ending.left, left),
        "details": list(&ending.details, detail),
        "warm_until": moment(ending.warm_until),
    })
}

fn problem(problem: &Problem) -> Value {
    json!({ "code": problem.code.as_str(), "message": problem.message, "hint": problem.hint })
}

fn left(left: &Left) -> Value {
    verdict::left_sentence(left).into()
}

fn detail(detail: &Detail) -> Value {
    json!({ "title": detail.title, "text": detail.text.raw() })
}
