//! The target, found: what each of its parts is read from, and what it becomes.

use std::time::Duration;

use time::OffsetDateTime;

use super::{
    image::ImageFacts, past::Known, reader::Reader, record::Record,
    running_service::RunningService, wanted::TargetSpec,
};
use crate::{
    domain::{
        past::Candidate,
        task_definition::{TaskDefinition, fits},
    },
    names::Repository,
};

/// The version asked for, as it was found.
pub(crate) struct FoundTarget {
    /// The output `version`.
    pub version: String,
    pub image: ImageFacts,
    pub repository: Repository,
    /// Whether the revision counts, too, for "that is what runs": `previous`, or a revision given.
    pub exact: bool,
    pub last_served_from: Option<OffsetDateTime>,
    pub served_for: Option<Duration>,
    /// Why this one, what was passed over, what else to know.
    pub notes: Vec<String>,
    /// One step further back than `previous`, where that was asked for and is on record.
    pub further: Option<Candidate>,
}

impl FoundTarget {
    /// `repository@sha256:…`, the spelling that a revision of ours gets. Both a tag and a digest in
    /// one reference are not documented for ECS, so it is the digest alone.
    pub(crate) fn image_uri(&self) -> String {
        format!("{}@{}", self.repository, self.image.image.digest)
    }
}

/// What a target is looked for with.
pub(crate) struct Lookup<'a> {
    pub reader: Reader<'a>,
    pub spec: &'a TargetSpec<'a>,
    pub running: &'a RunningService,
    pub record: Record<'a>,
    /// Revisions that were described on the way.
    pub described: &'a [TaskDefinition],
    /// Called once with the target.
    pub tell: &'a dyn Fn(&FoundTarget),
}

impl Lookup<'_> {
    /// What need not be read again to read the past.
    pub(super) fn known(&self) -> Known<'_> {
        Known {
            running: self.running,
            described: self.described,
        }
    }

    /// Whether the revision runs the image as it is.
    pub(crate) fn fits(&self, definition: &TaskDefinition, target: &FoundTarget) -> bool {
        let image = &target.image.image;
        fits(
            definition,
            self.running.container.as_str(),
            &target.repository,
            &image.digest,
            &image.tags,
        )
    }
}
