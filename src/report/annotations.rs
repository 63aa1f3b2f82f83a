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
#[derive(PartialEq, Eq)]
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
        // What held it up is the error of another service.
        if verdict::is_held_up(report, ending) {
            continue;
        }
        if verdict::is_good(ending.outcome) {
            notices.push(notice(report, ending));
        } else {
            for annotation in errors_of(report, ending) {
                add(&mut errors, &report.asked.service, annotation);
            }
        }
    }
    let errors = titled_all(told, errors);
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

fn errors_of(report: &Report, ending: &Ending) -> Vec<Annotation> {
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
    errors
}

/// An annotation and the services that it is about.
struct Common {
    services: Vec<String>,
    annotation: Annotation,
}

/// What is the same of several services stands there once: a tag that is in none of their repositories.
fn add(errors: &mut Vec<Common>, service: &str, annotation: Annotation) {
    let service = service.to_owned();
    let known = errors
        .iter_mut()
        .find(|known| known.annotation == annotation);
    match known {
        Some(known) => known.services.push(service),
        None => errors.push(Common {
            services: vec![service],
            annotation,
        }),
    }
}

/// `web1, worker1: image-not-found`
fn titled_all(told: &Told, errors: Vec<Common>) -> Vec<Annotation> {
    let mut annotations = Vec::new();
    for Common {
        services,
        mut annotation,
    } in errors
    {
        if !told.is_alone() {
            annotation.title = format!("{}: {}", together::named(services), annotation.title);
        }
        annotations.push(annotation);
    }
    annotations
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
