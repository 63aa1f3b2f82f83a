//! The rows of the path table for a service that ECS itself deploys, by its service deployment.

use std::time::Duration;

use super::{Action, Clearing, Direction};
use crate::error::Problem;
use crate::inputs::{ActiveDeployment, Inputs};
use crate::names::TaskDefinitionArn;
use crate::observe::Snapshot;
use crate::observe::ecs::Observed;
use crate::observe::ecs::active::{Active, Release};
use crate::plan::row::{Row, State, TYPICAL, WARM};
use crate::plan::sentences::{self, short_or};
use crate::plan::target::{is_target, is_target_revision, names_target};
use crate::words;

/// What the rows are chosen by.
pub(super) struct Situation<'a> {
    pub snapshot: &'a Snapshot,
    pub observed: &'a Observed,
    pub inputs: &'a Inputs,
}

impl Situation<'_> {
    /// The first row that fits.
    ///
    /// # Errors
    /// `deployment-active` where the input says so.
    pub(super) fn choose(&self) -> Result<Row<Action>, Problem> {
        let Some(active) = &self.observed.active else {
            let serving = self.is_serving();
            return Ok(if serving { self.serving() } else { self.idle() });
        };
        // One that is being stopped without a rollback will not get there.
        let continues = active.can_be_stopped() || active.is_rollback();
        if continues && self.runs_target(active.brings.as_ref()) {
            return Ok(self.adopt(active));
        }
        match self.inputs.active_deployment {
            ActiveDeployment::Fail => {
                return Err(active.busy_problem(self.inputs, self.snapshot.at));
            }
            ActiveDeployment::Wait => return Ok(self.wait(active)),
            ActiveDeployment::TakeOver => {}
        }
        if !active.can_be_stopped() {
            return Ok(self.let_end(active));
        }
        if self.runs_target(active.way_back.as_ref()) {
            return Ok(self.reroute(active));
        }
        if self.snapshot.running.service.strategy.is_rolling() {
            return Ok(self.supersede(active));
        }
        Ok(self.stop(active))
    }

    fn serving(&self) -> Row<Action> {
        Row {
            action: Action::Nothing,
            path: State::Serving.path(),
            serves: Some(self.snapshot.running.revision.clone()),
            why: format!("{} is already serving", self.version()),
            steps: Vec::new(),
            expected: None,
        }
    }

    fn idle(&self) -> Row<Action> {
        let revision = sentences::revision(self.snapshot);
        Row {
            why: format!("no deployment is in progress; {revision}"),
            ..self.update(State::Idle, Clearing::Idle, None)
        }
    }

    fn adopt(&self, active: &Active) -> Row<Action> {
        let deployment = &active.deployment.id;
        let busy = describe(active, self.snapshot);
        Row {
            path: State::DeployingTarget.path(),
            serves: active
                .brings
                .as_ref()
                .and_then(|release| release.revision.clone()),
            why: format!("{busy}, which is {}; following it", self.version()),
            steps: vec![format!(
                "follow {}; continue it if a hook pauses it",
                deployment.short()
            )],
            expected: None,
            action: Action::Adopt {
                deployment: deployment.clone(),
                direction: match active.is_rollback() {
                    true => Direction::Back,
                    false => Direction::Forward,
                },
            },
        }
    }

    fn wait(&self, active: &Active) -> Row<Action> {
        let deployment = &active.deployment.id;
        let busy = describe(active, self.snapshot);
        Row {
            path: State::DeployingSomethingElse.path(),
            serves: self.reused(),
            why: format!("{busy}; `active-deployment: wait` waits until it ends, then plans again"),
            steps: vec![format!(
                "wait until {} ends, then plan again",
                deployment.short()
            )],
            expected: None,
            action: Action::Wait {
                deployment: deployment.clone(),
            },
        }
    }

    fn let_end(&self, active: &Active) -> Row<Action> {
        let deployment = &active.deployment.id;
        let busy = describe(active, self.snapshot);
        let (version, revision) = (self.version(), sentences::revision(self.snapshot));
        Row {
            why: format!(
                "{busy}, is already rolling back or stopping and is left to finish; {version} is deployed after that; {revision}"
            ),
            // Nobody knows how long AWS's own rollback takes.
            expected: None,
            ..self.update(
                State::RollingBackToSomethingElse,
                Clearing::LetEnd(deployment.clone()),
                Some(format!("wait until {} ends", deployment.short())),
            )
        }
    }

    fn reroute(&self, active: &Active) -> Row<Action> {
        let deployment = &active.deployment.id;
        let busy = describe(active, self.snapshot);
        let (version, slow) = (self.version(), words::duration(self.full_shift()));
        let back = self.way_back_takes(active);
        let why = if back == WARM {
            format!(
                "{busy}; the tasks of {version} are still running, so stopping it shifts traffic back in seconds; a new deployment takes about {slow}"
            )
        } else {
            format!(
                "{busy}; {version} is the last successful revision, so stopping it makes ECS roll back to it"
            )
        };
        Row {
            path: State::CanGoBack.path(),
            serves: active
                .way_back
                .as_ref()
                .and_then(|release| release.revision.clone()),
            why,
            steps: vec![format!(
                "stop {} with a rollback, and follow that",
                deployment.short()
            )],
            expected: Some(back),
            action: Action::Reroute {
                deployment: deployment.clone(),
            },
        }
    }

    fn supersede(&self, active: &Active) -> Row<Action> {
        let deployment = &active.deployment.id;
        let busy = describe(active, self.snapshot);
        let (version, revision) = (self.version(), sentences::revision(self.snapshot));
        Row {
            why: format!(
                "{busy}, which is not {version}; a new deployment replaces a rolling one at once; {revision}"
            ),
            ..self.update(
                State::Rolling,
                Clearing::Supersede(deployment.clone()),
                None,
            )
        }
    }

    fn stop(&self, active: &Active) -> Row<Action> {
        let deployment = &active.deployment.id;
        let busy = describe(active, self.snapshot);
        let (version, revision) = (self.version(), sentences::revision(self.snapshot));
        let clearing = Clearing::Stop {
            deployment: deployment.clone(),
            way_back_known: active.way_back.is_some(),
        };
        Row {
            why: format!("{busy}, which is not {version}; stopping it first; {revision}"),
            expected: Some(self.full_shift() + self.way_back_takes(active)),
            ..self.update(
                State::DeployingSomethingElse,
                clearing,
                Some(format!(
                    "stop {} with a rollback, and wait until it ends",
                    deployment.short()
                )),
            )
        }
    }

    /// What all rows that update the service have in common.
    fn update(&self, state: State, clearing: Clearing, first: Option<String>) -> Row<Action> {
        let service = &self.snapshot.running.service.name;
        let revision = sentences::planned_revision(self.snapshot);
        let mut steps = Vec::new();
        steps.extend(sentences::register_step(self.snapshot));
        steps.extend(first);
        steps.push(format!(
            "update the service {service} to {revision}; nothing else of the service is changed"
        ));
        Row {
            action: Action::Update(clearing),
            path: state.path(),
            serves: self.reused(),
            why: String::new(),
            steps,
            expected: Some(self.full_shift()),
        }
    }

    fn version(&self) -> &str {
        &self.snapshot.target.version
    }

    fn reused(&self) -> Option<TaskDefinitionArn> {
        self.snapshot.revision.reused().cloned()
    }

    fn full_shift(&self) -> Duration {
        TYPICAL + self.snapshot.running.service.strategy.shift()
    }

    /// What a stop takes: seconds where the old tasks are all there, else until they have started again.
    fn way_back_takes(&self, active: &Active) -> Duration {
        let wanted = self.snapshot.running.service.wanted();
        let sources = &active.deployment.sources;
        let warm = sources.iter().any(|source| source.running >= wanted);
        if warm { WARM } else { TYPICAL }
    }

    /// Whether every task with traffic runs the target, where no service deployment is in progress.
    fn is_serving(&self) -> bool {
        let running = &self.snapshot.running;
        let rollouts = &running.service.rollouts;
        // A stop without a rollback leaves the traffic split.
        if running.share.is_some() || self.has_begun_something_else() {
            return false;
        }
        // Where the revision counts, tasks of a second one with the same image do not.
        let alone = rollouts.iter().all(|rollout| {
            rollout.running == 0 || rollout.task_definition.as_ref() == Some(&running.revision)
        });
        if self.snapshot.target.exact && !alone {
            return false;
        }
        is_target(&running.digests, Some(&running.revision), self.snapshot)
    }

    /// A deployment that has just begun may not be on record yet; the service's own list shows it.
    fn has_begun_something_else(&self) -> bool {
        let running = &self.snapshot.running;
        let Some(primary) = running.service.primary_rollout() else {
            return false;
        };
        primary.state.as_deref() == Some("IN_PROGRESS")
            && primary.task_definition.as_ref() != Some(&running.revision)
    }

    /// Whether a service revision is the target: by the digest that ECS holds its tasks to, else by what its task
    /// definition names.
    fn runs_target(&self, release: Option<&Release>) -> bool {
        let Some(release) = release else { return false };
        let found = &self.snapshot.target;
        if found.exact && !is_target_revision(release.revision.as_ref(), self.snapshot) {
            return false;
        }
        if let Some(digest) = &release.digest {
            let digests = found.image.digests(self.snapshot.running.platform.as_ref());
            return digests.contains(&digest);
        }
        let definition = release.definition.as_ref();
        definition.is_some_and(|definition| names_target(definition, self.snapshot))
    }
}

/// `the service deployment abc (IN_PROGRESS at BAKE_TIME, created 4 min ago) is deploying web1:3`
fn describe(active: &Active, snapshot: &Snapshot) -> String {
    let deployment = &active.deployment;
    let release = active.brings.as_ref();
    let revision = short_or(
        release.and_then(|release| release.revision.as_ref()),
        "an unknown revision",
    );
    let mut state = deployment.status.as_str().to_owned();
    if let Some(stage) = &deployment.stage {
        state.push_str(&format!(" at {stage}"));
    }
    if !deployment.paused_at.is_empty() {
        state.push_str(", paused by a hook");
    }
    let created = words::ago(deployment.created_at, snapshot.at);
    format!(
        "the service deployment {} ({state}, created {created}) is deploying {revision}",
        deployment.id.short()
    )
}
