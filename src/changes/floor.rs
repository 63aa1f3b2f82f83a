//! The floor: what a target must contain, by its history.

use futures_util::{StreamExt, stream};

use super::question::{Question, Search};
use crate::{
    domain::{
        floor::FloorEntry,
        github::{CommitId, CommitOf},
    },
    error::{Code, Problem, Problems},
    github::Relation,
    inputs::FloorInput,
    names::{ImageSelector, ImageTag, Repository},
    plan::VersionImage,
    words,
};

/// Entries that are looked up at the same time.
const AT_ONCE: usize = 6;
const OVERRIDE: &str = "give a version that contains it, or set `override: true` with a reason";

impl Search<'_> {
    /// Looks up what of a floor's entries needs no target.
    pub(crate) async fn look_up_floor(&self, input: &FloorInput, repository: &Repository) {
        let entries = input.floor.entries.iter();
        let reads = entries.map(|entry| self.find_tagged(repository, entry));
        let mut reads = stream::iter(reads).buffered(AT_ONCE);
        while reads.next().await.is_some() {}
    }

    /// The commit of the image in ECR that has the entry as its tag.
    ///
    /// # Errors
    /// The image is there, and its commit is not known.
    async fn find_tagged(
        &self,
        repository: &Repository,
        entry: &FloorEntry,
    ) -> Result<Option<CommitId>, String> {
        let Some(tag) = ImageTag::parse(entry.revision.raw()) else {
            return Ok(None);
        };
        let key = format!("{repository}:{tag}");
        let tagged = &self.answers.tagged;
        let search = self.search_tagged(repository, tag);
        tagged.get(key, Box::pin(search)).await
    }

    async fn search_tagged(
        &self,
        repository: &Repository,
        tag: ImageTag,
    ) -> Result<Option<CommitId>, String> {
        let version = tag.to_string();
        let selector = ImageSelector::Tag(tag);
        let found = self.aws.describe_image(repository, &selector).await;
        let Ok(Some(image)) = found else {
            return Ok(None);
        };
        let image = VersionImage {
            version,
            repository: repository.clone(),
            digest: image.digest,
            tags: image.tags,
            manifest: None,
        };
        Ok(Some(self.find_origin(&image).await?.commit.id))
    }
}

impl Question<'_> {
    /// # Errors
    /// `below-floor` for each entry that the target does not contain, or of which nobody can tell.
    pub(crate) async fn check_floor(&self, input: &FloorInput) -> Result<(), Problems> {
        let key = self.target.digest.clone();
        let floors = &self.search.answers.floors;
        let compare = self.compare_with_floor(input);
        floors.get(key, Box::pin(compare)).await
    }

    async fn compare_with_floor(&self, input: &FloorInput) -> Result<(), Problems> {
        let target = match self.search.find_origin(&self.target).await {
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
        let relation = match self.search.github.relate(repository, &floor, id).await {
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
        // A tag of exactly that name goes before a commit: `20261120` may be either.
        let tagged = self.search.find_tagged(&self.target.repository, entry);
        if let Some(commit) = tagged.await? {
            return Ok(commit);
        }
        let revision = entry.revision.raw();
        if let Some(commit) = CommitId::parse(revision) {
            return Ok(commit);
        }
        // Its image may be gone while its tag in git stays.
        let image = VersionImage {
            version: revision.to_owned(),
            ..self.target.clone()
        };
        let found = self.search.find_git_tag(&target.repository, &image);
        match found.await? {
            Some(origin) => Ok(origin.commit.id),
            None => Err(format!(
                "{} is neither a tag in ECR nor in git",
                entry.revision
            )),
        }
    }

    fn below(&self, input: &FloorInput, entry: &FloorEntry) -> Problem {
        let version = words::short_digest(&self.target.version);
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
        let version = words::short_digest(&self.target.version);
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
