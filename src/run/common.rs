//! What the runs of several services have in common: nothing is written before all have a plan, and what one of them
//! has written counts for all.

use std::{
    cell::{Cell, RefCell},
    collections::{BTreeMap, BTreeSet},
    rc::Rc,
    time::Duration,
};

use tokio::sync::{Mutex, Notify, OnceCell};

use super::marks::Marks;
use crate::{
    changes::Answers, clock::Clock, execute::journal::Journal, github::Failure, names::ServiceName,
    record::HoldIssues, report::listing::Listing,
};

/// Between two looks at what the other runs have written.
const LOOK: Duration = Duration::from_millis(100);

/// One for all runs of a process.
#[derive(Default)]
pub(crate) struct Common {
    members: RefCell<Vec<Member>>,
    /// Somebody has said something that others may wait for.
    said: Notify,
    /// The first write is about to be sent, or all runs are over.
    pub(super) begun: Notify,
    pub(super) is_begun: Cell<bool>,
    /// GitHub's deployment record.
    pub(super) record: Cell<Option<u64>>,
    pub(super) slack_turn: Mutex<()>,
    /// What GitHub has answered.
    pub(super) answers: Answers,
    pub(super) hold_issues: OnceCell<Result<HoldIssues, Failure>>,
    /// What the mode `mark-stable` puts where.
    pub(super) marks: Marks,
    /// What the mode `history` has listed, by the position of the run.
    pub(super) listings: RefCell<BTreeMap<usize, Listing>>,
    /// What was told for all services.
    pub(super) warned: RefCell<BTreeSet<String>>,
    /// The issues whose holds are deployed over, with the position of the run that does.
    pub(super) let_through: RefCell<BTreeSet<(u64, usize)>>,
}

/// What the others know of one run.
struct Member {
    service: ServiceName,
    journal: Rc<Journal>,
    /// Whether everything was read and every check has passed; `None` as long as that is not known.
    passes: Cell<Option<bool>>,
    /// Whether AWS has answered its first write, or it will send none.
    is_settled: Cell<bool>,
    /// Whether AWS has, or may have, carried out something that is no deployment.
    has_marked: Cell<bool>,
}

/// One run among those that have something in common.
pub(super) struct Membership {
    pub(super) common: Rc<Common>,
    pub(super) position: usize,
}

impl Common {
    pub(super) fn join(self: &Rc<Self>, service: ServiceName, journal: Rc<Journal>) -> Membership {
        let mut members = self.members.borrow_mut();
        members.push(Member {
            service,
            journal,
            passes: Cell::default(),
            is_settled: Cell::default(),
            has_marked: Cell::default(),
        });
        Membership {
            common: Rc::clone(self),
            position: members.len() - 1,
        }
    }

    /// In their order.
    pub(super) fn services(&self) -> Vec<ServiceName> {
        let members = self.members.borrow();
        members
            .iter()
            .map(|member| member.service.clone())
            .collect()
    }

    /// Whether all plans pass; `None` as long as that is not known.
    fn all_pass(&self) -> Option<bool> {
        let mut all = true;
        for member in self.members.borrow().iter() {
            all &= member.passes.get()?;
        }
        Some(all)
    }

    /// Whether this is so of each run that has not ended.
    fn is_over(&self, is_so: impl Fn(usize) -> bool) -> bool {
        let members = self.members.borrow();
        let mut members = members.iter().enumerate();
        members.all(|(position, member)| is_so(position) || member.is_settled.get())
    }

    /// The rollback begins. Where it ends without, `is_begun` is false.
    pub(super) fn let_begin(&self, is_begun: bool) {
        if is_begun {
            self.is_begun.set(true);
        }
        self.begun.notify_one();
    }
}

impl Membership {
    /// Says that this run's plan passes, and waits until all have said: whether this run may write.
    pub(super) async fn may_write(&self) -> bool {
        self.vote(true);
        loop {
            let said = self.common.said.notified();
            if let Some(all_pass) = self.common.all_pass() {
                return all_pass;
            }
            said.await;
        }
    }

    /// Something is about to be written.
    pub(super) fn let_begin(&self) {
        self.common.let_begin(true);
    }

    /// The first word counts.
    pub(super) fn vote(&self, passes: bool) {
        let members = self.common.members.borrow();
        let own = &members[self.position];
        if own.passes.get().is_none() {
            own.passes.set(Some(passes));
            self.common.said.notify_waiters();
        }
    }

    /// AWS has, or may have, carried out something that is no deployment.
    pub(super) fn note_mark(&self) {
        let members = self.common.members.borrow();
        members[self.position].has_marked.set(true);
    }

    /// Whether this run speaks for all where one has to.
    pub(super) fn is_first(&self) -> bool {
        self.position == 0
    }

    /// Says that this run writes nothing more.
    pub(super) fn settle(&self) {
        let members = self.common.members.borrow();
        members[self.position].is_settled.set(true);
        self.common.said.notify_waiters();
    }

    /// Waits until this is so of each run that has not ended.
    pub(super) async fn until_each(&self, is_so: impl Fn(usize) -> bool) {
        self.common.said.notify_waiters();
        loop {
            let said = self.common.said.notified();
            if self.common.is_over(&is_so) {
                return;
            }
            said.await;
        }
    }

    /// Whether another run has written something; waits until that is known.
    pub(super) async fn has_another_written(&self, clock: Clock) -> bool {
        self.settle();
        // Without that, nobody has written anything, and nobody will.
        if self.common.all_pass() != Some(true) {
            return false;
        }
        loop {
            if self.look_at_others(Member::has_written) {
                return true;
            }
            if !self.look_at_others(Member::may_write) {
                return false;
            }
            clock.sleep(LOOK).await;
        }
    }

    fn look_at_others(&self, is_so: fn(&Member) -> bool) -> bool {
        let members = self.common.members.borrow();
        let mut others = members.iter().enumerate();
        others.any(|(position, member)| position != self.position && is_so(member))
    }
}

impl Member {
    fn has_written(&self) -> bool {
        self.journal.has_effect()
            || self.has_marked.get()
            || (self.is_settled.get() && self.journal.has_written())
    }

    fn may_write(&self) -> bool {
        !self.is_settled.get()
    }
}

#[cfg(test)]
mod tests {
    use futures_util::future::FutureExt;

    use super::*;

    fn two() -> (Membership, Membership) {
        let common = Rc::new(Common::default());
        let join = |name| common.join(ServiceName::new(name), Rc::default());
        (join("web1"), join("worker1"))
    }

    #[test]
    fn nobody_writes_before_all_have_a_plan() {
        let (one, other) = two();
        let mut waiting = Box::pin(one.may_write());
        assert_eq!(waiting.as_mut().now_or_never(), None);
        assert_eq!(other.may_write().now_or_never(), Some(true));
        assert_eq!(waiting.now_or_never(), Some(true));
    }

    #[test]
    fn nobody_writes_where_one_is_refused() {
        let (one, other) = two();
        let mut waiting = Box::pin(one.may_write());
        assert_eq!(waiting.as_mut().now_or_never(), None);
        other.vote(false);
        assert_eq!(waiting.now_or_never(), Some(false));
        // What was said stays said.
        other.vote(true);
        assert_eq!(other.may_write().now_or_never(), Some(false));
    }

    #[tokio::test(start_paused = true)]
    async fn two_that_are_both_denied_do_not_wait_for_each_other() {
        let (one, other) = two();
        one.vote(true);
        other.vote(true);
        let clock = Clock::system();
        let both = futures_util::future::join(
            one.has_another_written(clock),
            other.has_another_written(clock),
        );
        assert_eq!(both.await, (false, false));
    }
}
