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
clean!(Ending { problems, left, details, serving, warm_version } { outcome, is_held_up, written, warm_until });
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
        if let Some(texts) = texts_of(self) {
            texts.clean(redactor);
        }
    }
}

/// What an event has text in.
fn texts_of(event: &mut Event) -> Option<&mut dyn Clean> {
    Some(match event {
        Event::Observed(serving) => serving,
        Event::Targeted(target) | Event::Marking { target, .. } => target,
        Event::Marked(mark) => mark,
        Event::Planned(plan) => plan,
        Event::Created(deployment) | Event::Followed(deployment) => deployment,
        Event::Step(step) => step,
        Event::Health(attempt) => attempt,
        Event::Proven(proof) => proof,
        Event::Called(call) => &mut call.request_id,
        Event::Warned(text) | Event::Struggling(text) => text,
        Event::Ended(ending) => ending.as_mut(),
        Event::Returning { version } => version,
        // These hold names, ids and figures alone.
        Event::Asked
        | Event::Sending(_)
        | Event::Registered(_)
        | Event::Traffic { .. }
        | Event::TrafficShifted => return None,
        finding => return texts_of_finding(finding),
    })
}

/// The same of what was found out beside the deployment.
fn texts_of_finding(event: &mut Event) -> Option<&mut dyn Clean> {
    Some(match event {
        Event::Diagnosed(diagnosis) => diagnosis,
        Event::Checked(checked) => checked,
        Event::Guarded(guarded) => guarded,
        Event::Listed(listing) => listing,
        Event::Compared(changes) => changes,
        Event::Recorded { issue_url } => issue_url,
        Event::StillRunning(neighbours) => neighbours,
        // Named, so that the compiler asks about the texts of a new one.
        Event::Observed(_)
        | Event::Targeted(_)
        | Event::Marking { .. }
        | Event::Marked(_)
        | Event::Planned(_)
        | Event::Created(_)
        | Event::Followed(_)
        | Event::Step(_)
        | Event::Health(_)
        | Event::Proven(_)
        | Event::Called(_)
        | Event::Warned(_)
        | Event::Struggling(_)
        | Event::Ended(_)
        | Event::Returning { .. }
        | Event::Asked
        | Event::Sending(_)
        | Event::Registered(_)
        | Event::Traffic { .. }
        | Event::TrafficShifted => return None,
    })
}
