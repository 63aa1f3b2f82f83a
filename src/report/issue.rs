//! The issue for the root cause, and the comment where one is open already.

use super::{
    changes::Changes,
    data::{Report, TakenOff},
    safe::{code, line, link, markdown, prose},
    together, verdict,
};
use crate::{names::ServiceName, words};

/// What GitHub takes of a title.
const TITLE_MAX: usize = 200;
/// What GitHub takes of a text, in characters.
pub(crate) const TEXT_MAX: usize = 65_536;
/// In place of what has no room.
const CUT: &str = "There is more in the summary of the workflow run.";
/// Pull requests and commits that are named.
const NAMED: usize = 30;

/// Services that are told in full.
const DETAILED: usize = 5;

/// The text of an issue, in GitHub's Markdown.
#[derive(Default)]
pub(crate) struct IssueText {
    pub title: String,
    pub body: String,
}

/// A service that was rolled back, and what was taken off.
#[derive(Clone, Copy)]
pub(crate) struct RolledBack<'r> {
    pub report: &'r Report,
    pub taken_off: &'r TakenOff,
}

impl RolledBack<'_> {
    fn version(&self) -> String {
        words::short_digest(&self.taken_off.version)
    }
}

/// The issue that a rollback opens. `hold`: the versions are not to come back while it is open. `room`: characters that
/// the text may have.
pub(crate) fn issue(services: &[RolledBack<'_>], hold: bool, room: usize) -> IssueText {
    let [first, ..] = services else {
        return IssueText::default();
    };
    let version = first.version();
    let names = services.iter();
    let names = names.map(|service| service.report.asked.service.clone());
    let names = together::named(names.collect());
    let title = format!("Root cause: {version} of {names} was rolled back");
    let mut sections = what_happened_to(services);
    sections.extend(taken_out_of(services));
    sections.extend(timelines(services));
    sections.push(to_do(first.report, &version));
    if hold {
        sections.push(held(services));
    }
    IssueText {
        title: words::capped(&line(&title), TITLE_MAX),
        body: fitted(sections, room),
    }
}

/// The sections that have room; the longest are left out first.
fn fitted(mut sections: Vec<String>, room: usize) -> String {
    let is_cut = length(&sections) > room;
    while length(&sections) + CUT.len() > room && !sections.is_empty() {
        let longest = (0..sections.len()).max_by_key(|&at| sections[at].chars().count());
        sections.remove(longest.unwrap_or_default());
    }
    if is_cut {
        sections.push(CUT.to_owned());
    }
    sections.join("\n\n")
}

/// With the empty lines between them.
fn length(sections: &[String]) -> usize {
    sections
        .iter()
        .map(|section| section.chars().count() + 2)
        .sum()
}

/// What is added where an issue of the same versions is open.
pub(crate) fn comment(services: &[RolledBack<'_>], hold: bool) -> String {
    let mut sections = vec!["It was rolled back again.".to_owned()];
    sections.extend(what_happened_to(services));
    sections.extend(timelines(services));
    if hold {
        sections.push(held(services));
    }
    fitted(sections, TEXT_MAX)
}

fn what_happened_to(services: &[RolledBack<'_>]) -> Vec<String> {
    let mut sections = Vec::new();
    let mut reports = Vec::new();
    for service in services {
        sections.push(what_happened(service.report, &service.version()));
        reports.push(service.report);
    }
    sections.extend(circumstances(&reports));
    sections
}

/// Services of one image have the same commits taken out.
fn taken_out_of(services: &[RolledBack<'_>]) -> Vec<String> {
    let mut sections = Vec::new();
    for service in services {
        let section = service.report.changes.as_ref().and_then(taken_out);
        sections.extend(section.filter(|section| !sections.contains(section)));
        if sections.len() == DETAILED {
            break;
        }
    }
    sections
}

fn timelines(services: &[RolledBack<'_>]) -> Vec<String> {
    let mut sections = Vec::new();
    for service in services.iter().take(DETAILED) {
        let title = match services.len() {
            1 => "Timeline".to_owned(),
            _ => format!("Timeline of {}", markdown(&service.report.asked.service)),
        };
        sections.push(timeline(service.report, &title));
    }
    sections
}

/// What is added to a hold's issue where somebody deploys the version anyway.
pub(crate) fn overridden(services: &[ServiceName], report: &Report) -> String {
    let asked = &report.asked;
    let mut text = format!(
        "{} was let through `mode: guard` with `override` for {}",
        code(&asked.version),
        markdown(&words::list(services))
    );
    if let Some(actor) = &asked.actor {
        text += &format!(" by {}", markdown(actor.raw()));
    }
    let mut sections = vec![text + "."];
    sections.extend(circumstances(&[report]));
    sections.join("\n\n")
}

fn held(services: &[RolledBack<'_>]) -> String {
    let mut versions: Vec<String> = Vec::new();
    for service in services {
        let version = code(&service.version());
        if !versions.contains(&version) {
            versions.push(version);
        }
    }
    let verb = if versions.len() == 1 { "is" } else { "are" };
    format!(
        "**Hold:** {} {verb} held back while this issue is open. Fix it in a pull request that says `Fixes` and this issue's number, or close the issue.",
        words::list(versions)
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
    text + "."
}

/// Why, and the pages to look at: what all of them have in common once.
fn circumstances(reports: &[&Report]) -> Vec<String> {
    let mut sections = Vec::new();
    let Some(first) = reports.first() else {
        return sections;
    };
    if let Some(reason) = &first.asked.reason {
        sections.push(format!("> {}", markdown(reason.raw())));
    }
    let links = links(first, reports);
    if !links.is_empty() {
        sections.push(links.join(" · "));
    }
    sections
}

fn links(first: &Report, reports: &[&Report]) -> Vec<String> {
    let mut links = Vec::new();
    if let Some(url) = &first.asked.run_url {
        links.push(link("workflow run", url.raw()));
    }
    for report in reports {
        if let Some(deployment) = &report.deployment {
            let of = match reports.len() {
                1 => String::new(),
                _ => format!("of {} ", report.asked.service),
            };
            let name = format!("deployment {of}{}", deployment.id.short());
            links.push(link(&name, &deployment.url));
        }
    }
    for report in reports {
        let changes = report.changes.as_ref();
        let compare = changes.and_then(|changes| changes.compare_url.as_ref());
        let compare = compare.map(|url| link("compare", url));
        links.extend(compare.filter(|compare| !links.contains(compare)));
    }
    links
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

fn timeline(report: &Report, title: &str) -> String {
    let mut text = format!("### {title}\n\n| from the start | what | took |\n|:--|:--|:--|");
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
