//! What the rollback takes out: pull requests in sight, commits folded.

use super::details::section;
use crate::{
    report::{
        changes::{Changes, CommitView, PullView},
        safe::{link, markdown, prose},
    },
    words,
};

/// Pull requests that stand unfolded.
const PULLS_SHOWN: usize = 10;

/// Sections, one below the other.
pub(super) fn render(changes: &Changes) -> Vec<String> {
    let figures = changes.figures();
    if figures.is_empty() {
        return vec![notes(&changes.notes)];
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
    vec![text, commits(changes), notes(&changes.notes)]
}

fn pull_line(pull: &PullView) -> String {
    let number = link(&format!("#{}", pull.number), &pull.url);
    format!("{number} {}", titled(pull.title.raw(), pull.author.raw()))
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
    let short: String = commit.id.chars().take(7).collect();
    let id = link(&short, &commit.url);
    format!("{id} {}", titled(commit.title.raw(), commit.author.raw()))
}

/// How the commits were found is looked up afterwards, if at all.
fn notes(notes: &[String]) -> String {
    let mut lines = String::new();
    for note in notes {
        lines += &format!("- {}\n", prose(&words::sentence(note)));
    }
    section("Where the commits come from", lines.trim_end())
}
