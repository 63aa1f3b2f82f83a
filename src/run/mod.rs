//! One run belongs to one service. The pipeline from observing to the ending, and what ends it from outside.

mod beside;
mod check;
mod codedeploy;
mod company;
mod diagnosis;
mod early;
mod ecs;
mod ending;
mod guard;
mod history;
mod interrupt;
mod leg;
mod listed;
mod mark_stable;
mod marker;
mod mode;
mod notified;
mod rollback;
mod rounds;
mod safety;
mod seen;
mod stable_in_git;
mod unhealthy;

use std::{
    borrow::Cow,
    cell::{self, Cell, RefCell},
    future::Future,
    pin::pin,
    rc::Rc,
    time::Duration,
};

use futures_util::future::{FutureExt, join};
use tokio::sync::{Mutex, Notify, OnceCell};

use crate::{
    aws::{Aws, CallLog, Connection},
    changes::Answers,
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
use leg::Leg;
pub use marker::new_marker;

/// Everything that one run needs, and what it remembers.
pub(crate) struct Run<'a> {
    pub inputs: &'a Inputs,
    pub caller: Caller,
    pub clock: Clock,
    pub teller: Teller,
    pub aws: Aws,
    /// `None` without a token.
    pub github: Option<GitHub>,
    memory: Memory<'a>,
}

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
    /// Whether it was told why the deployment failed.
    told_cause: Cell<bool>,
    /// The first plan is told.
    planned: Notify,
    /// The first write is about to be sent, or the run is over.
    begun: Notify,
    is_begun: Cell<bool>,
    /// What GitHub says of the two versions; told once.
    changes: OnceCell<Option<Changes>>,
    /// What GitHub has answered.
    answers: Answers,
    seen: seen::Seen,
    /// GitHub's deployment record of this run.
    record: Cell<Option<u64>>,
    slack_turn: Mutex<()>,
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
            told_cause: Cell::default(),
            planned: Notify::default(),
            begun: Notify::default(),
            is_begun: Cell::default(),
            changes: OnceCell::default(),
            answers: Answers::default(),
            seen: seen::Seen::default(),
            record: Cell::default(),
            slack_turn: Mutex::default(),
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
    pub(crate) fn new(
        inputs: &'a Inputs,
        caller: Caller,
        clock: Clock,
        teller: Teller,
        connection: &Connection,
        calls: Option<CallLog>,
    ) -> Self {
        let out = Leg::new(Cow::Borrowed(inputs), caller.clone(), None);
        Self {
            inputs,
            caller,
            clock,
            teller,
            aws: Aws::new(connection, calls),
            github: github(inputs, connection),
            memory: Memory::new(out),
        }
    }

    /// Runs to the end; `interrupt` resolves when the run is cancelled.
    pub(crate) async fn to_end(
        &self,
        connection: &Connection,
        interrupt: impl Future<Output = ()>,
    ) -> Outcome {
        let interrupt = async {
            interrupt.await;
            self.clock.elapsed()
        };
        let mut interrupt = pin!(interrupt.fuse());
        let mut company = Box::pin(self.keep_company().fuse());
        let mut signalled = None;
        let pipeline = self.run_pipeline(connection, &mut interrupt, &mut signalled);
        // Boxed, or the futures nest deeper than the compiler likes.
        let pipeline = Box::pin(pipeline);
        let ending = beside(&mut company, pipeline).await;
        let outcome = ending.outcome;
        self.let_begin(false);
        tokio::select! {
            () = self.complete(&mut company, outcome) => {}
            at = &mut interrupt, if signalled.is_none() => signalled = Some(at),
        }
        self.tell(Event::Ended(Box::new(ending)));
        tokio::select! {
            () = self.take_leave(&mut company, signalled) => {}
            // The outcome is told: nothing that is left is worth being killed for.
            _ = &mut interrupt, if signalled.is_none() => {}
        }
        outcome
    }

    /// The stages in their order, and the last looks. `interrupt` says when the runner's signal came, which is put into
    /// `signalled`.
    async fn run_pipeline(
        &self,
        connection: &Connection,
        interrupt: &mut (impl Future<Output = Duration> + Unpin),
        signalled: &mut Option<Duration>,
    ) -> Ending {
        let finish = tokio::select! {
            // A pipeline that is done at the very moment of the signal has its own ending.
            biased;
            finish = self.carry_out_mode(connection) => finish,
            () = self.clock.sleep_until(self.inputs.timeout) => self.interrupted(Code::TimedOut).await,
            at = &mut *interrupt => {
                *signalled = Some(at);
                self.interrupted(Code::Cancelled).await
            }
        };
        // Both take a while where AWS is silent; a signal must not wait for that.
        let looks = join(self.look_for_the_last_time(&finish), self.diagnose(&finish));
        let serving = tokio::select! {
            (serving, ()) = looks => serving,
            at = interrupt, if signalled.is_none() => {
                *signalled = Some(at);
                None
            }
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

fn github(inputs: &Inputs, connection: &Connection) -> Option<GitHub> {
    let access = inputs.github.access.as_ref()?;
    Some(GitHub::new(access, &connection.http))
}
