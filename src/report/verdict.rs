//! The sentences of an ending: what became of the run and what to do next. All sinks say the same.

use time::OffsetDateTime;

use super::{
    data::{Ending, Left, Outcome, Path, PlanView, Report, TargetView},
    serves,
};
use crate::{
    domain::{github::CommitId, mode::Mode},
    error::Code,
    words,
};

/// Digits of a commit in full.
const COMMIT_DIGITS: usize = 40;

/// What people call the target; what was asked for where it was not found.
pub(super) fn target_name(report: &Report) -> String {
    match &report.target {
        Some(target) => words::short_digest(&target.version),
        None if report.asked.version.is_empty() => "the version asked for".to_owned(),
        None => words::short_digest(&report.asked.version),
    }
}

/// `0000006` of a commit in full, which is too long for a phone; anything else stays as it is.
pub(super) fn short_commit(name: &str) -> String {
    match CommitId::parse(name) {
        Some(commit) if name.len() >= COMMIT_DIGITS => commit.short().to_owned(),
        _ => name.to_owned(),
    }
}

pub(super) fn is_good(outcome: Outcome) -> bool {
    outcome.exit_code() == 0
}

/// The mark in front of an outcome.
pub(super) fn mark(outcome: Outcome) -> char {
    if is_good(outcome) { '✔' } else { '✘' }
}

/// The mark in front of one service's ending: a service that was only held up is neither done nor the reason.
pub(super) fn mark_of(report: &Report, ending: &Ending) -> char {
    if is_held_up(report, ending) {
        return '–';
    }
    mark(ending.outcome)
}

/// Of a run that was refused, or held up by one.
pub(super) fn not_done(mode: Mode) -> &'static str {
    match mode {
        Mode::MarkStable => "nothing was marked",
        _ => "not started",
    }
}

/// Whether all its checks passed and nothing was done, because another service was refused.
pub(super) fn is_held_up(report: &Report, ending: &Ending) -> bool {
    let is_held_up = ending.is_held_up || !report.asked.dry_run;
    ending.outcome == Outcome::Planned && is_held_up
}

/// The outcome in words: one lower-case sentence without its full stop.
pub(super) fn headline(report: &Report, ending: &Ending) -> String {
    let target = target_name(report);
    match ending.outcome {
        Outcome::RolledBack => rolled_back(report, &target),
        Outcome::Unchanged => unchanged(report, &target),
        Outcome::Planned if is_held_up(report, ending) => {
            let what = not_done(report.asked.mode);
            format!("{what}: another service was refused")
        }
        // What a real run would do is the sentence below it: a headline has to fit a phone.
        Outcome::Planned => "dry run: nothing was changed".to_owned(),
        Outcome::Started => started(report, &target),
        Outcome::Listed => listed(report),
        Outcome::Ready => ready(report),
        Outcome::Clear => clear(report),
        Outcome::Marked => format!("{target} is marked as stable"),
        Outcome::Failed => failed(report, ending, &target),
        Outcome::Reverted => {
            let reverted = format!("AWS rolled back the deployment of {target}");
            with_serving(report, ending, reverted)
        }
        Outcome::Refused | Outcome::NotReady | Outcome::Held => refused(report, ending),
        Outcome::TimedOut => cut_short("timed out", report, ending, &target),
        Outcome::Cancelled => cut_short("cancelled", report, ending, &target),
    }
}

/// The same where every problem is told in full below it: that of a refusal names only what was asked for.
pub(super) fn headline_above_problems(report: &Report, ending: &Ending) -> String {
    match ending.outcome {
        Outcome::Refused => match report.asked.mode {
            Mode::Rollback => format!("not started: no rollback to {}", target_name(report)),
            Mode::History => "the history could not be listed".to_owned(),
            Mode::Check => "the check did not begin".to_owned(),
            Mode::Guard => "not checked: the holds could not be read".to_owned(),
            Mode::MarkStable => "nothing was marked as stable".to_owned(),
        },
        Outcome::NotReady => format!("not ready to roll back to {}", target_name(report)),
        Outcome::Held => {
            let version = short_commit(&target_name(report));
            format!("held: {version} must not be deployed")
        }
        _ => headline(report, ending),
    }
}

fn unchanged(report: &Report, target: &str) -> String {
    match report.asked.mode {
        Mode::MarkStable => format!("nothing to do: {target} is already marked as stable"),
        _ => format!("nothing to do: {target} already serves all traffic"),
    }
}

/// `3 versions to roll back to`
fn listed(report: &Report) -> String {
    let listing = report.listing.as_ref();
    let choices = listing.map_or(0, |listing| listing.choices().len());
    match u32::try_from(choices) {
        Ok(0) | Err(_) => "no version to roll back to".to_owned(),
        Ok(choices) => format!("{} to roll back to", words::count(choices, "version")),
    }
}

/// `ready to roll back to v1.1.0: about 3 min`; how it would be done is in the plan.
fn ready(report: &Report) -> String {
    let target = target_name(report);
    match &report.plan {
        Some(plan) if plan.path == Path::Nothing => {
            format!("ready: {target} already serves, so there is nothing to roll back")
        }
        Some(PlanView {
            expected: Some(span),
            ..
        }) => format!(
            "ready to roll back to {target}: about {}",
            words::duration(*span)
        ),
        _ => format!("ready to roll back to {target}"),
    }
}

fn clear(report: &Report) -> String {
    let version = short_commit(&target_name(report));
    match &report.guarded {
        Some(guarded) if guarded.hold.is_some() => {
            format!("clear by override: {version} is held, and may be deployed")
        }
        Some(guarded) if guarded.open == 0 => format!(
            "clear: no hold is open for {}/{}",
            report.asked.cluster, report.asked.service
        ),
        Some(_) => format!("clear: no open hold covers {version}"),
        None => format!("clear by override: whether {version} is held could not be read"),
    }
}

fn rolled_back(report: &Report, target: &str) -> String {
    let serves = if serves::is_by_weights_alone(report) {
        format!("all traffic is switched to {target}")
    } else {
        format!("{target} serves all traffic")
    };
    match report.to_traffic {
        Some(span) => format!("{serves}, {} after the start", words::took(span)),
        None => serves,
    }
}

fn started(report: &Report, target: &str) -> String {
    match &report.deployment {
        Some(deployment) => {
            let id = deployment.id.short();
            format!("started, not waited for: {id} is deploying {target}")
        }
        // ECS may show the service deployment only seconds after the update.
        None => format!("started, not waited for: {target} is being deployed"),
    }
}

fn failed(report: &Report, ending: &Ending, target: &str) -> String {
    if report.asked.mode == Mode::MarkStable {
        return format!("it is not known whether {target} is marked as stable");
    }
    match ending.problems.first().map(|problem| problem.code) {
        Some(Code::HealthCheckFailed) if report.back.is_some() => returned(report, ending, target),
        Some(Code::HealthCheckFailed) if target_serves(report, ending) => {
            let holds = serves::holds(report);
            format!("{target} {holds}, but its health check failed")
        }
        // All traffic is on it, but some tasks run another image: neither version serves alone.
        Some(Code::ProofFailed) => format!("could not verify that {target} serves all traffic"),
        _ => with_serving(report, ending, format!("the rollback to {target} failed")),
    }
}

/// The target was unhealthy, and the run went back.
fn returned(report: &Report, ending: &Ending, target: &str) -> String {
    let back = report.back.as_ref();
    match back.filter(|back| back.is_proven()) {
        Some(back) => {
            let (version, holds) = (words::short_digest(&back.version), serves::holds(report));
            format!("{target} was unhealthy; returned to {version}, which {holds}")
        }
        None => {
            let what = format!("{target} was unhealthy, and the return failed");
            with_serving(report, ending, what)
        }
    }
}

fn target_serves(report: &Report, ending: &Ending) -> bool {
    match (&report.target, &ending.serving) {
        (Some(target), Some(serving)) => serving.digest.as_ref() == Some(&target.digest),
        _ => false,
    }
}

/// On a phone the headline may be all that is read, so what serves is in it where it is known.
fn with_serving(report: &Report, ending: &Ending, what: String) -> String {
    match serves::last_known(report, ending) {
        // A version that only the revision names is too uncertain for a headline.
        Some(serving) if serving.digest.is_some() => match serves::name(serving) {
            Some(name) => format!("{what}; {name} {}", serves::holds(report)),
            None => what,
        },
        _ => what,
    }
}

fn refused(report: &Report, ending: &Ending) -> String {
    let what = match report.asked.mode {
        Mode::Rollback => "not started",
        Mode::History => "the history could not be listed",
        Mode::Check => "not ready",
        Mode::Guard => "not checked",
        Mode::MarkStable => "nothing was marked",
    };
    match ending.problems.as_slice() {
        [] => what.to_owned(),
        [problem] if problem.code == Code::Held => format!("held: {}", problem.message),
        [problem] => format!("{what}: {}", problem.message),
        // Each has a line of its own.
        problems => format!("{what}: {} problems", problems.len()),
    }
}

fn cut_short(what: &str, report: &Report, ending: &Ending, target: &str) -> String {
    if report.asked.mode != Mode::Rollback {
        format!("{what} before the end")
    } else if serves::nothing_changed(report, ending) {
        format!("{what} before anything was changed")
    } else if let Some(back) = &report.back {
        let version = words::short_digest(&back.version);
        format!("{what} while returning to {version}: {target} was unhealthy")
    } else {
        format!("{what} while rolling back to {target}")
    }
}

/// What serves users now, and whether anything was changed: one or two sentences, in every ending, good or bad.
pub(super) fn standing(report: &Report, ending: &Ending) -> String {
    // "Nothing was changed" is relied upon: it is said only where no write can have taken effect.
    let untouched = serves::nothing_changed(report, ending);
    let serves = match serves::last_known(report, ending) {
        Some(serving) => serves::sentences(report, serving),
        None if untouched => "Whatever served users before still does.".to_owned(),
        None if ending.outcome == Outcome::RolledBack => {
            format!("{} {}.", target_name(report), serves::holds(report))
        }
        None => "What serves users now could not be read.".to_owned(),
    };
    match ending.outcome {
        Outcome::Planned if is_held_up(report, ending) => {
            format!("This service passed all checks. Nothing was changed. {serves}")
        }
        Outcome::Planned => format!("{} {serves}", would(report)),
        Outcome::Listed | Outcome::Ready | Outcome::NotReady => serves,
        // Nobody has looked at what serves.
        _ if report.asked.mode == Mode::Guard => String::new(),
        // Of these two, a file or an issue may have been written.
        _ if untouched && matches!(report.asked.mode, Mode::History | Mode::Guard) => {
            format!("Nothing was changed in AWS. {serves}")
        }
        _ if untouched => format!("Nothing was changed. {serves}"),
        _ => serves,
    }
}

/// What a dry run found, as a sentence.
fn would(report: &Report) -> String {
    let target = target_name(report);
    if report.asked.mode == Mode::MarkStable {
        return format!("A real run would mark {target} as stable.");
    }
    let Some(plan) = &report.plan else {
        return format!("A real run would roll back to {target}.");
    };
    if plan.path == Path::Nothing {
        return format!("{target} already serves all traffic.");
    }
    let path = path_and_time(plan);
    format!("A real run would roll back to {target}: {path}.")
}

/// `redeploy, about 3 min`.
pub(super) fn path_and_time(plan: &PlanView) -> String {
    let path = plan.path.as_str();
    match plan.expected {
        Some(span) => format!("{path}, about {}", words::duration(span)),
        None => path.to_owned(),
    }
}

/// ` for 2 days`, behind when the target last ran; empty where that is not known.
pub(super) fn served_for(target: &TargetView) -> String {
    match target.served_for {
        Some(span) => format!(" for {}", words::duration(span)),
        None => String::new(),
    }
}

/// Why it did not go well: a lower-case sentence with its full stop.
pub(super) fn cause(report: &Report) -> Option<String> {
    let cause = report.diagnosis.as_ref()?.cause.as_ref()?;
    Some(format!("{}.", cause.trim_end_matches('.')))
}

/// The same with its label; empty where nothing shows a cause.
pub(super) fn labelled_cause(report: &Report) -> String {
    match cause(report) {
        Some(cause) => format!("Cause: {cause}"),
        None => String::new(),
    }
}

/// What a good ending does not prove, and how to prove it; empty where there is nothing to say.
pub(super) fn reservation(report: &Report, ending: &Ending) -> &'static str {
    if ending.outcome == Outcome::RolledBack && serves::is_by_weights_alone(report) {
        return "A Network Load Balancer may send traffic to the old tasks for a minute or more. Give `health-check-url` to check what users get.";
    }
    ""
}

/// How long the old tasks stay, and how to go back to them; empty where there is nothing to say.
pub(super) fn undo(report: &Report, ending: &Ending, now: OffsetDateTime) -> String {
    let mut sentences = Vec::new();
    if let Some(until) = ending.warm_until {
        let until = words::at(until, now);
        let old = words::short_digest(ending.warm_version.as_deref().unwrap_or("old"));
        sentences.push(format!("The {old} tasks stay warm until {until}."));
    }
    // After any other ending, what serves is what served before, or is not known well enough to advise.
    if matches!(ending.outcome, Outcome::RolledBack | Outcome::Started)
        && let Some(inputs) = undo_inputs(report)
    {
        sentences.push(format!("To undo, run this again with {inputs}."));
    }
    sentences.join(" ")
}

/// What to give a run that goes back to what served before.
pub(super) fn undo_inputs(report: &Report) -> Option<String> {
    let before = report.before.as_ref()?;
    let version = format!("version {}", before.undo_version.as_ref()?);
    let target = report.target.as_ref().map(|target| &target.digest);
    if before.digest.as_ref() != target {
        return Some(version);
    }
    if before.task_definition_arn == report.task_definition_arn {
        return None;
    }
    // Only configuration went back: the version alone would find that it serves already.
    Some(match &before.task_definition_arn {
        Some(revision) => format!("{version} and task-definition {}", revision.short()),
        None => version,
    })
}

/// What is left as one sentence, with the command to paste at its end.
pub(super) fn left_sentence(left: &Left) -> String {
    let text = words::capitalised(&left.text);
    match &left.command {
        // No full stop: whoever copies the end of the line would copy it, too.
        Some(command) => format!("{text} `{command}`"),
        None => words::sentence(&text),
    }
}
