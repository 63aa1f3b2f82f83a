//! Annotations: what stands on the run's page without opening the log.

use super::data::{Ending, Report};
use super::log::Log;
use super::verdict;
use crate::error::Problem;
use crate::words;

/// GitHub keeps ten of each kind per step.
pub(super) const MOST: usize = 10;

/// Writes the annotations of an ended run.
pub fn write(log: &mut Log, report: &Report, ending: &Ending) {
    let warnings: Vec<(String, String)> = report
        .warnings
        .iter()
        .map(|warning| ("Rollback".to_owned(), words::sentence(warning)))
        .collect();
    all(log, "warning", &warnings);
    if verdict::is_good(ending.outcome) {
        let headline = words::capitalised(&words::sentence(&verdict::headline(report, ending)));
        let service = format!("{}/{}", report.asked.cluster, report.asked.service);
        log.command("notice", &[("title", &service)], &headline);
        return;
    }
    let serves = verdict::serves_now(report, ending);
    let mut errors: Vec<(String, String)> =
        ending.problems.iter().map(|p| error(p, &serves)).collect();
    if errors.is_empty() {
        let headline = words::capitalised(&words::sentence(&verdict::headline(report, ending)));
        errors.push((
            ending.outcome.as_str().to_owned(),
            format!("{headline}\n{serves}"),
        ));
    }
    all(log, "error", &errors);
}

fn error(problem: &Problem, serves: &str) -> (String, String) {
    let message = words::capitalised(&words::sentence(&problem.message));
    let hint = words::advice(&problem.hint);
    let lines = [message.as_str(), &hint, serves];
    let text = lines
        .into_iter()
        .filter(|line| !line.is_empty())
        .collect::<Vec<_>>()
        .join("\n");
    (problem.code.to_string(), text)
}

/// At most ten; the tenth counts those that are left out.
fn all(log: &mut Log, kind: &str, texts: &[(String, String)]) {
    for (number, (title, text)) in (1..).zip(texts.iter().take(MOST)) {
        let left_out = if number == MOST {
            texts.len() - MOST
        } else {
            0
        };
        let more = if left_out > 0 {
            format!("\n{left_out} more in the job summary.")
        } else {
            String::new()
        };
        log.command(kind, &[("title", title)], &format!("{text}{more}"));
    }
}
