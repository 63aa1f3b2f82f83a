//! From the deployments on record, and what is running, to the stack.

use super::{
    PastDeployment, PastStatus,
    stack::{SameRevision, Stack, State},
};

/// What the record says.
pub(super) struct Replayed<'a> {
    pub stack: Stack<'a>,
    /// What is running, where that is known.
    pub running: Option<State>,
    /// An active deployment that is no rollback and has no production traffic yet.
    pub release_in_progress: Option<&'a PastDeployment>,
    /// The newest deployment, where it did not succeed and something else serves.
    pub failed: Option<&'a PastDeployment>,
    pub notes: Vec<String>,
}

impl PastDeployment {
    fn is_active(&self) -> bool {
        matches!(self.status, PastStatus::Active { .. })
    }

    fn did_not_succeed(&self) -> bool {
        matches!(self.status, PastStatus::Failed | PastStatus::Stopped)
    }
}

/// Replays `deployments`, oldest first.
pub(super) fn replay<'a>(
    deployments: &[&'a PastDeployment],
    running: Option<State>,
    same_revision: SameRevision<'a>,
) -> Replayed<'a> {
    let mut replayed = Replayed {
        stack: Stack::new(same_revision),
        running,
        release_in_progress: None,
        failed: None,
        notes: Vec::new(),
    };
    for (position, deployment) in deployments.iter().enumerate() {
        match deployment.status {
            PastStatus::Succeeded => replayed.success(deployment, &deployments[position + 1..]),
            PastStatus::Active {
                has_production_traffic,
            } => replayed.active(deployment, has_production_traffic),
            PastStatus::Failed | PastStatus::Stopped => {}
        }
    }
    // While a deployment is active, two revisions run, and its own task sets have told which ones.
    if !deployments.iter().any(|deployment| deployment.is_active()) {
        replayed.reconcile(deployments);
    }
    replayed.failed = replayed.failed_newest(deployments);
    replayed
}

impl<'a> Replayed<'a> {
    fn success(&mut self, deployment: &PastDeployment, later: &[&PastDeployment]) {
        let state = self.state_of_success(deployment, later);
        let auto_rollback = deployment.by_auto_rollback;
        self.stack
            .serve(state, Some(deployment.created), auto_rollback);
    }

    /// What a success released. Where that can't be read of the newest one, it is what serves, unless a deployment
    /// after it explains that.
    fn state_of_success(&self, deployment: &PastDeployment, later: &[&PastDeployment]) -> State {
        let recorded = State::released_by(deployment);
        let mut serving = self.running.clone();
        for other in later.iter().rev() {
            match other.status {
                PastStatus::Succeeded => return recorded,
                // What ran before the active deployment is in its blue task set.
                PastStatus::Active { .. } => serving = State::blue_of(other),
                PastStatus::Failed | PastStatus::Stopped => {}
            }
        }
        let Some(serving) = serving else {
            return recorded;
        };
        if !recorded.is_completed_by(&serving) {
            return recorded;
        }
        for other in later {
            // A deployment that failed late may have kept its traffic.
            if other.did_not_succeed() && self.stack.is_same(&State::released_by(other), &serving) {
                return recorded;
            }
        }
        serving.attributed_to(deployment)
    }

    /// The blue task set of an active deployment has served; the green one counts once it has production traffic.
    fn active(&mut self, deployment: &'a PastDeployment, has_traffic: bool) {
        let mut green = State::released_by(deployment);
        let mut blue = State::blue_of(deployment);
        if let Some(running) = &self.running {
            if blue.is_none() && !self.stack.is_same(running, &green) {
                blue = Some(running.clone());
            }
            let runs_blue = matches!(&blue, Some(blue) if self.stack.is_same(blue, running));
            if has_traffic && !runs_blue && green.is_completed_by(running) {
                green = running.clone().attributed_to(deployment);
            }
        }
        if let Some(blue) = blue {
            self.stack.serve(blue, None, false);
        }
        if has_traffic {
            let start = Some(deployment.created);
            self.stack.serve(green, start, deployment.by_auto_rollback);
        } else {
            self.without_traffic(deployment, green);
        }
    }

    fn without_traffic(&mut self, deployment: &'a PastDeployment, mut green: State) {
        let auto_rollback = deployment.by_auto_rollback;
        if auto_rollback || self.stack.would_roll_back(&green) {
            // A rollback in progress is what `previous` means already: asking again must not go further.
            // It serves nobody yet, so when it last served is still the earlier deployment's time.
            green.deployed_at = None;
            self.stack.serve(green, None, auto_rollback);
        } else {
            self.release_in_progress = Some(deployment);
        }
    }

    /// Where the deployments don't explain what is running, what is running is right.
    fn reconcile(&mut self, deployments: &[&PastDeployment]) {
        let Some(running) = self.running.clone() else {
            return;
        };
        if self.is_explained(&running) {
            self.stack.serve(running, None, false);
        } else if let Some(deployment) = self.left_running(&running, deployments) {
            let id = deployment.id.short();
            let note = format!("deployment {id} did not succeed, but its revision is serving");
            self.notes.push(note);
            let running = running.attributed_to(deployment);
            self.stack.serve(running, Some(deployment.created), false);
        } else {
            self.notes.extend(note_on_unexplained(&running));
            self.stack.serve(running, None, false);
        }
    }

    fn is_explained(&self, running: &State) -> bool {
        let top = self.stack.top();
        top.is_none_or(|top| self.stack.is_same(top, running))
    }

    /// The deployment since the last success that released what is running, though it did not succeed.
    fn left_running(
        &self,
        running: &State,
        deployments: &[&'a PastDeployment],
    ) -> Option<&'a PastDeployment> {
        for deployment in deployments.iter().rev() {
            if deployment.status == PastStatus::Succeeded {
                return None;
            }
            if self.stack.is_same(&State::released_by(deployment), running) {
                return Some(deployment);
            }
        }
        None
    }

    fn failed_newest(&self, deployments: &[&'a PastDeployment]) -> Option<&'a PastDeployment> {
        // A rollback of CodeDeploy's own that failed says nothing about what people wanted last: the deployment
        // that it was to undo does.
        let newest = deployments
            .iter()
            .rfind(|deployment| !(deployment.did_not_succeed() && deployment.by_auto_rollback))?;
        if !newest.did_not_succeed() {
            return None;
        }
        let released = State::released_by(newest);
        match self.stack.top() {
            Some(top) if self.stack.is_same(top, &released) => None,
            _ => Some(newest),
        }
    }
}

fn note_on_unexplained(running: &State) -> Option<String> {
    let revision = running.revision.as_ref().ok()?.short();
    Some(format!(
        "the running revision {revision} is not the one that the newest deployment on record released"
    ))
}
