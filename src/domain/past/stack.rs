//! The stack of states, and what each success does to it.

use std::time::Duration;

use time::OffsetDateTime;

use super::{PastDeployment, PastImage};
use crate::names::{DeploymentId, TaskDefinitionArn};

/// Says whether two revisions differ only in how they spell the container's image.
pub(super) type SameRevision<'a> = &'a dyn Fn(&TaskDefinitionArn, &TaskDefinitionArn) -> bool;

/// An image with a revision, and when it served.
#[derive(Clone)]
pub(super) struct State {
    pub revision: Result<TaskDefinitionArn, String>,
    pub image: PastImage,
    /// The deployment that last released it.
    pub deployment: Option<DeploymentId>,
    /// When that deployment was created.
    pub deployed_at: Option<OffsetDateTime>,
    /// Set while it is the top.
    pub serving_since: Option<OffsetDateTime>,
    /// How long it served in earlier turns.
    pub served_before: Option<Duration>,
    /// Its revision is older than one released before it: perhaps a rollback to something not on record.
    pub has_older_revision: bool,
}

impl State {
    pub(crate) fn new(revision: Result<TaskDefinitionArn, String>, image: PastImage) -> Self {
        Self {
            revision,
            image,
            deployment: None,
            deployed_at: None,
            serving_since: None,
            served_before: None,
            has_older_revision: false,
        }
    }

    /// What the deployment released.
    pub(crate) fn released_by(deployment: &PastDeployment) -> Self {
        let state = Self::new(deployment.revision.clone(), deployment.image.clone());
        state.attributed_to(deployment)
    }

    /// What the blue task set of an active deployment runs.
    pub(crate) fn blue_of(deployment: &PastDeployment) -> Option<Self> {
        let (revision, image) = deployment.blue.clone()?;
        Some(Self::new(Ok(revision), image))
    }

    /// The same state, as the result of this deployment.
    pub(crate) fn attributed_to(self, deployment: &PastDeployment) -> Self {
        Self {
            deployment: Some(deployment.id.clone()),
            deployed_at: Some(deployment.created),
            ..self
        }
    }

    /// Whether `serving` shows what the record does not say of this state.
    pub(crate) fn is_completed_by(&self, serving: &Self) -> bool {
        if self.revision.is_err() {
            return true;
        }
        self.revision == serving.revision && self.image.digest().is_none()
    }

    fn has_image_of(&self, other: &Self) -> bool {
        let digest = self.image.digest();
        digest.is_some() && digest == other.image.digest()
    }

    /// How long it has served until `end`, as far as that is on record.
    pub(crate) fn served_until(&self, end: Option<OffsetDateTime>) -> Option<Duration> {
        let (Some(since), Some(end)) = (self.serving_since, end) else {
            return self.served_before;
        };
        // The runner's clock may be behind AWS's: then the latest turn seems to end before it began.
        let Ok(latest) = Duration::try_from(end - since) else {
            return self.served_before;
        };
        Some(self.served_before.unwrap_or_default() + latest)
    }
}

/// A state that a rollback took off the stack.
#[derive(Clone)]
pub(super) struct TakenOff {
    pub state: State,
    /// Its place on the stack; 0 is the bottom.
    pub depth: usize,
    /// The deployment that rolled back past it.
    pub by: Option<DeploymentId>,
}

/// The states in the order of their releases.
pub(super) struct Stack<'a> {
    same_revision: SameRevision<'a>,
    /// Oldest first; the last is the top, which serves.
    pub states: Vec<State>,
    pub taken_off: Vec<TakenOff>,
    /// A rollback last led to the top.
    pub by_rollback: bool,
}

/// What a success of a state does that is not the top already.
enum Effect {
    /// What lies above this place is taken off; where that is another revision of the image, the state is put there.
    BackTo {
        place: usize,
        is_same: bool,
    },
    Release,
}

impl<'a> Stack<'a> {
    pub(crate) fn new(same_revision: SameRevision<'a>) -> Self {
        Self {
            same_revision,
            states: Vec::new(),
            taken_off: Vec::new(),
            by_rollback: false,
        }
    }

    pub(crate) fn top(&self) -> Option<&State> {
        self.states.last()
    }

    pub(crate) fn is_top(&self, place: usize) -> bool {
        place + 1 == self.states.len()
    }

    /// Whether both are one state: the same image, and the same revision but for how it spells the image.
    pub(crate) fn is_same(&self, one: &State, other: &State) -> bool {
        let (Ok(revision), Ok(other_revision)) = (&one.revision, &other.revision) else {
            return false;
        };
        if revision == other_revision {
            // A digest that is not known says nothing against the very same revision.
            return one.image.digest().is_none()
                || other.image.digest().is_none()
                || one.has_image_of(other);
        }
        one.has_image_of(other) && (self.same_revision)(revision, other_revision)
    }

    pub(crate) fn contains(&self, state: &State) -> bool {
        self.states.iter().any(|known| self.is_same(known, state))
    }

    fn effect(&self, state: &State) -> Option<Effect> {
        let known = self.states.iter().rposition(|s| self.is_same(s, state));
        if let Some(place) = known {
            let is_same = true;
            return (!self.is_top(place)).then_some(Effect::BackTo { place, is_same });
        }
        // A rollback may register a new revision for an old image; the top's own image with another revision is a
        // release of configuration.
        let with_image = self.states.iter().rposition(|s| s.has_image_of(state));
        Some(match with_image {
            Some(place) if !self.is_top(place) => Effect::BackTo {
                place,
                is_same: false,
            },
            _ => Effect::Release,
        })
    }

    /// Whether a success of `state` would be a rollback (one that CodeDeploy itself starts always is).
    pub(crate) fn would_roll_back(&self, state: &State) -> bool {
        matches!(self.effect(state), Some(Effect::BackTo { .. }))
    }

    /// Records that `state` has all traffic from `start` on.
    pub(crate) fn serve(
        &mut self,
        state: State,
        start: Option<OffsetDateTime>,
        auto_rollback: bool,
    ) {
        let Some(effect) = self.effect(&state) else {
            // CodeDeploy's own rollback deploys what serves already where the traffic had not moved.
            self.by_rollback |= auto_rollback;
            self.merge_into_top(state);
            return;
        };
        let is_release = matches!(effect, Effect::Release);
        self.end_top(start);
        self.put_on_top(effect, state);
        self.by_rollback = auto_rollback || !is_release;
        if let Some(top) = self.states.last_mut() {
            top.serving_since = start;
        }
    }

    fn put_on_top(&mut self, effect: Effect, mut state: State) {
        match effect {
            Effect::BackTo { place, is_same } => {
                self.take_off_above(place, &state);
                if is_same {
                    self.merge_into_top(state);
                } else {
                    self.states.push(state);
                }
            }
            Effect::Release => {
                state.has_older_revision = self.has_older_revision(&state);
                self.states.push(state);
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
        // A redeployment of what already serves does not begin a new turn.
        if top.serving_since.is_none() && state.deployed_at.is_some() {
            top.deployed_at = state.deployed_at;
            top.deployment = state.deployment;
        }
    }

    fn end_top(&mut self, end: Option<OffsetDateTime>) {
        let Some(top) = self.states.last_mut() else {
            return;
        };
        top.served_before = top.served_until(end);
        top.serving_since = None;
    }

    fn take_off_above(&mut self, place: usize, rolled_back_to: &State) {
        let first = place + 1;
        for (offset, state) in self.states.drain(first..).enumerate() {
            self.taken_off.push(TakenOff {
                state,
                depth: first + offset,
                by: rolled_back_to.deployment.clone(),
            });
        }
    }

    /// ECS numbers revisions upwards, so that an older number on top of a newer one is no ordinary release.
    fn has_older_revision(&self, state: &State) -> bool {
        let Ok(new) = &state.revision else {
            return false;
        };
        let off = self.taken_off.iter().map(|taken| &taken.state);
        let mut known = Vec::new();
        for released in self.states.iter().chain(off) {
            known.extend(&released.revision);
        }
        let is_newer = |old: &&TaskDefinitionArn| {
            old.family() == new.family() && old.revision() > new.revision()
        };
        // One that was released before is an ordinary way back to it.
        !known.contains(&new) && known.iter().any(is_newer)
    }
}
