//! What serves users now, as sentences, as far as it is known.

use super::data::{Ending, Outcome, Report, Serving, ServingNote};
use crate::{domain::service::LoadBalancerKind, words};

/// What people call the version that serves: its tag, else its digest.
pub(super) fn name(serving: &Serving) -> Option<String> {
    match (&serving.version, &serving.digest) {
        (Some(version), _) => Some(words::short_digest(version)),
        (None, Some(digest)) => Some(digest.short()),
        (None, None) => None,
    }
}

/// Whether the run ended without writing anything.
pub(super) fn nothing_changed(report: &Report, ending: &Ending) -> bool {
    match ending.outcome {
        Outcome::Refused | Outcome::Planned | Outcome::Unchanged => true,
        // A deployment that is followed may be AWS's own rollback, which a stop of this run started.
        Outcome::TimedOut | Outcome::Cancelled => {
            !ending.written.anything && report.deployment.is_none()
        }
        Outcome::RolledBack | Outcome::Started | Outcome::Failed | Outcome::Reverted => false,
    }
}

/// What serves now, as far as it is known: where nothing was written, what was seen at the start.
pub(super) fn last_known<'a>(report: &'a Report, ending: &'a Ending) -> Option<&'a Serving> {
    match (&ending.serving, &report.before) {
        (Some(serving), _) => Some(serving),
        (None, Some(before)) if nothing_changed(report, ending) => Some(before),
        _ => None,
    }
}

/// Whether AWS's weights are all that says where the traffic goes, before a load balancer that follows them late.
pub(super) fn is_by_weights_alone(report: &Report) -> bool {
    let kind = report.plan.as_ref().and_then(|plan| plan.load_balancer);
    // Without a deployment nothing was switched.
    let switched = kind == Some(LoadBalancerKind::Network) && report.deployment.is_some();
    switched && !report.health.iter().any(|attempt| attempt.ok)
}

/// What is said of a version that has the traffic.
pub(super) fn holds(report: &Report) -> &'static str {
    if is_by_weights_alone(report) {
        return "has the traffic now";
    }
    "serves users now"
}

/// That it serves, and what the last look found out about it.
pub(super) fn sentences(report: &Report, serving: &Serving) -> String {
    let mut sentences = sentence(serving, holds(report));
    for note in &serving.notes {
        // What the first look found out is told where the run begins.
        let known = match &report.before {
            Some(before) => before.notes.contains(note),
            None => false,
        };
        // The sentence has said these.
        let said = matches!(note, ServingNote::NoTaskRuns | ServingNote::NoDigestKnown);
        if !known && !said {
            sentences.push(' ');
            sentences += &words::full_sentence(&note.to_string());
        }
    }
    sentences
}

fn sentence(serving: &Serving, holds: &str) -> String {
    let tasks = words::count(serving.tasks, "task");
    let Some(name) = name(serving) else {
        return match serving.tasks {
            0 => "Nothing is serving users: no task is running.".to_owned(),
            _ => format!("{tasks} serve users now; which version they run is not known."),
        };
    };
    // Its target group is empty: users get errors.
    if serving.tasks == 0 {
        let none = format!("{name} holds the traffic but has no running task");
        return match serving.missing {
            Some(missing) => format!("{none} ({missing})."),
            None => format!("{none}."),
        };
    }
    // Only the revision names the version; what its tasks pulled, nobody says.
    if serving.digest.is_none() {
        return format!(
            "{name} {holds} according to its revision; which image its {tasks} run is not known."
        );
    }
    let tasks = running_tasks(serving);
    match serving.share {
        Some(percent) => {
            let share = share(percent);
            format!("{name} {holds} ({tasks}): {share}.")
        }
        None => format!("{name} {holds} ({tasks})."),
    }
}

/// `2 of 2 tasks`; of a service that does not have all of them, `1 of 1 task; 2 wanted, 1 starting`.
pub(super) fn running_tasks(serving: &Serving) -> String {
    let running = match serving.digest {
        Some(_) => words::tasks(serving.tasks_on_digest, serving.tasks),
        // Without a digest, a count of the tasks on it would read as if they ran something else.
        None => words::count(serving.tasks, "task"),
    };
    match serving.missing {
        Some(missing) => format!("{running}; {missing}"),
        None => running,
    }
}

fn share(percent: f64) -> String {
    let share = words::percent(percent);
    format!("it has {share} of the traffic, the rest goes elsewhere")
}

/// Everything to know about what serves, a part of the traffic included, each a lower-case sentence.
pub(super) fn notes(serving: &Serving) -> Vec<String> {
    let mut notes = Vec::new();
    let mut rest_is_known = false;
    for note in &serving.notes {
        rest_is_known |= matches!(note, ServingNote::RestOfTraffic { .. });
        notes.push(note.to_string());
    }
    match serving.share {
        Some(percent) if !rest_is_known => notes.push(share(percent)),
        _ => {}
    }
    notes
}
