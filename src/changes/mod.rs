//! What lies between the version that serves and the target: from two images to their commits, and from these to the
//! pull requests that brought them.

mod origin;
mod pulls;

use futures_util::future::join;

use crate::{
    aws::Aws,
    domain::github::{Access, CommitId, RepositoryName},
    github::{Commit, Comparison, GitHub, Relation},
    inputs::GitHubInputs,
    plan::{Plan, RunningImage},
    report::changes::{Changes, CommitView, History, PullView},
};
use origin::{Image, Origin};

/// GitHub lists no more commits than these without a second page.
const COMMITS_LISTED: u64 = 250;

/// Two images, and whom to ask about them.
pub(crate) struct Question<'a> {
    pub aws: &'a Aws,
    pub github: &'a GitHub,
    pub access: &'a Access,
    pub inputs: &'a GitHubInputs,
    pub plan: &'a Plan,
    pub running: &'a RunningImage,
}

/// Two commits of one repository.
struct Range {
    repository: RepositoryName,
    /// The target's.
    base: CommitId,
    /// What serves.
    head: CommitId,
}

impl Question<'_> {
    /// All that can be found out; what could not is a note.
    pub(crate) async fn read(&self) -> Changes {
        let (target, running) = (self.target_image(), self.running_image());
        let (base, head) = join(self.find_origin(&target), self.find_origin(&running)).await;
        let mut changes = Changes::default();
        for (image, origin) in [(&running, &head), (&target, &base)] {
            changes.notes.push(match origin {
                Ok(origin) => origin.sentence(image),
                Err(why) => why.clone(),
            });
        }
        changes.target_commit = base.as_ref().ok().map(Origin::commit);
        changes.running_commit = head.as_ref().ok().map(Origin::commit);
        let (Ok(base), Ok(head)) = (base, head) else {
            return changes;
        };
        if base.repository != head.repository {
            let (from, to) = (&head.repository, &base.repository);
            let note = format!("the two versions are built from two repositories, {from} and {to}");
            changes.notes.push(note);
            return changes;
        }
        let range = Range {
            repository: base.repository,
            base: base.commit,
            head: head.commit,
        };
        self.compare(&range, &mut changes).await;
        changes
    }

    fn target_image(&self) -> Image<'_> {
        let target = &self.plan.target;
        Image {
            version: &target.version,
            repository: &target.repository,
            digest: &target.digest,
            tags: &target.tags,
        }
    }

    fn running_image(&self) -> Image<'_> {
        let running = self.running;
        Image {
            version: &running.version,
            repository: &running.repository,
            digest: &running.digest,
            tags: &running.tags,
        }
    }

    async fn compare(&self, range: &Range, changes: &mut Changes) {
        let Range {
            repository,
            base,
            head,
        } = range;
        // The page says more than any note, also where the token does not see the repository.
        changes.compare_url = Some(self.access.compare_url(repository, base, head));
        let comparison = match self.github.compare(repository, base, head).await {
            Ok(Some(comparison)) => comparison,
            Ok(None) => {
                changes.notes.push(format!(
                    "GitHub does not find {} and {} in {repository}; the token may not see it (`permissions: contents: read`), or history was rewritten",
                    base.short(),
                    head.short()
                ));
                return;
            }
            Err(failure) => {
                changes.notes.push(failure.sentence());
                return;
            }
        };
        changes.history = history(&comparison);
        changes.count = comparison.count;
        if comparison.count > COMMITS_LISTED {
            changes.notes.push(format!(
                "only {COMMITS_LISTED} of {} commits can be listed; the link has all of them",
                comparison.count
            ));
            return;
        }
        self.list(range, &comparison.commits, changes).await;
    }

    async fn list(&self, range: &Range, commits: &[Commit], changes: &mut Changes) {
        let repository = &range.repository;
        // GitHub lists the oldest first; people ask for what came last.
        for commit in commits.iter().rev() {
            changes.commits.push(CommitView {
                id: commit.id.to_string(),
                title: commit.title.clone(),
                author: commit.author.clone(),
                url: self.access.commit_url(repository, &commit.id),
            });
        }
        if commits.is_empty() {
            return;
        }
        match pulls::find(self.github, repository, commits).await {
            Ok(pulls) => {
                for pull in pulls {
                    changes.pulls.push(PullView {
                        url: self.access.pull_url(repository, pull.number),
                        number: pull.number,
                        title: pull.title,
                        author: pull.author,
                    });
                }
            }
            Err(failure) => changes.notes.push(failure.sentence()),
        }
    }
}

fn history(comparison: &Comparison) -> History {
    match comparison.relation {
        Relation::Identical => History::SameCommit,
        Relation::Ahead => History::TakesOut,
        Relation::Behind(commits) => History::BringsIn(commits),
        Relation::Diverged(commits) => History::Diverged(commits),
    }
}
