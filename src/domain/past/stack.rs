//! The stack of states, and what each success does to it.

use std::time::Duration;

use time::OffsetDateTime;

use super::PastImage;
use crate::names::{DeploymentId, TaskDefinitionArn};

/// Says whether two revisions differ only in how they spell the container's image.
pub(super) type SameRevision<'a> = &'a dyn Fn(&TaskDefinitionArn, &TaskDefinitionArn) -> bool;

/// An image with a revision, and when it served.
#[derive(Clone, Debug)]
pub(super) struct State {
    pub revision: Result<TaskDefinitionArn, String>,
    pub image: PastImage,
    pub deployment: Option<DeploymentId>,
    /// When the deployment that last brought it was created.
    pub from: Option<OffsetDateTime>,
    /// Set while it serves.
    pub since: Option<OffsetDateTime>,
    /// The time it served before.
    pub served: Option<Duration>,
    /// It came with an older revision than one before it: perhaps a return to something not on record.
    pub older: bool,
}

impl State {
    pub fn new(revision: Result<TaskDefinitionArn, String>, image: PastImage) -> Self {
        Self {
            revision,
            image,
            deployment: None,
            from: None,
            since: None,
            served: None,
            older: false,
        }
    }

    /// Brought by a deployment created at `from`.
    pub fn brought(self, deployment: &DeploymentId, from: OffsetDateTime) -> Self {
        Self {
            deployment: Some(deployment.clone()),
            from: Some(from),
            ..self
        }
    }

    /// One state: the same image, and the same revision but for how it spells the image. Where an image is not
    /// known, only the very same revision is.
    pub fn is(&self, other: &Self, same: SameRevision) -> bool {
        let (Ok(a), Ok(b)) = (&self.revision, &other.revision) else {
            return false;
        };
        match (self.image.digest(), other.image.digest()) {
            (Some(x), Some(y)) => x == y && (a == b || same(a, b)),
            _ => a == b,
        }
    }

    fn has_image_of(&self, other: &Self) -> bool {
        self.image.digest().is_some() && self.image.digest() == other.image.digest()
    }

    /// How long it has served until `now`, as far as that is on record.
    pub fn served_until(&self, now: Option<OffsetDateTime>) -> Option<Duration> {
        let latest = now
            .zip(self.since)
            .and_then(|(now, since)| Duration::try_from(now - since).ok());
        match (self.served, latest) {
            (Some(before), Some(latest)) => Some(before + latest),
            (before, latest) => before.or(latest),
        }
    }
}

/// A state that a return took off.
#[derive(Clone, Debug)]
pub(super) struct TakenOff {
    pub state: State,
    /// Where it lay; 0 is the bottom.
    pub depth: usize,
    /// The deployment that went back behind it.
    pub by: Option<DeploymentId>,
}

#[derive(Debug, Default)]
pub(super) struct Stack {
    /// Oldest first; the last is what serves.
    pub states: Vec<State>,
    pub taken_off: Vec<TakenOff>,
    /// The top was last reached by a return.
    pub by_return: bool,
}

/// What a success of some state does.
enum Effect {
    /// It is the top already.
    Nothing,
    /// What lies above this index is taken off.
    BackTo(usize),
    /// What lies above this index is taken off, and the state is put there: another revision of that image.
    BackToImage(usize),
    Release,
}

impl Stack {
    pub fn top(&self) -> Option<&State> {
        self.states.last()
    }

    fn effect(&self, state: &State, same: SameRevision) -> Effect {
        let top = self.states.len().checked_sub(1);
        let place = self.states.iter().rposition(|known| known.is(state, same));
        let image = self
            .states
            .iter()
            .rposition(|known| known.has_image_of(state));
        match (place, image) {
            (Some(place), _) if Some(place) == top => Effect::Nothing,
            (Some(place), _) => Effect::BackTo(place),
            (None, Some(image)) if Some(image) != top => Effect::BackToImage(image),
            _ => Effect::Release,
        }
    }

    /// Whether a success of `state` would be a return (those of CodeDeploy's own rollback always are).
    pub fn would_return(&self, state: &State, same: SameRevision) -> bool {
        matches!(
            self.effect(state, same),
            Effect::BackTo(_) | Effect::BackToImage(_)
        )
    }

    /// `state` has all traffic from `at` on.
    pub fn serve(
        &mut self,
        state: State,
        at: Option<OffsetDateTime>,
        auto_rollback: bool,
        same: SameRevision,
    ) {
        match self.effect(&state, same) {
            Effect::Nothing => {
                self.by_return |= auto_rollback;
                self.merge_into_top(state);
            }
            Effect::BackTo(place) => {
                self.end_top(at);
                self.take_off_above(place, state.deployment.clone());
                self.merge_into_top(state);
                self.begin_top(at, true);
            }
            Effect::BackToImage(place) => {
                self.end_top(at);
                self.take_off_above(place, state.deployment.clone());
                self.states.push(state);
                self.begin_top(at, true);
            }
            Effect::Release => {
                self.end_top(at);
                let older = self.is_older(&state);
                self.states.push(State { older, ..state });
                self.begin_top(at, auto_rollback);
            }
        }
    }

    /// The same state once more: the later spelling counts, and so does a digest that is known by now.
    fn merge_into_top(&mut self, state: State) {
        let Some(top) = self.states.last_mut() else {
            return;
        };
        top.revision = state.revision;
        if state.image.digest().is_some() && top.image.digest().is_none() {
            top.image = state.image;
        }
        if top.since.is_none() && state.from.is_some() {
            (top.from, top.deployment) = (state.from, state.deployment);
        }
    }

    fn end_top(&mut self, at: Option<OffsetDateTime>) {
        let Some(top) = self.states.last_mut() else {
            return;
        };
        top.served = top.served_until(at);
        top.since = None;
    }

    fn begin_top(&mut self, at: Option<OffsetDateTime>, by_return: bool) {
        self.by_return = by_return;
        if let Some(top) = self.states.last_mut() {
            top.since = at;
        }
    }

    fn take_off_above(&mut self, place: usize, by: Option<DeploymentId>) {
        let above = self.states.drain(place + 1..).enumerate();
        self.taken_off.extend(above.map(|(n, state)| TakenOff {
            state,
            depth: place + 1 + n,
            by: by.clone(),
        }));
    }

    fn is_older(&self, state: &State) -> bool {
        let Ok(new) = &state.revision else {
            return false;
        };
        let seen = self
            .states
            .iter()
            .chain(self.taken_off.iter().map(|taken| &taken.state));
        let mut seen = seen.filter_map(|state| state.revision.as_ref().ok());
        let known = seen.clone().any(|revision| revision == new);
        !known && seen.any(|old| old.family() == new.family() && old.revision() > new.revision())
    }
}
