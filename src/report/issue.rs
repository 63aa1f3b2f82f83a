//! The issue for the root cause, and the comment where one is open already.

use super::{
    changes::Changes,
    data::{Report, TakenOff},
    safe::{code, line, link, markdown, prose},
    verdict,
};
use crate::words;

/// What GitHub takes of a title.
const TITLE_MAX: usize = 200;
/// Pull requests and commits that are named.
const NAMED: usize = 30;

/// The text of an issue, in GitHub's Markdown.
pub(crate) struct IssueText {
    pub title: String,
    pub body: String,
}

/// The issue that a rollback opens. `hold`: the version is not to come back while it is open.
pub(crate) fn issue(report: &Report, taken_off: &TakenOff, hold: bool) -> IssueText {
    let version = words::short_digest(&taken_off.version);
    let service = &report.asked.service;
    let title = format!("Root cause: {version} of {service} was rolled back");
    let mut sections = vec![what_happened(report, &version)];
    sections.extend(report.changes.as_ref().and_then(taken_out));
    sections.push(timeline(report));
    sections.push(to_do(report, &version));
    if hold {
        sections.push(held(&version));
    }
    IssueText {
        title: words::capped(&line(&title), TITLE_MAX),
        body: sections.join("\n\n"),
    }
}

/// What is added where an issue of the same version is open.
pub(crate) fn comment(report: &Report, taken_off: &TakenOff, hold: bool) -> String {
    let version = words::short_digest(&taken_off.version);
    let mut sections = vec![
        "It was rolled back again.".to_owned(),
        what_happened(report, &version),
        timeline(report),
    ];
    if hold {
        sections.push(held(&version));
    }
    sections.join("\n\n")
}

/// What is added to a hold's issue where somebody deploys the version anyway.
pub(crate) fn overridden(report: &Report) -> String {
    let asked = &report.asked;
    let mut text = format!(
        "{} was let through `mode: guard` with `override`",
        code(&asked.version)
    );
    if let Some(actor) = &asked.actor {
        text += &format!(" by {}", markdown(actor.raw()));
    }
    text += ".";
    if let Some(reason) = &asked.reason {
        text += &format!("\n\n> {}", markdown(reason.raw()));
    }
    text + &links(report)
}

fn held(version: &str) -> String {
    format!(
        "**Hold:** {} is held back while this issue is open. Fix it in a pull request that says `Fixes` and this issue's number, or close the issue.",
        code(version)
    )
}

fn what_happened(report: &Report, version: &str) -> String {
    let asked = &report.asked;
    let service = link(
        &format!("{}/{}", asked.cluster, asked.service),
        &asked.service_url,
    );
    let target = verdict::target_name(report);
    let mut text = format!(
        "{} of **{service}** in {} was rolled back to {}",
        code(version),
        markdown(&asked.region),
        code(&target)
    );
    if let Some(actor) = &asked.actor {
        text += &format!(" by {}", markdown(actor.raw()));
    }
    if let Some(at) = report.started_at {
        text += &format!(", {}", words::at(at, at - time::Duration::DAY));
    }
    text += ".";
    if let Some(reason) = &asked.reason {
        text += &format!("\n\n> {}", markdown(reason.raw()));
    }
    text + &links(report)
}

fn links(report: &Report) -> String {
    let mut links = Vec::new();
    if let Some(url) = &report.asked.run_url {
        links.push(link("workflow run", url.raw()));
    }
    if let Some(deployment) = &report.deployment {
        let name = format!("deployment {}", deployment.id.short());
        links.push(link(&name, &deployment.url));
    }
    if let Some(url) = report
        .changes
        .as_ref()
        .and_then(|changes| changes.compare_url.as_ref())
    {
        links.push(link("compare", url));
    }
    if links.is_empty() {
        return String::new();
    }
    format!("\n\n{}", links.join(" · "))
}

fn taken_out(changes: &Changes) -> Option<String> {
    let figures = changes.figures();
    if figures.is_empty() {
        return None;
    }
    let label = words::capitalised(changes.label());
    let mut text = format!("### {label}\n\n{}\n", markdown(&figures));
    for pull in changes.pulls.iter().take(NAMED) {
        text += &format!("\n- {} {}", pull.link(), markdown(pull.title.raw()));
    }
    // Without pull requests, commits are all there is to look at.
    if changes.pulls.is_empty() {
        for commit in changes.commits.iter().take(NAMED) {
            text += &format!("\n- {} {}", commit.link(), markdown(commit.title.raw()));
        }
    }
    Some(text)
}

fn timeline(report: &Report) -> String {
    let mut text = "### Timeline\n\n| from the start | what | took |\n|:--|:--|:--|".to_owned();
    for phase in &report.phases.list {
        let (from, took) = (words::elapsed(phase.from), words::took(phase.took));
        text += &format!("\n| {from} | {} | {took} |", markdown(&phase.name));
    }
    if let Some(span) = report.to_traffic {
        let target = code(&verdict::target_name(report));
        let at = words::elapsed(span);
        text += &format!("\n| {at} | all traffic on {target} | |");
    }
    if let Some(span) = report.recovery() {
        let took = words::duration(span);
        text +=
            &format!("\n\nFrom the start of the bad release until all traffic was back: {took}.");
    }
    text
}

fn to_do(report: &Report, version: &str) -> String {
    let version = code(version);
    let mut text = format!(
        "### To do\n\n\
         - [ ] Find out what was wrong with {version}\n\
         - [ ] Fix it, and say `Fixes` with this issue's number in the pull request\n\
         - [ ] Look at what a rollback does not undo: data that {version} wrote, its migrations, messages it sent, settings outside the task definition\n\
         - [ ] Add the test or the alarm that would have caught it"
    );
    if let Some(inputs) = verdict::undo_inputs(report) {
        let undo = format!("To undo the rollback, run it again with {inputs}.");
        text += &format!("\n\n{}", prose(&undo));
    }
    text
}
