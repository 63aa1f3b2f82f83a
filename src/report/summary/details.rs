//! What is below the first screen of the summary: warnings, what AWS said, and folded what is looked up afterwards.

use super::{
    table::{MOST_ROWS, Table},
    timeline,
};
use crate::{
    domain::mode::Mode,
    report::{
        console,
        data::{Detail, Ending, Outcome, PlanView, Report},
        safe::{block, code, html, link, markdown, prose},
    },
    words,
};

/// Warnings stay unfolded: somebody should read them.
pub(super) fn warnings(report: &Report) -> String {
    if report.warnings.is_empty() {
        return String::new();
    }
    let mut text = "**Warnings**\n".to_owned();
    for warning in report.warnings.iter().take(MOST_ROWS) {
        text += &format!("\n- {}", prose(&words::sentence(warning)));
    }
    text
}

/// A text from AWS or an application, unfolded: it is the reason why somebody reads this.
pub(super) fn untrusted(detail: &Detail) -> String {
    let title = markdown(&detail.title);
    format!("**{title}**\n\n{}", block(detail.text.raw()))
}

/// Stopped tasks by their reason, what could not be read, and folded the container's last lines.
pub(super) fn diagnosis(report: &Report) -> Vec<String> {
    let Some(diagnosis) = &report.diagnosis else {
        return Vec::new();
    };
    let mut facts = String::new();
    for fact in diagnosis.stopped.iter().chain(&diagnosis.notes) {
        facts += &format!("- {}\n", prose(&words::sentence(fact)));
    }
    let mut sections = vec![facts];
    if let Some(log) = &diagnosis.log {
        let title = format!(
            "The last lines of the container {}",
            html(log.container.as_str())
        );
        let stream = link("log stream in CloudWatch", &log.url);
        let body = format!("{}\n\n{stream}", block(log.text.raw()));
        sections.push(section(&title, &body));
    }
    sections
}

/// What is looked up afterwards, in its order; a section with nothing in it is empty.
pub(super) fn folded(report: &Report, ending: &Ending) -> Vec<String> {
    let mut sections = vec![timeline::render(report), phases(report), proof(report)];
    if let Some(plan) = &report.plan {
        sections.insert(1, changes(plan));
        sections.push(path(plan, ending));
        sections.push(discovered(plan));
    }
    sections.push(links(report));
    if moves_traffic(report, ending) {
        sections.push(not_undone());
    }
    sections
}

/// Whether users met the target, or will: what the version before it did to the world is a question then.
fn moves_traffic(report: &Report, ending: &Ending) -> bool {
    if report.asked.mode != Mode::Rollback {
        return false;
    }
    let reached = report.traffic.unwrap_or_default() > 0.0;
    match ending.outcome {
        Outcome::Unchanged
        | Outcome::Refused
        | Outcome::Listed
        | Outcome::Ready
        | Outcome::Marked
        | Outcome::Clear
        | Outcome::NotReady
        | Outcome::Held => false,
        Outcome::RolledBack | Outcome::Started | Outcome::Planned => true,
        Outcome::Failed | Outcome::Reverted | Outcome::TimedOut | Outcome::Cancelled => {
            reached || report.to_traffic.is_some()
        }
    }
}

/// A folded section; its title is HTML, in which Markdown does not count.
pub(super) fn section(title: &str, body: &str) -> String {
    if body.is_empty() {
        return String::new();
    }
    format!("<details><summary>{title}</summary>\n\n{body}\n\n</details>")
}

fn changes(plan: &PlanView) -> String {
    let mut table = Table::new("| what | change |");
    for change in &plan.changes {
        table.row(&[&markdown(&change.what), &markdown(&change.change)]);
    }
    let count = plan.changes.len();
    let title = format!("What changes in configuration ({count})");
    section(&title, &table.finish())
}

fn phases(report: &Report) -> String {
    let mut table = Table::new("| from | phase | took |");
    for phase in &report.phases.list {
        let mark = if phase.failed { "✘ " } else { "" };
        let name = format!("{mark}{}", markdown(&phase.name));
        let (from, took) = (words::elapsed(phase.from), words::took(phase.took));
        table.row(&[&from, &name, &took]);
    }
    section("How long each phase took", &table.finish())
}

fn path(plan: &PlanView, ending: &Ending) -> String {
    let why = prose(&words::sentence(&plan.why));
    let mut text = format!("{}: {why}", code(plan.path.as_str()));
    text += &steps(&plan.steps, ending.outcome);
    for note in &plan.notes {
        let sentence = words::full_sentence(&note.to_string());
        text += &format!("\n\n{}", prose(&sentence));
    }
    section("Why this path", &text)
}

fn steps(steps: &[String], outcome: Outcome) -> String {
    if steps.is_empty() {
        return String::new();
    }
    // Steps of a refused run never happened; of one that failed on the way, some did.
    let title = match outcome {
        Outcome::Refused => "What would have been written",
        Outcome::Planned | Outcome::Ready | Outcome::NotReady => "What would be written",
        _ => "What was planned",
    };
    let mut text = format!("\n\n{title}:\n");
    for (index, step) in steps.iter().enumerate() {
        text += &format!("\n{}. {}", index + 1, prose(step));
    }
    text
}

/// The digests and the health check.
fn proof(report: &Report) -> String {
    let mut facts = Vec::new();
    if let Some(proof) = &report.proof {
        facts.push(console::proof_words(proof));
        facts.extend(proof.notes.clone());
    }
    for attempt in &report.health {
        facts.push(console::health_words(attempt));
    }
    for fact in &mut facts {
        *fact = format!("- {}", markdown(&words::sentence(fact)));
    }
    section("How it was proven", &facts.join("\n"))
}

fn discovered(plan: &PlanView) -> String {
    let mut table = Table::new("| what | value | from |");
    for discovery in &plan.discovered {
        let (value, source) = (code(&discovery.value), markdown(&discovery.source));
        table.row(&[&markdown(&discovery.what), &value, &source]);
    }
    section("What was discovered, and where", &table.finish())
}

fn links(report: &Report) -> String {
    let mut links = Vec::new();
    if let Some(deployment) = &report.deployment {
        let by = match &deployment.group {
            Some(_) => "CodeDeploy",
            None => "Service",
        };
        let name = format!("{by} deployment {}", deployment.id.short());
        links.push((name, deployment.url.as_str()));
    }
    let asked = &report.asked;
    let name = format!("ECS service {}", asked.service);
    links.push((name, asked.service_url.as_str()));
    if let Some(url) = &asked.run_url {
        links.push(("workflow run".to_owned(), url.raw()));
    }
    let mut list = String::new();
    for (name, url) in links {
        // Bad inputs may leave no service to link to.
        if !url.is_empty() {
            list += &format!("- {}\n", link(&name, url));
        }
    }
    section("Links", list.trim_end())
}

fn not_undone() -> String {
    let body = "- **Database schema and data.** Migrations of the newer version stay, and so does what it wrote.\n\
                - **Third parties.** Messages sent, payments made and webhooks delivered stay as they are.\n\
                - **What lies outside the task definition:** parameters, secrets' values, feature flags, queues, caches.\n\
                - **The cause.** The next deployment of the newer version causes it again.";
    section("What a rollback does not undo", body)
}
