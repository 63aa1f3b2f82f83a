//! What several services have in common: the outcome of all, and the sentences about all.

use super::{
    data::{Ending, Outcome, Report},
    listing, neighbours, verdict,
};
use crate::{domain::mode::Mode, words};

/// Services that a sentence names.
const NAMED: usize = 5;

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
    let left_out = names.len().saturating_sub(NAMED);
    names.truncate(NAMED);
    let names = names.join(", ");
    match left_out {
        0 => names,
        _ => format!("{names} and {left_out} more"),
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
        Outcome::Planned => "dry run: nothing was changed".to_owned(),
        Outcome::Listed => listed(reports),
        _ => format!(
            "{}: {}",
            words_of(reports, outcome),
            counted(reports, outcome)
        ),
    }
}

/// `1 of 3 services (worker1)`; without the names where it is all of them.
fn counted(reports: &[Report], outcome: Outcome) -> String {
    let of_outcome = reports.iter().filter(|report| has_ended(report, outcome));
    let of_outcome: Vec<&Report> = of_outcome.collect();
    let count = format!("{} of {} services", of_outcome.len(), reports.len());
    if of_outcome.len() == reports.len() {
        return count;
    }
    format!("{count} ({})", names(of_outcome))
}

pub(crate) fn has_ended(report: &Report, outcome: Outcome) -> bool {
    let ending = report.ending.as_ref();
    ending.is_some_and(|ending| ending.outcome == outcome)
}

fn words_of(reports: &[Report], outcome: Outcome) -> &'static str {
    let mode = reports.first().map(|report| report.asked.mode);
    match outcome {
        Outcome::Started => "started, not waited for",
        Outcome::Unchanged => "nothing to do",
        Outcome::Marked => "marked as stable",
        Outcome::NotReady => "not ready",
        Outcome::TimedOut => "timed out",
        Outcome::Refused if mode == Some(Mode::Rollback) => "nothing was started; refused",
        outcome => outcome.as_str(),
    }
}

/// `✔` or `✘`
pub(crate) fn mark(outcome: Outcome) -> char {
    verdict::mark(outcome)
}

/// `✘ worker1: the rollback to v1.1.0 failed; cause: …`; `None` before its end.
pub(crate) fn line(report: &Report) -> Option<String> {
    let ending = report.ending.as_ref()?;
    let (mark, state) = (mark(ending.outcome), state(report, ending));
    Some(format!("{mark} {}: {state}", report.asked.service))
}

/// Who else in the cluster still runs what was taken off: sentences, or nothing.
pub(crate) fn neighbours(reports: &[Report]) -> String {
    neighbours::sentences(reports.iter().flat_map(|report| &report.neighbours))
}

/// How one of them ended, in a line: `failed; v1.2.0 serves all traffic`.
pub(crate) fn state(report: &Report, ending: &Ending) -> String {
    let headline = verdict::headline(report, ending);
    match verdict::cause(report) {
        Some(cause) if !verdict::is_good(ending.outcome) => {
            format!("{headline}; cause: {}", cause.trim_end_matches('.'))
        }
        _ => headline,
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
    let listings = reports.iter().filter_map(|report| report.listing.as_ref());
    let choices = listing::choices_of_all(listings);
    let versions = match u32::try_from(choices.len()) {
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
    let listings = reports.iter().filter_map(|report| report.listing.as_ref());
    let choices = listing::choices_of_all(listings);
    if choices.is_empty() {
        return String::new();
    }
    format!("To go back with all, type `{}`.", choices.join("`, `"))
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
