//! From the stack to the answer, with the words that explain it.

use std::collections::HashMap;

use time::OffsetDateTime;

use super::{
    Candidate, Chosen, PassedOver, PastDeployment, PastImage, PreviousError,
    replay::{Replayed, replay},
    stack::State,
};
use crate::names::{ImageDigest, TaskDefinitionArn};

/// Finds `previous` (`steps` 1) or `previous~N` (`steps` N).
///
/// `running` is what holds the traffic now. `same` says whether two revisions differ only in how they spell the
/// container's image. `versions` names a digest for people, as the output `version` does.
///
/// # Errors
/// [`PreviousError`], where the record has no answer or two.
pub(crate) fn previous(
    deployments: &[PastDeployment],
    steps: u32,
    running: Option<(&TaskDefinitionArn, &ImageDigest)>,
    same: &dyn Fn(&TaskDefinitionArn, &TaskDefinitionArn) -> bool,
    versions: &dyn Fn(&ImageDigest) -> String,
    now: OffsetDateTime,
) -> Result<Chosen, PreviousError> {
    Choice::new(deployments, running, same, versions, now).choose(steps.max(1))
}

fn running_state(revision: &TaskDefinitionArn, digest: &ImageDigest) -> State {
    let image = PastImage::Known {
        digest: digest.clone(),
        gone: None,
    };
    State::new(Ok(revision.clone()), image)
}

/// The images that can't be deployed any more, with the reason. One deployment that says so speaks for all.
fn images_gone(deployments: &[PastDeployment]) -> HashMap<&ImageDigest, &str> {
    let mut gone = HashMap::new();
    for deployment in deployments {
        let blue = deployment.blue.iter().map(|(_, image)| image);
        for image in blue.chain([&deployment.image]) {
            if let PastImage::Known {
                digest,
                gone: Some(reason),
            } = image
            {
                gone.insert(digest, reason.as_str());
            }
        }
    }
    gone
}

/// The record, replayed, with what it takes to name its states.
pub(super) struct Choice<'a> {
    pub replayed: Replayed<'a>,
    /// Oldest first.
    pub deployments: Vec<&'a PastDeployment>,
    pub gone: HashMap<&'a ImageDigest, &'a str>,
    pub versions: &'a dyn Fn(&ImageDigest) -> String,
    pub now: OffsetDateTime,
}

/// A candidate with its place on the stack.
#[derive(Clone)]
struct Placed {
    place: usize,
    candidate: Candidate,
}

impl<'a> Choice<'a> {
    /// Replays the record.
    pub(super) fn new(
        deployments: &'a [PastDeployment],
        running: Option<(&TaskDefinitionArn, &ImageDigest)>,
        same: &'a dyn Fn(&TaskDefinitionArn, &TaskDefinitionArn) -> bool,
        versions: &'a dyn Fn(&ImageDigest) -> String,
        now: OffsetDateTime,
    ) -> Self {
        let mut ordered: Vec<&PastDeployment> = deployments.iter().collect();
        // AWS's times are to the millisecond at best; the id makes the order of two at once the same in every run.
        ordered.sort_by_key(|deployment| (deployment.created, &deployment.id));
        let running = running.map(|(revision, digest)| running_state(revision, digest));
        Self {
            replayed: replay(&ordered, running, same),
            gone: images_gone(deployments),
            deployments: ordered,
            versions,
            now,
        }
    }
}

impl Choice<'_> {
    fn choose(&self, steps: u32) -> Result<Chosen, PreviousError> {
        let on_record = self.candidates();
        let mut from_chosen = on_record.iter().skip_while(|p| p.candidate.steps < steps);
        let Some(Placed { place, candidate }) = from_chosen.next().cloned() else {
            return Err(self.not_enough(steps, on_record));
        };
        let further = from_chosen.next().map(|placed| placed.candidate.clone());
        // Nobody can tell whether the release in progress is to be undone, or the one before it.
        if let Some(deployment) = self.replayed.release_in_progress {
            return Err(PreviousError::Ambiguous {
                deployment: deployment.id.clone(),
                releases: self.released_by(deployment),
                either: Box::new(candidate),
                or: further.map(Box::new),
            });
        }
        Ok(Chosen {
            notes: self.notes(place, &candidate, further.as_ref()),
            passed_over: self.passed_over_above(Some(place)),
            more_history_may_change: self.older_above(place).is_some(),
            candidate,
            further,
        })
    }

    /// Everything that `previous~N` can mean, the latest first.
    fn candidates(&self) -> Vec<Placed> {
        let mut candidates = Vec::new();
        let mut steps = 1;
        for place in (0..self.reachable()).rev() {
            if let Some(candidate) = self.candidate(place, steps) {
                candidates.push(Placed { place, candidate });
                steps += 1;
            }
        }
        candidates
    }

    /// The same, each with its place on the stack.
    pub(super) fn on_record(&self) -> Vec<(usize, Candidate)> {
        let placed = self.candidates().into_iter();
        placed
            .map(|placed| (placed.place, placed.candidate))
            .collect()
    }

    /// How many states, from the bottom, `previous~N` can mean: all of them, or all but the top.
    fn reachable(&self) -> usize {
        let states = self.replayed.stack.states.len();
        // After a rollback, a failed release or one that serves nobody yet, going below the top would undo more
        // than the last release.
        let with_top = self.replayed.stack.by_rollback
            || self.replayed.failed.is_some()
            || self.replayed.release_in_progress.is_some();
        states.saturating_sub(usize::from(!with_top))
    }

    fn candidate(&self, place: usize, steps: u32) -> Option<Candidate> {
        if self.obstacle(place).is_some() {
            return None;
        }
        let stack = &self.replayed.stack;
        let state = stack.states.get(place)?;
        let digest = state.image.digest()?.clone();
        let is_top = stack.is_top(place);
        Some(Candidate {
            steps,
            version: (self.versions)(&digest),
            revision: state.revision.clone().ok()?,
            served_from: state.deployed_at,
            served_for: state.served_until(Some(self.now)),
            deployment: state.deployment.clone(),
            same_image_as_top: !is_top && stack.top()?.image.digest() == Some(&digest),
            is_top,
            digest,
        })
    }

    /// Why a state can't be deployed.
    pub(super) fn obstacle(&self, place: usize) -> Option<&str> {
        let stack = &self.replayed.stack;
        let state = &stack.states[place];
        let is_known = state.revision.is_ok() && state.image.digest().is_some();
        // Nobody has to pull the image of what already runs.
        if is_known && stack.is_top(place) && self.is_running(state) {
            return None;
        }
        self.obstacle_of(state)
    }

    /// The same for a state that serves nobody.
    pub(super) fn obstacle_of<'s>(&'s self, state: &'s State) -> Option<&'s str> {
        if let Err(reason) = &state.revision {
            return Some(reason);
        }
        match &state.image {
            PastImage::Known { digest, .. } => self.gone.get(digest).copied(),
            PastImage::Unknown { reason } => Some(reason),
        }
    }

    fn is_running(&self, state: &State) -> bool {
        let running = self.replayed.running.as_ref();
        running.is_some_and(|running| self.replayed.stack.is_same(running, state))
    }

    fn not_enough(&self, steps: u32, on_record: Vec<Placed>) -> PreviousError {
        let top = self.replayed.stack.top();
        PreviousError::NotEnough {
            top: top.map(|top| self.label(top)),
            steps,
            on_record: on_record.into_iter().map(|p| p.candidate).collect(),
            failed: self.failed_releases(),
            passed_over: self.passed_over_above(None),
        }
    }

    /// The states above a place (or all) that can't be the answer: first what was rolled back, then what can't be
    /// deployed, each the latest first.
    fn passed_over_above(&self, chosen: Option<usize>) -> Vec<PassedOver> {
        let mut passed_over = self.taken_off_above(chosen);
        let first = chosen.map_or(0, |chosen| chosen + 1);
        for place in (first..self.reachable()).rev() {
            if let Some(reason) = self.obstacle(place) {
                passed_over.push(PassedOver {
                    what: self.label(&self.replayed.stack.states[place]),
                    reason: reason.to_owned(),
                });
            }
        }
        passed_over
    }

    /// The lowest state above `place` that may be a rollback to something older than the record.
    pub(crate) fn older_above(&self, place: usize) -> Option<&State> {
        let above = &self.replayed.stack.states[place + 1..];
        above.iter().find(|state| state.has_older_revision)
    }
}
