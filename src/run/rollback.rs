//! The mode `rollback`: one plan carried out, from its first write to the proof.

use std::cell::Cell;
use std::time::Duration;

use super::Run;
use super::ending::Finish;
use crate::domain::console_links;
use crate::execute::follow::{Followed, Holder};
use crate::execute::{Ended, Execution};
use crate::inputs::WaitFor;
use crate::names::{DeploymentId, TaskDefinitionArn};
use crate::plan::{Plan, PlannedDeployment};
use crate::report::data::{Deployment, DeploymentGroup, Left, Outcome, Path, Proof, Serving};
use crate::report::event::Event;
use crate::verify::{health_check, prove, serving};

/// A deployment that is followed to the proof.
pub(super) struct Course<'a, Watched> {
    pub watch: &'a Watched,
    /// The revision that serves in the end.
    pub revision: &'a TaskDefinitionArn,
    /// Whether this run created the deployment.
    pub own: bool,
    /// How long the tasks that served at the start stay warm after the shift, where this run is sure of that.
    pub warm: Option<Duration>,
}

impl Run<'_> {
    pub(super) async fn carry_out(&self, plan: &Plan) -> Result<Finish, Ended> {
        if plan.path() == Path::Nothing {
            return self.already_serving(plan).await;
        }
        if self.inputs.dry_run {
            let serving = self.memory.at_start();
            return Ok(Finish::well(Outcome::Planned, serving));
        }
        let teller = |event| self.tell(event);
        let execution = Execution {
            aws: &self.aws,
            clock: self.clock,
            plan,
            journal: &self.memory.journal,
            teller: &teller,
            told_silence: Cell::new(false),
        };
        // Registered first: what ECS refuses to register must not cost somebody else's deployment.
        if plan.creates() {
            execution.register_revision().await?;
        }
        // Boxed, or the futures nest deeper than the compiler likes.
        match &plan.deployment {
            PlannedDeployment::CodeDeploy(planned) => {
                Box::pin(self.roll_back_by_codedeploy(&execution, planned)).await
            }
            PlannedDeployment::Ecs(planned) => {
                Box::pin(self.roll_back_by_ecs(&execution, planned)).await
            }
        }
    }

    /// The target serves already: only the health check is left.
    async fn already_serving(&self, plan: &Plan) -> Result<Finish, Ended> {
        if !self.memory.journal.changed() {
            if !self.inputs.dry_run {
                self.check_health().await?;
            }
            let at_start = self.memory.at_start();
            // A later round may find that somebody else deployed the target in the meantime.
            let still = at_start.filter(|serving| {
                serving.task_definition_arn.as_ref() == Some(&plan.serving_revision)
            });
            return Ok(Finish::well(Outcome::Unchanged, still));
        }
        let proof = plan.proof.clone();
        self.tell(Event::TrafficShifted);
        let serving = self.tell_proof(plan, proof, &plan.serving_revision);
        self.check_health().await?;
        Ok(Finish::well(Outcome::RolledBack, Some(serving)))
    }

    /// Follows a deployment as far as the input `wait-for` says.
    pub(super) async fn follow<Watched: Followed>(
        &self,
        execution: &Execution<'_>,
        course: Course<'_, Watched>,
    ) -> Result<Finish, Ended> {
        let Course {
            watch,
            revision,
            own,
            warm,
        } = course;
        if self.inputs.wait_for == WaitFor::Nothing {
            // A deployment that was adopted may wait for approval, and AWS would stop it there after a while.
            if !own {
                watch.see().await?;
            }
            return Ok(self.not_watched());
        }
        let plan = execution.plan;
        let prove = async |holder: &Holder| {
            let task_set = match holder {
                Holder::TaskSet { id, revision } => Some((id, revision)),
                Holder::EveryTask => None,
            };
            prove(&self.aws, plan, task_set).await
        };
        let proof = execution.follow_until_traffic(watch, prove).await?;
        let serving = self.tell_proof(plan, proof, revision);
        let healthy = self.check_health().await;
        healthy.map_err(|ended| self.with_way_back(ended))?;
        if self.inputs.wait_for == WaitFor::Completed {
            execution.follow_until_over(watch).await?;
            return Ok(Finish::well(Outcome::RolledBack, Some(serving)));
        }
        Ok(Finish::Well {
            outcome: Outcome::RolledBack,
            serving: Some(serving),
            warm: warm.filter(|_| self.replaces_tasks(plan)),
        })
    }

    fn tell_proof(&self, plan: &Plan, proof: Proof, revision: &TaskDefinitionArn) -> Serving {
        let serving = serving::proven(plan, &proof, revision, self.clock.now());
        self.tell(Event::Proven(proof));
        serving
    }

    async fn check_health(&self) -> Result<(), Ended> {
        let Some(check) = &self.inputs.health_check else {
            return Ok(());
        };
        let tell = |attempt| self.tell(Event::Health(attempt));
        let probed = health_check::probe(&self.aws, self.clock, check, &tell).await;
        probed.map_err(|problem| Ended::new(Outcome::Failed, problem))
    }

    /// `wait-for: nothing`: what serves is known as long as nobody's deployment was touched.
    fn not_watched(&self) -> Finish {
        let serving = match self.memory.journal.touched().is_empty() {
            true => self.memory.at_start(),
            false => None,
        };
        Finish::well(Outcome::Started, serving)
    }

    /// The target serves and is not healthy: how to return to what served before.
    fn with_way_back(&self, mut ended: Ended) -> Ended {
        if let Some(before) = self.memory.at_start()
            && let Some(version) = before.undo_version
        {
            let text = format!("to go back, run this again with version {version}");
            ended.left.push(Left::from(text));
        }
        ended
    }

    /// Whether tasks of another image than the target's served when the run began: others do not stay warm.
    fn replaces_tasks(&self, plan: &Plan) -> bool {
        let Some(before) = self.memory.at_start() else {
            return true;
        };
        let digests = &plan.target.digests;
        before.tasks > 0
            && before
                .digest
                .is_none_or(|digest| !digests.contains(&digest))
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
