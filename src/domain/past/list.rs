//! Everything that has served, as a list: the states of the stack, and those that rollbacks took off.

use std::time::Duration;

use time::OffsetDateTime;

use super::{
    Candidate, PastDeployment,
    choose::Choice,
    stack::{State, TakenOff},
};
use crate::names::{DeploymentId, ImageDigest, TaskDefinitionArn};

/// A state that has served.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct PastState {
    /// What people call the version; `None` where its digest is not known.
    pub version: Option<String>,
    pub digest: Option<ImageDigest>,
    pub revision: Option<TaskDefinitionArn>,
    /// Whether it serves now.
    pub is_serving: bool,
    /// When the deployment that last released it was created.
    pub served_from: Option<OffsetDateTime>,
    /// How long it has served in all, as far as that is on record.
    pub served_for: Option<Duration>,
    /// The deployment that last released it.
    pub deployment: Option<DeploymentId>,
    pub taken_off: Option<TakenOffBy>,
    /// Why it cannot be deployed: "its image is no longer in ECR".
    pub obstacle: Option<String>,
    /// What to type as `version` to get it; `None` where it serves, or nothing leads to it.
    pub word: Option<String>,
    /// The N of `previous~N` where that means it.
    pub steps: Option<u32>,
}

/// The rollback that took a state off.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct TakenOffBy(pub Option<DeploymentId>);

impl Choice<'_> {
    /// What serves first, then by when each was last released, the latest first.
    pub(super) fn states(&self) -> Vec<PastState> {
        // While a release has no traffic yet, `previous` could mean two versions, and is refused.
        let candidates = match self.replayed.release_in_progress {
            Some(_) => Vec::new(),
            None => self.on_record(),
        };
        let stack = &self.replayed.stack;
        let mut states = Vec::new();
        for (place, state) in stack.states.iter().enumerate().rev() {
            let candidate = candidates.iter().find(|(at, _)| *at == place);
            let candidate = candidate.map(|(_, candidate)| candidate);
            states.push(self.of_stack(place, state, candidate));
        }
        for taken in self.last_taken_off() {
            states.push(self.taken_off(taken));
        }
        states.sort_by_key(|state| {
            let latest_first = state.served_from.map(|at| -at.unix_timestamp());
            (
                !state.is_serving,
                latest_first.is_none(),
                latest_first.unwrap_or_default(),
            )
        });
        name_by_words(&mut states);
        states
    }

    fn of_stack(&self, place: usize, state: &State, candidate: Option<&Candidate>) -> PastState {
        PastState {
            is_serving: self.serves(place, state),
            obstacle: self.obstacle(place).map(str::to_owned),
            steps: candidate.map(|candidate| candidate.steps),
            ..self.plain(state)
        }
    }

    fn serves(&self, place: usize, state: &State) -> bool {
        match &self.replayed.running {
            Some(running) => self.replayed.stack.is_same(running, state),
            None => self.replayed.stack.is_top(place),
        }
    }

    fn taken_off(&self, taken: &TakenOff) -> PastState {
        PastState {
            taken_off: Some(TakenOffBy(taken.by.clone())),
            obstacle: self.obstacle_of(&taken.state).map(str::to_owned),
            ..self.plain(&taken.state)
        }
    }

    fn plain(&self, state: &State) -> PastState {
        let digest = state.image.digest().cloned();
        PastState {
            version: digest.as_ref().map(self.versions),
            digest,
            revision: state.revision.clone().ok(),
            is_serving: false,
            served_from: state.deployed_at,
            served_for: state.served_until(Some(self.now)),
            deployment: state.deployment.clone(),
            taken_off: None,
            obstacle: None,
            word: None,
            steps: None,
        }
    }

    /// What is off the stack, each state as it was last taken off.
    fn last_taken_off(&self) -> Vec<&TakenOff> {
        let stack = &self.replayed.stack;
        let mut last: Vec<&TakenOff> = Vec::new();
        for taken in stack.taken_off.iter().rev() {
            let is_listed = last
                .iter()
                .any(|other| stack.is_same(&other.state, &taken.state));
            if !is_listed && !stack.contains(&taken.state) {
                last.push(taken);
            }
        }
        last
    }
}

/// A version leads to the newest revision with its image, and to nothing new where that image serves: what it does not
/// lead to needs `previous~N`.
fn name_by_words(states: &mut [PastState]) {
    let known = states.to_vec();
    for state in states {
        if state.is_serving || state.obstacle.is_some() || state.digest.is_none() {
            continue;
        }
        state.word = match known.iter().any(|other| hides(other, state)) {
            false => state.version.clone(),
            true => state.relative_word(),
        };
    }
}

/// Whether the version of `state` leads to the other one, or to nothing because that serves.
fn hides(other: &PastState, state: &PastState) -> bool {
    let is_newer = match (&other.revision, &state.revision) {
        (Some(other), Some(state)) => other.revision() > state.revision(),
        _ => false,
    };
    other.digest == state.digest && (other.is_serving || is_newer)
}

impl PastState {
    /// `previous`, or `previous~2`, where that means it.
    pub(crate) fn relative_word(&self) -> Option<String> {
        Some(match self.steps? {
            1 => "previous".to_owned(),
            steps => format!("previous~{steps}"),
        })
    }
}

/// The states that deployments brought, what serves first, then the latest first. See [`super::previous`] for the
/// parameters.
pub(crate) fn states(
    deployments: &[PastDeployment],
    running: Option<(&TaskDefinitionArn, &ImageDigest)>,
    same: &dyn Fn(&TaskDefinitionArn, &TaskDefinitionArn) -> bool,
    versions: &dyn Fn(&ImageDigest) -> String,
    now: OffsetDateTime,
) -> Vec<PastState> {
    Choice::new(deployments, running, same, versions, now).states()
}
