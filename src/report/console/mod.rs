//! The log of a run: one line per thing that happened, none for things that didn't.

mod ending;
mod plan;

use time::OffsetDateTime;

use super::data::{Asked, HealthAttempt, Proof, Report, Serving, TargetView};
use super::event::{Event, Step, StepState, Write};
use super::log::Log;
use super::{Told, safe, verdict};
use crate::names::ImageDigest;
use crate::words;

/// Where the text of a block begins, behind `Now`, `Target`, `Plan` or the elapsed time.
const INDENT: usize = 9;
/// Where the detail of a line begins, behind its name.
const NAME: usize = 32;
/// Characters of the reason in the first line; the summary and the output `report` have all of it.
const REASON_MAX: usize = 200;

/// Tells an event as it happens.
pub(super) fn tell(log: &Log, told: &Told) {
    match told.event {
        Event::Asked => asked(log, &told.report.asked),
        Event::Observed(serving) => observed(log, serving, told.now),
        Event::Targeted(target) => targeted(log, target, told.now),
        Event::Planned(plan) => plan::tell(log, plan, told.report.asked.dry_run),
        Event::Ended(ending) => ending::tell(log, told, ending),
        event => happened(log, event, told.report),
    }
    // A killed run has told what it did.
    log.flush();
}

fn asked(log: &Log, asked: &Asked) {
    let mut line = format!("{}/{}", asked.cluster, asked.service);
    // Bad inputs may leave no region to name.
    if !asked.region.is_empty() {
        line += &format!(" in {}", asked.region);
    }
    line += &format!(" · asked for {}", asked.version);
    if let Some(actor) = &asked.actor {
        line += &format!(" by {}", actor.raw());
    }
    if let Some(reason) = &asked.reason {
        // A whole incident report may be in it, and the line has to end with what is asked for.
        let reason = safe::capped(reason.raw(), REASON_MAX);
        line += &format!(" · \"{reason}\"");
    }
    if asked.dry_run {
        line += " · dry run";
    }
    log.text(&line);
    log.text("");
}

fn labelled(log: &Log, label: &str, text: &str) {
    log.text(&format!("{label:INDENT$}{text}"));
}

/// `v1.2.0  sha256:9f2c41…`, or one of them where they are the same.
fn version_and_digest(version: Option<&str>, digest: Option<&ImageDigest>) -> String {
    match (version, digest) {
        (Some(version), Some(digest)) if version != digest.as_str() => {
            format!("{version}  {}", digest.short())
        }
        (_, Some(digest)) => digest.short(),
        (Some(version), None) => format!("{version}  digest not known"),
        (None, None) => "digest not known".to_owned(),
    }
}

fn observed(log: &Log, serving: &Serving, now: OffsetDateTime) {
    let what = version_and_digest(serving.version.as_deref(), serving.digest.as_ref());
    // Without a digest, a count of the tasks on it would read as if they ran something else.
    let tasks = match serving.digest {
        Some(_) => words::tasks(serving.tasks_on_digest, serving.tasks),
        None => words::count(serving.tasks, "task"),
    };
    let mut line = format!("{what}   {tasks}");
    if let Some(since) = serving.since {
        line += &format!(", since {}", words::when(since, now));
    }
    labelled(log, "Now", &line);
    for note in &serving.notes {
        log.indented(INDENT, &note.to_string());
    }
}

fn notes(log: &Log, indent: usize, notes: &[String]) {
    for note in notes {
        log.indented(indent, note);
    }
}

fn targeted(log: &Log, target: &TargetView, now: OffsetDateTime) {
    let what = version_and_digest(Some(&target.version), Some(&target.digest));
    let mut tags = target.tags.clone();
    // The line begins with this one.
    tags.retain(|tag| *tag != target.version);
    let tags = tags.join(", ");
    let history = target_history(target, now);
    let separator = if tags.is_empty() || history.is_empty() {
        ""
    } else {
        "; "
    };
    let line = format!("{what}   {tags}{separator}{history}");
    labelled(log, "Target", &line);
    notes(log, INDENT, &target.notes);
}

/// `pushed 7 days ago, last ran here 6 days ago for 2 days`.
fn target_history(target: &TargetView, now: OffsetDateTime) -> String {
    let mut facts = Vec::new();
    if let Some(at) = target.pushed_at {
        facts.push(format!("pushed {}", words::ago(at, now)));
    }
    if let Some(at) = target.last_served_from {
        let length = verdict::served_for(target);
        facts.push(format!("last ran here {}{length}", words::ago(at, now)));
    }
    facts.join(", ")
}

/// One line behind the run's clock, for an event that has a name.
fn happened(log: &Log, event: &Event, report: &Report) {
    let Some(name) = name(event) else {
        return;
    };
    // Links are long and names are short: a long name pushes its detail to the right, never into it.
    let width = NAME.max(name.chars().count() + 2);
    let text = format!("{name:width$}{}", detail(event, report));
    labelled(log, &words::elapsed(report.elapsed), &text);
    if let Event::Proven(proof) = event
        && !proof.proven
    {
        notes(log, INDENT + NAME, &proof.notes);
    }
}

/// `None` for what leads to something that has a line of its own.
fn name(event: &Event) -> Option<String> {
    Some(match event {
        Event::Sending(Write::Touch { deployment, .. }) => {
            format!("deployment {}", deployment.short())
        }
        Event::Registered(revision) => format!("registered {}", revision.short()),
        Event::Created(deployment) => format!("deployment {} created", deployment.id.short()),
        Event::Step(step) => step_name(step),
        // 100 % is the shift.
        Event::Traffic { percent } if *percent < 100.0 => "traffic".to_owned(),
        Event::TrafficShifted => "traffic shifted".to_owned(),
        Event::Health(attempt) => format!("health check {} of {}", attempt.number, attempt.of),
        Event::Proven(proof) if proof.proven => "proof".to_owned(),
        Event::Proven(_) => "proof failed".to_owned(),
        Event::Warned(_) => "warning".to_owned(),
        _ => return None,
    })
}

fn detail(event: &Event, report: &Report) -> String {
    match event {
        Event::Sending(Write::Touch { touch, .. }) => touch.to_string(),
        Event::Created(deployment) => deployment.url.clone(),
        Event::Step(step) => step.detail.clone(),
        Event::Traffic { percent } => on_target(*percent, report),
        Event::TrafficShifted => on_target(100.0, report),
        Event::Health(attempt) => health_words(attempt),
        Event::Proven(proof) => proof_words(proof),
        Event::Warned(warning) => warning.clone(),
        _ => String::new(),
    }
}

fn step_name(step: &Step) -> String {
    match step.state {
        StepState::Started => step.name.clone(),
        StepState::Done => format!("{} done", step.name),
        StepState::Failed => format!("{} failed", step.name),
    }
}

fn on_target(percent: f64, report: &Report) -> String {
    let (share, target) = (words::percent(percent), verdict::target_name(report));
    format!("{share} on {target}")
}

/// `https://… answered 503 in 35 ms, not as expected`.
pub(super) fn health_words(attempt: &HealthAttempt) -> String {
    let url = attempt.url.raw();
    let took = attempt.took.as_millis();
    match &attempt.answer {
        Ok(status) if attempt.ok => format!("{url} answered {status} in {took} ms"),
        Ok(status) => format!("{url} answered {status} in {took} ms, not as expected"),
        Err(reason) => format!("{url} gave no answer after {took} ms: {reason}"),
    }
}

/// `2 of 2 running tasks are sha256:41aa07…`.
pub(super) fn proof_words(proof: &Proof) -> String {
    let Proof {
        tasks, matching, ..
    } = proof;
    let noun = if *tasks == 1 { "task" } else { "tasks" };
    let image = match &proof.digest {
        Some(digest) => digest.short(),
        None => "the target's image".to_owned(),
    };
    format!("{matching} of {tasks} running {noun} are {image}")
}
