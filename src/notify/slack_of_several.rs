//! The messages to Slack about several services: one at the start, one at the end.

use serde_json::Value;

use super::slack::Message;
use crate::report::{
    data::{Outcome, Report},
    sentences::Subject,
    together,
};

/// Characters of one service's line: fifty of them stay within Slack's fifty blocks.
const LINE_MAX: usize = 400;
/// Lines of one section, whose text has 3,000 characters at most.
const LINES: usize = 7;

/// What is about to happen; `None` where nothing moves.
pub(super) fn started(reports: &[Report]) -> Option<Value> {
    let mut lines = Vec::new();
    for report in reports {
        if let Some(intention) = report.intention() {
            lines.push(format!("{}: {intention}", report.asked.service));
        }
    }
    let count = lines.len();
    let services = if count == 1 { "service" } else { "services" };
    let headline = format!(
        "{}: rolling back {count} {services} to {}",
        together::title(reports),
        together::target(reports)
    );
    let message = Message::new(&headline);
    (count > 0).then(|| finished(message, &lines, reports))
}

/// What became of them; `None` before all have ended.
pub(super) fn ended(reports: &[Report]) -> Option<Value> {
    let outcome = together::outcome(reports)?;
    let headline = together::headline(reports, outcome);
    let mark = together::mark(outcome);
    let message = Message::new(&format!("{mark} {}: {headline}", together::title(reports)));
    let lines = lines_of(reports, outcome, LINE_MAX);
    Some(finished(message, &lines, reports))
}

/// A line for each service, of about so many characters, then who still runs what was taken off, and how to
/// undo it.
pub(super) fn lines_of(reports: &[Report], outcome: Outcome, room: usize) -> Vec<String> {
    let mut lines = Vec::new();
    for report in reports {
        lines.extend(together::line(report, room));
    }
    if matches!(outcome, Outcome::RolledBack | Outcome::Started) {
        lines.push(together::neighbours(reports));
        lines.push(together::undo(reports));
    }
    lines.retain(|line| !line.is_empty());
    lines
}

fn finished(mut message: Message, lines: &[String], reports: &[Report]) -> Value {
    for lines in lines.chunks(LINES) {
        let mut section = String::new();
        for line in lines {
            section.extend(line.chars().take(LINE_MAX));
            section.push('\n');
        }
        message.section(&section);
    }
    if let Some(first) = reports.first() {
        message.fields(&Subject {
            from: None,
            to: together::target(reports),
            ..first.subject()
        });
        message.buttons(first);
    }
    message.finish()
}
