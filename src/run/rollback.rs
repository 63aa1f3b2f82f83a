//! The mode `rollback`: one plan carried out, from its first write to the proof.

use std::{cell::Cell, time::Duration};

use super::{
    Run,
    ending::{Carried, Finish},
    leg::Leg,
};
use crate::{
    boxed::boxed,
    domain::console_links,
    execute::{Ended, Execution, follow::Followed},
    inputs::WaitFor,
    names::{DeploymentId, TaskDefinitionArn, TaskSetId},
    plan::{Plan, PlannedDeployment},
    report::{
        data::{Deployment, DeploymentGroup, Outcome, Path, Proof, Serving},
        event::Event,
    },
    verify::{Unhealthy, health_check, prove, serving},
};

impl Run<'_> {
    pub(super) async fn carry_out(
        &self,
        leg: &Leg<'_>,
        plan: &Plan,
        round: u32,
    ) -> Result<Carried, Ended> {
        if plan.path() == Path::Nothing {
            if round > 1 {
                self.name_what_serves(leg, plan);
            }
            return self.already_serving(leg, plan).await;
        }
        if round == 1 {
            match leg.back {
                None => self.check_safety().await?,
                Some(_) => self.check_whose(plan)?,
            }
        }
        if round == 1 && leg.back.is_none() {
            self.wait_for_others().await;
        }
        if self.inputs.dry_run || self.memory.is_held_up.get() {
            let serving = self.memory.at_start();
            return Ok(Carried::over(Finish::well(Outcome::Planned, serving)));
        }
        self.membership.let_begin();
        let teller = |event| self.tell(event);
        let execution = Execution {
            aws: self.aws,
            clock: self.clock,
            plan,
            journal: &leg.journal,
            teller: &teller,
            told_silence: Cell::new(false),
        };
        // Registered first: what ECS refuses to register must not cost somebody else's deployment.
        if plan.creates() {
            execution.register_revision().await?;
        }
        let deployed = self.deploy(leg, &execution);
        self.diagnose_meanwhile(&leg.journal, deployed).await
    }

    /// Of several services, nothing is written where the plan of one does not pass.
    async fn wait_for_others(&self) {
        let may_write = self.membership.may_write().await;
        self.memory.is_held_up.set(!may_write);
    }

    async fn deploy(&self, leg: &Leg<'_>, execution: &Execution<'_>) -> Result<Carried, Ended> {
        // Boxed, or the futures nest deeper than the compiler likes.
        match &execution.plan.deployment {
            PlannedDeployment::CodeDeploy(planned) => {
                boxed(|| self.roll_back_by_codedeploy(leg, execution, planned)).await
            }
            PlannedDeployment::Ecs(planned) => {
                boxed(|| self.roll_back_by_ecs(leg, execution, planned)).await
            }
        }
    }

    /// The target serves already: only the health check is left.
    async fn already_serving(&self, leg: &Leg<'_>, plan: &Plan) -> Result<Carried, Ended> {
        if leg.back.is_none() && !self.memory.has_written() {
            // Nothing was moved, so there is nothing to return to.
            if !self.inputs.dry_run
                && let Err(unhealthy) = self.check_health(leg).await
            {
                return Err(Ended::new(Outcome::Failed, unhealthy.problem));
            }
            let serving = self.still_serving(plan);
            return Ok(Carried::over(Finish::well(Outcome::Unchanged, serving)));
        }
        self.tell(Event::TrafficShifted);
        let serving = self.tell_proof(plan, plan.proof.clone(), &plan.serving_revision);
        if let Err(unhealthy) = self.check_health(leg).await {
            return Ok(Carried::Unhealthy(unhealthy));
        }
        let finish = Finish::well(Outcome::RolledBack, Some(serving));
        Ok(Carried::over(finish))
    }

    /// The target serves by a deployment that began after this run: of somebody else, or AWS's rollback.
    fn name_what_serves(&self, leg: &Leg<'_>, plan: &Plan) {
        let journal = &leg.journal;
        if let Some(id) = &plan.served_by
            && journal.deployment().as_ref() != Some(id)
        {
            journal.follow(id);
            self.tell(Event::Followed(self.describe(plan, id)));
        }
    }

    fn still_serving(&self, plan: &Plan) -> Option<Serving> {
        let at_start = self.memory.at_start()?;
        // A later round may find that somebody else deployed the target in the meantime.
        let still = at_start.task_definition_arn.as_ref() == Some(&plan.serving_revision);
        still.then_some(at_start)
    }

    /// Follows a deployment as far as the input `wait-for` says. `warm`: how long the tasks that served at the start
    /// stay after the shift, where this run is sure of that.
    pub(super) async fn follow(
        &self,
        leg: &Leg<'_>,
        execution: &Execution<'_>,
        followed: &impl Followed,
        warm: Option<Duration>,
    ) -> Result<Carried, Ended> {
        if leg.inputs.wait_for == WaitFor::Nothing {
            return Ok(Carried::over(self.leave(followed).await?));
        }
        let (plan, revision) = (execution.plan, followed.revision());
        let prove = async |task_set: Option<&TaskSetId>| {
            let receiving = task_set.map(|id| (id, revision));
            prove(self.aws, plan, receiving).await
        };
        let proof = execution.follow_until_traffic(followed, prove).await?;
        let serving = self.tell_proof(plan, proof, revision);
        // AWS's "100 %" says nothing about the application.
        if let Err(unhealthy) = self.check_health(leg).await {
            return Ok(Carried::Unhealthy(unhealthy));
        }
        let mut warm = warm.filter(|_| self.replaces_tasks(plan));
        if leg.inputs.wait_for == WaitFor::Completed {
            execution.follow_until_over(followed).await?;
            // The old tasks are gone by then.
            warm = None;
        }
        Ok(Carried::over(Finish::Well {
            outcome: Outcome::RolledBack,
            serving: Some(serving),
            warm,
        }))
    }

    fn tell_proof(&self, plan: &Plan, proof: Proof, revision: &TaskDefinitionArn) -> Serving {
        let serving = serving::proven(plan, &proof, revision, self.clock.now());
        self.tell(Event::Proven(proof));
        serving
    }

    async fn check_health(&self, leg: &Leg<'_>) -> Result<(), Unhealthy> {
        let Some(check) = &leg.inputs.health_check else {
            return Ok(());
        };
        let tell = |attempt| self.tell(Event::Health(attempt));
        health_check::probe(self.aws, self.clock, check, &tell).await
    }

    /// `wait-for: nothing`
    async fn leave(&self, followed: &impl Followed) -> Result<Finish, Ended> {
        // A deployment that was adopted may wait for approval, and AWS would stop it there after a while.
        if !followed.is_own() {
            followed.see().await?;
        }
        Ok(Finish::well(Outcome::Started, self.untouched()))
    }

    /// What serves is known as long as nobody's deployment was touched.
    fn untouched(&self) -> Option<Serving> {
        match self.memory.out.journal.touched().as_slice() {
            [] => self.memory.at_start(),
            _ => None,
        }
    }

    /// Whether tasks of another image than the target's served when the run began: others do not stay warm.
    fn replaces_tasks(&self, plan: &Plan) -> bool {
        let Some(before) = self.memory.at_start() else {
            return true;
        };
        let is_target = |digest| plan.target.digests.contains(&digest);
        before.tasks > 0 && !before.digest.is_some_and(is_target)
    }

    /// The revision that serves in the end, where a deployment of somebody else's, or a rollback, gets there.
    pub(super) fn followed_revision(&self, plan: &Plan) -> TaskDefinitionArn {
        let serves = plan.serves.as_ref();
        serves.unwrap_or(&plan.serving_revision).clone()
    }

    /// A deployment as the report names it.
    pub(super) fn describe(&self, plan: &Plan, id: &DeploymentId) -> Deployment {
        let region = &self.inputs.region;
        let (group, url) = match &plan.deployment {
            PlannedDeployment::CodeDeploy(planned) => (
                Some(DeploymentGroup {
                    application: planned.application.clone(),
                    name: planned.group.clone(),
                }),
                console_links::deployment(region, id),
            ),
            PlannedDeployment::Ecs(_) => (
                None,
                console_links::service_deployment(region, &plan.cluster, &plan.service, id),
            ),
        };
        Deployment {
            id: id.clone(),
            group,
            url,
        }
    }
}
