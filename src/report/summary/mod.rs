//! The job summary: the outcome in words and from → to first, for whoever opens it on a phone; the rest folded.

mod details;

use std::fs::OpenOptions;
use std::io::{self, Write};
use std::path::Path;

use time::OffsetDateTime;

use super::data::{Asked, Ending, Outcome, Report, Serving, TargetView};
use super::safe::{block, code, link, markdown, prose};
use super::{console, verdict};
use crate::error::Problem;
use crate::words;

/// GitHub shows nothing at all of a summary above 1 MiB; a step shares that with nobody.
const MOST_BYTES: usize = 1_000_000;

/// Appends the summary to the file that `GITHUB_STEP_SUMMARY` names.
pub fn write(file: &Path, report: &Report, ending: &Ending, now: OffsetDateTime) -> io::Result<()> {
    let text = render(report, ending, now);
    OpenOptions::new()
        .append(true)
        .create(true)
        .open(file)?
        .write_all(text.as_bytes())
}

/// The summary in GitHub's Markdown.
pub fn render(report: &Report, ending: &Ending, now: OffsetDateTime) -> String {
    let mut page = Page::default();
    page.add(headline(report, ending));
    page.add(markdown(&standing(report, ending)));
    page.add(from_to(report, ending, now));
    page.add(next(report, ending, now));
    page.add(who_and_why(report, now));
    page.add(details::warnings(report));
    for detail in &ending.details {
        page.add(details::untrusted(detail));
    }
    for section in details::sections(report, ending) {
        page.add(section);
    }
    page.finish()
}

/// Sections one below the other, as far as GitHub takes them.
#[derive(Default)]
struct Page {
    text: String,
    left_out: usize,
}

impl Page {
    fn add(&mut self, section: String) {
        if section.is_empty() {
            return;
        }
        if self.text.len() + section.len() > MOST_BYTES {
            self.left_out += 1;
            return;
        }
        self.text.push_str(&section);
        self.text.push_str("\n\n");
    }

    fn finish(mut self) -> String {
        if self.left_out > 0 {
            self.text.push_str(
                "Parts too long for a summary are left out; the output `report` has them.\n",
            );
        }
        self.text
    }
}

/// What serves; after a rollback the headline has said so, and this is what it was proven by.
fn standing(report: &Report, ending: &Ending) -> String {
    match &report.proof {
        Some(proof) if ending.outcome == Outcome::RolledBack => {
            format!("Proven: {}", words::sentence(&console::proof_words(proof)))
        }
        _ => verdict::serves_now(report, ending),
    }
}

/// One problem is told in full below the table, so the headline of a refusal names only what was asked for.
fn headline(report: &Report, ending: &Ending) -> String {
    let words = match ending.outcome {
        Outcome::Refused => format!(
            "Not started: no rollback to {}",
            verdict::target_name(report)
        ),
        _ => words::capitalised(&verdict::headline(report, ending)),
    };
    format!("## {} {}", verdict::mark(ending.outcome), markdown(&words))
}

fn from_to(report: &Report, ending: &Ending, now: OffsetDateTime) -> String {
    let before = report.before.as_ref();
    let target = report.target.as_ref();
    if before.is_none() && target.is_none() {
        return String::new();
    }
    if ending.outcome == Outcome::Unchanged {
        return serving_table(report, now);
    }
    let revision = report.task_definition_arn.as_deref();
    let to_version = target.map_or(report.asked.version.as_str(), |target| {
        target.version.as_str()
    });
    let rows = [
        (
            "version",
            before.and_then(|b| b.version.as_deref()).map(code),
            Some(format!("**{}**", code(to_version))),
        ),
        (
            "sha256",
            before.and_then(|b| b.digest.as_deref()).map(digest),
            target.map(|t| digest(&t.digest)),
        ),
        (
            "revision",
            before
                .and_then(|b| b.task_definition_arn.as_deref())
                .map(revision_cell),
            revision.map(revision_cell),
        ),
        (
            "ran",
            before.and_then(|b| since(b, now)),
            target.map(|t| last_ran(t, now)),
        ),
    ];
    let mut table = "| | from | to |\n|:--|:--|:--|".to_owned();
    // In the middle of somebody's shift, what had most of the traffic may be the target itself.
    let shared = before.and_then(|b| b.share).map(words::percent);
    let now_on_it = report
        .traffic
        .filter(|_| shared.is_some())
        .map(words::percent);
    let traffic = shared.map(|share| ("traffic", Some(share), now_on_it));
    // Of a target that was not found only the name is known.
    let known = if target.is_some() { rows.len() } else { 1 };
    for (what, from, to) in rows.into_iter().take(known).chain(traffic) {
        let cell = |value: Option<String>| value.unwrap_or_else(|| "–".to_owned());
        table.push_str(&format!("\n| {what} | {} | {} |", cell(from), cell(to)));
    }
    if let Some(before) = before.filter(|before| before.share.is_some()) {
        let shares = before
            .notes
            .iter()
            .filter(|note| note.contains("of the traffic"));
        shares.for_each(|note| {
            table.push_str(&format!(
                "\n\nAt the start: {}",
                prose(&words::sentence(note))
            ))
        });
    }
    table
}

/// Where nothing moves, one column says it all.
fn serving_table(report: &Report, now: OffsetDateTime) -> String {
    let Some(before) = &report.before else {
        return String::new();
    };
    let rows = [
        ("version", before.version.as_deref().map(code)),
        ("sha256", before.digest.as_deref().map(digest)),
        (
            "revision",
            before.task_definition_arn.as_deref().map(revision_cell),
        ),
        ("running", since(before, now)),
    ];
    let mut table = "| | now |\n|:--|:--|".to_owned();
    for (what, value) in rows {
        if let Some(value) = value {
            table.push_str(&format!("\n| {what} | {value} |"));
        }
    }
    table
}

/// Without its algorithm, which stands in front of the row: a phone is narrow.
fn digest(digest: &str) -> String {
    let short = words::short_digest(digest);
    code(short.strip_prefix("sha256:").unwrap_or(&short))
}

fn revision_cell(arn: &str) -> String {
    code(&words::revision(arn))
}

fn since(before: &Serving, now: OffsetDateTime) -> Option<String> {
    before
        .since
        .map(|since| format!("since {}", words::when(since, now)))
}

fn last_ran(target: &TargetView, now: OffsetDateTime) -> String {
    let length = target
        .served_for
        .map(|span| format!(" for {}", words::duration(span)))
        .unwrap_or_default();
    match target.last_served_from {
        Some(from) => format!(
            "{}{length} ({})",
            words::ago(from, now),
            words::at(from, now)
        ),
        None => "not on record".to_owned(),
    }
}

/// What went wrong with its hint, what is left behind, how to undo.
fn next(report: &Report, ending: &Ending, now: OffsetDateTime) -> String {
    let mut parts: Vec<String> = ending.problems.iter().map(problem).collect();
    parts.extend(ending.left.iter().map(|line| left_line(line)));
    let undo = verdict::undo(report, ending, now);
    if !undo.is_empty() {
        parts.push(prose(&undo.join(" ")));
    }
    parts.join("\n\n")
}

fn problem(problem: &Problem) -> String {
    let message = prose(&words::capitalised(&words::sentence(&problem.message)));
    let hint: Vec<String> = words::advice(&problem.hint)
        .lines()
        .map(prose)
        .filter(|line| !line.is_empty())
        .collect();
    let quote = if hint.is_empty() {
        String::new()
    } else {
        format!("\n> {}", hint.join("<br>\n> "))
    };
    format!("**{message}** `{}`\n{quote}", problem.code)
}

/// A command to paste gets a block of its own, which GitHub gives a button to copy.
fn left_line(line: &str) -> String {
    let quoted = line
        .split_once('`')
        .and_then(|(text, rest)| Some((text, rest.split_once('`')?.0)));
    let bare = || {
        line.find("aws deploy ")
            .or_else(|| line.find("aws ecs "))
            .map(|at| line.split_at(at))
    };
    match quoted
        .filter(|(_, command)| command.starts_with("aws "))
        .or_else(bare)
    {
        Some((text, command)) => format!("{}\n\n{}", prose(text), block(command))
            .trim_start()
            .to_owned(),
        None => prose(line),
    }
}

/// `**prod/web1** in ap-northeast-2 · by oncall · "checkout page is down" · …`.
fn who_and_why(report: &Report, now: OffsetDateTime) -> String {
    let Asked {
        cluster,
        service,
        region,
        version,
        reason,
        actor,
        run_url,
        service_url,
        ..
    } = &report.asked;
    let place = if region.is_empty() {
        String::new()
    } else {
        format!(" in {}", markdown(region))
    };
    let by = actor
        .as_ref()
        .map(|actor| format!(" by {}", markdown(actor)))
        .unwrap_or_default();
    let mut parts = vec![format!(
        "**{}**{place}",
        link(&format!("{cluster}/{service}"), service_url)
    )];
    parts.push(format!("{} asked for{by}", code(version)));
    parts.extend(
        reason
            .as_ref()
            .map(|reason| format!("“{}”", markdown(reason))),
    );
    parts.extend(
        report
            .started_at
            .map(|at| format!("started {}", words::at(at, now - time::Duration::DAY))),
    );
    parts.push(format!("took {}", words::took(report.elapsed)));
    parts.extend(
        report
            .deployment
            .as_ref()
            .map(|d| format!("deployment {}", link(d.short(), &d.url))),
    );
    parts.extend(run_url.as_ref().map(|url| link("workflow run", url)));
    parts.join(" · ")
}
