//! How a run ends: the last look at what serves, what is left, and what a signal or the timeout cuts short.

use std::time::Duration;

use super::Rollback;
use crate::aws::Aws;
use crate::error::{Code, Problem};
use crate::execute::Ended;
use crate::plan::Plan;
use crate::report::data::{Ending, Outcome, Report, Serving};
use crate::report::event::Event;
use crate::verify::standing;
use crate::words;

/// The last looks of a run that was cancelled: 5 seconds in all, each of the two less than half.
const HURRIED_LOOK: Duration = Duration::from_millis(2100);
/// The last look of a run that nobody interrupts.
const LAST_LOOK: Duration = Duration::from_secs(20);

/// How the pipeline ended, before the last look at what serves.
pub(super) enum Finish {
    /// Well: the outcome says how.
    Well {
        outcome: Outcome,
        serving: Option<Serving>,
        warm: Option<Duration>,
    },
    Badly {
        ended: Ended,
        look: Duration,
    },
}

impl Finish {
    pub(super) fn badly(ended: Ended) -> Self {
        Self::Badly {
            ended,
            look: LAST_LOOK,
        }
    }
}

impl Rollback<'_> {
    /// The run was cancelled, or its time is over: says what AWS is still doing.
    pub(super) async fn interrupted(&self, aws: &Aws, code: Code) -> Finish {
        let outcome = if code == Code::TimedOut {
            Outcome::TimedOut
        } else {
            Outcome::Cancelled
        };
        // The report is copied: a look must not hold what the ending needs.
        let report = self.reporter.borrow().report().clone();
        let plan = self.plan.borrow().clone();
        let look = standing::after_interrupt(aws, self.clock, plan.as_deref(), &report);
        let standing = tokio::time::timeout(HURRIED_LOOK, look).await;
        let standing = standing.unwrap_or_else(|_| standing::unseen(&report));
        if let (None, Some(plan), Some(id)) =
            (&report.deployment, plan.as_deref(), &standing.deployment)
        {
            self.tell(Event::Created(self.named(plan, id)));
        }
        let message = match code {
            Code::TimedOut => format!(
                "the timeout of {} ended",
                words::duration(self.inputs.timeout)
            ),
            _ => "the run was cancelled".to_owned(),
        };
        let message = format!("{message}{}", standing.state);
        let mut ended = Ended::new(outcome, Problem::new(code, message, standing.hint));
        ended.left = standing.left;
        Finish::Badly {
            ended,
            look: HURRIED_LOOK,
        }
    }

    /// What serves now: known where it was proven, read again where something may have moved.
    pub(super) async fn last_look(&self, aws: &Aws, finish: &Finish) -> Option<Serving> {
        let report = self.reporter.borrow().report().clone();
        let plan = self.plan.borrow().clone();
        let (moved, look) = match finish {
            Finish::Well {
                serving: Some(serving),
                ..
            } => return Some(serving.clone()),
            Finish::Well { .. } => (true, LAST_LOOK),
            // What was read at the start may have changed by somebody else's deployment, too.
            Finish::Badly { ended, look } => (ended.outcome != Outcome::Refused, *look),
        };
        match plan.as_deref().filter(|_| moved) {
            None => report.before.clone(),
            Some(plan) => {
                let read = standing::read(aws, plan, &report, look);
                tokio::time::timeout(look, read).await.ok().flatten()
            }
        }
    }

    pub(super) fn ending(&self, finish: Finish, serving: Option<Serving>) -> Ending {
        match finish {
            Finish::Well { outcome, warm, .. } => Ending {
                outcome,
                problems: Vec::new(),
                left: self
                    .plan
                    .borrow()
                    .as_deref()
                    .filter(|_| outcome == Outcome::Unchanged)
                    .map_or_else(Vec::new, further_back),
                details: Vec::new(),
                serving,
                warm_until: warm.map(|wait| self.clock.now() + wait),
            },
            Finish::Badly {
                ended:
                    Ended {
                        outcome,
                        problems,
                        left,
                        details,
                        ..
                    },
                ..
            } => {
                let left = left_behind(self.reporter.borrow().report(), left, serving.as_ref());
                Ending {
                    outcome,
                    problems,
                    left,
                    details,
                    serving,
                    warm_until: None,
                }
            }
        }
    }
}

/// Everything that a run which did not end well leaves: deployments of others that it touched, a
/// revision of its own that does not serve, and what the stage named.
fn left_behind(report: &Report, named: Vec<String>, serving: Option<&Serving>) -> Vec<String> {
    let mut left: Vec<_> = report
        .interfered
        .iter()
        .filter(|line| !named.contains(line))
        .cloned()
        .collect();
    let serves = serving.and_then(|serving| serving.task_definition_arn.as_ref());
    for arn in report.revisions.iter().filter(|arn| serves != Some(arn)) {
        left.push(format!(
            "the revision {} was registered and stays; it takes no traffic",
            words::revision(arn)
        ));
    }
    left.extend(named);
    left
}

/// Where nothing was to be done: what to type to go further back, as a sentence.
fn further_back(plan: &Plan) -> Vec<String> {
    plan.view
        .notes
        .iter()
        .map(|note| words::capitalised(&words::sentence(note)))
        .collect()
}
