//! The rows of the path table for a service that CodeDeploy deploys, by the group's active deployment.

use super::action::{Action, Clearing, Side};
use crate::{
    domain::{deployment::Deployment, service::ALL_TRAFFIC},
    error::Problem,
    inputs::{ActiveDeployment, DeploymentConfig},
    observe::{
        busy::deployment_active,
        codedeploy::{
            Observed,
            active::{self, Active},
        },
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
        let deploys_target = self.deploys_target(active);
        // A deployment of something else that is still to shift would take the traffic away again: `unchanged` would
        // be true for a minute. One in its termination wait has had its shift.
        if self.is_serving() && (deploys_target || active.in_termination_wait) {
            return Ok(self.serving(Action::Nothing));
        }
        if deploys_target {
            return Ok(self.adopt(active));
        }
        match self.inputs.active_deployment {
            ActiveDeployment::Fail => {
                let deployment = &active.deployment;
                Err(deployment_active(deployment, self.inputs, self.snapshot.at))
            }
            ActiveDeployment::Wait => Ok(self.wait_for(active)),
            ActiveDeployment::TakeOver => Ok(self.take_over(active)),
        }
    }

    /// The fastest way past a deployment of something else.
    fn take_over(&self, active: &Active) -> Row<Action> {
        // To stop a rollback of AWS's own would leave the traffic nobody knows where.
        if active.is_rollback() {
            return self.let_rollback_end(active);
        }
        match &active.blue {
            Some(original) if self.runs_target(original) => self.reroute(active, original),
            _ if active.in_termination_wait => self.end_wait(active),
            _ => self.stop(active),
        }
    }

    fn idle(&self) -> Row<Action> {
        Row {
            expected: Some(TYPICAL),
            ..self.create(State::Idle, Clearing::Free, NOTHING_ACTIVE.to_owned(), None)
        }
    }

    fn adopt(&self, active: &Active) -> Row<Action> {
        let deployment = active.deployment.id.clone();
        // A rollback shifts traffic to a task set that is there already; anything else to a new one.
        let task_set = match active.is_rollback() {
            true => self.warm_side(active),
            false => None,
        };
        let side = match task_set {
            Some(side) => Side::Original(side.task_set.clone()),
            None => Side::Replacement,
        };
        let why = self.why_adopt(&self.busy(active));
        let deployed = active.brings.clone().ok();
        Row {
            // Where its AppSpec can't be read, the task set that receives the traffic says it.
            serves: deployed.or_else(|| task_set?.revision.clone()),
            steps: vec![format!(
                "follow {deployment}; continue it if it waits at Ready"
            )],
            ..self.row(
                State::DeployingTarget,
                Action::Adopt { deployment, side },
                why,
            )
        }
    }

    fn wait_for(&self, active: &Active) -> Row<Action> {
        let id = &active.deployment.id;
        let deployment = id.clone();
        self.wait(Action::Wait { deployment }, &self.busy(active), id)
    }

    fn let_rollback_end(&self, active: &Active) -> Row<Action> {
        let id = &active.deployment.id;
        let (busy, version) = (self.busy(active), self.version());
        let why = format!(
            "{busy}; AWS's own rollback is left to finish, {version} is deployed after that"
        );
        let step = format!("wait until {id} ends");
        let clearing = Clearing::LetEnd(id.clone());
        Row {
            expected: None,
            ..self.create(State::RollingBackToSomethingElse, clearing, why, Some(step))
        }
    }

    fn reroute(&self, active: &Active, side: &active::Side) -> Row<Action> {
        let deployment = active.deployment.id.clone();
        let original = side.task_set.clone();
        let (busy, version, slow) = (self.busy(active), self.version(), words::duration(TYPICAL));
        let why = format!(
            "{busy}; its original tasks run {version} and are still warm, so stopping it shifts traffic back in seconds; a new deployment takes about {slow}"
        );
        Row {
            serves: side.revision.clone(),
            steps: vec![format!(
                "stop {deployment} with auto-rollback, and follow the rollback that CodeDeploy starts"
            )],
            expected: Some(WARM),
            ..self.row(
                State::CanGoBack,
                Action::Reroute {
                    deployment,
                    original,
                },
                why,
            )
        }
    }

    fn end_wait(&self, active: &Active) -> Row<Action> {
        let id = &active.deployment.id;
        let (busy, version) = (self.busy(active), self.version());
        let why = format!(
            "{busy} and is only waiting to terminate the old tasks; ending that wait, then deploying {version}"
        );
        let step = format!("end the termination wait of {id}");
        self.create(
            State::TerminationWait,
            Clearing::EndWait(id.clone()),
            why,
            Some(step),
        )
    }

    fn stop(&self, active: &Active) -> Row<Action> {
        let id = &active.deployment.id;
        let why = self.why_stop(&self.busy(active));
        let step = format!("stop {id} with auto-rollback, and wait until that rollback ends");
        self.create(
            State::DeployingSomethingElse,
            Clearing::Stop(id.clone()),
            why,
            Some(step),
        )
    }

    /// What all rows that create a deployment have in common.
    fn create(
        &self,
        state: State,
        clearing: Clearing,
        why: String,
        step: Option<String>,
    ) -> Row<Action> {
        let group = self.group();
        let config = match &self.inputs.codedeploy.deployment_config {
            DeploymentConfig::Named(name) => name.as_str(),
            DeploymentConfig::Inherit => "the group's own configuration",
        };
        let create = format!(
            "create a deployment in {} / {} with {config}",
            group.application, group.name
        );
        Row {
            steps: self.steps(step, create),
            expected: Some(TYPICAL + WARM),
            ..self.row(state, Action::Create(clearing), self.with_revision(&why))
        }
    }

    /// `d-XYZ (InProgress, created 4 min ago by user) is deploying web1:3`
    fn busy(&self, active: &Active) -> String {
        let Deployment {
            id,
            status,
            creator,
            created_at,
            ..
        } = &active.deployment;
        let created = words::ago(*created_at, self.snapshot.at);
        let revision = short_or(active.brings.as_ref().ok(), "an unknown revision");
        format!(
            "{id} ({}, created {created} by {creator}) is deploying {revision}",
            status.as_str()
        )
    }

    /// Whether the target receives all the traffic already: every running task, and at least one, has its digest;
    /// where the revision counts, it is that revision.
    fn is_serving(&self) -> bool {
        let running = &self.snapshot.running;
        if self.is_shared() || self.has_leftovers() {
            return false;
        }
        self.is_target(&running.digests, Some(&running.revision))
    }

    fn is_shared(&self) -> bool {
        let active = self.observed.active.as_ref();
        let holder = active.and_then(Active::holder);
        holder.is_some_and(|holder| holder.weight < ALL_TRAFFIC)
    }

    /// Until a deployment has started, nothing says how the traffic is split. A second task set that is alive then may
    /// have a part of it: a stop without a rollback leaves one.
    fn has_leftovers(&self) -> bool {
        if let Some(active) = &self.observed.active
            && active.split_is_known
        {
            return false;
        }
        self.snapshot.running.has_other_task_set()
    }

    fn runs_target(&self, side: &active::Side) -> bool {
        self.is_target(&side.digests, side.revision.as_ref())
    }

    /// The task set that runs the target already, for a rollback to it.
    fn warm_side<'s>(&self, active: &'s Active) -> Option<&'s active::Side> {
        let mut sides = active.blue.iter().chain(&active.green);
        sides.find(|side| self.runs_target(side))
    }

    /// Whether the deployment deploys the target: by the digests of its tasks, else by what its revision names.
    fn deploys_target(&self, active: &Active) -> bool {
        let found = &self.snapshot.target;
        let digests = self.target_digests();
        let Ok(deployed) = &active.brings else {
            // Its AppSpec can't be read; what its tasks run can.
            let green = active.green.as_ref();
            return !found.exact && green.is_some_and(|green| green.digests.all_on(&digests));
        };
        if found.exact && !self.is_target_revision(Some(deployed)) {
            return false;
        }
        for side in active.green.iter().chain(&active.blue) {
            // Before the first task has pulled the image, its task set says nothing.
            if side.revision.as_ref() == Some(deployed) && !side.digests.known.is_empty() {
                return side.digests.on(&digests) > 0;
            }
        }
        let definition = active.definition.as_ref();
        definition.is_some_and(|definition| self.names_target(definition))
    }
}
