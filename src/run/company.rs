//! What goes on beside a run: GitHub is asked and keeps records, and people are told. The pipeline does not wait for
//! it, and nothing of it changes the outcome.

use std::time::Duration;

use futures_util::future::{FusedFuture, FutureExt, join};

use super::{Run, beside::beside};
use crate::{
    changes::{Question, Search},
    domain::{migrations::Safety, mode::Mode},
    inputs::OnMigrations,
    plan::{Plan, VersionImage},
    record::Records,
    report::{
        changes::Changes,
        data::{Outcome, Path, Report},
        event::Event,
    },
    words,
};

/// How long a run that is over waits for what goes on beside it.
const AFTERWARDS: Duration = Duration::from_secs(15);
/// Kept of it for records, where GitHub's earlier answers do not come.
const TO_RECORD: Duration = Duration::from_secs(4);
/// From the runner's signal until the process has ended: it is killed soon after.
const AFTER_SIGNAL: Duration = Duration::from_millis(4_900);

/// What of it may still come of GitHub's answers that are on their way.
const HURRIED: Duration = Duration::from_millis(500);

impl Run<'_> {
    /// All that goes on beside the pipeline, from the plan on.
    pub(super) async fn keep_company(&self) {
        let mut early = Box::pin(self.look_early().fuse());
        beside(&mut early, self.memory.planned.notified()).await;
        // Where nothing moves, nobody waits for its answers.
        if self.moves_something() {
            let asked = join(self.ask_github(), self.tell_beginning());
            beside(&mut early, asked).await;
            return;
        }
        self.tell_beginning().await;
    }

    async fn ask_github(&self) {
        self.changes().await;
        if self.inputs.safety.overrides {
            self.warn_of_overridden().await;
        }
    }

    /// Once the first write is about to be sent: nobody is told of a rollback that is refused.
    async fn tell_beginning(&self) {
        self.memory.begun.notified().await;
        if self.memory.is_begun.get() {
            join(self.notify_start(), self.open_record()).await;
        }
    }

    /// The rollback begins. Where it ends without, `is_begun` is false.
    pub(super) fn let_begin(&self, is_begun: bool) {
        if is_begun {
            self.memory.is_begun.set(true);
        }
        self.memory.begun.notify_one();
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
            let changes = Box::pin(question.read()).await;
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
            self.warn(sentence.clone());
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
            aws: &self.aws,
            github: self.github.as_ref()?,
            access: inputs.access.as_ref()?,
            inputs,
            answers: &self.memory.answers,
        })
    }

    fn records(&self) -> Option<Records<'_>> {
        // A dry run tells nobody.
        let records = Records::new(self.github.as_ref(), &self.inputs.github);
        let is_rollback = self.inputs.mode == Mode::Rollback;
        records.filter(|_| is_rollback && !self.inputs.dry_run)
    }

    /// GitHub's deployment record, which names the commit that the changes have found.
    async fn open_record(&self) {
        let Some(records) = self.records() else {
            return;
        };
        self.changes().await;
        match records.open_deployment(&self.teller.report()).await {
            Ok(Some(id)) => {
                self.memory.record.set(Some(id));
                let begun = records.begin_deployment(&self.teller.report(), id).await;
                if let Err(why) = begun {
                    self.warn(why);
                }
            }
            Ok(None) => {}
            Err(why) => self.warn(why),
        }
    }

    /// What is recorded once the run's end is told.
    async fn conclude(&self) {
        let Some(records) = self.records() else {
            return;
        };
        let report = self.teller.report();
        join(
            self.close_record(&records, &report),
            self.write_issue(&records, &report),
        )
        .await;
    }

    async fn close_record(&self, records: &Records<'_>, report: &Report) {
        if let Some(id) = self.memory.record.get()
            && let Err(why) = records.close_deployment(report, id).await
        {
            self.warn(why);
        }
    }

    async fn write_issue(&self, records: &Records<'_>, report: &Report) {
        match records.write_issue(report).await {
            Ok(Some(issue_url)) => self.tell(Event::Recorded { issue_url }),
            Ok(None) => {}
            Err(why) => self.warn(why),
        }
    }

    /// A dry run is read for what it says, so it ends when all of it is there.
    pub(super) async fn complete(
        &self,
        company: &mut (impl FusedFuture<Output = ()> + Unpin),
        outcome: Outcome,
    ) {
        let is_read = matches!(
            outcome,
            Outcome::Planned | Outcome::Ready | Outcome::NotReady
        );
        // Without a plan, nothing was asked.
        let is_expected = self.memory.plan().is_some() && !company.is_terminated();
        if is_read && is_expected {
            // What has not answered by then never will.
            let _ = tokio::time::timeout(AFTERWARDS, company).await;
        }
    }

    /// Waits for what goes on beside the run, and for what is recorded of its end. `signalled`: when the runner's
    /// signal came, from the start of the run.
    pub(super) async fn take_leave(
        &self,
        company: &mut (impl FusedFuture<Output = ()> + Unpin),
        signalled: Option<Duration>,
    ) {
        let within = match signalled {
            Some(at) => (at + AFTER_SIGNAL).saturating_sub(self.clock.elapsed()),
            None => AFTERWARDS,
        };
        let answers = if signalled.is_some() {
            HURRIED
        } else {
            within.saturating_sub(TO_RECORD)
        };
        join(
            self.take_leave_of_github(company, answers, within),
            self.notify_end(within),
        )
        .await;
    }

    /// `answers`: how long what was asked before may take; `within`: all of it.
    async fn take_leave_of_github(
        &self,
        company: &mut (impl FusedFuture<Output = ()> + Unpin),
        answers: Duration,
        within: Duration,
    ) {
        // Without a plan, nothing was asked.
        let is_expected = self.memory.plan().is_some() && !company.is_terminated();
        let rest = async {
            if is_expected {
                let _ = tokio::time::timeout(answers, company).await;
            }
            self.conclude().await;
        };
        let is_over = tokio::time::timeout(within, rest).await.is_ok();
        if !is_over && self.records().is_some() {
            let within = words::duration(within);
            self.warn(format!(
                "GitHub did not respond within {within} of the end; a record may be missing"
            ));
        }
    }
}
