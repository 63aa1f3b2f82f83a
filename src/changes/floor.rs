//! The floor: what a target must contain, by its history.

use futures_util::{StreamExt, stream};

use super::question::{Image, Question};
use crate::{
    domain::{
        floor::FloorEntry,
        github::{CommitId, CommitOf},
    },
    error::{Code, Problem, Problems},
    github::Relation,
    inputs::FloorInput,
    names::{ImageSelector, ImageTag},
    words,
};

/// Entries that are looked up at the same time.
const AT_ONCE: usize = 6;
const OVERRIDE: &str = "give a version that contains it, or set `override: true` with a reason";

impl Question<'_> {
    /// # Errors
    /// `below-floor` for each entry that the target does not contain, or of which nobody can tell.
    pub(crate) async fn check_floor(&self, input: &FloorInput) -> Result<(), Problems> {
        let target = match self.find_target_origin().await {
            Ok(origin) => origin.commit,
            Err(why) => return Err(self.untold(input, &why).into()),
        };
        let entries = &input.floor.entries;
        let checks = entries
            .iter()
            .map(|entry| self.check_entry(input, &target, entry));
        let checks: Vec<_> = stream::iter(checks).buffered(AT_ONCE).collect().await;
        let problems: Problems = checks.into_iter().filter_map(Result::err).collect();
        match problems.is_empty() {
            true => Ok(()),
            false => Err(problems),
        }
    }

    async fn check_entry(
        &self,
        input: &FloorInput,
        target: &CommitOf,
        entry: &FloorEntry,
    ) -> Result<(), Problem> {
        let floor = match self.find_entry(target, entry).await {
            Ok(commit) => commit,
            Err(why) => return Err(self.untold(input, &why)),
        };
        let CommitOf { repository, id } = target;
        let relation = match self.github.relate(repository, &floor, id).await {
            Ok(Some(relation)) => relation,
            Ok(None) => {
                let why = format!("{repository} has no commit {}", floor.short());
                return Err(self.untold(input, &why));
            }
            Err(failure) => return Err(self.untold(input, &failure.sentence())),
        };
        match relation {
            Relation::Identical | Relation::Ahead => Ok(()),
            Relation::Behind(_) | Relation::Diverged(_) => Err(self.below(input, entry)),
        }
    }

    /// The commit of an entry: its own, that of an image with this tag, or of a git tag.
    async fn find_entry(&self, target: &CommitOf, entry: &FloorEntry) -> Result<CommitId, String> {
        let revision = entry.revision.raw();
        let plan_target = self.target_image();
        let unknown = || format!("{} is neither a tag in ECR nor in git", entry.revision);
        // A tag of exactly that name goes before a commit: `20261120` may be either.
        let Some(tag) = ImageTag::parse(revision) else {
            return Err(unknown());
        };
        let selector = ImageSelector::Tag(tag);
        let found = self
            .aws
            .describe_image(plan_target.repository, &selector)
            .await;
        if let Ok(Some(image)) = found {
            let image = Image {
                version: revision,
                repository: plan_target.repository,
                digest: &image.digest,
                tags: &image.tags,
            };
            return Ok(self.find_origin(&image).await?.commit.id);
        }
        if let Some(commit) = CommitId::parse(revision) {
            return Ok(commit);
        }
        // Its image may be gone while its tag in git stays.
        let image = Image {
            version: revision,
            ..plan_target
        };
        match self.find_git_tag(&target.repository, &image).await? {
            Some(origin) => Ok(origin.commit.id),
            None => Err(unknown()),
        }
    }

    fn below(&self, input: &FloorInput, entry: &FloorEntry) -> Problem {
        let version = words::short_digest(&self.plan.target.version);
        let why = match &entry.why {
            Some(why) => format!(" ({why})"),
            None => String::new(),
        };
        Problem::new(
            Code::BelowFloor,
            format!(
                "{version} does not contain {}{why}, line {} of the floor {}",
                entry.revision, entry.line, input.path
            ),
            OVERRIDE,
        )
    }

    fn untold(&self, input: &FloorInput, why: &str) -> Problem {
        let version = words::short_digest(&self.plan.target.version);
        Problem::new(
            Code::BelowFloor,
            format!(
                "could not check whether {version} contains everything in the floor {}: {why}",
                input.path
            ),
            "set `override: true` with a reason to go on without this check",
        )
    }
}
