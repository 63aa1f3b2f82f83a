//! The log of a run: one line per thing that happened, none for things that didn't.

mod changes;
mod checked;
mod diagnosis;
mod ending;
mod layout;
mod listing;
mod plan;

use std::io;

use time::OffsetDateTime;

use super::{
    data::{Asked, AwsCall, Deployment, HealthAttempt, Proof, Report, Serving, TargetView},
    event::{Event, Step, StepState, Write},
    log::Log,
    marks::Mark,
    neighbours, serves,
    sink::{Sink, Told},
    together, verdict,
};
use crate::{
    domain::mode::Mode,
    names::{DeploymentId, ImageDigest, TaskDefinitionArn},
    words,
};
use layout::{INDENT, NAME, labelled, timed};

/// Characters of the reason in the first line; the summary and the output `report` have all of it.
const REASON_MAX: usize = 200;

/// Tells an event as it happens.
pub(super) struct Console;

impl Sink for Console {
    fn name(&self) -> &'static str {
        "the log"
    }

    fn tell(&mut self, told: &Told, log: &Log) -> io::Result<()> {
        match told.event {
            Event::Asked => asked(log, told),
            Event::Observed(serving) => observed(log, serving, told.now),
            Event::Targeted(target) => described(log, "Target", target, told.now),
            Event::Planned(plan) => plan::tell(log, plan, told.report.asked.only_looks()),
            Event::Marking { target, .. } => described(log, "To mark", target, told.now),
            Event::Ended(ending) => ending::tell(log, told, ending),
            // An issue is told once, whatever the number of its services.
            Event::Recorded { issue_url } if is_told(told, issue_url) => {}
            event => found(log, event, told),
        }
        // A killed run has told what it did.
        log.flush();
        Ok(())
    }
}

/// What has a block of its own.
fn found(log: &Log, event: &Event, told: &Told) {
    match event {
        Event::Compared(changes) => changes::tell(log, told.report, changes),
        Event::Checked(checked) => checked::tell(log, checked),
        Event::Guarded(guarded) => notes(log, 0, &guarded.notes),
        Event::Listed(listing) => listing::tell(log, listing, told.now),
        Event::Diagnosed(diagnosis) => diagnosis::tell(log, told.report, diagnosis),
        event => happened(log, event, told.report),
    }
}

/// Whether it was told of another service.
fn is_told(told: &Told<'_>, issue_url: &str) -> bool {
    let has_it = |report: &&Report| report.issue_url.as_deref() == Some(issue_url);
    told.reports.iter().filter(has_it).count() > 1
}

/// What was asked for; of several services once, with the first one.
fn asked(log: &Log, told: &Told<'_>) {
    if told.is_alone() {
        let asked = &told.report.asked;
        return asked_for(log, &format!("{}/{}", asked.cluster, asked.service), asked);
    }
    if told.is_of_first() {
        log.set_speaker(String::new());
        asked_for(log, &together::services(told.reports), &told.report.asked);
    }
}

fn asked_for(log: &Log, services: &str, asked: &Asked) {
    let mut line = services.to_owned();
    // Bad inputs may leave no region to name.
    if !asked.region.is_empty() {
        line += &format!(" in {}", asked.region);
    }
    line += &match asked.mode {
        Mode::Rollback => format!(" · asked for {}", asked.version),
        Mode::Check | Mode::Guard => format!(" · {} {}", asked.mode.as_str(), asked.version),
        mode => format!(" · {}", mode.as_str()),
    };
    if asked.mode == Mode::MarkStable && !asked.version.is_empty() {
        line += &format!(" {}", asked.version);
    }
    if let Some(actor) = &asked.actor {
        line += &format!(" by {}", actor.raw());
    }
    if let Some(reason) = &asked.reason {
        // A whole incident report may be in it, and the line has to end with what is asked for.
        let reason = words::capped(reason.raw(), REASON_MAX);
        line += &format!(" · \"{reason}\"");
    }
    if asked.dry_run {
        line += " · dry run";
    }
    log.text(&line);
    log.text("");
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
    let mut line = format!("{what}   ");
    if let Some(percent) = serving.share {
        line += &format!("{} of the traffic, ", words::percent(percent));
    }
    line += &serves::running_tasks(serving);
    if let Some(since) = serving.since {
        line += &format!(", since {}", words::when(since, now));
    }
    labelled(log, "Now", &line);
    for share in &serving.beside {
        log.indented(INDENT, &share.to_string());
    }
    for note in &serving.notes {
        log.indented(INDENT, &note.to_string());
    }
}

fn notes(log: &Log, indent: usize, notes: &[String]) {
    for note in notes {
        log.indented(indent, note);
    }
}

/// What the run is about, behind a label.
fn described(log: &Log, label: &str, target: &TargetView, now: OffsetDateTime) {
    let what = version_and_digest(Some(&target.version), Some(&target.digest));
    let facts = [other_tags(target), target_history(target, now)];
    let facts: Vec<String> = facts.into_iter().filter(|fact| !fact.is_empty()).collect();
    labelled(log, label, &format!("{what}   {}", facts.join("; ")));
    notes(log, INDENT, &target.notes);
}

/// Those that the line does not begin with.
fn other_tags(target: &TargetView) -> String {
    let tags = target.tags.iter();
    words::short_list(tags.filter(|tag| **tag != target.version))
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

/// A line behind the run's clock, for what has no block of its own.
fn happened(log: &Log, event: &Event, report: &Report) {
    let line = |name: &str, detail: &str| timed(log, report, name, detail);
    match event {
        Event::Sending(Write::Touch { deployment, touch }) => {
            line(&named(deployment), &touch.to_string());
        }
        Event::Registered(revision) => line(&registered(revision), ""),
        Event::Created(deployment) => line(&created(deployment), &deployment.url),
        Event::Step(step) => line(&step_name(step), &step.detail),
        // 100 % is the shift.
        Event::Traffic { percent } if *percent < 100.0 => {
            line("traffic", &on_target(*percent, report));
        }
        Event::TrafficShifted => line("traffic shifted", &on_target(100.0, report)),
        Event::Health(attempt) => line(&attempt_name(attempt), &health_words(attempt)),
        Event::Proven(proof) => proven(log, report, proof),
        Event::Marked(mark) => marked(log, report, mark),
        Event::Called(call) => log.debug(&call_words(call)),
        event => noticed(log, event, report),
    }
}

/// A line for what is found out on the way.
fn noticed(log: &Log, event: &Event, report: &Report) {
    let still_running = neighbours::sentences(&report.neighbours);
    let (name, detail) = match event {
        Event::Warned(warning) => ("warning", warning),
        Event::Recorded { issue_url } => ("issue", issue_url),
        // What is known at the end, the end says.
        Event::StillRunning(_) if report.ending.is_some() => ("other services", &still_running),
        Event::Struggling(tasks) => ("tasks", tasks),
        // The rest leads to something that has a line.
        _ => return,
    };
    timed(log, report, name, detail);
}

fn registered(revision: &TaskDefinitionArn) -> String {
    format!("registered {}", revision.short())
}

fn created(deployment: &Deployment) -> String {
    format!("{} created", named(&deployment.id))
}

fn named(id: &DeploymentId) -> String {
    format!("deployment {}", id.short())
}

fn proven(log: &Log, report: &Report, proof: &Proof) {
    let facts = proof_words(proof);
    if proof.proven {
        timed(log, report, "proof", &facts);
    } else {
        timed(log, report, "proof failed", &facts);
        notes(log, INDENT + NAME, &proof.notes);
    }
}

fn marked(log: &Log, report: &Report, mark: &Mark) {
    let name = format!("{} {}", mark.place, mark.tag);
    timed(log, report, &name, &mark.remark());
}

/// `CodeDeploy_20141006.GetDeployment 200 in 43 ms, request 7a3c…`
fn call_words(call: &AwsCall) -> String {
    let took = call.took.as_millis();
    match call.status {
        Some(status) => format!(
            "{} {status} in {took} ms, request {}",
            call.operation,
            call.request_id.raw()
        ),
        None => format!("{} not answered in {took} ms", call.operation),
    }
}

fn attempt_name(attempt: &HealthAttempt) -> String {
    format!("health check {} of {}", attempt.number, attempt.of)
}

fn step_name(step: &Step) -> String {
    match step.state {
        StepState::Started => step.name.clone(),
        StepState::Done => format!("{} done", step.name),
        StepState::Failed => format!("{} failed", step.name),
    }
}

fn on_target(percent: f64, report: &Report) -> String {
    let share = words::percent(percent);
    let target = match &report.back {
        Some(back) => words::short_digest(&back.version),
        None => verdict::target_name(report),
    };
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
    let (tasks, matching) = (proof.tasks, proof.matching);
    let noun = if tasks == 1 { "task" } else { "tasks" };
    let image = match &proof.digest {
        Some(digest) => digest.short(),
        None => "the target's image".to_owned(),
    };
    format!("{matching} of {tasks} running {noun} are {image}")
}
