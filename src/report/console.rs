//! The log of a run: one line per thing that happened, none for things that didn't.

use std::time::Duration;

use time::OffsetDateTime;

use super::data::{Asked, HealthAttempt, PlanView, Proof, Report, Serving, TargetView};
use super::ending;
use super::event::{Event, Step, StepState};
use super::log::Log;
use super::verdict;
use crate::words;

/// Where the text of a block begins, behind `Now`, `Target`, `Plan` or the elapsed time.
const INDENT: usize = 9;
/// Where the detail of a line begins, behind its name.
const NAME: usize = 32;
/// Differences shown outside the folded details.
const CHANGES_SHOWN: usize = 8;

/// Tells one event; `report` has it already.
pub fn tell(log: &mut Log, event: &Event, report: &Report, now: OffsetDateTime) {
    let elapsed = report.elapsed;
    match event {
        Event::Asked => asked(log, &report.asked),
        Event::Observed(serving) => observed(log, serving, now),
        Event::Targeted(target) => targeted(log, target, now),
        Event::Planned(plan) => planned(log, plan, report.asked.dry_run),
        Event::Registered {
            task_definition_arn,
        } => {
            happened(
                log,
                elapsed,
                &format!("registered {}", words::revision(task_definition_arn)),
                "",
            );
        }
        Event::Creating { .. } | Event::Updating { .. } | Event::Registering { .. } => {}
        // What comes next says why.
        Event::Created(deployment) => {
            let name = format!("deployment {} created", deployment.short());
            happened(log, elapsed, &name, &deployment.url);
        }
        Event::Followed(_) | Event::Rejected(_) => {}
        Event::Interfering { deployment, what } => {
            happened(log, elapsed, &format!("deployment {deployment}"), what)
        }
        Event::Step(step) => stepped(log, elapsed, step),
        // The shift has a line of its own.
        Event::Traffic { percent } if *percent >= 100.0 => {}
        Event::Traffic { percent } => on_target(log, elapsed, "traffic", *percent, report),
        Event::TrafficShifted => on_target(log, elapsed, "traffic shifted", 100.0, report),
        Event::Health(attempt) => probed(log, elapsed, attempt),
        Event::Proven(proof) => proven(log, elapsed, proof),
        Event::Warned(warning) => happened(log, elapsed, "warning", warning),
        Event::Ended(ending) => ending::tell(log, report, ending, now),
    }
}

fn asked(log: &mut Log, asked: &Asked) {
    let mut parts = vec![format!("{}/{}", asked.cluster, asked.service)];
    if !asked.region.is_empty() {
        parts[0].push_str(&format!(" in {}", asked.region));
    }
    let by = asked
        .actor
        .as_ref()
        .map(|actor| format!(" by {actor}"))
        .unwrap_or_default();
    parts.push(format!("asked for {}{by}", asked.version));
    parts.extend(asked.reason.as_ref().map(|reason| format!("\"{reason}\"")));
    if asked.dry_run {
        parts.push("dry run".to_owned());
    }
    log.text(&parts.join(" · "));
    log.text("");
}

fn labelled(log: &mut Log, label: &str, text: &str) {
    log.text(&format!("{label:INDENT$}{text}"));
}

fn happened(log: &mut Log, elapsed: Duration, name: &str, detail: &str) {
    let width = NAME.max(name.chars().count() + 2);
    labelled(
        log,
        &words::elapsed(elapsed),
        &format!("{name:width$}{detail}"),
    );
}

/// `v1.2.0  sha256:9f2c41…`, or one of them where they are the same.
fn version_and_digest(version: Option<&str>, digest: Option<&str>) -> String {
    match (version, digest) {
        (Some(version), Some(digest)) if version != digest => {
            format!("{version}  {}", words::short_digest(digest))
        }
        (_, Some(digest)) => words::short_digest(digest),
        (Some(version), None) => format!("{version}  digest not known"),
        (None, None) => "digest not known".to_owned(),
    }
}

fn observed(log: &mut Log, serving: &Serving, now: OffsetDateTime) {
    let what = version_and_digest(serving.version.as_deref(), serving.digest.as_deref());
    let since = serving
        .since
        .map(|since| format!(", since {}", words::when(since, now)))
        .unwrap_or_default();
    let tasks = match serving.digest {
        Some(_) => words::tasks(serving.tasks_on_digest, serving.tasks),
        None => words::count(serving.tasks, "task"),
    };
    labelled(log, "Now", &format!("{what}   {tasks}{since}"));
    notes(log, &serving.notes);
}

fn targeted(log: &mut Log, target: &TargetView, now: OffsetDateTime) {
    let what = version_and_digest(Some(&target.version), Some(&target.digest));
    let tags: Vec<&str> = target
        .tags
        .iter()
        .map(String::as_str)
        .filter(|tag| *tag != target.version)
        .collect();
    let about: Vec<String> = [tags.join(", "), target_history(target, now)]
        .into_iter()
        .filter(|s| !s.is_empty())
        .collect();
    labelled(log, "Target", &format!("{what}   {}", about.join("; ")));
    notes(log, &target.notes);
}

/// `pushed 7 days ago, last ran here 6 days ago for 2 days`.
fn target_history(target: &TargetView, now: OffsetDateTime) -> String {
    let pushed = target
        .pushed_at
        .map(|at| format!("pushed {}", words::ago(at, now)));
    let length = target
        .served_for
        .map(|span| format!(" for {}", words::duration(span)))
        .unwrap_or_default();
    let served = target
        .last_served_from
        .map(|at| format!("last ran here {}{length}", words::ago(at, now)));
    [pushed, served]
        .into_iter()
        .flatten()
        .collect::<Vec<_>>()
        .join(", ")
}

fn notes(log: &mut Log, notes: &[String]) {
    for note in notes {
        log.indented(INDENT, note);
    }
}

fn planned(log: &mut Log, plan: &PlanView, dry_run: bool) {
    log.text("");
    labelled(log, "Plan", &verdict::plan_words(plan.path, plan.expected));
    log.indented(INDENT, &plan.why);
    let shown = plan
        .changes
        .iter()
        .take(CHANGES_SHOWN)
        .map(|c| (c.what.as_str(), c.change.as_str()));
    let rows: Vec<(&str, &str)> = shown
        .chain(plan.notes.iter().map(|note| keyed(note)))
        .collect();
    table(log, INDENT, &rows);
    if plan.changes.len() > CHANGES_SHOWN {
        let more = plan.changes.len() - CHANGES_SHOWN;
        log.indented(INDENT, &format!("… {more} more differences in the details"));
    }
    if dry_run {
        steps(log, INDENT, &plan.steps);
    }
    plan_details(log, plan);
    log.text("");
}

/// `alarms: ignored …` as a row of its own; a note without such a key stays whole.
fn keyed(note: &str) -> (&str, &str) {
    match note.split_once(": ") {
        Some((key, rest)) if key.len() <= 12 && key.bytes().all(|b| b.is_ascii_lowercase()) => {
            (key, rest)
        }
        _ => ("", note),
    }
}

/// Rows with their first column aligned.
fn table(log: &mut Log, indent: usize, rows: &[(&str, &str)]) {
    let width = rows
        .iter()
        .map(|(key, _)| key.chars().count())
        .max()
        .unwrap_or(0)
        + 2;
    for (key, value) in rows {
        let row = if key.is_empty() {
            (*value).to_owned()
        } else {
            format!("{key:width$}{value}")
        };
        log.indented(indent, &row);
    }
}

fn steps(log: &mut Log, indent: usize, steps: &[String]) {
    for (number, step) in (1..).zip(steps) {
        log.indented(indent, &format!("{number}. {step}"));
    }
}

/// Everything about the plan, folded.
fn plan_details(log: &mut Log, plan: &PlanView) {
    if plan.steps.is_empty() && plan.changes.is_empty() && plan.discovered.is_empty() {
        return;
    }
    log.group("Details: what will be written, every difference, what was discovered");
    heading(log, "What will be written", plan.steps.is_empty());
    steps(log, 2, &plan.steps);
    heading(
        log,
        "From what runs now to the target",
        plan.changes.is_empty(),
    );
    let changes: Vec<(&str, &str)> = plan
        .changes
        .iter()
        .map(|c| (c.what.as_str(), c.change.as_str()))
        .collect();
    table(log, 2, &changes);
    heading(log, "Discovered", plan.discovered.is_empty());
    let found: Vec<(&str, String)> = plan
        .discovered
        .iter()
        .map(|d| (d.what.as_str(), format!("{}  (from {})", d.value, d.source)))
        .collect();
    let found: Vec<(&str, &str)> = found
        .iter()
        .map(|(what, value)| (*what, value.as_str()))
        .collect();
    table(log, 2, &found);
    log.end_group();
}

fn heading(log: &mut Log, title: &str, empty: bool) {
    if !empty {
        log.text(title);
    }
}

fn stepped(log: &mut Log, elapsed: Duration, step: &Step) {
    let name = match step.state {
        StepState::Started => step.name.clone(),
        StepState::Done => format!("{} done", step.name),
        StepState::Failed => format!("{} failed", step.name),
        StepState::Skipped => return,
    };
    happened(log, elapsed, &name, &step.detail);
}

fn on_target(log: &mut Log, elapsed: Duration, name: &str, percent: f64, report: &Report) {
    let detail = format!(
        "{} on {}",
        words::percent(percent),
        verdict::target_name(report)
    );
    happened(log, elapsed, name, &detail);
}

fn probed(log: &mut Log, elapsed: Duration, attempt: &HealthAttempt) {
    let name = format!("health check {} of {}", attempt.number, attempt.of);
    happened(log, elapsed, &name, &health_words(attempt));
}

/// `https://… answered 503 in 35 ms, not as expected`.
pub fn health_words(attempt: &HealthAttempt) -> String {
    let took = attempt.took.as_millis();
    let what = match &attempt.answer {
        Ok(status) if attempt.ok => format!("answered {status} in {took} ms"),
        Ok(status) => format!("answered {status} in {took} ms, not as expected"),
        Err(reason) => format!("gave no answer after {took} ms: {reason}"),
    };
    format!("{} {what}", attempt.url)
}

fn proven(log: &mut Log, elapsed: Duration, proof: &Proof) {
    happened(
        log,
        elapsed,
        if proof.proven {
            "proof"
        } else {
            "proof failed"
        },
        &proof_words(proof),
    );
    for note in &proof.notes {
        log.indented(INDENT + NAME, note);
    }
}

/// `2 of 2 running tasks are sha256:41aa07…`.
pub fn proof_words(proof: &Proof) -> String {
    let tasks = if proof.tasks == 1 { "task" } else { "tasks" };
    let digest = words::short_digest(&proof.digest);
    format!(
        "{} of {} running {tasks} are {digest}",
        proof.matching, proof.tasks
    )
}
