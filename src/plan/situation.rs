//! What the rows of the path table are chosen by, and what the rows of both controllers have in common.

use super::row::{Row, State};
use crate::{inputs::Inputs, names::DeploymentId, observe::Snapshot};

/// Why a deployment starts at once.
pub(super) const NOTHING_ACTIVE: &str = "no deployment is in progress";

pub(super) struct Situation<'a, Observed> {
    pub snapshot: &'a Snapshot,
    pub observed: &'a Observed,
    pub inputs: &'a Inputs,
}

impl<Observed> Situation<'_, Observed> {
    /// What holds for most rows; each one adds what is its own.
    pub(super) fn row<Action>(&self, state: State, action: Action, why: String) -> Row<Action> {
        Row {
            action,
            path: state.path(),
            serves: self.snapshot.revision.reused().cloned(),
            why,
            steps: Vec::new(),
            // What somebody else's deployment still takes, nobody knows.
            expected: None,
        }
    }

    pub(super) fn serving<Action>(&self, nothing: Action) -> Row<Action> {
        let why = format!("{} is already serving", self.version());
        Row {
            serves: Some(self.snapshot.running.revision.clone()),
            ..self.row(State::Serving, nothing, why)
        }
    }

    /// `busy` says what is in progress, `deployment` names it.
    pub(super) fn wait<Action>(
        &self,
        action: Action,
        busy: &str,
        deployment: &DeploymentId,
    ) -> Row<Action> {
        let why =
            format!("{busy}; `active-deployment: wait` waits until it ends, then plans again");
        let step = format!("wait until {} ends, then plan again", deployment.short());
        Row {
            steps: vec![step],
            ..self.row(State::DeployingSomethingElse, action, why)
        }
    }

    /// `busy` says what is in progress.
    pub(super) fn why_adopt(&self, busy: &str) -> String {
        format!("{busy}, which is {}; following it", self.version())
    }

    pub(super) fn why_stop(&self, busy: &str) -> String {
        format!("{busy}, which is not {}; stopping it first", self.version())
    }

    /// Registers the revision where that is needed, clears the way, then writes.
    pub(super) fn steps(&self, clearing: Option<String>, write: String) -> Vec<String> {
        // First of all: a request that ECS refuses must not leave the service without its deployment.
        let mut steps = Vec::from_iter(self.register_step());
        steps.extend(clearing);
        steps.push(write);
        steps
    }

    pub(super) fn version(&self) -> &str {
        &self.snapshot.target.version
    }

    /// Why something is deployed, and why a revision is registered for that, or that none is.
    pub(super) fn with_revision(&self, why: &str) -> String {
        format!("{why}; {}", self.revision())
    }
}
