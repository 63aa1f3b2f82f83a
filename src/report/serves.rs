//! What serves users now, as sentences: it is in every ending, good or bad.

use super::data::{Ending, Outcome, Report, Serving, ServingNote};
use super::verdict;
use crate::words;

/// What people call the version that serves: its tag, else its digest.
pub(super) fn name(serving: &Serving) -> Option<String> {
    match (&serving.version, &serving.digest) {
        (Some(version), _) => Some(words::short_digest(version)),
        (None, Some(digest)) => Some(digest.short()),
        (None, None) => None,
    }
}

/// What serves now, as far as it is known: where nothing was written, what was seen at the start.
pub(super) fn last_known<'a>(report: &'a Report, ending: &'a Ending) -> Option<&'a Serving> {
    match (&ending.serving, &report.before) {
        (Some(serving), _) => Some(serving),
        (None, Some(before)) if verdict::nothing_changed(report, ending) => Some(before),
        _ => None,
    }
}

/// What serves users now, and whether anything was changed: one or two sentences.
pub(super) fn sentences(report: &Report, ending: &Ending) -> String {
    // "Nothing was changed" is relied upon: it is said only where no write can have taken effect.
    let untouched = verdict::nothing_changed(report, ending);
    let serves = match last_known(report, ending) {
        Some(serving) => sentence(serving) + &news(report, serving),
        None if untouched => "Whatever served users before still does.".to_owned(),
        None if ending.outcome == Outcome::RolledBack => {
            format!("{} serves users now.", verdict::target_name(report))
        }
        None => "What serves users now could not be read.".to_owned(),
    };
    match ending.outcome {
        Outcome::Planned => format!("{} {serves}", verdict::would(report)),
        _ if untouched => format!("Nothing was changed. {serves}"),
        _ => serves,
    }
}

fn sentence(serving: &Serving) -> String {
    let Serving {
        tasks,
        tasks_on_digest,
        ..
    } = *serving;
    let count = words::count(tasks, "task");
    match name(serving) {
        None if tasks == 0 => "Nothing is serving users: no task is running.".to_owned(),
        None => format!("{count} serve users now; which version they run is not known."),
        // Its target group is empty: users get errors.
        Some(name) if tasks == 0 => format!("{name} holds the traffic but has no running task."),
        // Only the revision names the version; what its tasks pulled, nobody says.
        Some(name) if serving.digest.is_none() => format!(
            "{name} serves users now according to its revision; which image its {count} run is not known."
        ),
        Some(name) => {
            let share = match serving.share {
                Some(percent) => format!(": {}", share(percent)),
                None => String::new(),
            };
            let count = words::tasks(tasks_on_digest, tasks);
            format!("{name} serves users now ({count}){share}.")
        }
    }
}

fn share(percent: f64) -> String {
    let share = words::percent(percent);
    format!("it has {share} of the traffic, the rest goes elsewhere")
}

/// What the last look found out; what the first one did is told where the run begins.
fn news(report: &Report, serving: &Serving) -> String {
    let mut news = String::new();
    for note in &serving.notes {
        let known = report
            .before
            .as_ref()
            .is_some_and(|before| before.notes.contains(note));
        // The sentence before has said these.
        let said = matches!(note, ServingNote::NoTaskRuns | ServingNote::NoDigestKnown);
        if !known && !said {
            let sentence = words::sentence(&note.to_string());
            news.push(' ');
            news += &words::capitalised(&sentence);
        }
    }
    news
}

/// Everything to know about what serves, a part of the traffic included, each a lower-case sentence.
pub(super) fn notes(serving: &Serving) -> Vec<String> {
    let mut notes: Vec<String> = serving.notes.iter().map(ToString::to_string).collect();
    let split = |note: &ServingNote| matches!(note, ServingNote::RestOfTraffic { .. });
    if let Some(percent) = serving.share
        && !serving.notes.iter().any(split)
    {
        notes.push(share(percent));
    }
    notes
}
