//! The log of a run: one line per thing that happened, none for things that didn't.

mod ending;
mod plan;

use std::io;
use std::time::Duration;

use time::OffsetDateTime;

use super::data::{Asked, HealthAttempt, Proof, Report, Serving, TargetView};
use super::event::{Event, Step, StepState, Write};
use super::log::Log;
use super::{Sink, Told, verdict};
use crate::names::ImageDigest;
use crate::words;

/// Where the text of a block begins, behind `Now`, `Target`, `Plan` or the elapsed time.
const INDENT: usize = 9;
/// Where the detail of a line begins, behind its name.
const NAME: usize = 32;

/// Tells each event as it happens.
pub(super) struct Console {
    log: Log,
}

impl Console {
    pub(super) fn new(log: Log) -> Self {
        Self { log }
    }
}

impl Sink for Console {
    fn name(&self) -> &'static str {
        "the log"
    }

    fn tell(&mut self, told: &Told<'_>) -> io::Result<()> {
        tell(&self.log, told);
        self.log.flush();
        Ok(())
    }
}

fn tell(log: &Log, told: &Told<'_>) {
    let report = told.report;
    let line = Line {
        log,
        elapsed: report.elapsed,
    };
    match told.event {
        Event::Asked => asked(log, &report.asked),
        Event::Observed(serving) => observed(log, serving, told.now),
        Event::Targeted(target) => targeted(log, target, told.now),
        Event::Planned(plan) => plan::tell(log, plan, report.asked.dry_run),
        Event::Sending(Write::Touch { deployment, touch }) => line.tell(
            &format!("deployment {}", deployment.short()),
            &touch.to_string(),
        ),
        Event::Registered(revision) => line.tell(&format!("registered {}", revision.short()), ""),
        Event::Created(deployment) => {
            let name = format!("deployment {} created", deployment.id.short());
            line.tell(&name, &deployment.url);
        }
        Event::Step(step) => stepped(&line, step),
        Event::Traffic { percent } => traffic(&line, *percent, report),
        Event::TrafficShifted => on_target(&line, "traffic shifted", 100.0, report),
        Event::Health(attempt) => probed(&line, attempt),
        Event::Proven(proof) => proven(&line, proof),
        Event::Warned(warning) => line.tell("warning", warning),
        Event::Ended(ending) => ending::tell(log, told, ending),
        // What these lead to has a line of its own.
        Event::Sending(_) | Event::Followed(_) => {}
    }
}

fn asked(log: &Log, asked: &Asked) {
    let mut line = format!("{}/{}", asked.cluster, asked.service);
    if !asked.region.is_empty() {
        line.push_str(&format!(" in {}", asked.region));
    }
    line.push_str(&format!(" · asked for {}", asked.version));
    if let Some(actor) = &asked.actor {
        line.push_str(&format!(" by {}", actor.raw()));
    }
    if let Some(reason) = &asked.reason {
        line.push_str(&format!(" · \"{}\"", reason.raw()));
    }
    if asked.dry_run {
        line.push_str(" · dry run");
    }
    log.text(&line);
    log.text("");
}

fn labelled(log: &Log, label: &str, text: &str) {
    log.text(&format!("{label:INDENT$}{text}"));
}

/// Writes lines behind the run's clock.
struct Line<'a> {
    log: &'a Log,
    elapsed: Duration,
}

impl Line<'_> {
    fn tell(&self, name: &str, detail: &str) {
        let width = NAME.max(name.chars().count() + 2);
        let text = format!("{name:width$}{detail}");
        labelled(self.log, &words::elapsed(self.elapsed), &text);
    }
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
    let mut text = version_and_digest(serving.version.as_deref(), serving.digest.as_ref());
    let tasks = match serving.digest {
        Some(_) => words::tasks(serving.tasks_on_digest, serving.tasks),
        None => words::count(serving.tasks, "task"),
    };
    text.push_str(&format!("   {tasks}"));
    if let Some(since) = serving.since {
        text.push_str(&format!(", since {}", words::when(since, now)));
    }
    labelled(log, "Now", &text);
    for note in &serving.notes {
        log.indented(INDENT, &note.to_string());
    }
}

fn targeted(log: &Log, target: &TargetView, now: OffsetDateTime) {
    let what = version_and_digest(Some(&target.version), Some(&target.digest));
    let mut about = target.tags.clone();
    about.retain(|tag| *tag != target.version);
    let mut about = about.join(", ");
    let history = target_history(target, now);
    if !about.is_empty() && !history.is_empty() {
        about.push_str("; ");
    }
    labelled(log, "Target", &format!("{what}   {about}{history}"));
    for note in &target.notes {
        log.indented(INDENT, note);
    }
}

/// `pushed 7 days ago, last ran here 6 days ago for 2 days`.
fn target_history(target: &TargetView, now: OffsetDateTime) -> String {
    let mut facts = Vec::new();
    if let Some(at) = target.pushed_at {
        facts.push(format!("pushed {}", words::ago(at, now)));
    }
    if let Some(at) = target.last_served_from {
        let mut served = format!("last ran here {}", words::ago(at, now));
        if let Some(span) = target.served_for {
            served.push_str(&format!(" for {}", words::duration(span)));
        }
        facts.push(served);
    }
    facts.join(", ")
}

fn stepped(line: &Line<'_>, step: &Step) {
    let name = match step.state {
        StepState::Started => step.name.clone(),
        StepState::Done => format!("{} done", step.name),
        StepState::Failed => format!("{} failed", step.name),
        StepState::Skipped => return,
    };
    line.tell(&name, &step.detail);
}

fn traffic(line: &Line<'_>, percent: f64, report: &Report) {
    // The shift has a line of its own.
    if percent < 100.0 {
        on_target(line, "traffic", percent, report);
    }
}

fn on_target(line: &Line<'_>, name: &str, percent: f64, report: &Report) {
    let (share, target) = (words::percent(percent), verdict::target_name(report));
    line.tell(name, &format!("{share} on {target}"));
}

fn probed(line: &Line<'_>, attempt: &HealthAttempt) {
    let name = format!("health check {} of {}", attempt.number, attempt.of);
    line.tell(&name, &health_words(attempt));
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

fn proven(line: &Line<'_>, proof: &Proof) {
    let name = if proof.proven {
        "proof"
    } else {
        "proof failed"
    };
    line.tell(name, &proof_words(proof));
    for note in &proof.notes {
        line.log.indented(INDENT + NAME, note);
    }
}

/// `2 of 2 running tasks are sha256:41aa07…`.
pub(super) fn proof_words(proof: &Proof) -> String {
    let tasks = if proof.tasks == 1 { "task" } else { "tasks" };
    let image = match &proof.digest {
        Some(digest) => digest.short(),
        None => "the target's image".to_owned(),
    };
    format!(
        "{} of {} running {tasks} are {image}",
        proof.matching, proof.tasks
    )
}
