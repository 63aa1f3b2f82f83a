//! The folded part of the summary: everything that is looked up afterwards.

use crate::report::console;
use crate::report::data::{Detail, Ending, Outcome, Phase, PlanView, Report};
use crate::report::safe::{self, code, link, markdown, prose};
use crate::words;

/// Rows of one table; the output `report` has all of them.
const MOST_ROWS: usize = 200;

/// Warnings stay unfolded: somebody should read them.
pub fn warnings(report: &Report) -> String {
    let lines: Vec<String> = report
        .warnings
        .iter()
        .take(MOST_ROWS)
        .map(|w| format!("- {}", prose(&words::sentence(w))))
        .collect();
    if lines.is_empty() {
        String::new()
    } else {
        format!("**Warnings**\n\n{}", lines.join("\n"))
    }
}

/// A text from AWS or an application, unfolded: it is the reason why somebody reads this.
pub fn untrusted(detail: &Detail) -> String {
    format!(
        "**{}**\n\n{}",
        markdown(&detail.title),
        safe::block(&detail.text)
    )
}

/// The folded sections in their order, those with nothing in them left out.
pub fn sections(report: &Report, ending: &Ending) -> Vec<String> {
    let plan = report.plan.as_ref();
    [
        plan.map(changes),
        Some(phases(&report.phases)),
        plan.map(|plan| path(plan, ending)),
        Some(proof(report)),
        plan.map(discovered),
        Some(links(report)),
        (ending.outcome == Outcome::RolledBack).then(not_undone),
    ]
    .into_iter()
    .flatten()
    .filter(|section| !section.is_empty())
    .collect()
}

fn folded(title: &str, body: &str) -> String {
    if body.is_empty() {
        return String::new();
    }
    format!("<details><summary>{title}</summary>\n\n{body}\n\n</details>")
}

fn table(head: &[&str], rows: Vec<Vec<String>>) -> String {
    if rows.is_empty() {
        return String::new();
    }
    let left_out = rows.len().saturating_sub(MOST_ROWS);
    let mut text = format!("| {} |\n|{}", head.join(" | "), ":--|".repeat(head.len()));
    for row in rows.into_iter().take(MOST_ROWS) {
        text.push_str(&format!("\n| {} |", row.join(" | ")));
    }
    if left_out > 0 {
        text.push_str(&format!("\n\n{left_out} more in the output `report`."));
    }
    text
}

fn changes(plan: &PlanView) -> String {
    let rows: Vec<Vec<String>> = plan
        .changes
        .iter()
        .map(|c| vec![markdown(&c.what), markdown(&c.change)])
        .collect();
    let title = format!("What changes in configuration ({})", rows.len());
    folded(&title, &table(&["what", "change"], rows))
}

fn phases(phases: &[Phase]) -> String {
    let rows = phases.iter().map(|phase| {
        let name = markdown(&phase.name);
        let name = if phase.failed {
            format!("✘ {name}")
        } else {
            name
        };
        vec![words::elapsed(phase.from), name, words::took(phase.took)]
    });
    folded(
        "How long each phase took",
        &table(&["from", "phase", "took"], rows.collect()),
    )
}

fn path(plan: &PlanView, ending: &Ending) -> String {
    let mut lines = vec![format!(
        "{}: {}",
        code(plan.path.as_str()),
        prose(&words::sentence(&plan.why))
    )];
    let planned = match ending.outcome {
        Outcome::Refused => "What would have been written",
        Outcome::Planned => "What would be written",
        _ => "What was planned",
    };
    if !plan.steps.is_empty() {
        let steps = (1..)
            .zip(&plan.steps)
            .map(|(number, step)| format!("{number}. {}", prose(step)));
        lines.push(format!(
            "{planned}:\n\n{}",
            steps.collect::<Vec<_>>().join("\n")
        ));
    }
    lines.extend(
        plan.notes
            .iter()
            .map(|note| prose(&words::sentence(&words::capitalised(note)))),
    );
    folded("Why this path", &lines.join("\n\n"))
}

/// The digests and the health check.
fn proof(report: &Report) -> String {
    let mut lines = Vec::new();
    if let Some(proof) = &report.proof {
        lines.push(words::sentence(&console::proof_words(proof)));
        lines.extend(proof.notes.iter().map(|note| words::sentence(note)));
    }
    lines.extend(
        report
            .health
            .iter()
            .map(|attempt| words::sentence(&console::health_words(attempt))),
    );
    let lines: Vec<String> = lines
        .iter()
        .map(|line| format!("- {}", markdown(line)))
        .collect();
    folded("How it was proven", &lines.join("\n"))
}

fn discovered(plan: &PlanView) -> String {
    let rows = plan
        .discovered
        .iter()
        .map(|d| vec![markdown(&d.what), code(&d.value), markdown(&d.source)]);
    folded(
        "What was discovered, and where",
        &table(&["what", "value", "from"], rows.collect()),
    )
}

fn links(report: &Report) -> String {
    let deployment = report.deployment.as_ref().map(|d| {
        let by = if d.is_by_codedeploy() {
            "CodeDeploy"
        } else {
            "Service"
        };
        (format!("{by} deployment {}", d.short()), d.url.clone())
    });
    let service = (
        format!("ECS service {}", report.asked.service),
        report.asked.service_url.clone(),
    );
    let run = report
        .asked
        .run_url
        .clone()
        .map(|url| ("workflow run".to_owned(), url));
    let lines: Vec<String> = [deployment, Some(service), run]
        .into_iter()
        .flatten()
        .filter(|(_, url)| !url.is_empty())
        .map(|(name, url)| format!("- {}", link(&name, &url)))
        .collect();
    folded("Links", &lines.join("\n"))
}

fn not_undone() -> String {
    let body = "- **Database schema and data.** Migrations of the newer version stay, and so does what it wrote.\n\
                - **Third parties.** Messages sent, payments made, webhooks delivered stay as they are.\n\
                - **What lies outside the task definition:** parameters, secrets' values, feature flags, queues, caches.\n\
                - **The cause.** The next deployment of the newer version brings it back.";
    folded("What a rollback does not undo", body)
}
