//! How a run ends: the last look at what serves, and what is left.

use std::time::Duration;

use super::Run;
use crate::{
    execute::Ended,
    plan::Plan,
    report::data::{Ending, Left, Outcome, Serving},
    verify::serving::LastLook,
    words,
};

/// The last look of a run that nobody interrupts.
pub(super) const LAST_LOOK: Duration = Duration::from_secs(20);

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
            look: LAST_LOOK,
        }
    }
}

impl Run<'_> {
    /// What serves in the end: known where it was proven, read again where something may have moved.
    pub(super) async fn look_for_the_last_time(&self, finish: &Finish) -> Option<Serving> {
        let look = match finish {
            Finish::Well {
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
        match self.memory.plan() {
            Some(plan) => self.read_serving(&plan, look).await,
            None => self.memory.at_start(),
        }
    }

    async fn read_serving(&self, plan: &Plan, look: Duration) -> Option<Serving> {
        let last_look = LastLook {
            aws: &self.aws,
            plan,
            at_start: self.memory.at_start(),
            deployment: self.memory.journal.deployment(),
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
        let mut written = self.memory.journal.written();
        written.anything |= self.memory.marked.borrow().is_some();
        let mut ending = Ending {
            written,
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
            Finish::Badly { ended, .. } => {
                ending.left = self.left_by_writes(ending.serving.as_ref());
                ending.left.extend(ended.left);
                ending.problems = ended.problems;
                ending.details = ended.details;
            }
        }
        ending
    }

    /// What a run that did not end well leaves: deployments of others that it touched, and a revision of its own that
    /// does not serve.
    fn left_by_writes(&self, serving: Option<&Serving>) -> Vec<Left> {
        let journal = &self.memory.journal;
        let mut left = Vec::new();
        for (deployment, touch) in journal.touched() {
            left.push(Left::from(format!("{}: {touch}", deployment.short())));
        }
        let serves = serving.and_then(|serving| serving.task_definition_arn.as_ref());
        for revision in journal.revisions() {
            if serves != Some(&revision) {
                left.push(registered(&revision.short()));
            }
        }
        left
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
