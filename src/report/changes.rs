//! What lies between the version that served and the target, as GitHub knows it.

use serde::Serialize;

use super::safe;
use crate::{
    domain::{
        github::{CommitId, CommitOf},
        migrations::Safety,
    },
    outside::OutsideText,
    words,
};

/// Pull requests that a line names.
const PULLS_NAMED: usize = 5;

/// The commits between two versions.
#[derive(Clone, Debug, Default)]
pub(crate) struct Changes {
    pub history: History,
    /// Commits of the version that served which the target does not have, newest first: 250 at most.
    pub commits: Vec<CommitView>,
    /// How many there are.
    pub count: u64,
    /// The pull requests that brought them, the newest first.
    pub pulls: Vec<PullView>,
    /// Of the version that is taken off, and of the target, where they are known.
    pub taken_off_commit: Option<CommitOf>,
    pub target_commit: Option<CommitOf>,
    /// The page that shows them; `None` where one of the commits is not known.
    pub compare_url: Option<String>,
    /// Whether the target can run on the schema that stays; `None` where GitHub was not asked.
    pub safety: Option<SafetyView>,
    /// How each version's commit was found, and what could not be read: a sentence each.
    pub notes: Vec<String>,
}

/// How the target relates to the version that served.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum History {
    #[default]
    Unknown,
    SameCommit,
    /// The target is older.
    TakesOut,
    /// The target is newer, by so many commits.
    BringsIn(u64),
    /// The target has so many commits that the version that served does not have.
    Diverged(u64),
}

/// What the migrations do that the rollback leaves in place.
#[derive(Clone, Debug, Default)]
pub(crate) struct SafetyView {
    /// Output `safety`.
    pub safety: Safety,
    /// The answer to "safe?", without its full stop; `None` where there are no migrations.
    pub sentence: Option<String>,
    /// Migrations that only add.
    pub additive: usize,
    pub destructive: Vec<Finding>,
    pub unknown: Vec<Finding>,
}

/// A migration that may harm.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct Finding {
    pub path: OutsideText,
    /// From 1; `None` where the file as a whole is meant.
    pub line: Option<u32>,
    /// `drops the column orders.total`, or why it is not known.
    pub why: String,
    /// The statement's beginning; empty where the file as a whole is meant.
    pub statement: OutsideText,
}

#[derive(Clone, Debug, Serialize)]
pub(crate) struct CommitView {
    /// In full.
    pub id: CommitId,
    pub title: OutsideText,
    pub author: OutsideText,
    pub url: String,
}

#[derive(Clone, Debug, Serialize)]
pub(crate) struct PullView {
    pub number: u64,
    pub title: OutsideText,
    pub author: OutsideText,
    pub url: String,
}

impl Changes {
    /// What two requests meet is told once.
    pub(crate) fn note(&mut self, note: String) {
        if !self.notes.contains(&note) {
            self.notes.push(note);
        }
    }

    /// What a line about them begins with.
    pub(super) fn label(&self) -> &'static str {
        match self.history {
            History::BringsIn(_) => "brings in",
            History::SameCommit | History::Unknown => "commits",
            History::TakesOut | History::Diverged(_) => "takes out",
        }
    }

    /// `7 commits, 3 pull requests`; empty where nothing is known.
    pub(super) fn figures(&self) -> String {
        match self.history {
            History::Unknown => String::new(),
            History::SameCommit => "none: both versions are built from the same commit".to_owned(),
            History::TakesOut => self.taken_out(),
            History::BringsIn(commits) => {
                format!("{}: the target is newer", count(commits, "commit"))
            }
            History::Diverged(commits) => {
                let brought = count(commits, "other commit");
                format!("{}; brings in {brought}", self.taken_out())
            }
        }
    }

    fn taken_out(&self) -> String {
        let commits = count(self.count, "commit");
        match self.pulls.len() {
            0 => commits,
            pulls => {
                let pulls = count(pulls as u64, "pull request");
                format!("{commits}, {pulls}")
            }
        }
    }

    /// `7 commits, 3 pull requests: #412 New checkout (Kim), …`
    pub(super) fn sentence(&self) -> String {
        let mut names = Vec::new();
        for pull in self.pulls.iter().take(PULLS_NAMED) {
            names.push(pull.name());
        }
        if names.is_empty() {
            return self.figures();
        }
        let more = self.pulls.len() - names.len();
        if more > 0 {
            names.push(format!("{more} more"));
        }
        format!("{}: {}", self.figures(), names.join(", "))
    }
}

impl CommitView {
    /// Its first digits, as a link in Markdown.
    pub(super) fn link(&self) -> String {
        safe::link(self.id.short(), &self.url)
    }
}

impl PullView {
    /// `#412`, as a link in Markdown.
    pub(super) fn link(&self) -> String {
        safe::link(&format!("#{}", self.number), &self.url)
    }

    /// `#412 New checkout (Kim)`
    fn name(&self) -> String {
        let (number, title) = (self.number, self.title.raw());
        match self.author.raw() {
            "" => format!("#{number} {title}"),
            author => format!("#{number} {title} ({author})"),
        }
    }
}

fn count(number: u64, thing: &str) -> String {
    words::count(u32::try_from(number).unwrap_or(u32::MAX), thing)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pull(number: u64) -> PullView {
        PullView {
            number,
            title: OutsideText::new("New checkout"),
            author: OutsideText::new("kim"),
            url: String::new(),
        }
    }

    #[test]
    fn a_line_names_the_newest_pull_requests() {
        let changes = Changes {
            history: History::TakesOut,
            count: 9,
            pulls: (0..7).map(pull).collect(),
            ..Changes::default()
        };
        assert_eq!(
            changes.sentence(),
            "9 commits, 7 pull requests: #0 New checkout (kim), #1 New checkout (kim), #2 New checkout (kim), \
             #3 New checkout (kim), #4 New checkout (kim), 2 more"
        );
    }

    #[test]
    fn each_history_has_its_words() {
        let told = |history| {
            let changes = Changes {
                history,
                count: 1,
                ..Changes::default()
            };
            format!("{} {}", changes.label(), changes.sentence())
        };
        assert_eq!(told(History::TakesOut), "takes out 1 commit");
        assert_eq!(
            told(History::BringsIn(2)),
            "brings in 2 commits: the target is newer"
        );
        assert_eq!(
            told(History::Diverged(3)),
            "takes out 1 commit; brings in 3 other commits"
        );
    }
}
