//! The output `report`: the whole report as one JSON document. `docs/report.md` describes its members.

use std::time::Duration;

use serde_json::{Value, json};
use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;

use super::data::{Asked, Ending, HealthAttempt, Phase, PlanView, Report, Serving, TargetView};
use crate::error::Problem;

/// Counts up when a member changes its meaning or goes; members that come don't count.
const SCHEMA: u32 = 1;

/// The report as it is now; members that are not known are `null` or empty lists, never left out.
pub fn document(report: &Report) -> Value {
    json!({
        "schema": SCHEMA,
        "outcome": report.ending.as_ref().map(|ending| ending.outcome),
        "asked": asked(&report.asked),
        "started_at": moment(report.started_at),
        "seconds": seconds(report.elapsed),
        "seconds_to_traffic": report.to_traffic.map(seconds),
        "before": report.before.as_ref().map(serving),
        "target": report.target.as_ref().map(target),
        "plan": report.plan.as_ref().map(plan),
        "task_definition_arn": report.task_definition_arn,
        "registered": report.registered,
        "interfered": report.interfered,
        "deployment": report.deployment,
        "marker": report.marker,
        "traffic_percent": report.traffic,
        "proof": report.proof,
        "health": report.health.iter().map(health).collect::<Vec<_>>(),
        "phases": report.phases.iter().map(phase).collect::<Vec<_>>(),
        "warnings": report.warnings,
        "ending": report.ending.as_ref().map(ending),
    })
}

/// To the millisecond.
fn seconds(span: Duration) -> f64 {
    (span.as_secs_f64() * 1_000.0).round() / 1_000.0
}

fn moment(at: Option<OffsetDateTime>) -> Option<String> {
    at.and_then(|at| {
        at.to_offset(time::UtcOffset::UTC)
            .truncate_to_millisecond()
            .format(&Rfc3339)
            .ok()
    })
}

fn asked(asked: &Asked) -> Value {
    json!({
        "cluster": asked.cluster,
        "service": asked.service,
        "region": asked.region,
        "version": asked.version,
        "reason": asked.reason,
        "actor": asked.actor,
        "run_url": asked.run_url,
        "dry_run": asked.dry_run,
        "service_url": asked.service_url,
    })
}

fn serving(serving: &Serving) -> Value {
    json!({
        "version": serving.version,
        "image": serving.image,
        "digest": serving.digest,
        "task_definition_arn": serving.task_definition_arn,
        "tasks": serving.tasks,
        "tasks_on_digest": serving.tasks_on_digest,
        "since": moment(serving.since),
        "undo_version": serving.undo_version,
        "notes": serving.notes,
    })
}

fn target(target: &TargetView) -> Value {
    json!({
        "version": target.version,
        "image": target.image,
        "digest": target.digest,
        "tags": target.tags,
        "pushed_at": moment(target.pushed_at),
        "last_served_from": moment(target.last_served_from),
        "served_seconds": target.served_for.map(seconds),
        "notes": target.notes,
    })
}

fn plan(plan: &PlanView) -> Value {
    json!({
        "path": plan.path,
        "why": plan.why,
        "expected_seconds": plan.expected.map(seconds),
        "task_definition_arn": plan.task_definition_arn,
        "steps": plan.steps,
        "changes": plan.changes,
        "discovered": plan.discovered,
        "notes": plan.notes,
    })
}

fn health(attempt: &HealthAttempt) -> Value {
    json!({
        "attempt": attempt.number,
        "of": attempt.of,
        "url": attempt.url,
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

fn ending(ending: &Ending) -> Value {
    json!({
        "exit_code": ending.outcome.exit_code(),
        "problems": ending.problems.iter().map(problem).collect::<Vec<_>>(),
        "serving": ending.serving.as_ref().map(serving),
        "left": ending.left,
        "details": ending.details,
        "warm_until": moment(ending.warm_until),
    })
}

fn problem(problem: &Problem) -> Value {
    json!({ "code": problem.code.as_str(), "message": problem.message, "hint": problem.hint })
}
