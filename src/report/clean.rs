//! The one gate: every text of a run passes the redactor before its report or a sink can see it.
//!
//! In a sentence only what is marked as outside text is searched for credentials, so a service called `auth-token`
//! keeps its name. Structs are taken apart in full: a new member that nobody thought of would not compile.

use super::{
    changes::{Changes, CommitView, Finding, PullView, SafetyView},
    checked::{CheckFinding, Checked},
    data::{
        Asked, Change, Deployment, Detail, Diagnosis, Discovery, Ending, HealthAttempt, Left,
        LogTail, PlanNote, PlanView, Proof, Serving, Share, TakenOff, TargetView,
    },
    event::{Event, Step},
    expiry::Expiry,
    guarded::{Guarded, HoldView},
    listing::{ListedVersion, Listing},
    marks::Mark,
    neighbours::Neighbour,
    redact::Redactor,
};
use crate::{error::Problem, outside::OutsideText};

/// Something with text in it.
pub(super) trait Clean {
    /// Takes out what must not be shown, and the marks around outside text.
    fn clean(&mut self, redactor: &Redactor);
}

impl Clean for String {
    fn clean(&mut self, redactor: &Redactor) {
        *self = redactor.clean_sentence(self);
    }
}

impl Clean for OutsideText {
    fn clean(&mut self, redactor: &Redactor) {
        *self = Self::new(redactor.clean_outside(self.raw()));
    }
}

impl<T: Clean> Clean for Option<T> {
    fn clean(&mut self, redactor: &Redactor) {
        if let Some(value) = self {
            value.clean(redactor);
        }
    }
}

impl<T: Clean> Clean for Vec<T> {
    fn clean(&mut self, redactor: &Redactor) {
        for value in self {
            value.clean(redactor);
        }
    }
}

/// `clean!(Type { texts } { the rest })`: names, ids and figures that were parsed are "the rest" and pass untouched.
macro_rules! clean {
    ($type:ident { $($text:ident),* } { $($typed:ident),* }) => {
        impl Clean for $type {
            fn clean(&mut self, redactor: &Redactor) {
                let Self { $($text,)* $($typed: _,)* } = self;
                $($text.clean(redactor);)*
            }
        }
    };
}

clean!(Asked { cluster, service, region, version, reason, actor, run_url, workflow_url, service_url } { mode, dry_run });
clean!(Serving { version, image, undo_version, beside } { digest, task_definition_arn, tasks, tasks_on_digest, missing, since, notes, share });
clean!(Share { version } { digest, task_definition_arn, part, deployment });
clean!(TargetView { version, image, tags, notes } { digest, pushed_at, last_served_from, served_for });
clean!(Change { what, change } {});
clean!(Discovery { what, value, source } {});
clean!(TakenOff { version, repository } { digest });
clean!(PlanView { why, steps, changes, discovered, notes, taken_off } { path, expected, task_definition_arn, load_balancer, bad_since });
clean!(PlanNote { text } { topic });
clean!(Deployment { url } { id, group });
clean!(Proof { notes } { tasks, matching, digest, proven });
clean!(Detail { title, text } {});
// A cause is what its problem's message was made of; nothing shows it.
clean!(Problem { message, hint } { code, passing, cause });
clean!(Left { text, command } {});
clean!(Ending { problems, left, details, serving, warm_version } { outcome, written, warm_until });
clean!(Diagnosis { cause, stopped, log, notes } {});
clean!(LogTail { url, text } { container });
clean!(Changes { commits, pulls, compare_url, safety, notes } { history, count, taken_off_commit, target_commit });
clean!(SafetyView { sentence, destructive, unknown } { safety, additive });
clean!(Finding { path, why, statement } { line });
clean!(CommitView { title, author, url } { id });
clean!(PullView { title, author, url } { number });
clean!(Listing { versions, notes } {});
clean!(ListedVersion { version, by, reason, obstacle, expires, word } { digest, task_definition_arn, is_serving, served_since, served_for, is_taken_off, steps });
clean!(Expiry { description } { when, is_archived, rule });
clean!(Checked { findings } {});
clean!(CheckFinding { text, remedy } { kind });
clean!(Guarded { hold, notes } { open });
clean!(HoldView { url, since, by, reason } { issue });
clean!(Mark { on, before, why_not } { place, tag, state });
clean!(Neighbour { service, version } { tasks });
clean!(Step { name, detail } { state, took });

impl Clean for HealthAttempt {
    fn clean(&mut self, redactor: &Redactor) {
        self.url.clean(redactor);
        if let Err(reason) = &mut self.answer {
            reason.clean(redactor);
        }
    }
}

impl Clean for Event {
    fn clean(&mut self, redactor: &Redactor) {
        match self {
            Self::Observed(serving) => serving.clean(redactor),
            Self::Targeted(target) | Self::Marking { target, .. } => target.clean(redactor),
            Self::Marked(mark) => mark.clean(redactor),
            Self::Planned(plan) => plan.clean(redactor),
            Self::Created(deployment) | Self::Followed(deployment) => deployment.clean(redactor),
            Self::Step(step) => step.clean(redactor),
            Self::Health(attempt) => attempt.clean(redactor),
            Self::Proven(proof) => proof.clean(redactor),
            Self::Diagnosed(diagnosis) => diagnosis.clean(redactor),
            Self::Checked(checked) => checked.clean(redactor),
            Self::Guarded(guarded) => guarded.clean(redactor),
            Self::Listed(listing) => listing.clean(redactor),
            Self::Compared(changes) => changes.clean(redactor),
            Self::Called(call) => call.request_id.clean(redactor),
            Self::Warned(text) | Self::Struggling(text) => text.clean(redactor),
            Self::Ended(ending) => ending.clean(redactor),
            Self::StillRunning(neighbours) => neighbours.clean(redactor),
            Self::Recorded { issue_url } => issue_url.clean(redactor),
            Self::Returning { version } => version.clean(redactor),
            // These hold names, ids and figures alone.
            Self::Asked
            | Self::Sending(_)
            | Self::Registered(_)
            | Self::Traffic { .. }
            | Self::TrafficShifted => {}
        }
    }
}
