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
        let compare = async {
            let problems = self.search.find_gaps(input, &self.target).await;
            match problems.is_empty() {
                true => Ok(()),
                false => Err(problems),
            }
        };
        floors.get(key, Box::pin(compare)).await
    }
}

impl Search<'_> {
    /// What of the floor an image's version lacks, and what cannot be told.
    pub(crate) async fn find_gaps(&self, input: &FloorInput, image: &VersionImage) -> Problems {
        let floored = Floored {
            search: self,
            input,
            image,
        };
        floored.find_gaps().await
    }
}

/// A version held against a floor.
struct Floored<'a> {
    search: &'a Search<'a>,
    input: &'a FloorInput,
    image: &'a VersionImage,
}

impl Floored<'_> {
    async fn find_gaps(&self) -> Problems {
        let commit = match self.search.find_origin(self.image).await {
            Ok(origin) => origin.commit,
            Err(why) => return vec![self.unknown(&why)],
        };
        let entries = &self.input.floor.entries;
        let checks = entries.iter().map(|entry| self.find_gap(&commit, entry));
        let gaps: Vec<_> = stream::iter(checks).buffered(AT_ONCE).collect().await;
        gaps.into_iter().flatten().collect()
    }

    async fn find_gap(&self, target: &CommitOf, entry: &FloorEntry) -> Option<Problem> {
        let floor = match self.find_entry(target, entry).await {
            Ok(commit) => commit,
            Err(why) => return Some(self.unknown(&why)),
        };
        let CommitOf { repository, id } = target;
        match self.search.github.relate(repository, &floor, id).await {
            Ok(Some(Relation::Identical | Relation::Ahead)) => None,
            Ok(Some(Relation::Behind(_) | Relation::Diverged(_))) => Some(self.below(entry)),
            Ok(None) => {
                let why = format!("{repository} has no commit {}", floor.short());
                Some(self.unknown(&why))
            }
            Err(failure) => Some(self.unknown(&failure.sentence())),
        }
    }

    /// The commit of an entry: its own, that of an image with this tag, or of a git tag.
    async fn find_entry(&self, target: &CommitOf, entry: &FloorEntry) -> Result<CommitId, String> {
        // A tag of exactly that name goes before a commit: `20261120` may be either.
        let tagged = self.search.find_tagged(&self.image.repository, entry);
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
            ..self.image.clone()
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

    fn below(&self, entry: &FloorEntry) -> Problem {
        let version = words::short_digest(&self.image.version);
        let why = match &entry.why {
            Some(why) => format!(" ({why})"),
            None => String::new(),
        };
        let message = format!(
            "{version} does not contain {}{why}, line {} of the floor {}",
            entry.revision, entry.line, self.input.path
        );
        Problem::new(Code::BelowFloor, message, OVERRIDE)
    }

    fn unknown(&self, why: &str) -> Problem {
        let version = words::short_digest(&self.image.version);
        let message = format!(
            "could not check whether {version} contains everything in the floor {}: {why}",
            self.input.path
        );
        let hint = "set `override: true` with a reason to go on without this check";
        Problem::new(Code::BelowFloor, message, hint)
    }
}
