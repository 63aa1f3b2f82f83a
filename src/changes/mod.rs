//! What lies between the version that serves and the target: from two images to their commits, and from these to the
//! pull requests that brought them.

mod candidate;
mod find_origin;
mod floor;
mod narrow;
mod once;
mod origin;
mod pulls;
mod question;
mod safety;

use futures_util::future::join;

use crate::{
    domain::{github::CommitOf, migrations::Safety},
    github::{Commit, Comparison, Failure, Relation},
    plan::VersionImage,
    report::changes::{Changes, CommitView, History, PullView, SafetyView},
};
pub(crate) use candidate::Candidate;
use origin::Origin;
use question::Range;
pub(crate) use question::{Answers, Question, Search};

/// GitHub lists no more commits than these without a second page.
const COMMITS_LISTED: u64 = 250;

impl Question<'_> {
    /// All that can be found out; what could not is a note. It is read once.
    pub(crate) async fn read(&self) -> Changes {
        let key = (self.target.digest.clone(), self.taken_off.digest.clone());
        let changes = &self.search.answers.changes;
        changes.get(key, Box::pin(self.find_out())).await
    }

    async fn find_out(&self) -> Changes {
        let mut changes = self.read_commits().await;
        // Nobody asked in vain: what was not judged is not known.
        changes.safety.get_or_insert_with(|| SafetyView {
            safety: Safety::Unknown,
            ..SafetyView::default()
        });
        changes
    }

    async fn read_commits(&self) -> Changes {
        let search = &self.search;
        let (target, taken_off) = join(
            search.find_origin(&self.target),
            search.find_origin(&self.taken_off),
        )
        .await;
        let mut changes = Changes::default();
        changes.note(sentence(&self.taken_off, &taken_off));
        changes.note(sentence(&self.target, &target));
        changes.target_commit = target.ok().map(|origin| origin.commit);
        changes.taken_off_commit = taken_off.ok().map(|origin| origin.commit);
        let (Some(base), Some(head)) = (&changes.target_commit, &changes.taken_off_commit) else {
            return changes;
        };
        match range(base, head) {
            Ok(range) => self.compare(&range, &mut changes).await,
            Err(why_not) => changes.note(why_not),
        }
        changes
    }

    async fn compare(&self, range: &Range, changes: &mut Changes) {
        let Range {
            repository,
            base,
            head,
        } = range;
        // The page says more than any note, also where the token does not see the repository.
        changes.compare_url = Some(self.search.access.compare_url(repository, base, head));
        let comparison = match self.search.github.compare(repository, base, head).await {
            Ok(Some(comparison)) => comparison,
            Ok(None) => {
                changes.note(not_found(range));
                return;
            }
            Err(failure) => {
                changes.note(failure.sentence());
                return;
            }
        };
        changes.history = history(&comparison);
        self.name_in_full(range, &comparison, changes);
        changes.count = comparison.count;
        let safety = self.assess(range, &comparison);
        let (assessed, listed) = join(safety, self.list(range, &comparison, changes)).await;
        if let Err(failure) = listed {
            changes.note(failure.sentence());
        }
        let (safety, notes) = assessed;
        for note in notes {
            changes.note(note);
        }
        changes.safety = Some(safety);
    }

    /// The ids as GitHub has them: an image may name its commit by the first digits. And where the target is the newer
    /// one, the page compares the other way round, or it would be empty.
    fn name_in_full(&self, range: &Range, comparison: &Comparison, changes: &mut Changes) {
        if let Some(target) = &mut changes.target_commit {
            target.id = comparison.base.clone();
        }
        if let (Some(head), Some(last)) = (&mut changes.taken_off_commit, comparison.commits.last())
            && comparison.commits.len() as u64 == comparison.count
        {
            head.id = last.id.clone();
        }
        if let Relation::Behind(_) = comparison.relation {
            let Range {
                repository,
                base,
                head,
            } = range;
            changes.compare_url = Some(self.search.access.compare_url(repository, head, base));
        }
    }

    /// The commits and the pull requests that brought them.
    async fn list(
        &self,
        range: &Range,
        comparison: &Comparison,
        changes: &mut Changes,
    ) -> Result<(), Failure> {
        let repository = &range.repository;
        let mut commits = comparison.commits.clone();
        if comparison.count > COMMITS_LISTED {
            changes.note(format!(
                "{} commits are too many to list; the link has them",
                comparison.count
            ));
            return Ok(());
        }
        match self.narrow(repository, &commits).await {
            Ok(Some(ours)) => commits = ours,
            Ok(None) => {
                let note = "too many commits to tell which of them change files of `paths`; all are listed";
                changes.note(note.to_owned());
            }
            Err(failure) => changes.note(failure.sentence()),
        }
        changes.count = commits.len() as u64;
        self.list_commits(range, &commits, changes);
        self.list_pulls(range, &commits, changes).await
    }

    fn list_commits(&self, range: &Range, commits: &[Commit], changes: &mut Changes) {
        // GitHub lists the oldest first; people ask for what came last.
        for commit in commits.iter().rev() {
            changes.commits.push(CommitView {
                id: commit.id.clone(),
                title: commit.title.clone(),
                author: commit.author.clone(),
                url: self.search.access.commit_url(&range.repository, &commit.id),
            });
        }
    }

    async fn list_pulls(
        &self,
        range: &Range,
        commits: &[Commit],
        changes: &mut Changes,
    ) -> Result<(), Failure> {
        let repository = &range.repository;
        if commits.is_empty() {
            return Ok(());
        }
        // The last commit of a rebase may be another application's.
        let each = !self.safety.paths.is_empty();
        let (pulls, is_complete) =
            pulls::find(self.search.github, repository, commits, each).await?;
        if !is_complete {
            let note = "there are many pull requests; only the newest were looked at";
            changes.note(note.to_owned());
        }
        for pull in pulls {
            changes.pulls.push(PullView {
                url: self.search.access.pull_url(repository, pull.number),
                number: pull.number,
                title: pull.title,
                author: pull.author,
            });
        }
        Ok(())
    }
}

/// Where the image comes from, or why that is not known.
fn sentence(image: &VersionImage, origin: &Result<Origin, String>) -> String {
    match origin {
        Ok(origin) => origin.sentence(&image.version),
        Err(why) => why.clone(),
    }
}

/// # Errors
/// Why GitHub cannot compare the two.
fn range(base: &CommitOf, head: &CommitOf) -> Result<Range, String> {
    if base.repository != head.repository {
        let (from, to) = (&head.repository, &base.repository);
        return Err(format!(
            "the two versions are built from two repositories, {from} and {to}"
        ));
    }
    Ok(Range {
        repository: base.repository.clone(),
        base: base.id.clone(),
        head: head.id.clone(),
    })
}

fn not_found(range: &Range) -> String {
    format!(
        "GitHub does not find {} and {} in {}; the token may not see it (`permissions: contents: read`), or history was rewritten",
        range.base.short(),
        range.head.short(),
        range.repository
    )
}

fn history(comparison: &Comparison) -> History {
    match comparison.relation {
        Relation::Identical => History::SameCommit,
        Relation::Ahead => History::TakesOut,
        Relation::Behind(commits) => History::BringsIn(commits),
        Relation::Diverged(commits) => History::Diverged(commits),
    }
}
