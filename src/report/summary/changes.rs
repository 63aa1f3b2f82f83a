//! What the rollback takes out: pull requests in sight, commits folded.

use super::{details::section, table::MOST_ROWS};
use crate::{
    report::{
        changes::{Changes, CommitView, Finding, PullView},
        safe::{code, link, markdown, prose},
    },
    words,
};

/// Pull requests that stand unfolded.
const PULLS_SHOWN: usize = 10;

/// Sections, one below the other.
pub(super) fn render(changes: &Changes) -> Vec<String> {
    let figures = changes.figures();
    if figures.is_empty() {
        let mut sections = safety(changes);
        sections.push(notes(&changes.notes));
        return sections;
    }
    let label = words::capitalised(changes.label());
    let mut text = format!("**{label}:** {}", markdown(&figures));
    if let Some(url) = &changes.compare_url {
        text += &format!(" · {}", link("compare", url));
    }
    text.push('\n');
    for pull in changes.pulls.iter().take(PULLS_SHOWN) {
        text += &format!("\n- {}", pull_line(pull));
    }
    let mut sections = vec![text];
    sections.extend(safety(changes));
    sections.push(commits(changes));
    sections.push(notes(&changes.notes));
    sections
}

/// Whether the target can run on the schema that stays, and folded what says so.
fn safety(changes: &Changes) -> Vec<String> {
    let Some(safety) = &changes.safety else {
        return Vec::new();
    };
    let Some(sentence) = &safety.sentence else {
        return Vec::new();
    };
    let mut lines = String::new();
    for finding in safety
        .destructive
        .iter()
        .chain(&safety.unknown)
        .take(MOST_ROWS)
    {
        lines += &format!("- {}\n", finding_line(finding));
    }
    let answer = format!("**Safe?** {}", prose(&words::capitalised(sentence)));
    vec![
        answer,
        section("The migrations that stay", lines.trim_end()),
    ]
}

/// `db/20261120_orders.sql:3 drops the column orders.total: ALTER TABLE …`
fn finding_line(finding: &Finding) -> String {
    let mut place = finding.path.raw().to_owned();
    if let Some(line) = finding.line {
        place += &format!(":{line}");
    }
    let why = prose(&finding.why);
    match finding.statement.raw() {
        "" => format!("{} {why}", code(&place)),
        statement => format!("{} {why}: {}", code(&place), code(statement)),
    }
}

fn pull_line(pull: &PullView) -> String {
    format!(
        "{} {}",
        pull.link(),
        titled(pull.title.raw(), pull.author.raw())
    )
}

fn titled(title: &str, author: &str) -> String {
    match author {
        "" => markdown(title),
        author => format!("{} ({})", markdown(title), markdown(author)),
    }
}

fn commits(changes: &Changes) -> String {
    let mut lines = String::new();
    for pull in changes.pulls.iter().skip(PULLS_SHOWN) {
        lines += &format!("- {}\n", pull_line(pull));
    }
    for commit in &changes.commits {
        lines += &format!("- {}\n", commit_line(commit));
    }
    section("The commits that it takes out", lines.trim_end())
}

fn commit_line(commit: &CommitView) -> String {
    format!(
        "{} {}",
        commit.link(),
        titled(commit.title.raw(), commit.author.raw())
    )
}

/// How the commits were found is looked up afterwards, if at all.
fn notes(notes: &[String]) -> String {
    let mut lines = String::new();
    for note in notes {
        lines += &format!("- {}\n", prose(&words::sentence(note)));
    }
    section("Where the commits come from", lines.trim_end())
}
