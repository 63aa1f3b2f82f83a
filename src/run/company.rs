//! What goes on beside a run: GitHub is asked. The pipeline does not wait for it, and nothing of it changes the outcome.

use std::time::Duration;

use futures_util::future::{FusedFuture, FutureExt};

use super::{Run, beside::beside};
use crate::{
    boxed::boxed,
    changes::{Question, Search},
    domain::migrations::Safety,
    inputs::OnMigrations,
    plan::{Plan, VersionImage},
    report::{
        changes::Changes,
        data::{Outcome, Path},
        event::Event,
    },
};

/// How long a run that is over waits for what goes on beside it.
pub(super) const AFTERWARDS: Duration = Duration::from_secs(15);

impl Run<'_> {
    /// All that goes on beside the pipeline, from the plan on.
    pub(super) async fn keep_company(&self) {
        let mut early = boxed(|| self.look_early().fuse());
        beside(&mut early, self.memory.planned.notified()).await;
        // Where nothing moves, nobody waits for its answers.
        if self.moves_something() {
            beside(&mut early, self.ask_github()).await;
        }
    }

    async fn ask_github(&self) {
        self.changes().await;
        if self.inputs.safety.overrides {
            self.warn_of_overridden().await;
        }
    }

    fn moves_something(&self) -> bool {
        let plan = self.memory.plan();
        plan.is_some_and(|plan| plan.path() != Path::Nothing)
    }

    /// What the rollback takes out, as far as GitHub is known and may be asked. It is read and told once.
    pub(super) async fn changes(&self) -> &Option<Changes> {
        let read = async {
            let plan = self.memory.plan()?;
            let question = self.question(&plan)?;
            let changes = boxed(|| question.read()).await;
            self.tell(Event::Compared(changes.clone()));
            self.warn_of_migrations(&changes);
            Some(changes)
        };
        self.memory.changes.get_or_init(async || read.await).await
    }

    fn warn_of_migrations(&self, changes: &Changes) {
        if let Some(safety) = &changes.safety
            && safety.safety == Safety::Destructive
            && self.inputs.safety.on_migrations == OnMigrations::Warn
            && let Some(sentence) = &safety.sentence
        {
            self.warn_once(sentence.clone());
        }
    }

    /// What there is to ask GitHub; `None` where it cannot be asked.
    pub(super) fn question(&self, plan: &Plan) -> Option<Question<'_>> {
        let taken_off = plan.taken_off.clone()?;
        let target = plan.target.version_image();
        Some(self.question_of(self.search()?, target, taken_off))
    }

    pub(super) fn question_of<'q>(
        &'q self,
        search: Search<'q>,
        target: VersionImage,
        taken_off: VersionImage,
    ) -> Question<'q> {
        Question {
            search,
            safety: &self.inputs.safety,
            target,
            taken_off,
        }
    }

    /// `None` where GitHub cannot be asked.
    pub(super) fn search(&self) -> Option<Search<'_>> {
        let inputs = &self.inputs.github;
        Some(Search {
            aws: self.aws,
            github: self.github.as_ref()?,
            access: inputs.access.as_ref()?,
            inputs,
            answers: &self.membership.common.answers,
        })
    }

    /// A dry run is read for what it says, so it ends when all of it is there.
    pub(super) async fn complete(
        &self,
        company: &mut (impl FusedFuture<Output = ()> + Unpin),
        outcome: Outcome,
    ) {
        let is_read = match outcome {
            // Without a dry run, another service was refused, and people wait for the reason.
            Outcome::Planned => self.inputs.dry_run,
            Outcome::Ready | Outcome::NotReady => true,
            _ => false,
        };
        // Without a plan, nothing was asked.
        let is_expected = self.memory.plan().is_some() && !company.is_terminated();
        if is_read && is_expected {
            // What has not answered by then never will.
            let _ = tokio::time::timeout(AFTERWARDS, company).await;
        }
    }
}
