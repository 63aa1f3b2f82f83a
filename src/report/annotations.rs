//! Annotations: what stands on the run's page without opening the log.

use std::io;

use super::data::{Ending, Report};
use super::log::Log;
use super::{Sink, Told, serves, verdict};
use crate::error::Problem;
use crate::words;

/// GitHub keeps ten of each kind per step.
const MOST: usize = 10;

/// Annotates a run once it has ended.
pub(super) struct Annotations {
    log: Log,
}

/// One annotation of a kind that the runner knows.
struct Annotation {
    title: String,
    text: String,
}

impl Annotations {
    pub(super) fn new(log: Log) -> Self {
        Self { log }
    }

    /// At most ten; the tenth counts those that are left out.
    fn write(&self, kind: &str, annotations: &[Annotation]) {
        for (index, Annotation { title, text }) in annotations.iter().take(MOST).enumerate() {
            let left_out = annotations.len().saturating_sub(MOST);
            if index + 1 == MOST && left_out > 0 {
                let text = format!("{text}\n{left_out} more in the job summary.");
                self.log.annotation(kind, title, &text);
            } else {
                self.log.annotation(kind, title, text);
            }
        }
    }
}

impl Sink for Annotations {
    fn name(&self) -> &'static str {
        "the annotations"
    }

    fn tell(&mut self, told: &Told) -> io::Result<()> {
        let Some(ending) = &told.report.ending else {
            return Ok(());
        };
        // Warnings are told when they happen; annotated at the end, they stand together.
        self.write("warning", &warnings(told.report));
        if verdict::is_good(ending.outcome) {
            self.write("notice", &[notice(told.report, ending)]);
        } else {
            self.write("error", &errors(told.report, ending));
        }
        Ok(())
    }
}

fn warnings(report: &Report) -> Vec<Annotation> {
    let warnings = report.warnings.iter().map(|warning| Annotation {
        title: "Rollback".to_owned(),
        text: words::sentence(warning),
    });
    warnings.collect()
}

fn notice(report: &Report, ending: &Ending) -> Annotation {
    Annotation {
        title: format!("{}/{}", report.asked.cluster, report.asked.service),
        text: headline(report, ending),
    }
}

fn headline(report: &Report, ending: &Ending) -> String {
    words::capitalised(&words::sentence(&verdict::headline(report, ending)))
}

fn errors(report: &Report, ending: &Ending) -> Vec<Annotation> {
    let serves = serves::sentences(report, ending);
    let mut errors = Vec::new();
    // Each can be read alone, since the run's page shows them without the log.
    for problem in &ending.problems {
        errors.push(error(problem, &serves));
    }
    if errors.is_empty() {
        errors.push(Annotation {
            title: ending.outcome.as_str().to_owned(),
            text: format!("{}\n{serves}", headline(report, ending)),
        });
    }
    errors
}

fn error(problem: &Problem, serves: &str) -> Annotation {
    let mut text = words::capitalised(&words::sentence(&problem.message));
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
