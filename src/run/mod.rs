//! One run belongs to one service: the pipeline from observing to the ending, and what ends it from outside. The runs
//! of several services go on at the same time and end together.

mod beside;
mod check;
mod codedeploy;
mod common;
mod company;
mod diagnosis;
mod early;
mod ecs;
mod ending;
mod guard;
mod held;
mod history;
mod interrupt;
mod leg;
mod listed;
mod mark_stable;
mod marker;
mod marks;
mod mode;
mod rollback;
mod rounds;
mod safety;
mod seen;
mod services;
mod signal;
mod unhealthy;

use std::{
    borrow::Cow,
    cell::{self, Cell, RefCell},
    pin::Pin,
    rc::Rc,
};

use futures_util::future::{Fuse, FutureExt, join};
use tokio::sync::{Notify, OnceCell};

use crate::{
    aws::{Aws, Connection},
    boxed::boxed,
    clock::Clock,
    error::Code,
    github::GitHub,
    inputs::Inputs,
    observe::PinnedTarget,
    plan::{Caller, Plan},
    report::{
        Teller,
        changes::Changes,
        data::{Ending, Outcome, Serving, Touch},
        event::Event,
    },
};
use beside::beside;
use common::{Common, Membership};
use leg::Leg;
pub use marker::new_marker;
pub(crate) use services::Services;
use signal::Signal;

/// Everything that one run needs, and what it remembers.
pub(crate) struct Run<'a> {
    pub inputs: &'a Inputs,
    pub caller: Caller,
    pub clock: Clock,
    pub teller: Teller,
    pub aws: &'a Aws,
    /// `None` without a token.
    pub github: Option<GitHub>,
    memory: Memory<'a>,
    /// What it has to do with the runs of the other services.
    membership: Membership,
}

/// What goes on beside a run.
type Company<'r> = Pin<Box<Fuse<Pin<Box<dyn Future<Output = ()> + 'r>>>>>;

/// Facts that later steps decide by. What people read is told from them and never read back.
struct Memory<'a> {
    /// The rollback.
    out: Leg<'a>,
    /// The return from a target that is unhealthy: once, if at all.
    back: cell::OnceCell<Leg<'a>>,
    /// What served when the run began.
    at_start: RefCell<Option<Serving>>,
    /// The same as a target; `None` where no task says what it runs.
    start: RefCell<Option<PinnedTarget>>,
    /// Whether nothing is written because another service was refused.
    is_held_up: Cell<bool>,
    /// Whether it was told why the deployment failed.
    told_cause: Cell<bool>,
    /// The first plan is told.
    planned: Notify,
    /// What GitHub says of the two versions; told once.
    changes: OnceCell<Option<Changes>>,
    seen: seen::Seen,
    /// What the mode `mark-stable` has written, or may have written, in words; `None`: nothing.
    marked: RefCell<Option<String>>,
}

impl<'a> Memory<'a> {
    fn new(out: Leg<'a>) -> Self {
        Self {
            out,
            back: cell::OnceCell::new(),
            at_start: RefCell::default(),
            start: RefCell::default(),
            is_held_up: Cell::default(),
            told_cause: Cell::default(),
            planned: Notify::default(),
            changes: OnceCell::default(),
            seen: seen::Seen::default(),
            marked: RefCell::default(),
        }
    }

    /// The rollback's.
    fn plan(&self) -> Option<Rc<Plan>> {
        self.out.plan()
    }

    /// The way that says where AWS is now: a return counts once it has begun.
    fn leg(&self) -> &Leg<'a> {
        match self.back.get() {
            Some(back) if back.has_begun() || back.is_there() => back,
            _ => &self.out,
        }
    }

    /// In their order.
    fn legs(&self) -> impl Iterator<Item = &Leg<'a>> {
        std::iter::once(&self.out).chain(self.back.get())
    }

    fn has_written(&self) -> bool {
        self.legs().any(|leg| leg.journal.has_written())
    }

    fn at_start(&self) -> Option<Serving> {
        self.at_start.borrow().clone()
    }
}

impl<'a> Run<'a> {
    fn new(
        inputs: &'a Inputs,
        caller: Caller,
        teller: Teller,
        aws: &'a Aws,
        github: Option<GitHub>,
        common: &Rc<Common>,
        clock: Clock,
    ) -> Self {
        let out = Leg::new(Cow::Borrowed(inputs), caller.clone(), None);
        let membership = common.join(inputs.service.clone(), Rc::clone(&out.journal));
        Self {
            inputs,
            caller,
            clock,
            teller,
            aws,
            github,
            memory: Memory::new(out),
            membership,
        }
    }

    /// Runs to the end, and tells it; gives what still goes on beside it.
    async fn to_end(&self, connection: &Connection, signal: &Signal) -> (Outcome, Company<'_>) {
        let company: Pin<Box<dyn Future<Output = ()> + '_>> = boxed(|| self.keep_company());
        let mut company = Box::pin(company.fuse());
        let pipeline = boxed(|| self.run_pipeline(connection, signal));
        let ending = beside(&mut company, pipeline).await;
        let outcome = ending.outcome;
        // What ends all runs at the same moment is each one's own end, not another one's refusal.
        if matches!(outcome, Outcome::Cancelled | Outcome::TimedOut) {
            tokio::task::yield_now().await;
        }
        self.membership.vote(outcome.exit_code() == 0);
        self.membership.settle();
        tokio::select! {
            () = self.complete(&mut company, outcome) => {}
            _ = signal.wait() => {}
        }
        self.tell(Event::Ended(Box::new(ending)));
        (outcome, company)
    }

    /// The stages in their order, and the last looks.
    async fn run_pipeline(&self, connection: &Connection, signal: &Signal) -> Ending {
        let mut is_signalled = false;
        let finish = tokio::select! {
            // A pipeline that is done at the very moment of the signal has its own ending.
            biased;
            finish = self.carry_out_mode(connection) => self.weigh(finish).await,
            () = self.clock.sleep_until(self.inputs.timeout) => self.interrupted(Code::TimedOut).await,
            _ = signal.wait() => {
                is_signalled = true;
                self.interrupted(Code::Cancelled).await
            }
        };
        // Both take a while where AWS is silent; a signal must not wait for that.
        let looks = join(self.look_for_the_last_time(&finish), self.diagnose(&finish));
        let serving = tokio::select! {
            (serving, ()) = looks => serving,
            _ = signal.wait(), if !is_signalled => None,
        };
        self.ending(finish, serving)
    }

    /// What a stop of this run's deployment goes back to, if anybody can say.
    fn way_back(&self, plan: &Plan) -> Option<String> {
        let touched = self.memory.leg().journal.touched();
        // CodeDeploy may refuse to end a wait; the stop that is sent instead moves the traffic before the deployment
        // begins.
        let is_planned = touched.iter().all(|(_, touch)| *touch != Touch::Stop);
        plan.way_back.clone().filter(|_| is_planned)
    }

    fn tell(&self, event: Event) {
        let (elapsed, now) = (self.clock.elapsed(), self.clock.now());
        for call in self.aws.take_calls() {
            self.teller.tell(Event::Called(call), elapsed, now);
        }
        self.teller.tell(event, elapsed, now);
    }
}
