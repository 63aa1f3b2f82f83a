//! What serves users now, as sentences, as far as it is known.

use super::data::{Ending, Outcome, Part, Report, Serving, ServingNote, Share};
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
        Outcome::Refused
        | Outcome::Planned
        | Outcome::Unchanged
        | Outcome::Listed
        | Outcome::Ready
        | Outcome::Clear
        | Outcome::NotReady
        | Outcome::Held => true,
        // A deployment that is followed may be AWS's own rollback, which a stop of this run started.
        Outcome::TimedOut | Outcome::Cancelled => {
            !ending.written.anything && report.deployment.is_none()
        }
        Outcome::RolledBack
        | Outcome::Started
        | Outcome::Marked
        | Outcome::Failed
        | Outcome::Reverted => false,
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
            let share = share(percent, &serving.beside);
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

fn share(percent: f64, beside: &[Share]) -> String {
    let mut rest = Vec::new();
    for other in beside {
        if let Part::Traffic(_) = other.part {
            rest.push(format!("{} has {}", other.name(), other.part));
        }
    }
    if rest.is_empty() {
        rest.push("the rest goes elsewhere".to_owned());
    }
    let share = words::percent(percent);
    format!("it has {share} of the traffic, {}", words::list(rest))
}

/// Everything that serves, what has most of the traffic first; nothing where that has all of it.
pub(super) fn shares(serving: &Serving) -> Vec<Share> {
    let part = match serving.share {
        Some(percent) => Part::Traffic(percent),
        None if serving.beside.is_empty() => return Vec::new(),
        None => Part::Tasks(serving.tasks_on_digest),
    };
    let mut shares = vec![Share {
        version: serving.version.clone(),
        digest: serving.digest.clone(),
        task_definition_arn: serving.task_definition_arn.clone(),
        part,
        deployment: None,
    }];
    shares.extend(serving.beside.iter().cloned());
    shares
}

impl Serving {
    /// `v1.2.0 90 %, v1.3.0 10 %`, where it does not have all of the traffic.
    pub(crate) fn split(&self) -> Option<String> {
        let shares = shares(self);
        let words = shares.iter().map(|share| {
            let name = share.name();
            let named = shares.iter().filter(|other| other.name() == name);
            match &share.task_definition_arn {
                // A release of configuration alone has the same version.
                Some(revision) if named.count() > 1 => {
                    format!("{name} ({}) {}", revision.short(), share.part)
                }
                _ => format!("{name} {}", share.part),
            }
        });
        (!shares.is_empty()).then(|| words::list(words))
    }
}

/// Everything to know about what serves, a part of the traffic included, each a lower-case sentence.
pub(super) fn notes(serving: &Serving) -> Vec<String> {
    let mut notes: Vec<String> = serving.beside.iter().map(Share::to_string).collect();
    if let (Some(percent), []) = (serving.share, serving.beside.as_slice()) {
        notes.push(share(percent, &[]));
    }
    notes.extend(serving.notes.iter().map(ServingNote::to_string));
    notes
}
