//! The runs of all services: at the same time, one signal for all, and one end.

mod company;
mod neighbours;
mod notified;
mod records;

use std::{future::Future, rc::Rc, time::Duration};

use futures_util::future::{FusedFuture, FutureExt, join, join_all};

use super::{
    Company, Run,
    beside::{self, beside},
    common::Common,
    marker,
    signal::Signal,
};
use crate::{
    aws::{Aws, Connection},
    boxed::boxed,
    clock::Clock,
    github::GitHub,
    inputs::Inputs,
    plan::Caller,
    report::{
        Teller,
        data::{Outcome, Report},
    },
};

/// From the runner's signal until the process has ended: it is killed soon after.
const AFTER_SIGNAL: Duration = Duration::from_millis(4_900);

/// All runs of the process, in the order of the services; one at least.
pub(crate) struct Services<'a> {
    pub(super) runs: Vec<Run<'a>>,
    pub(super) common: Rc<Common>,
    pub(super) clock: Clock,
}

impl<'a> Services<'a> {
    /// `services`: the inputs of each, with who tells its run.
    pub(crate) fn new(
        services: impl IntoIterator<Item = (&'a Inputs, Teller)>,
        caller: &Caller,
        clock: Clock,
        aws: &'a Aws,
    ) -> Self {
        let common = Rc::new(Common::default());
        let mut runs = Vec::new();
        for (inputs, teller) in services {
            let access = inputs.github.access.as_ref();
            let github = access.map(|access| GitHub::new(access, &aws.http));
            let caller = marker::of_service(caller, runs.len());
            let run = Run::new(inputs, caller, teller, aws, github, &common, clock);
            runs.push(run);
        }
        Self {
            runs,
            common,
            clock,
        }
    }

    /// Runs all of them to their end; `interrupt` resolves when they are cancelled.
    pub(crate) async fn to_end(
        &self,
        connection: &Connection,
        interrupt: impl Future<Output = ()>,
    ) -> Outcome {
        let signal = Signal::default();
        let mut listening = boxed(|| signal.listen(interrupt, self.clock)).fuse();
        let mut company = boxed(|| self.keep_company()).fuse();
        let runs = self.runs.iter();
        let runs = runs.map(|run| boxed(|| run.to_end(connection, &signal)));
        let runs = beside(&mut company, join_all(runs));
        let ended = beside(&mut listening, runs).await;
        self.common.let_begin(false);
        let (outcomes, companies): (Vec<Outcome>, Vec<Company<'_>>) = ended.into_iter().unzip();
        let within = signal.at().map(|at| self.left_after(at));
        let leaving = self.take_leave(companies, company, within);
        let is_signalled = signal.at().is_some();
        let leaving = beside(&mut listening, async {
            tokio::select! {
                () = leaving => {}
                // The outcome is told: nothing that is left is worth being killed for.
                _ = signal.wait(), if !is_signalled => {}
            }
        });
        leaving.await;
        Outcome::worst(outcomes).expect("there is a service")
    }

    /// How long the process has after the runner's signal.
    fn left_after(&self, signal_at: Duration) -> Duration {
        (signal_at + AFTER_SIGNAL).saturating_sub(self.clock.elapsed())
    }

    /// As they are now.
    pub(super) fn reports(&self) -> Vec<Report> {
        match self.runs.first() {
            Some(run) => run.teller.reports(),
            None => Vec::new(),
        }
    }

    /// The run that speaks for all.
    pub(super) fn first(&self) -> &Run<'a> {
        &self.runs[0]
    }

    /// Waits for what goes on beside the runs, `answers` at most.
    pub(super) async fn wait_for_answers(
        &self,
        companies: Vec<Company<'_>>,
        company: impl FusedFuture<Output = ()>,
        answers: Duration,
    ) {
        let expected = self.runs.iter().zip(companies);
        let expected = expected.filter(|(run, _)| run.memory.plan().is_some());
        let expected = expected.map(|(_, company)| beside::over(company));
        let all = join(join_all(expected), beside::over(company));
        // What has not answered by then never will.
        let _ = tokio::time::timeout(answers, all).await;
    }
}
