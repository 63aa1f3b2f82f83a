//! What the runs of several services put the tag `stable` on. It can be on one image of a repository, and on one commit.

use std::{cell::RefCell, collections::BTreeMap};

use tokio::sync::{Mutex, OnceCell};

use crate::{
    domain::github::CommitOf,
    names::{ImageDigest, Repository},
    record::PutTag,
};

/// Of all runs, by the position of each.
#[derive(Default)]
pub(super) struct Marks {
    pub(super) images: RefCell<BTreeMap<usize, ImageToMark>>,
    /// The images that have the tag now. It is put on one at a time: ECR takes ten a second.
    pub(super) put: Mutex<Vec<ImageToMark>>,
    /// `None`: not known.
    pub(super) commits: RefCell<BTreeMap<usize, Option<CommitOf>>>,
    /// The git tag; `None` where there is none, for a reason that is told.
    pub(super) in_git: OnceCell<Option<PutTag>>,
}

#[derive(Clone, Debug, PartialEq)]
pub(super) struct ImageToMark {
    pub repository: Repository,
    pub digest: ImageDigest,
    /// As people call it.
    pub version: String,
}
