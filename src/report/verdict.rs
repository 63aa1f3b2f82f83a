//! The sentences of an ending: what became of it, what serves users now, what to do next. All sinks say the same.

use time::OffsetDateTime;

use super::data::{Ending, Outcome, Path, Report, Serving};
use crate::error::Code;
use crate::words;

/// What people call the version that served when the run began.
pub fn from_name(report: &Report) -> Option<String> {
    report.before.as_ref().and_then(name)
}

/// What people call the target; what was asked for where it was not found.
pub fn target_name(report: &Report) -> String {
    match &report.target {
        Some(target) => words::short_digest(&target.version),
        None if report.asked.version.is_empty() => "the version asked for".to_owned(),
        None => words::short_digest(&report.asked.version),
    }
}

fn name(serving: &Serving) -> Option<String> {
    let version = serving.version.as_ref().or(serving.digest.as_ref())?;
    Some(words::short_digest(version))
}

/// Whether the run ended without writing anything.
pub fn nothing_changed(report: &Report, ending: &Ending) -> bool {
    match ending.outcome {
        Outcome::Refused | Outcome::Planned | Outcome::Unchanged => true,
        Outcome::TimedOut | Outcome::Cancelled => !report.wrote() && report.deployment.is_none(),
        Outcome::RolledBack | Outcome::Started | Outcome::Failed | Outcome::Reverted => false,
    }
}

pub fn is_good(outcome: Outcome) -> bool {
    outcome.exit_code() == 0
}

/// The mark in front of an ending.
pub fn mark(outcome: Outcome) -> char {
    if is_good(outcome) { '✔' } else { '✘' }
}

/// The outcome in words: one sentence without its full stop.
pub fn headline(report: &Report, ending: &Ending) -> String {
    let target = target_name(report);
    match ending.outcome {
        Outcome::RolledBack => match report.to_traffic {
            Some(span) => format!(
                "{target} serves all traffic, {} after the start",
                words::took(span)
            ),
            None => format!("{target} serves all traffic"),
        },
        Outcome::Unchanged => format!("nothing to do: {target} already serves all traffic"),
        Outcome::Planned => "dry run: nothing was changed".to_owned(),
        Outcome::Started => format!(
            "started, not watched: {} brings {target} back",
            bringer(report)
        ),
        Outcome::Failed => failure(report, ending, &target),
        Outcome::Reverted => with_serving(
            report,
            ending,
            &format!("AWS undid the rollback to {target}"),
        ),
        Outcome::Refused => refusal(ending),
        Outcome::TimedOut if nothing_changed(report, ending) => {
            "out of time before anything was changed".to_owned()
        }
        Outcome::TimedOut => format!("out of time while {target} was being brought back"),
        Outcome::Cancelled if nothing_changed(report, ending) => {
            "cancelled before anything was changed".to_owned()
        }
        Outcome::Cancelled => format!("cancelled while {target} was being brought back"),
    }
}

/// What a dry run found.
fn would(report: &Report) -> String {
    let target = target_name(report);
    match &report.plan {
        Some(plan) if plan.path == Path::Nothing => format!("{target} already serves all traffic"),
        Some(plan) => format!(
            "{target} would come back by {}",
            plan_words(plan.path, plan.expected)
        ),
        None => format!("{target} would come back"),
    }
}

/// `redeploy, about 3 min`.
pub fn plan_words(path: Path, expected: Option<std::time::Duration>) -> String {
    match expected {
        Some(span) => format!("{}, about {}", path.as_str(), words::duration(span)),
        None => path.as_str().to_owned(),
    }
}

fn bringer(report: &Report) -> String {
    report
        .deployment
        .as_ref()
        .map_or("a deployment".to_owned(), |deployment| {
            format!("deployment {}", deployment.short())
        })
}

fn failure(report: &Report, ending: &Ending, target: &str) -> String {
    let serves = ending
        .serving
        .as_ref()
        .zip(report.target.as_ref())
        .is_some_and(|(serving, target)| serving.digest.as_deref() == Some(target.digest.as_str()));
    match ending.problems.first().map(|problem| problem.code) {
        Some(Code::HealthCheckFailed) if serves => {
            format!("{target} serves users now, but its health check failed")
        }
        Some(Code::ProofFailed) => format!("it is not proven that {target} serves all traffic"),
        _ => with_serving(report, ending, &format!("the rollback to {target} failed")),
    }
}

/// On a phone the headline may be all that is read, so what serves is in it where it is known.
fn with_serving(report: &Report, ending: &Ending, what: &str) -> String {
    match serving(report, ending)
        .filter(|serving| serving.digest.is_some())
        .and_then(name)
    {
        Some(name) => format!("{what}; {name} serves users now"),
        None => what.to_owned(),
    }
}

fn refusal(ending: &Ending) -> String {
    match ending.problems.as_slice() {
        [] => "not started".to_owned(),
        [problem] => format!("not started: {}", problem.message),
        problems => format!("not started: {} problems", problems.len()),
    }
}

/// What serves now, as far as it is known: where nothing was written, what was seen at the start.
pub fn serving<'a>(report: &'a Report, ending: &'a Ending) -> Option<&'a Serving> {
    let before = report
        .before
        .as_ref()
        .filter(|_| nothing_changed(report, ending));
    ending.serving.as_ref().or(before)
}

/// What serves users now, and whether anything was changed: one or two sentences, in every ending.
pub fn serves_now(report: &Report, ending: &Ending) -> String {
    let untouched = nothing_changed(report, ending);
    let serves = match serving(report, ending) {
        Some(serving) => format!("{}{}", serving_sentence(serving), news(report, serving)),
        None if untouched => "Whatever served users before still does.".to_owned(),
        None if ending.outcome == Outcome::RolledBack => {
            format!("{} serves users now.", target_name(report))
        }
        None => "What serves users now could not be read.".to_owned(),
    };
    match ending.outcome {
        Outcome::Planned => format!("{}. {serves}", would(report)),
        _ if untouched => format!("Nothing was changed. {serves}"),
        _ => serves,
    }
}

/// What the last look found out about it; what the first one did is told where the run begins.
fn news(report: &Report, serving: &Serving) -> String {
    let known = report
        .before
        .as_ref()
        .map(|before| before.notes.as_slice())
        .unwrap_or_default();
    // The sentence before has the share already.
    let share = serving.share.map(words::share);
    let is_new = |note: &&String| !known.contains(note) && share.as_ref() != Some(*note);
    let notes = serving.notes.iter().filter(is_new);
    notes
        .map(|note| format!(" {}", words::capitalised(&words::sentence(note))))
        .collect()
}

fn serving_sentence(serving: &Serving) -> String {
    let Some(name) = name(serving) else {
        return format!(
            "{} serve users now, of a version that is not known.",
            words::count(serving.tasks, "task")
        );
    };
    match (serving.tasks, serving.tasks_on_digest) {
        (0, _) => format!("{name} holds the traffic, with no running task."),
        // Only the revision names the version; what its tasks pulled, nobody says.
        (all, _) if serving.digest.is_none() => {
            let tasks = words::count(all, "task");
            format!(
                "{name} serves users now according to its revision; which image its {tasks} run is not known."
            )
        }
        (all, some) => match serving.share {
            Some(share) => {
                format!(
                    "{name} serves users now ({}): {}.",
                    words::tasks(some, all),
                    words::share(share)
                )
            }
            None => format!("{name} serves users now ({}).", words::tasks(some, all)),
        },
    }
}

/// How long the old tasks stay, and how to come back.
pub fn undo(report: &Report, ending: &Ending, now: OffsetDateTime) -> Vec<String> {
    let mut lines = Vec::new();
    let from = from_name(report).unwrap_or_else(|| "old".to_owned());
    if let Some(until) = ending.warm_until {
        lines.push(format!(
            "The {from} tasks stay warm until {}.",
            words::at(until, now)
        ));
    }
    let before = report
        .before
        .as_ref()
        .filter(|before| !is_same(before, report));
    let version = before.and_then(|before| before.undo_version.as_ref());
    if let Some(version) =
        version.filter(|_| matches!(ending.outcome, Outcome::RolledBack | Outcome::Started))
    {
        lines.push(format!(
            "To undo, run this again with version {version}{}.",
            same_image_undo(report)
        ));
    }
    lines
}

/// What serves now is what served most of the traffic before: there is nothing to come back to.
fn is_same(before: &Serving, report: &Report) -> bool {
    let target = report.target.as_ref().map(|target| target.digest.as_str());
    before.digest.as_deref() == target && before.task_definition_arn == report.task_definition_arn
}

/// Where only configuration went back, the version alone would find that it serves already.
fn same_image_undo(report: &Report) -> String {
    let (Some(before), Some(target)) = (&report.before, &report.target) else {
        return String::new();
    };
    let revision = before
        .task_definition_arn
        .as_deref()
        .filter(|_| before.digest.as_deref() == Some(&target.digest));
    revision
        .map(|arn| format!(" and task-definition {}", words::revision(arn)))
        .unwrap_or_default()
}
