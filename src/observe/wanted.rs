//! What the target is: as the inputs say, or as an earlier round of the same run found it.

use super::revisions::BATCH;
use crate::{
    domain::task_definition::TaskDefinition,
    inputs::{Inputs, TaskDefinitionInput, VersionSpec},
    names::{ImageDigest, ImageSelector, Repository, TaskDefinitionArn},
    outside::OutsideText,
};

/// Deployments of the past, and revisions, that are asked for first, since each costs a call.
pub(crate) const FEW: usize = 8;

/// Where the target comes from.
pub(crate) enum Wanted {
    /// From the inputs.
    Asked,
    Pinned(PinnedTarget),
}

/// The target that an earlier round found. What a run does itself must not change what `previous` means, nor a tag
/// that moved meanwhile what was asked for.
#[derive(Clone)]
pub(crate) struct PinnedTarget {
    /// The output `version`, as the first round named it.
    pub version: String,
    pub digest: ImageDigest,
    /// Set where the inputs do not say it: what ran before may come from another repository than what runs.
    pub repository: Option<Repository>,
    /// Set where the inputs do not say it, and an active revision fits. One that names a moving tag, or is `INACTIVE`, can't be
    /// asked for by its name.
    pub revision: Option<TaskDefinitionArn>,
}

/// The target, as the reads look for it.
pub(crate) struct TargetSpec<'a> {
    pub image: ImageSpec,
    pub revision: RevisionSpec<'a>,
    pub pinned: Option<&'a PinnedTarget>,
}

pub(crate) enum ImageSpec {
    Selected(ImageSelector),
    /// Found in the past; `previous` itself is one step.
    Previous {
        steps: u32,
    },
}

#[derive(PartialEq)]
pub(crate) enum RevisionSpec<'a> {
    /// The newest revision that fits the image.
    Newest,
    /// The running one, with the image.
    Running,
    File {
        path: &'a OutsideText,
        document: &'a TaskDefinition,
    },
    /// This one: `web1:8`.
    Exactly(String),
}

impl<'a> TargetSpec<'a> {
    pub(crate) fn new(inputs: &'a Inputs, wanted: &'a Wanted) -> Self {
        let asked = RevisionSpec::new(&inputs.task_definition);
        let Wanted::Pinned(pinned) = wanted else {
            return Self {
                image: ImageSpec::new(&inputs.version),
                revision: asked,
                pinned: None,
            };
        };
        let revision = match (&asked, &pinned.revision) {
            // A revision that the user typed stays what it is.
            (RevisionSpec::Newest, Some(arn)) => RevisionSpec::Exactly(arn.short()),
            _ => asked,
        };
        Self {
            image: ImageSpec::Selected(ImageSelector::Digest(pinned.digest.clone())),
            revision,
            pinned: Some(pinned),
        }
    }

    /// Whether the revision counts, too, for "the target is already serving".
    pub(crate) fn is_exact(&self) -> bool {
        let previous = matches!(self.image, ImageSpec::Previous { .. });
        previous || matches!(self.revision, RevisionSpec::Exactly(_))
    }

    /// How many of the family's newest revisions are described on suspicion, while the image is looked up.
    pub(crate) fn suspects(&self) -> usize {
        match (&self.image, &self.revision) {
            // The record names those that matter, and these are mostly the newest: that saves a round trip.
            (ImageSpec::Previous { .. }, _) => FEW,
            (ImageSpec::Selected(_), RevisionSpec::Newest) => BATCH,
            _ => 0,
        }
    }

    /// Whether the run can do without the family's revisions.
    pub(crate) fn can_do_without_family(&self) -> bool {
        matches!(self.image, ImageSpec::Previous { .. })
    }
}

impl ImageSpec {
    fn new(version: &VersionSpec) -> Self {
        match version {
            VersionSpec::Tag(tag) => Self::Selected(ImageSelector::Tag(tag.clone())),
            VersionSpec::Digest(digest) => Self::Selected(ImageSelector::Digest(digest.clone())),
            VersionSpec::Previous { steps, .. } => Self::Previous { steps: *steps },
        }
    }
}

impl<'a> RevisionSpec<'a> {
    fn new(input: &'a TaskDefinitionInput) -> Self {
        match input {
            TaskDefinitionInput::Auto => Self::Newest,
            TaskDefinitionInput::Current => Self::Running,
            TaskDefinitionInput::File { path, document } => Self::File { path, document },
            TaskDefinitionInput::Revision {
                family, revision, ..
            } => Self::Exactly(format!("{family}:{revision}")),
        }
    }
}
