//! The words for an answer, and for what could not be one.

use std::time::Duration;

use super::{
    Candidate, PassedOver, PastDeployment, PastStatus,
    choose::Choice,
    stack::{State, TakenOff},
};
use crate::words;

/// A state that served for less is a doubtful one to go back to.
const SHORT: Duration = Duration::from_secs(3600);

impl Choice<'_> {
    /// Releases that did not succeed and serve nobody, the latest first, each state once.
    pub(crate) fn failed_releases(&self) -> Vec<PassedOver> {
        let stack = &self.replayed.stack;
        let mut named: Vec<State> = Vec::new();
        let mut failed = Vec::new();
        for deployment in self.deployments.iter().rev() {
            let reason = match deployment.status {
                PastStatus::Failed => "failed",
                PastStatus::Stopped => "was stopped",
                PastStatus::Succeeded | PastStatus::Active { .. } => continue,
            };
            let state = State::released_by(deployment);
            let is_named = named.iter().any(|known| stack.is_same(known, &state));
            // A retry may have succeeded since; then the version has a place of its own.
            if !deployment.by_auto_rollback && !is_named && !stack.contains(&state) {
                failed.push(self.failed_release(&state, reason));
                named.push(state);
            }
        }
        failed
    }

    fn failed_release(&self, state: &State, reason: &str) -> PassedOver {
        let label = self.label(state);
        PassedOver {
            what: match state.revision {
                Ok(_) => format!("the release of {label}"),
                // Then the label is the deployment's own name.
                Err(_) => label,
            },
            reason: reason.to_owned(),
        }
    }

    /// The states above a place (or all) that a rollback took off and no release brought back, the latest first,
    /// each once.
    pub(crate) fn taken_off_above(&self, place: Option<usize>) -> Vec<PassedOver> {
        let stack = &self.replayed.stack;
        let mut named: Vec<&State> = Vec::new();
        let mut passed_over = Vec::new();
        for taken in stack.taken_off.iter().rev() {
            // What was taken off below the answer is older than the answer, and nobody asked for it.
            let is_below = place.is_some_and(|place| taken.depth <= place);
            let state = &taken.state;
            let is_named = named.iter().any(|known| stack.is_same(known, state));
            if !is_below && !is_named && !stack.contains(state) {
                passed_over.push(self.rolled_back(taken));
                named.push(state);
            }
        }
        passed_over
    }

    fn rolled_back(&self, taken: &TakenOff) -> PassedOver {
        let mut reason = "it was rolled back".to_owned();
        if let Some(id) = &taken.by {
            reason = format!("{reason} by deployment {}", id.short());
        }
        let what = self.label(&taken.state);
        PassedOver { what, reason }
    }

    /// `v1.1.0 (web1:7)`, or the deployment where its revision is not known.
    pub(crate) fn label(&self, state: &State) -> String {
        let revision = match (&state.revision, &state.deployment) {
            (Ok(revision), _) => revision.short(),
            (Err(_), Some(id)) => return format!("deployment {}", id.short()),
            (Err(_), None) => return "an unknown revision".to_owned(),
        };
        let Some(digest) = state.image.digest() else {
            return revision;
        };
        let version = (self.versions)(digest);
        format!("{} ({revision})", words::short_digest(&version))
    }

    /// What a deployment released, for a sentence that names the deployment itself.
    pub(crate) fn released_by(&self, deployment: &PastDeployment) -> String {
        let (revision, image) = (&deployment.revision, &deployment.image);
        self.label(&State::new(revision.clone(), image.clone()))
    }

    pub(crate) fn notes(
        &self,
        place: usize,
        candidate: &Candidate,
        further: Option<&Candidate>,
    ) -> Vec<String> {
        let mut notes = self.replayed.notes.clone();
        notes.extend(self.why_top());
        // Without this note, the plan would seem to do nothing: the version stays the same.
        if candidate.same_image_as_top {
            let revision = candidate.revision.short();
            notes.push(format!(
                "only configuration was released since: same image, revision {revision}"
            ));
        }
        notes.extend(note_on_time(candidate));
        notes.extend(self.note_on_older(place));
        match further {
            Some(further) => notes.push(format!("{} is {}", further.spec(), further.name())),
            None if candidate.is_top => notes.push("what ran before it is not on record".into()),
            None => {}
        }
        notes
    }

    fn note_on_older(&self, place: usize) -> Option<String> {
        let older = self.label(self.older_above(place)?);
        Some(format!(
            "{older} has an older revision number than a release before it: if that was a rollback to something \
             older than the deployments read, `previous` is {older} itself"
        ))
    }

    /// Why `previous` is the top itself.
    fn why_top(&self) -> Option<String> {
        let top = self.label(self.replayed.stack.top()?);
        // A failed release is the stronger reason: it may have been rolled back, too.
        if let Some(failed) = self.replayed.failed {
            let (id, released) = (failed.id.short(), self.released_by(failed));
            return Some(format!(
                "the newest deployment {id} of {released} did not succeed, so `previous` is {top}, \
                 which it was meant to replace"
            ));
        }
        let by_rollback = self.replayed.stack.by_rollback;
        by_rollback.then(|| format!("a rollback led to {top}, so `previous` stays there"))
    }
}

/// A warning about the time it served. How long that was is shown beside when it ran.
fn note_on_time(candidate: &Candidate) -> Option<String> {
    let Some(time) = candidate.served_for else {
        return Some("how long it served is not on record".to_owned());
    };
    let time_in_words = words::duration(time);
    if time < SHORT {
        return Some(format!(
            "it served for only {time_in_words}: less than an hour"
        ));
    }
    // Without a start, there is no line on when it ran.
    if candidate.served_from.is_none() {
        return Some(format!("it served for {time_in_words}"));
    }
    None
}
