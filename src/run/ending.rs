//! How a run ends: the last look at what serves, and what is left.

use std::time::Duration;

use super::Run;
use crate::{
    error::Problem,
    execute::Ended,
    plan::Plan,
    report::data::{Ending, Left, Outcome, Serving, Written},
    verify::{Unhealthy, serving::LastLook},
    words,
};

/// The last look of a run that nobody interrupts.
pub(super) const LAST_LOOK: Duration = Duration::from_secs(20);

/// How long the end of a run waits for the other services before anything is said.
const SOON: Duration = Duration::from_secs(5);

/// How the pipeline ended, before the last look at what serves.
pub(super) enum Finish {
    /// Well: the outcome says how.
    Well {
        outcome: Outcome,
        /// What serves, where that was proven or can't have changed.
        serving: Option<Serving>,
        /// How long the old tasks stay warm.
        warm: Option<Duration>,
    },
    Badly {
        ended: Ended,
        /// What serves, where that was proven.
        serving: Option<Serving>,
        /// How long the last look may take.
        look: Duration,
    },
}

impl Finish {
    pub(super) fn well(outcome: Outcome, serving: Option<Serving>) -> Self {
        Self::Well {
            outcome,
            serving,
            warm: None,
        }
    }

    pub(super) fn badly(ended: Ended) -> Self {
        Self::Badly {
            ended,
            serving: None,
            look: LAST_LOOK,
        }
    }

    /// The target was unhealthy, and something else serves now.
    pub(super) fn failed_at(problem: Problem, serving: Option<Serving>) -> Self {
        Self::Badly {
            ended: Ended::new(Outcome::Failed, problem),
            serving,
            look: LAST_LOOK,
        }
    }
}

/// How a plan was carried out.
pub(super) enum Carried {
    Over(Box<Finish>),
    /// The target serves, and its health check failed.
    Unhealthy(Unhealthy),
}

impl Carried {
    pub(super) fn over(finish: Finish) -> Self {
        Self::Over(Box::new(finish))
    }
}

impl Run<'_> {
    /// Where AWS has refused this run's write after it has carried out another service's, the rollback has failed.
    pub(super) async fn weigh(&self, finish: Finish) -> Finish {
        match finish {
            Finish::Badly {
                ended:
                    Ended {
                        outcome: Outcome::Refused,
                        ..
                    },
                ..
            } => {}
            finish => return finish,
        }
        self.membership.vote(false);
        let has_another_written = self.has_another_written(&finish).await;
        match finish {
            Finish::Badly {
                mut ended,
                serving,
                look,
            } if has_another_written => {
                ended.outcome = Outcome::Failed;
                Finish::Badly {
                    ended,
                    serving,
                    look,
                }
            }
            finish => finish,
        }
    }

    /// Waits until that is known. Where it takes long, people hear meanwhile what is wrong here.
    async fn has_another_written(&self, finish: &Finish) -> bool {
        let known = self.membership.has_another_written(self.clock);
        let mut known = std::pin::pin!(known);
        tokio::select! {
            biased;
            is_so = &mut known => return is_so,
            () = self.clock.sleep(SOON) => {}
        }
        if let Finish::Badly { ended, .. } = finish
            && let Some(problem) = ended.problems.first()
        {
            self.warn(format!("{}; the other services go on", problem.message));
        }
        known.await
    }

    /// What serves in the end: known where it was proven, read again where something may have moved.
    pub(super) async fn look_for_the_last_time(&self, finish: &Finish) -> Option<Serving> {
        let look = match finish {
            Finish::Well {
                serving: Some(serving),
                ..
            }
            | Finish::Badly {
                serving: Some(serving),
                ..
            } => return Some(serving.clone()),
            Finish::Well { serving: None, .. } => LAST_LOOK,
            // Nothing was changed, and nobody waited: what was read at the start still holds.
            Finish::Badly { ended, .. } if ended.outcome == Outcome::Refused => {
                return self.memory.at_start();
            }
            // What was read at the start may also have changed by somebody else's deployment.
            Finish::Badly { look, .. } => *look,
        };
        match self.memory.leg().plan() {
            Some(plan) => self.read_serving(&plan, look).await,
            None => self.memory.at_start(),
        }
    }

    async fn read_serving(&self, plan: &Plan, look: Duration) -> Option<Serving> {
        let last_look = LastLook {
            aws: self.aws,
            plan,
            at_start: self.memory.at_start(),
            deployment: self.memory.leg().journal.deployment(),
            within: look,
        };
        // A run that was cancelled has five seconds in all: the runner kills it soon after.
        let read = tokio::time::timeout(look, last_look.read()).await;
        read.ok().flatten()
    }

    pub(super) fn ending(&self, finish: Finish, serving: Option<Serving>) -> Ending {
        let outcome = match &finish {
            Finish::Well { outcome, .. } => *outcome,
            Finish::Badly { ended, .. } => ended.outcome,
        };
        let mut ending = Ending {
            is_held_up: self.memory.is_held_up.get(),
            written: self.written(),
            serving,
            ..Ending::new(outcome)
        };
        match finish {
            Finish::Well { warm, .. } => {
                if let (Some(wait), Some(plan)) = (warm, self.memory.plan()) {
                    ending.warm_until = Some(self.clock.now() + wait);
                    ending.warm_version = self.way_back(&plan);
                }
                if outcome == Outcome::Unchanged
                    && let Some(plan) = self.memory.plan()
                {
                    ending.left = further_back(&plan);
                }
            }
            Finish::Badly { ended, serving, .. } => {
                // What was touched on the way back led to what is proven to serve.
                if serving.is_none() {
                    ending.left = self.touched();
                }
                let unused = self.unused_revisions(ending.serving.as_ref());
                ending.left.extend(unused);
                ending.left.extend(ended.left);
                ending.problems = ended.problems;
                ending.details = ended.details;
            }
        }
        ending
    }

    /// What a run that did not end well leaves: deployments that it touched.
    fn touched(&self) -> Vec<Left> {
        let mut left = Vec::new();
        for leg in self.memory.legs() {
            for (deployment, touch) in leg.journal.touched() {
                left.push(Left::from(format!("{}: {touch}", deployment.short())));
            }
        }
        left
    }

    /// Revisions of its own that do not serve.
    fn unused_revisions(&self, serving: Option<&Serving>) -> Vec<Left> {
        let mut left = Vec::new();
        let serves = serving.and_then(|serving| serving.task_definition_arn.as_ref());
        for leg in self.memory.legs() {
            for revision in leg.journal.revisions() {
                if serves != Some(&revision) {
                    left.push(registered(&revision.short()));
                }
            }
        }
        left
    }

    /// On all ways. The marker is the rollback's.
    fn written(&self) -> Written {
        let mut written = self.memory.out.journal.written();
        written.anything |= self.memory.marked.borrow().is_some();
        if let Some(back) = self.memory.back.get() {
            let more = back.journal.written();
            written.anything |= more.anything;
            written.registered |= more.registered;
            written.touched.extend(more.touched);
        }
        written
    }
}

/// A revision that nothing uses.
pub(super) fn registered(revision: &str) -> Left {
    Left::from(format!(
        "revision {revision} was registered and is not in use; you can deregister it"
    ))
}

/// Where nothing was to be done: what to type to go further back, as sentences.
fn further_back(plan: &Plan) -> Vec<Left> {
    let mut left = Vec::new();
    for note in &plan.view.notes {
        left.push(Left::from(words::full_sentence(&note.text)));
    }
    left
}
