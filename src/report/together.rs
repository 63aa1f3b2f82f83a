//! What several services have in common: the outcome of all, and the sentences about all.

use super::{
    data::{Ending, Outcome, Report},
    listing, neighbours, serves, verdict,
};
use crate::{domain::mode::Mode, words};

/// Services that a sentence names.
const NAMED: usize = 5;
/// Characters of all of them, but for the first.
const NAMES_MAX: usize = 60;

/// The worst; `None` before all have ended.
pub(crate) fn outcome(reports: &[Report]) -> Option<Outcome> {
    let mut outcomes = Vec::new();
    for report in reports {
        outcomes.push(report.ending.as_ref()?.outcome);
    }
    Outcome::worst(outcomes)
}

/// `prod: web1, worker1`
pub(crate) fn services(reports: &[Report]) -> String {
    let cluster = reports.first().map(|report| report.asked.cluster.as_str());
    format!("{}: {}", cluster.unwrap_or_default(), names(reports))
}

/// `web1, worker1 and 3 more`
fn names<'r>(reports: impl IntoIterator<Item = &'r Report>) -> String {
    let mut names = Vec::new();
    for report in reports {
        names.push(report.asked.service.clone());
    }
    named(names)
}

/// `web1, worker1 and 3 more`
pub(crate) fn named(names: Vec<String>) -> String {
    let count = names.len();
    let mut shown = String::new();
    let mut left_out = count;
    for name in names.into_iter().take(NAMED) {
        // A subject or a title is cut at its end, where it says what became of them.
        if !shown.is_empty() && shown.chars().count() + name.chars().count() > NAMES_MAX {
            break;
        }
        if !shown.is_empty() {
            shown += ", ";
        }
        shown += &name;
        left_out -= 1;
    }
    match left_out {
        0 => shown,
        _ => format!("{shown} and {left_out} more"),
    }
}

/// `prod/web1`, or `prod: web1, worker1`.
pub(crate) fn title(reports: &[Report]) -> String {
    match reports {
        [report] => format!("{}/{}", report.asked.cluster, report.asked.service),
        _ => services(reports),
    }
}

/// The outcome in words, or what the runs are about while they go on: a sentence without its full stop.
pub(crate) fn progress(reports: &[Report]) -> String {
    match (reports, outcome(reports)) {
        ([report], _) => report.headline(),
        (_, Some(outcome)) => words::capitalised(&headline(reports, outcome)),
        (_, None) => format!(
            "Rolling back {} services to {}",
            reports.len(),
            target(reports)
        ),
    }
}

/// The version that all go to, or a word for those that each has.
pub(crate) fn target(reports: &[Report]) -> String {
    common_target(reports).unwrap_or_else(|| "the version of each".to_owned())
}

/// What became of all of them: a lower-case sentence without its full stop.
pub(crate) fn headline(reports: &[Report], outcome: Outcome) -> String {
    match outcome {
        Outcome::RolledBack => serving(reports),
        Outcome::Planned => planned(reports),
        Outcome::Listed => listed(reports),
        Outcome::Refused => refused(reports),
        Outcome::Unchanged if is_rollback(reports) => unchanged(reports),
        Outcome::TimedOut | Outcome::Cancelled if nothing_changed(reports) => {
            format!("{} before anything was changed", words_of(outcome))
        }
        _ => format!("{}: {}", words_of(outcome), counted(reports, outcome)),
    }
}

/// `1 of 3 services (worker1)`; without the names where it is all of them.
fn counted(reports: &[Report], outcome: Outcome) -> String {
    count(reports, outcome) + &in_brackets(reports, outcome)
}

/// `1 of 3 services`
fn count(reports: &[Report], outcome: Outcome) -> String {
    let count = of_outcome(reports, outcome).len();
    format!("{count} of {} services", reports.len())
}

/// ` (worker1)`; empty where it is all of them.
fn in_brackets(reports: &[Report], outcome: Outcome) -> String {
    let of_outcome = of_outcome(reports, outcome);
    if of_outcome.len() == reports.len() {
        return String::new();
    }
    format!(" ({})", names(of_outcome))
}

fn of_outcome(reports: &[Report], outcome: Outcome) -> Vec<&Report> {
    let of_outcome = reports.iter().filter(|report| has_ended(report, outcome));
    of_outcome.collect()
}

pub(crate) fn has_ended(report: &Report, outcome: Outcome) -> bool {
    let ending = report.ending.as_ref();
    ending.is_some_and(|ending| ending.outcome == outcome)
}

fn is_rollback(reports: &[Report]) -> bool {
    let first = reports.first();
    first.is_some_and(|report| report.asked.mode == Mode::Rollback)
}

/// Whether none of the runs can have written anything.
fn nothing_changed(reports: &[Report]) -> bool {
    reports.iter().all(|report| {
        let ending = report.ending.as_ref();
        is_rollback(reports) && ending.is_some_and(|ending| serves::nothing_changed(report, ending))
    })
}

/// `not started: 1 of 3 services was refused (worker1)`
fn refused(reports: &[Report]) -> String {
    let verb = match of_outcome(reports, Outcome::Refused).len() {
        1 => "was",
        _ => "were",
    };
    let count = count(reports, Outcome::Refused);
    let names = in_brackets(reports, Outcome::Refused);
    let headline = format!("{count} {verb} refused{names}");
    match reports.first().map(|report| report.asked.mode) {
        Some(mode @ (Mode::Rollback | Mode::MarkStable)) => {
            format!("{}: {headline}", verdict::not_done(mode))
        }
        _ => headline,
    }
}

/// `dry run: nothing was changed; 2 of 3 services would be rolled back to v1.1.0`
fn planned(reports: &[Report]) -> String {
    let count = count(reports, Outcome::Planned);
    if !is_rollback(reports) {
        return format!("dry run: nothing was changed ({count})");
    }
    let target = common_target(reports);
    let target = target.map(|target| format!(" to {target}"));
    let target = target.unwrap_or_default();
    format!("dry run: nothing was changed; {count} would be rolled back{target}")
}

fn unchanged(reports: &[Report]) -> String {
    let count = reports.len();
    let target = common_target(reports).unwrap_or_else(|| "their targets".to_owned());
    format!("nothing to do: {count} of {count} services already serve {target}")
}

fn words_of(outcome: Outcome) -> &'static str {
    match outcome {
        Outcome::Started => "started, not waited for",
        Outcome::Unchanged => "nothing to do",
        Outcome::Marked => "marked as stable",
        Outcome::NotReady => "not ready",
        Outcome::TimedOut => "timed out",
        Outcome::Reverted => "reverted by AWS",
        outcome => outcome.as_str(),
    }
}

/// `✔` or `✘`
pub(crate) fn mark(outcome: Outcome) -> char {
    verdict::mark(outcome)
}

/// `✘ worker1: the rollback to v1.1.0 failed; cause: …`, with what to do next where that has room in so many
/// characters; `None` before its end.
pub(crate) fn line(report: &Report, room: usize) -> Option<String> {
    let ending = report.ending.as_ref()?;
    let mark = verdict::mark_of(report, ending);
    let line = format!(
        "{mark} {}: {}",
        report.asked.service,
        account(report, ending)
    );
    let hint = match ending.problems.first() {
        // The cause says more than what to do about a deployment that failed.
        Some(problem) if verdict::cause(report).is_none() => words::advice(&problem.hint),
        _ => String::new(),
    };
    if hint.is_empty() {
        return Some(line);
    }
    let advised = format!("{} {hint}", words::sentence(&line));
    let has_room = advised.chars().nth(room).is_none();
    Some(if has_room { advised } else { line })
}

/// How one of them ended, and why: for whoever has nothing else of it to read.
pub(crate) fn account(report: &Report, ending: &Ending) -> String {
    let state = state(report, ending);
    let [problem, others @ ..] = ending.problems.as_slice() else {
        return state;
    };
    let message = problem.message.trim_end_matches('.');
    let account = match ending.outcome {
        Outcome::Refused if report.asked.mode == Mode::Rollback => {
            format!("not started: {message}")
        }
        Outcome::TimedOut | Outcome::Cancelled => with_cause(report, message),
        _ if verdict::cause(report).is_some() => state,
        _ => format!("{state}; reason: {message}"),
    };
    match others.len() {
        0 => account,
        1 => format!("{account} (and 1 more problem)"),
        more => format!("{account} (and {more} more problems)"),
    }
}

/// Who else in the cluster still runs what was taken off: sentences, or nothing.
pub(crate) fn neighbours(reports: &[Report]) -> String {
    neighbours::sentences(reports.iter().flat_map(|report| &report.neighbours))
}

/// How to go back to what served all of them; empty where that differs, or nothing was done.
pub(crate) fn undo(reports: &[Report]) -> String {
    let mut common: Option<String> = None;
    for report in reports {
        let is_done = has_ended(report, Outcome::RolledBack) || has_ended(report, Outcome::Started);
        if !is_done {
            continue;
        }
        match (verdict::undo_inputs(report), &common) {
            (Some(inputs), None) => common = Some(inputs),
            (Some(inputs), Some(known)) if inputs == *known => {}
            _ => return String::new(),
        }
    }
    let sentence = common.map(|inputs| format!("To undo, run this again with {inputs}."));
    sentence.unwrap_or_default()
}

/// How one of them ended, in a line: `failed; v1.2.0 serves all traffic`.
pub(crate) fn state(report: &Report, ending: &Ending) -> String {
    let headline = verdict::headline_above_problems(report, ending);
    if verdict::is_good(ending.outcome) {
        return headline;
    }
    with_cause(report, &headline)
}

fn with_cause(report: &Report, sentence: &str) -> String {
    match verdict::cause(report) {
        Some(cause) => format!("{sentence}; cause: {}", cause.trim_end_matches('.')),
        None => sentence.to_owned(),
    }
}

/// `2 of 2 services serve v1.1.0, 44 s after the start`
fn serving(reports: &[Report]) -> String {
    let count = reports.len();
    let span = reports.iter().filter_map(|report| report.to_traffic).max();
    let after = match span {
        Some(span) => format!(", {} after the start", words::took(span)),
        None => String::new(),
    };
    match common_target(reports) {
        Some(version) => format!("{count} of {count} services serve {version}{after}"),
        None => format!("{count} of {count} services are rolled back{after}"),
    }
}

/// `2 versions that all 3 services can go back to`
fn listed(reports: &[Report]) -> String {
    let versions = match u32::try_from(common_choices(reports).len()) {
        Ok(0) | Err(_) => "no version".to_owned(),
        Ok(count) => words::count(count, "version"),
    };
    format!(
        "{versions} that all {} services can go back to",
        reports.len()
    )
}

/// What to type to go back with all of them; empty where nothing leads all of them back.
pub(crate) fn choices(reports: &[Report]) -> String {
    if outcome(reports) != Some(Outcome::Listed) {
        return String::new();
    }
    let choices = common_choices(reports);
    if choices.is_empty() {
        return String::new();
    }
    let words = choices.join("` or `");
    format!("To go back with all, type `{words}`.")
}

fn common_choices(reports: &[Report]) -> Vec<&str> {
    let listings = reports.iter().filter_map(|report| report.listing.as_ref());
    listing::choices_of_all(listings)
}

/// The version that all go to; `None` where each goes to its own.
pub(crate) fn common_target(reports: &[Report]) -> Option<String> {
    let mut common: Option<String> = None;
    for report in reports {
        let version = verdict::target_name(report);
        match &common {
            Some(common) if *common != version => return None,
            _ => common = Some(version),
        }
    }
    common
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_leave_room_for_what_became_of_them() {
        let names = |name: &str, count| vec![name.to_owned(); count];
        assert_eq!(named(names("web1", 2)), "web1, web1");
        assert_eq!(
            named(names("web1", 7)),
            "web1, web1, web1, web1, web1 and 2 more"
        );
        let long = "x".repeat(25);
        assert_eq!(named(names(&long, 3)), format!("{long}, {long} and 1 more"));
        let longest = "x".repeat(255);
        assert_eq!(named(names(&longest, 3)), format!("{longest} and 2 more"));
    }
}
