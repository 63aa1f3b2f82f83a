//! What `check` found, as a list: the names of IAM actions are too long for a table on a phone.

use super::table::MOST_ROWS;
use crate::{
    report::{
        checked::{CheckFinding, Checked},
        safe::{markdown, prose},
    },
    words,
};

pub(super) fn render(checked: &Checked) -> String {
    let mut items = Vec::new();
    let mut findings = checked.findings.iter().take(MOST_ROWS).peekable();
    while let Some(finding) = findings.next() {
        let mut item = found(finding);
        // What helps against several in a row is below the last of them.
        if !findings
            .peek()
            .is_some_and(|next| has_same_remedy(finding, next))
        {
            item += &what_to_do(finding);
        }
        items.push(item);
    }
    items.join("\n")
}

/// `- **ahead:** v1.0.0 expires on 2026-12-06 (lifecycle rule 2).`
fn found(finding: &CheckFinding) -> String {
    let label = markdown(finding.kind.label());
    format!(
        "- **{label}:** {}",
        prose(&words::full_sentence(&finding.text))
    )
}

fn has_same_remedy(finding: &CheckFinding, next: &CheckFinding) -> bool {
    finding.kind == next.kind && finding.remedy == next.remedy
}

/// A line for each piece of advice, below what was found.
fn what_to_do(finding: &CheckFinding) -> String {
    let advice = words::advice(finding.remedy.as_deref().unwrap_or_default());
    let mut lines = String::new();
    for line in advice.lines() {
        lines += &format!("<br>{}", prose(line));
    }
    lines
}
