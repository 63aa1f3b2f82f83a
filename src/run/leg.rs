//! One way to one target: the rollback, or the return from a target that is unhealthy.

use std::{borrow::Cow, cell::RefCell, rc::Rc};

use crate::{
    error::Problem,
    execute::journal::Journal,
    inputs::Inputs,
    observe::PinnedTarget,
    plan::{Caller, Plan},
    report::data::Path,
};

/// A way to a target, and what was done on it.
pub(super) struct Leg<'a> {
    pub inputs: Cow<'a, Inputs>,
    /// Its writes are told from those of another one by its marker.
    pub caller: Caller,
    /// Set of a return alone.
    pub back: Option<Back>,
    pub journal: Rc<Journal>,
    /// The newest plan; set once everything was read and checked.
    pub plan: RefCell<Option<Rc<Plan>>>,
}

/// Where a return leads, and why.
pub(super) struct Back {
    pub target: PinnedTarget,
    pub because: Problem,
}

impl<'a> Leg<'a> {
    pub(super) fn new(inputs: Cow<'a, Inputs>, caller: Caller, back: Option<Back>) -> Self {
        Self {
            inputs,
            caller,
            back,
            journal: Rc::default(),
            plan: RefCell::default(),
        }
    }

    pub(super) fn plan(&self) -> Option<Rc<Plan>> {
        self.plan.borrow().clone()
    }

    /// Whether anything was written, or a deployment is followed.
    pub(super) fn has_begun(&self) -> bool {
        self.journal.has_written() || self.journal.deployment().is_some()
    }

    /// Whether there was nothing to do.
    pub(super) fn is_there(&self) -> bool {
        self.plan().is_some_and(|plan| plan.path() == Path::Nothing)
    }
}
