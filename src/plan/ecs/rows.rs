//! The rows of the path table for a service that ECS itself deploys, by its service deployment.

use std::time::Duration;

use super::action::{Action, Clearing, Direction};
use crate::{
    domain::service_deployment::ServiceDeployment,
    error::Problem,
    inputs::ActiveDeployment,
    names::TaskDefinitionArn,
    observe::ecs::{
        Observed,
        active::{Active, Release},
    },
    plan::{
        row::{Row, State, TYPICAL, WARM},
        sentences::short_or,
        situation::{NOTHING_ACTIVE, Situation},
    },
    words,
};

impl Situation<'_, Observed> {
    /// The first row that fits.
    ///
    /// # Errors
    /// `deployment-active` where the input says so.
    pub(super) fn choose(&self) -> Result<Row<Action>, Problem> {
        let Some(active) = &self.observed.active else {
            let serving = self.is_serving();
            return Ok(if serving {
                self.serving(Action::Nothing)
            } else {
                self.idle()
            });
        };
        // One that is being stopped without a rollback will not get there.
        let continues = active.can_be_stopped() || active.is_rollback();
        if continues && self.runs_target(active.brings.as_ref()) {
            return Ok(self.adopt(active));
        }
        match self.inputs.active_deployment {
            ActiveDeployment::Fail => Err(active.busy_problem(self.inputs, self.snapshot.at)),
            ActiveDeployment::Wait => Ok(self.wait_for(active)),
            ActiveDeployment::TakeOver => Ok(self.take_over(active)),
        }
    }

    /// The fastest way past a deployment of something else.
    fn take_over(&self, active: &Active) -> Row<Action> {
        if !active.can_be_stopped() {
            return self.let_end(active);
        }
        if self.runs_target(active.way_back.as_ref()) {
            return self.reroute(active);
        }
        // ECS itself replaces a rolling deployment by a newer one; of the others it refuses a second.
        if self.snapshot.running.service.strategy.is_rolling() {
            return self.supersede(active);
        }
        self.stop(active)
    }

    fn idle(&self) -> Row<Action> {
        self.update(State::Idle, Clearing::Idle, NOTHING_ACTIVE.to_owned(), None)
    }

    fn adopt(&self, active: &Active) -> Row<Action> {
        let deployment = active.deployment.id.clone();
        let direction = match active.is_rollback() {
            true => Direction::Back,
            false => Direction::Forward,
        };
        let why = self.why_adopt(&self.busy(active));
        let step = format!(
            "follow {}; continue it if a hook pauses it",
            deployment.short()
        );
        let action = Action::Adopt {
            deployment,
            direction,
        };
        Row {
            serves: revision_of(&active.brings),
            steps: vec![step],
            ..self.row(State::DeployingTarget, action, why)
        }
    }

    fn wait_for(&self, active: &Active) -> Row<Action> {
        let id = &active.deployment.id;
        let deployment = id.clone();
        self.wait(Action::Wait { deployment }, &self.busy(active), id)
    }

    fn let_end(&self, active: &Active) -> Row<Action> {
        let id = &active.deployment.id;
        let (busy, version) = (self.busy(active), self.version());
        let why = format!(
            "{busy}, is already rolling back or stopping and is left to finish; {version} is deployed after that"
        );
        let step = format!("wait until {} ends", id.short());
        let clearing = Clearing::LetEnd(id.clone());
        Row {
            // Nobody knows how long AWS's own rollback takes.
            expected: None,
            ..self.update(State::RollingBackToSomethingElse, clearing, why, Some(step))
        }
    }

    fn reroute(&self, active: &Active) -> Row<Action> {
        let deployment = active.deployment.id.clone();
        let back = self.way_back_takes(active);
        let step = format!(
            "stop {} with a rollback, and follow that",
            deployment.short()
        );
        Row {
            serves: revision_of(&active.way_back),
            steps: vec![step],
            expected: Some(back),
            ..self.row(
                State::CanGoBack,
                Action::Reroute { deployment },
                self.why_reroute(active, back),
            )
        }
    }

    fn why_reroute(&self, active: &Active, back: Duration) -> String {
        let (busy, version) = (self.busy(active), self.version());
        if back != WARM {
            return format!(
                "{busy}; {version} is the last successful revision, so stopping it makes ECS roll back to it"
            );
        }
        let slow = words::duration(self.full_shift());
        format!(
            "{busy}; the tasks of {version} are still running, so stopping it shifts traffic back in seconds; a new deployment takes about {slow}"
        )
    }

    fn supersede(&self, active: &Active) -> Row<Action> {
        let (busy, version) = (self.busy(active), self.version());
        let why = format!(
            "{busy}, which is not {version}; a new deployment replaces a rolling one at once"
        );
        let clearing = Clearing::Supersede(active.deployment.id.clone());
        self.update(State::Rolling, clearing, why, None)
    }

    fn stop(&self, active: &Active) -> Row<Action> {
        let deployment = active.deployment.id.clone();
        let why = self.why_stop(&self.busy(active));
        let step = format!(
            "stop {} with a rollback{}, and wait until it ends",
            deployment.short(),
            self.until_then(active)
        );
        let clearing = Clearing::Stop {
            deployment,
            way_back_known: active.way_back.is_some(),
        };
        Row {
            expected: Some(self.full_shift() + self.way_back_takes(active)),
            ..self.update(State::DeployingSomethingElse, clearing, why, Some(step))
        }
    }

    /// Which revision serves again for a while, where that is another one than now: it may be the bad one.
    fn until_then(&self, active: &Active) -> String {
        let release = active.way_back.as_ref();
        let back_to = release.and_then(|release| release.revision.as_ref());
        match back_to {
            Some(revision) if *revision != self.snapshot.running.revision => format!(
                ", which shifts traffic back to {} for now",
                revision.short()
            ),
            _ => String::new(),
        }
    }

    /// What all rows that update the service have in common.
    fn update(
        &self,
        state: State,
        clearing: Clearing,
        why: String,
        step: Option<String>,
    ) -> Row<Action> {
        let service = &self.snapshot.running.service.name;
        let revision = self.planned_revision();
        let update = format!(
            "update the service {service} to {revision}; nothing else of the service is changed"
        );
        Row {
            steps: self.steps(step, update),
            expected: Some(self.full_shift()),
            ..self.row(state, Action::Update(clearing), self.with_revision(&why))
        }
    }

    /// `the service deployment abc (IN_PROGRESS at BAKE_TIME, created 4 min ago) is deploying web1:3`
    fn busy(&self, active: &Active) -> String {
        let deployment = &active.deployment;
        let revision = revision_of(&active.brings);
        let revision = short_or(revision.as_ref(), "an unknown revision");
        let state = state_in_words(deployment);
        let created = words::ago(deployment.created_at, self.snapshot.at);
        format!(
            "the service deployment {} ({state}, created {created}) is deploying {revision}",
            deployment.id.short()
        )
    }

    fn full_shift(&self) -> Duration {
        TYPICAL + self.snapshot.running.service.strategy.shift()
    }

    /// What a stop takes: seconds where the old tasks are all there, else until they have started again.
    fn way_back_takes(&self, active: &Active) -> Duration {
        // ECS starts missing tasks before it shifts the traffic back.
        if self.has_all_old_tasks(active) {
            WARM
        } else {
            TYPICAL
        }
    }

    fn has_all_old_tasks(&self, active: &Active) -> bool {
        let wanted = self.snapshot.running.service.wanted();
        let mut sources = active.deployment.sources.iter();
        sources.any(|source| source.running >= wanted)
    }

    /// Whether every task with traffic runs the target, where no service deployment is in progress.
    fn is_serving(&self) -> bool {
        let running = &self.snapshot.running;
        // A stop without a rollback leaves the traffic split.
        if running.share.is_some() || running.has_begun_another_revision() {
            return false;
        }
        // Where the revision counts, tasks of a second one with the same image do not.
        if self.snapshot.target.exact && !self.runs_one_revision() {
            return false;
        }
        self.is_target(&running.digests, Some(&running.revision))
    }

    fn runs_one_revision(&self) -> bool {
        let running = &self.snapshot.running;
        let mut rollouts = running.service.rollouts.iter();
        rollouts.all(|rollout| rollout.running == 0 || rollout.runs(&running.revision))
    }

    /// Whether a service revision is the target: by the digest that ECS holds its tasks to, else by what its task
    /// definition names.
    fn runs_target(&self, release: Option<&Release>) -> bool {
        let Some(release) = release else { return false };
        let is_revision = self.is_target_revision(release.revision.as_ref());
        if self.snapshot.target.exact && !is_revision {
            return false;
        }
        if let Some(digest) = &release.digest {
            return self.target_digests().contains(&digest);
        }
        let definition = release.definition.as_ref();
        definition.is_some_and(|definition| self.names_target(definition))
    }
}

/// `IN_PROGRESS at BAKE_TIME, paused by a hook`
fn state_in_words(deployment: &ServiceDeployment) -> String {
    let mut state = deployment.status.as_str().to_owned();
    if let Some(stage) = &deployment.stage {
        state.push_str(&format!(" at {stage}"));
    }
    if !deployment.paused_at.is_empty() {
        state.push_str(", paused by a hook");
    }
    state
}

fn revision_of(release: &Option<Release>) -> Option<TaskDefinitionArn> {
    release.as_ref()?.revision.clone()
}
