//! The rows of the path table for a service that CodeDeploy deploys, by the group's active deployment.

use super::{Action, Clearing, Side};
use crate::domain::deployment::Deployment;
use crate::error::Problem;
use crate::inputs::{ActiveDeployment, DeploymentConfig, Inputs};
use crate::names::TaskDefinitionArn;
use crate::observe::Snapshot;
use crate::observe::busy::deployment_active;
use crate::observe::codedeploy::Observed;
use crate::observe::codedeploy::active::{self, Active};
use crate::plan::row::{Row, State, TYPICAL, WARM};
use crate::plan::sentences::{self, short_or};
use crate::plan::target::{is_target, names_target};
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
        let deploys_target = self.deploys_target(active);
        // A deployment of something else that is still to shift would take the traffic away again: `unchanged` would
        // be true for a minute. One in its termination wait has had its shift.
        if self.is_serving() && (deploys_target || active.in_termination_wait) {
            return Ok(self.serving());
        }
        if deploys_target {
            return Ok(self.adopt(active));
        }
        match self.inputs.active_deployment {
            ActiveDeployment::Fail => {
                let deployment = &active.deployment;
                return Err(deployment_active(deployment, self.inputs, self.snapshot.at));
            }
            ActiveDeployment::Wait => return Ok(self.wait(active)),
            ActiveDeployment::TakeOver => {}
        }
        if active.is_rollback() {
            return Ok(self.let_rollback_end(active));
        }
        if let Some(original) = &active.blue
            && self.runs_target(original)
        {
            return Ok(self.reroute(active, original));
        }
        if active.in_termination_wait {
            return Ok(self.end_wait(active));
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
            expected: Some(TYPICAL),
            ..self.create(State::Idle, Clearing::Free, None)
        }
    }

    fn adopt(&self, active: &Active) -> Row<Action> {
        let id = &active.deployment.id;
        // A rollback shifts traffic to a task set that is there already; anything else to a new one.
        let task_set = match active.is_rollback() {
            true => self.warm_side(active),
            false => None,
        };
        let deployed = active.brings.clone().ok();
        Row {
            path: State::DeployingTarget.path(),
            // Where its AppSpec can't be read, the task set that receives the traffic says it.
            serves: deployed.or_else(|| task_set?.revision.clone()),
            why: format!(
                "{}, which is {}; following it",
                describe(active, self.snapshot),
                self.version()
            ),
            steps: vec![format!("follow {id}; continue it if it waits at Ready")],
            expected: None,
            action: Action::Adopt {
                deployment: id.clone(),
                side: match task_set {
                    Some(side) => Side::Original(side.task_set.clone()),
                    None => Side::Replacement,
                },
            },
        }
    }

    fn wait(&self, active: &Active) -> Row<Action> {
        let id = &active.deployment.id;
        let busy = describe(active, self.snapshot);
        Row {
            action: Action::Wait {
                deployment: id.clone(),
            },
            path: State::DeployingSomethingElse.path(),
            serves: self.reused(),
            why: format!("{busy}; `active-deployment: wait` waits until it ends, then plans again"),
            steps: vec![format!("wait until {id} ends, then plan again")],
            expected: None,
        }
    }

    fn let_rollback_end(&self, active: &Active) -> Row<Action> {
        let id = &active.deployment.id;
        let (busy, revision) = self.busy_and_revision(active);
        let version = self.version();
        Row {
            why: format!(
                "{busy}; AWS's own rollback is left to finish, {version} is deployed after that; {revision}"
            ),
            ..self.create(
                State::RollingBackToSomethingElse,
                Clearing::LetEnd(id.clone()),
                Some(format!("wait until {id} ends")),
            )
        }
    }

    fn reroute(&self, active: &Active, original: &active::Side) -> Row<Action> {
        let id = &active.deployment.id;
        let busy = describe(active, self.snapshot);
        let (version, slow) = (self.version(), words::duration(TYPICAL));
        Row {
            action: Action::Reroute {
                deployment: id.clone(),
                original: original.task_set.clone(),
            },
            path: State::CanGoBack.path(),
            serves: original.revision.clone(),
            why: format!(
                "{busy}; its original tasks run {version} and are still warm, so stopping it shifts traffic back in seconds; a new deployment takes about {slow}"
            ),
            steps: vec![format!(
                "stop {id} with auto-rollback, and follow the rollback that CodeDeploy starts"
            )],
            expected: Some(WARM),
        }
    }

    fn end_wait(&self, active: &Active) -> Row<Action> {
        let id = &active.deployment.id;
        let (busy, revision) = self.busy_and_revision(active);
        let version = self.version();
        Row {
            why: format!(
                "{busy} and is only waiting to terminate the old tasks; ending that wait, then deploying {version}; {revision}"
            ),
            ..self.create(
                State::TerminationWait,
                Clearing::EndWait(id.clone()),
                Some(format!("end the termination wait of {id}")),
            )
        }
    }

    fn stop(&self, active: &Active) -> Row<Action> {
        let id = &active.deployment.id;
        let (busy, revision) = self.busy_and_revision(active);
        let version = self.version();
        Row {
            why: format!("{busy}, which is not {version}; stopping it first; {revision}"),
            ..self.create(
                State::DeployingSomethingElse,
                Clearing::Stop(id.clone()),
                Some(format!(
                    "stop {id} with auto-rollback, and wait until that rollback ends"
                )),
            )
        }
    }

    /// What all rows that create a deployment have in common.
    fn create(&self, state: State, clearing: Clearing, first: Option<String>) -> Row<Action> {
        let group = &self.observed.group.facts.group;
        let config = match &self.inputs.deployment_config {
            DeploymentConfig::Named(name) => name,
            DeploymentConfig::Inherit => "the group's own configuration",
        };
        let mut steps = Vec::new();
        steps.extend(sentences::register_step(self.snapshot));
        steps.extend(first);
        steps.push(format!(
            "create a deployment in {} / {} with {config}",
            group.application, group.name
        ));
        Row {
            // Nobody knows how long AWS's own rollback takes.
            expected: match clearing {
                Clearing::LetEnd(_) => None,
                _ => Some(TYPICAL + WARM),
            },
            action: Action::Create(clearing),
            path: state.path(),
            serves: self.reused(),
            why: String::new(),
            steps,
        }
    }

    fn version(&self) -> &str {
        &self.snapshot.target.version
    }

    fn reused(&self) -> Option<TaskDefinitionArn> {
        self.snapshot.revision.reused().cloned()
    }

    fn busy_and_revision(&self, active: &Active) -> (String, String) {
        let busy = describe(active, self.snapshot);
        (busy, sentences::revision(self.snapshot))
    }

    /// Whether the target receives all the traffic already: every running task, and at least one, has its digest;
    /// where the revision counts, it is that revision.
    fn is_serving(&self) -> bool {
        let running = &self.snapshot.running;
        if self.is_shared() || self.has_leftovers() {
            return false;
        }
        is_target(&running.digests, Some(&running.revision), self.snapshot)
    }

    fn is_shared(&self) -> bool {
        let Some(active) = &self.observed.active else {
            return false;
        };
        active.holder().is_some_and(|holder| holder.weight < 99.99)
    }

    /// Until a deployment has started, nothing says how the traffic is split. A second task set that is alive then may
    /// have a part of it: a stop without a rollback leaves one.
    fn has_leftovers(&self) -> bool {
        if let Some(active) = &self.observed.active
            && active.split_is_known
        {
            return false;
        }
        let running = &self.snapshot.running;
        running.service.task_sets.iter().any(|task_set| {
            let alive = matches!(task_set.status.as_str(), "ACTIVE" | "PRIMARY");
            alive && task_set.id != running.task_set.id
        })
    }

    fn runs_target(&self, side: &active::Side) -> bool {
        is_target(&side.digests, side.revision.as_ref(), self.snapshot)
    }

    /// The task set that runs the target already, for a rollback to it.
    fn warm_side<'s>(&self, active: &'s Active) -> Option<&'s active::Side> {
        let sides = active.blue.iter().chain(&active.green);
        sides.into_iter().find(|side| self.runs_target(side))
    }

    /// Whether the deployment deploys the target: by the digests of its tasks, else by what its revision names.
    fn deploys_target(&self, active: &Active) -> bool {
        let found = &self.snapshot.target;
        let digests = found.image.digests(self.snapshot.running.platform.as_ref());
        let Ok(deployed) = &active.brings else {
            // Its AppSpec can't be read; what its tasks run can.
            let green = active.green.as_ref();
            return !found.exact && green.is_some_and(|green| green.digests.all_on(&digests));
        };
        if found.exact && self.snapshot.revision.definition().arn() != Some(deployed) {
            return false;
        }
        let mut sides = active.green.iter().chain(&active.blue);
        let started = sides.find(|side| side.revision.as_ref() == Some(deployed));
        if let Some(side) = started
            && !side.digests.known.is_empty()
        {
            return side.digests.on(&digests) > 0;
        }
        let definition = active.definition.as_ref();
        definition.is_some_and(|definition| names_target(definition, self.snapshot))
    }
}

/// `d-XYZ (InProgress, created 4 min ago by user) is deploying web1:3`
fn describe(active: &Active, snapshot: &Snapshot) -> String {
    let Deployment {
        id,
        status,
        creator,
        created_at,
        ..
    } = &active.deployment;
    let created = words::ago(*created_at, snapshot.at);
    let revision = short_or(active.brings.as_ref().ok(), "an unknown revision");
    format!(
        "{id} ({}, created {created} by {creator}) is deploying {revision}",
        status.as_str()
    )
}
