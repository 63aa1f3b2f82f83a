//! Annotations: what stands on the run's page without opening the log.

use std::io;

use super::{
    data::{Ending, Report},
    event::Event,
    log::Log,
    sink::{Sink, Told},
    verdict,
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
        let report = told.report;
        let ending = match (told.event, &report.ending) {
            (Event::Ended(ending), _) => ending,
            // The others are told already.
            (Event::Warned(text), Some(_)) => {
                write(log, "warning", vec![warning(text)]);
                return Ok(());
            }
            _ => return Ok(()),
        };
        match told.event {
            Event::Ended(_) => all(log, report, ending),
            // The others are there already.
            Event::Warned(text) if report.warnings.len() <= MOST => {
                let Annotation { title, text } = warning(text);
                log.annotation("warning", &title, &text);
            }
            _ => {}
        }
        Ok(())
    }
}

fn all(log: &Log, report: &Report, ending: &Ending) {
    // Warnings are told when they happen; annotated at the end, they stand together.
    write(log, "warning", warnings(report));
    if verdict::is_good(ending.outcome) {
        write(log, "notice", vec![notice(report, ending)]);
    } else {
        write(log, "error", errors(report, ending));
    }
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

fn warnings(report: &Report) -> Vec<Annotation> {
    let warnings = report.warnings.iter();
    warnings.map(|text| warning(text)).collect()
}

fn warning(text: &str) -> Annotation {
    Annotation {
        title: "Rollback".to_owned(),
        text: words::sentence(text),
    }
}

fn notice(report: &Report, ending: &Ending) -> Annotation {
    Annotation {
        title: format!("{}/{}", report.asked.cluster, report.asked.service),
        text: headline(report, ending),
    }
}

fn headline(report: &Report, ending: &Ending) -> String {
    words::full_sentence(&verdict::headline(report, ending))
}

fn errors(report: &Report, ending: &Ending) -> Vec<Annotation> {
    let standing = verdict::standing(report, ending);
    let told = [verdict::labelled_cause(report), standing]
        .map(|line| line + "\n")
        .concat();
    let serves = told.trim().to_owned();
    let mut errors = Vec::new();
    // Each can be read alone, since the run's page shows them without the log.
    for problem in &ending.problems {
        errors.push(error(problem, &serves));
    }
    if errors.is_empty() {
        errors.push(outcome(report, ending, &serves));
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
