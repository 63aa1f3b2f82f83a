//! The message to an SNS topic: a mail, a text message, and what subscriptions filter by.

use super::{slack::one_line, slack_of_several::lines_of};
use crate::{
    aws::sns::{Attribute, Fifo, Message},
    domain::topic::TopicArn,
    outside::OutsideText,
    report::{
        data::Report,
        sentences::{Conclusion, Subject},
        together,
    },
};

/// "Less than 100 characters long". Source: the API reference of `Publish`.
const SUBJECT_MAX: usize = 99;
/// Characters of one part of the message; all parts together stay far below SNS's 256 KiB.
const PART_MAX: usize = 3_000;
/// Of several problems and things that are left; the job summary has all of them.
const LISTED: usize = 5;
/// Of a deduplication id and a group.
const ID_MAX: usize = 128;

/// Subject, text and attributes.
pub(super) fn message(report: &Report, conclusion: &Conclusion) -> Message {
    let subject = report.subject();
    let outcome = conclusion.outcome.as_str();
    let headline = format!("{} {outcome}: {}", subject.service, conclusion.headline);
    Message {
        subject: ascii(&headline),
        text: text(report, conclusion, &subject),
        attributes: vec![
            ("outcome", Attribute::Text(outcome.to_owned())),
            ("service", Attribute::Text(report.asked.service.clone())),
            ("cluster", Attribute::Text(report.asked.cluster.clone())),
        ],
        fifo: None,
    }
}

/// The same about several services; `None` before all have ended.
pub(super) fn message_of_several(reports: &[Report]) -> Option<Message> {
    let first = reports.first()?;
    let outcome = together::outcome(reports)?;
    let (title, headline) = (
        together::title(reports),
        together::headline(reports, outcome),
    );
    let mark = together::mark(outcome);
    let mut text = format!("{mark} {title}: {headline}.\n\n");
    for line in lines_of(reports, outcome, PART_MAX) {
        text += &shortened(&line);
        text.push('\n');
    }
    let subject = Subject {
        from: None,
        to: together::target(reports),
        ..first.subject()
    };
    let services = reports.iter().map(|report| report.asked.service.clone());
    Some(Message {
        // The headline begins with what became of them.
        subject: ascii(&format!("{title}: {headline}")),
        text: format!("{text}\n{}", facts(first, &subject)),
        attributes: vec![
            ("outcome", Attribute::Text(outcome.as_str().to_owned())),
            ("service", Attribute::Texts(services.collect())),
            ("cluster", Attribute::Text(first.asked.cluster.clone())),
        ],
        fifo: None,
    })
}

/// The message with what this topic asks for besides.
pub(super) fn addressed(
    message: Message,
    topic: &TopicArn,
    report: &Report,
    marker: &str,
) -> Message {
    let fifo = topic.is_fifo().then(|| Fifo {
        group: report.asked.service.chars().take(ID_MAX).collect(),
        deduplication_id: marker.chars().take(ID_MAX).collect(),
    });
    Message { fifo, ..message }
}

/// The headline first, since a phone may show no more; then one paragraph for each thing to know.
fn text(report: &Report, conclusion: &Conclusion, subject: &Subject) -> String {
    let headline = format!(
        "{} {}: {}.",
        conclusion.mark, subject.service, conclusion.headline
    );
    let mut parts = vec![headline, conclusion.cause.clone()];
    list(&mut parts, &conclusion.problems);
    parts.push(conclusion.standing.clone());
    list(&mut parts, &conclusion.left);
    parts.push(conclusion.undo.clone());
    parts.push(facts(report, subject));
    let mut text = String::new();
    for part in parts {
        if !part.is_empty() {
            text += &shortened(&part);
            text += "\n\n";
        }
    }
    text.truncate(text.trim_end().len());
    text.push('\n');
    text
}

fn list(parts: &mut Vec<String>, texts: &[String]) {
    parts.extend(texts.iter().take(LISTED).cloned());
    if texts.len() > LISTED {
        let more = texts.len() - LISTED;
        parts.push(format!("{more} more in the job summary."));
    }
}

/// A line for each fact that is known.
fn facts(report: &Report, subject: &Subject) -> String {
    let raw = |url: &OutsideText| url.raw().to_owned();
    let lines = [
        ("From", subject.from.clone()),
        ("To", Some(subject.to.clone())),
        ("By", subject.by.clone()),
        ("Why", subject.why.clone()),
        ("Region", Some(subject.region.clone())),
        ("Run", report.asked.run_url.as_ref().map(raw)),
        ("Workflow", report.asked.workflow_url.as_ref().map(raw)),
    ];
    let mut facts = String::new();
    for (label, text) in lines {
        let text = one_line(&text.unwrap_or_default());
        if !text.is_empty() {
            facts += &format!("{label}: {text}\n");
        }
    }
    facts
}

fn shortened(part: &str) -> String {
    if part.chars().nth(PART_MAX).is_none() {
        return part.trim().to_owned();
    }
    let start: String = part.chars().take(PART_MAX).collect();
    format!("{start}…")
}

/// A subject as SNS takes it.
fn ascii(text: &str) -> String {
    let mut subject = String::new();
    for c in one_line(text).chars() {
        match c {
            '…' => subject.push_str("..."),
            '→' => subject.push_str("->"),
            '−' | '–' => subject.push('-'),
            ' '..='~' => subject.push(c),
            _ => subject.push('?'),
        }
    }
    if subject.len() > SUBJECT_MAX {
        subject.truncate(SUBJECT_MAX - "...".len());
        subject += "...";
    }
    subject
}
