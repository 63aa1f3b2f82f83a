//! What the runs of several services put the tag `stable` on. It can be on one image of a repository, and on one commit.

use std::{cell::RefCell, collections::BTreeMap, rc::Rc};

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
    /// For each repository, whether the tag is put: services that run the same image share it.
    put: RefCell<BTreeMap<Repository, Rc<Mutex<bool>>>>,
    /// `None`: not known.
    pub(super) commits: RefCell<BTreeMap<usize, Option<CommitOf>>>,
    /// The git tag; `None` where there is none, for a reason that is told.
    pub(super) in_git: OnceCell<Option<PutTag>>,
}

impl Marks {
    /// Whether the tag is put in this repository, for the run whose turn it is to put it there.
    pub(super) fn put_in(&self, repository: &Repository) -> Rc<Mutex<bool>> {
        let mut put = self.put.borrow_mut();
        Rc::clone(put.entry(repository.clone()).or_default())
    }
}

#[derive(Clone, Debug, PartialEq)]
pub(super) struct ImageToMark {
    pub repository: Repository,
    pub digest: ImageDigest,
    /// As people call it.
    pub version: String,
}
