//! The output `report`: the whole report as one JSON document. `docs/report.md` describes its members.

use serde_json::{Map, Value, json};
use time::OffsetDateTime;

use super::{
    changes::{Changes, History, SafetyView},
    data::{
        Deployment, Diagnosis, Ending, HealthAttempt, Part, Report, ReturnView, Serving, Share,
        TargetView, Written,
    },
    guarded::Guarded,
    listing::Listing,
    members::in_seconds,
    serves, shortened, verdict,
};
use crate::{domain::github::CommitOf, error::Problem, words};

/// Counts up when a member changes its meaning or goes; members that come don't count.
const SCHEMA: u32 = 1;

/// The report as it is now, as a later step can take it.
pub(super) fn text(report: &Report) -> String {
    shortened::fitted(&document(report))
}

/// The whole report as it is now; members that are not known are `null` or empty lists, never left out.
fn document(report: &Report) -> Value {
    let mut document = Map::new();
    for part in [rollback(report), findings(report)] {
        if let Value::Object(members) = part {
            document.extend(members);
        }
    }
    Value::Object(document)
}

fn rollback(report: &Report) -> Value {
    let ending = report.ending.as_ref();
    let written = match ending {
        Some(ending) => ending.written.clone(),
        None => Written::default(),
    };
    json!({
        "schema": SCHEMA,
        "outcome": ending.map(|ending| ending.outcome.as_str()),
        "asked": report.asked,
        "started_at": moment(report.started_at),
        "seconds": in_seconds(report.elapsed),
        "seconds_to_traffic": report.to_traffic.map(in_seconds),
        "before": report.before.as_ref().map(serving),
        "target": report.target.as_ref().map(target),
        "plan": report.plan,
        "task_definition_arn": report.task_definition_arn,
        "registered": written.registered,
        "interfered": interfered(&written),
        "deployment": report.deployment.as_ref().map(deployment),
        "marker": written.marker,
        "traffic_percent": report.traffic,
        "proof": report.proof,
        "health": list(&report.health, health),
        "phases": report.phases.list,
        "warnings": report.warnings,
        "returned": report.back.as_ref().map(returned),
    })
}

/// What was found out beside the deployment, and how the run ended.
fn findings(report: &Report) -> Value {
    json!({
        "changes": report.changes.as_ref().map(changes),
        "recovery_seconds": report.recovery().map(in_seconds),
        "issue_url": report.issue_url,
        "still_running": report.neighbours,
        "diagnosis": report.diagnosis.as_ref().map(diagnosis),
        "check": report.checked,
        "guard": report.guarded.as_ref().map(Guarded::json),
        "versions": report.listing.as_ref().map(Listing::json),
        "marks": report.marks,
        "ending": report.ending.as_ref().map(end),
        "shortened": false,
    })
}

fn list<T>(values: &[T], member: fn(&T) -> Value) -> Vec<Value> {
    values.iter().map(member).collect()
}

fn moment(at: Option<OffsetDateTime>) -> Option<String> {
    words::rfc3339(at?)
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
        "shares": list(&serves::shares(serving), share),
        "notes": serves::notes(serving),
    })
}

fn share(share: &Share) -> Value {
    let (percent, tasks) = match share.part {
        Part::Traffic(percent) => (Some(percent), None),
        Part::Tasks(tasks) => (None, Some(tasks)),
    };
    json!({
        "version": share.version,
        "digest": share.digest,
        "task_definition_arn": share.task_definition_arn,
        "traffic_percent": percent,
        "tasks": tasks,
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
        "served_seconds": target.served_for.map(in_seconds),
        "notes": target.notes,
    })
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

fn returned(back: &ReturnView) -> Value {
    json!({
        "version": back.version,
        "path": back.path,
        "deployment": back.deployment.as_ref().map(deployment),
        "proven": back.is_proven(),
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
        "seconds": in_seconds(attempt.took),
    })
}

fn changes(changes: &Changes) -> Value {
    let (history, brought_in) = match changes.history {
        History::Unknown => ("unknown", 0),
        History::SameCommit => ("same-commit", 0),
        History::TakesOut => ("takes-out", 0),
        History::BringsIn(commits) => ("brings-in", commits),
        History::Diverged(commits) => ("diverged", commits),
    };
    json!({
        "history": history,
        "commits_taken_out": changes.count,
        "commits_brought_in": brought_in,
        "commits": changes.commits,
        "pulls": changes.pulls,
        "compare_url": changes.compare_url,
        "taken_off_commit": changes.taken_off_commit.as_ref().map(commit),
        "target_commit": changes.target_commit.as_ref().map(commit),
        "safety": changes.safety.as_ref().map(safety),
        "notes": changes.notes,
    })
}

fn safety(safety: &SafetyView) -> Value {
    json!({
        "verdict": safety.safety.as_str(),
        "sentence": safety.sentence,
        "additive": safety.additive,
        "destructive": safety.destructive,
        "unknown": safety.unknown,
    })
}

fn commit(commit: &CommitOf) -> Value {
    json!({ "repository": commit.repository.to_string(), "id": commit.id.as_str() })
}

fn diagnosis(diagnosis: &Diagnosis) -> Value {
    let log = diagnosis.log.as_ref().map(
        |log| json!({ "container": log.container.as_str(), "url": log.url, "text": log.text }),
    );
    json!({
        "cause": diagnosis.cause,
        "stopped_tasks": diagnosis.stopped,
        "log": log,
        "notes": diagnosis.notes,
    })
}

fn end(ending: &Ending) -> Value {
    json!({
        "exit_code": ending.outcome.exit_code(),
        "problems": list(&ending.problems, problem),
        "serving": ending.serving.as_ref().map(serving),
        "left": ending.left.iter().map(verdict::left_sentence).collect::<Vec<_>>(),
        "details": ending.details,
        "warm_until": moment(ending.warm_until),
    })
}

fn problem(problem: &Problem) -> Value {
    json!({ "code": problem.code.as_str(), "message": problem.message, "hint": problem.hint })
}
