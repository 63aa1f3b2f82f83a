//! A deployment of the target that did not go well: its cause is looked for as soon as that is known.

use std::{future::Future, pin::pin, time::Duration};

use futures_util::future::join;

use super::{
    Run,
    ending::{Finish, LAST_LOOK},
};
use crate::{
    diagnose::Case,
    error::Code,
    execute::{Ended, journal::Journal},
    report::event::Event,
};

impl Run<'_> {
    /// Carries on, and tells why the deployment failed while AWS still rolls it back.
    pub(super) async fn diagnose_meanwhile<T>(
        &self,
        journal: &Journal,
        carried: impl Future<Output = T>,
    ) -> T {
        let mut carried = pin!(carried);
        tokio::select! {
            // What is over already is diagnosed with the last look.
            biased;
            done = &mut carried => done,
            () = journal.failure() => join(carried, self.find_cause(LAST_LOOK)).await.0,
        }
    }

    /// Tells why, where a deployment of the target failed, was rolled back or is not done in time.
    pub(super) async fn diagnose(&self, finish: &Finish) {
        if let Finish::Badly { ended, look, .. } = finish
            && is_of_the_deployment(ended)
            && !self.memory.told_cause.get()
        {
            self.find_cause(*look).await;
        }
    }

    async fn find_cause(&self, within: Duration) {
        let leg = self.memory.leg();
        let journal = &leg.journal;
        let Some(plan) = leg.plan() else {
            return;
        };
        let revision = plan.serves.clone().or_else(|| journal.revisions().pop());
        let (Some(revision), Some(deployment)) = (revision, journal.deployment()) else {
            return;
        };
        let case = Case {
            aws: self.aws,
            plan: &plan,
            revision,
            deployment,
            clue: journal.clue(),
            within,
        };
        let diagnosis = case.diagnose().await;
        // Without a cause, the end of the deployment may still bring one.
        self.memory.told_cause.set(diagnosis.cause.is_some());
        self.tell(Event::Diagnosed(diagnosis));
    }
}

fn is_of_the_deployment(ended: &Ended) -> bool {
    let deployment = [
        Code::DeploymentFailed,
        Code::DeploymentReverted,
        Code::TimedOut,
    ];
    let mut problems = ended.problems.iter();
    problems.any(|problem| deployment.contains(&problem.code))
}
