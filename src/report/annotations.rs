//! Annotations: what stands on the run's page without opening the log.

use std::io;

use super::{
    data::{Ending, Outcome, Report},
    event::Event,
    log::Log,
    sink::{Sink, Told},
    together, verdict,
};
use crate::{error::Problem, words};

/// GitHub keeps ten of each kind per step.
const MOST: usize = 10;

/// One annotation of a kind that the runner knows.
struct Annotation {
    title: String,
    text: String,
}

/// Annotates a run once it has ended.
pub(super) struct Annotations;

impl Sink for Annotations {
    fn name(&self) -> &'static str {
        "the annotations"
    }

    fn tell(&mut self, told: &Told, log: &Log) -> io::Result<()> {
        match told.event {
            // Those of several services stand together, or the first ones would take the place of all.
            Event::Ended(_) if told.is_over() => all(log, told),
            // The others are there already.
            Event::Warned(text) if told.is_over() && count_warnings(told.reports) <= MOST => {
                let Annotation { title, text } = warning(told, told.report, text);
                log.annotation("warning", &title, &text);
            }
            _ => {}
        }
        Ok(())
    }
}

fn count_warnings(reports: &[Report]) -> usize {
    reports.iter().map(|report| report.warnings.len()).sum()
}

fn all(log: &Log, told: &Told) {
    let (mut warnings, mut notices, mut errors) = (Vec::new(), Vec::new(), Vec::new());
    for report in told.reports {
        let Some(ending) = &report.ending else {
            continue;
        };
        // Warnings are told when they happen; annotated at the end, they stand together.
        for text in &report.warnings {
            warnings.push(warning(told, report, text));
        }
        if is_kept_from_starting(report, ending) {
            // The error of the other service says why.
            continue;
        }
        if verdict::is_good(ending.outcome) {
            notices.push(notice(report, ending));
        } else {
            errors.extend(errors_of(told, report, ending));
        }
    }
    write(log, "warning", warnings);
    // All is well: one sentence says it of all of them.
    if !told.is_alone() && errors.is_empty() {
        notices = together::outcome(told.reports)
            .map(|outcome| notice_of_all(told.reports, outcome))
            .into_iter()
            .collect();
    }
    write(log, "notice", notices);
    write(log, "error", errors);
}

/// Whether its plan passed, and another service's did not.
fn is_kept_from_starting(report: &Report, ending: &Ending) -> bool {
    ending.outcome == Outcome::Planned && !report.asked.dry_run
}

/// At most ten; the tenth counts those that are left out.
fn write(log: &Log, kind: &str, mut annotations: Vec<Annotation>) {
    let left_out = annotations.len().saturating_sub(MOST);
    annotations.truncate(MOST);
    if let Some(last) = annotations.last_mut()
        && left_out > 0
    {
        last.text += &format!("\n{left_out} more in the job summary.");
    }
    for Annotation { title, text } in &annotations {
        log.annotation(kind, title, text);
    }
}

fn warning(told: &Told, report: &Report, text: &str) -> Annotation {
    Annotation {
        title: titled(told, report, "Rollback"),
        text: words::sentence(text),
    }
}

/// Of several services, the one that it is about.
fn titled(told: &Told, report: &Report, title: &str) -> String {
    if told.is_alone() {
        return title.to_owned();
    }
    format!("{}: {title}", report.asked.service)
}

fn notice(report: &Report, ending: &Ending) -> Annotation {
    Annotation {
        title: format!("{}/{}", report.asked.cluster, report.asked.service),
        text: headline(report, ending),
    }
}

fn notice_of_all(reports: &[Report], outcome: Outcome) -> Annotation {
    Annotation {
        title: together::title(reports),
        text: words::full_sentence(&together::headline(reports, outcome)),
    }
}

fn headline(report: &Report, ending: &Ending) -> String {
    words::full_sentence(&verdict::headline(report, ending))
}

fn errors_of(told: &Told, report: &Report, ending: &Ending) -> Vec<Annotation> {
    let standing = verdict::standing(report, ending);
    let serves = format!("{}\n{standing}", verdict::labelled_cause(report));
    let serves = serves.trim();
    let mut errors = Vec::new();
    // Each can be read alone, since the run's page shows them without the log.
    for problem in &ending.problems {
        errors.push(error(problem, serves));
    }
    if errors.is_empty() {
        errors.push(outcome(report, ending, serves));
    }
    for annotation in &mut errors {
        annotation.title = titled(told, report, &annotation.title);
    }
    errors
}

fn outcome(report: &Report, ending: &Ending, serves: &str) -> Annotation {
    Annotation {
        title: ending.outcome.as_str().to_owned(),
        text: format!("{}\n{serves}", headline(report, ending)),
    }
}

fn error(problem: &Problem, serves: &str) -> Annotation {
    let mut text = words::full_sentence(&problem.message);
    for line in [words::advice(&problem.hint).as_str(), serves] {
        if !line.is_empty() {
            text.push('\n');
            text += line;
        }
    }
    Annotation {
        title: problem.code.to_string(),
        text,
    }
}
