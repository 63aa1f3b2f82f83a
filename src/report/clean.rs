//! The one gate: every text of the run passes the redactor before the report or a sink can see it.
//!
//! Structs are taken apart in full, so that a new member can't be forgotten: it would not compile.

use super::data::{
    Asked, Change, Deployment, Detail, Discovery, Ending, HealthAttempt, PlanView, Proof, Serving,
    TargetView,
};
use super::event::{Event, Step};
use super::redact::Redactor;
use crate::error::Problem;
use crate::outside;

/// Something with text in it.
pub trait Clean: Sized {
    /// The same, with nothing in it that must not be shown.
    fn clean(self, by: &Redactor) -> Self;
}

impl Clean for String {
    fn clean(self, by: &Redactor) -> Self {
        by.clean(&outside::without_marks(&self))
    }
}

impl<T: Clean> Clean for Option<T> {
    fn clean(self, by: &Redactor) -> Self {
        self.map(|value| value.clean(by))
    }
}

impl<T: Clean> Clean for Vec<T> {
    fn clean(self, by: &Redactor) -> Self {
        self.into_iter().map(|value| value.clean(by)).collect()
    }
}

/// `cleaned!(Type { texts } { the rest })`: the first members pass the redactor.
macro_rules! cleaned {
    ($type:ident { $($text:ident),* } { $($other:ident),* }) => {
        impl Clean for $type {
            fn clean(self, by: &Redactor) -> Self {
                let Self { $($text,)* $($other,)* } = self;
                Self { $($text: $text.clean(by),)* $($other,)* }
            }
        }
    };
}

cleaned!(Asked { cluster, service, region, version, reason, actor, run_url, service_url } { dry_run });
cleaned!(Serving { version, image, digest, task_definition_arn, notes, undo_version } { tasks, tasks_on_digest, since, share });
cleaned!(TargetView { version, image, digest, tags, notes } { pushed_at, last_served_from, served_for });
cleaned!(Change { what, change } {});
cleaned!(Discovery { what, value, source } {});
cleaned!(PlanView { why, task_definition_arn, steps, changes, discovered, notes } { path, expected });
cleaned!(Deployment { id, application, group, url } {});
cleaned!(Proof { digest, notes } { tasks, matching, proven });
cleaned!(Detail { title, text } {});
cleaned!(Problem { message, hint } { code, passing });
cleaned!(Ending { problems, left, details, serving } { outcome, warm_until });
cleaned!(Step { name, detail } { state, took });

impl Clean for HealthAttempt {
    fn clean(self, by: &Redactor) -> Self {
        let Self {
            number,
            of,
            url,
            answer,
            ok,
            took,
        } = self;
        let (url, answer) = (url.clean(by), answer.map_err(|reason| reason.clean(by)));
        Self {
            number,
            of,
            url,
            answer,
            ok,
            took,
        }
    }
}

impl Clean for Event {
    fn clean(self, by: &Redactor) -> Self {
        match self {
            Self::Asked => Self::Asked,
            Self::Observed(serving) => Self::Observed(serving.clean(by)),
            Self::Targeted(target) => Self::Targeted(target.clean(by)),
            Self::Planned(plan) => Self::Planned(plan.clean(by)),
            Self::Registering { family } => Self::Registering {
                family: family.clean(by),
            },
            Self::Registered {
                task_definition_arn,
            } => Self::Registered {
                task_definition_arn: task_definition_arn.clean(by),
            },
            Self::Creating { marker } => Self::Creating {
                marker: marker.clean(by),
            },
            Self::Updating {
                task_definition_arn,
            } => Self::Updating {
                task_definition_arn: task_definition_arn.clean(by),
            },
            Self::Created(deployment) => Self::Created(deployment.clean(by)),
            Self::Followed(deployment) => Self::Followed(deployment.clean(by)),
            Self::Interfering { deployment, what } => Self::Interfering {
                deployment: deployment.clean(by),
                what: what.clean(by),
            },
            Self::Rejected(write) => Self::Rejected(write),
            Self::Step(step) => Self::Step(step.clean(by)),
            Self::Traffic { percent } => Self::Traffic { percent },
            Self::TrafficShifted => Self::TrafficShifted,
            Self::Health(attempt) => Self::Health(attempt.clean(by)),
            Self::Proven(proof) => Self::Proven(proof.clean(by)),
            Self::Warned(warning) => Self::Warned(warning.clean(by)),
            Self::Ended(ending) => Self::Ended(ending.clean(by)),
        }
    }
}
