//! Follows a service deployment until users are served by the target, or it ends some other way.
//!
//! Where traffic is shifted, the service revisions' weights say who has it; in a rolling deployment every
//! running task has its part. The service's own `deployments` are read beside, since a service deployment
//! may show up late.

use std::cell::RefCell;
use std::time::Duration;

use futures_util::future::{OptionFuture, join};

use super::super::{Ended, ridden_out};
use super::Doing;
use super::progress::Told;
use super::update::Before;
use crate::aws::{Failure, Fault};
use crate::domain::service::{Rollout, Service};
use crate::domain::service_deployment::{RevisionShare, ServiceDeployment, ServiceStatus};
use crate::error::{Code, Problem};
use crate::names::{DeploymentId, TaskDefinitionArn, TaskSetId};
use crate::observe::ecs::active::rollout_of;
use crate::observe::serving::{RunningDigests, running, tasks_of};
use crate::plan::compare;
pub use crate::plan::ecs::Direction;
use crate::plan::path::Takeover;
use crate::report::data::{Outcome, Proof};
use crate::report::event::{Event, StepState, Write};

/// How long the tasks may take to show the target's digest once they have all the traffic.
const PROOF_POLLS: u32 = 6;
/// Stages of a shift in which all production traffic has moved.
const AFTER_SHIFT: [&str; 3] = ["POST_PRODUCTION_TRAFFIC_SHIFT", "BAKE_TIME", "CLEAN_UP"];

/// One service deployment on its way.
pub struct Follow<'a> {
    pub doing: &'a Doing<'a>,
    /// Found later where `UpdateService` does not name it.
    pub deployment: RefCell<Option<DeploymentId>>,
    /// Its id among the service's `deployments`, where this run has begun it and AWS has said so.
    pub rollout: Option<TaskSetId>,
    /// What was there before this run began it; `None` where somebody else has begun it.
    pub before: Option<Before>,
    pub direction: Direction,
    /// The revision that the target runs.
    pub revision: TaskDefinitionArn,
    /// Names a service deployment that was found later.
    pub found: &'a dyn Fn(&DeploymentId),
    pub told: RefCell<Told>,
}

/// One look at it.
pub struct Look {
    pub service: Service,
    pub deployment: Option<ServiceDeployment>,
}

impl Follow<'_> {
    /// Until all production traffic is on the target and its tasks are proven to run it.
    ///
    /// # Errors
    /// How the run ends otherwise.
    pub async fn until_traffic(&self) -> Result<Proof, Ended> {
        let (mut unproven, mut unseen) = (0, 0);
        loop {
            let Some(look) = self.look().await? else {
                self.doing.pause().await;
                continue;
            };
            self.check(&look).await?;
            if self.shifted(&look) {
                if !std::mem::replace(&mut self.told.borrow_mut().shifted, true) {
                    (self.doing.tell)(Event::TrafficShifted);
                }
                match self.prove(&look.service).await {
                    Ok(proof) if proof.proven => return Ok(proof),
                    Ok(proof) if unproven + 1 >= PROOF_POLLS => {
                        (self.doing.tell)(Event::Proven(proof.clone()));
                        return Err(self.unproven(&proof));
                    }
                    Ok(_) => unproven += 1,
                    Err(failure) => self.tolerate(&failure)?,
                }
            } else if self.is_done(&look) {
                unseen += 1;
                if unseen >= PROOF_POLLS {
                    let notes = vec!["ECS says that it is done, but tasks of other revisions still run, or none of the target".to_owned()];
                    return Err(self.unproven(&Proof {
                        notes,
                        ..Proof::default()
                    }));
                }
            }
            self.doing.pause().await;
        }
    }

    /// Until the service deployment itself is over, which is when the old tasks are gone.
    ///
    /// # Errors
    /// How the run ends otherwise.
    pub async fn until_completed(&self) -> Result<(), Ended> {
        loop {
            if let Some(look) = self.look().await? {
                self.check(&look).await?;
                if self.is_done(&look) {
                    return Ok(());
                }
            }
            self.doing.pause().await;
        }
    }

    /// One look, which continues it where a hook pauses it.
    ///
    /// # Errors
    /// How the run ends where it has ended badly.
    pub async fn glance(&self) -> Result<(), Ended> {
        match self.look().await? {
            Some(look) => self.check(&look).await,
            None => Ok(()),
        }
    }

    /// How long the tasks that served at the start stay after a shift.
    pub fn warm(&self) -> Option<Duration> {
        let strategy = &self.doing.update.strategy;
        let replaces = matches!(
            self.doing.plan.takeover,
            Takeover::None | Takeover::Adopt { .. }
        );
        let bakes = self.direction == Direction::Forward && replaces && !strategy.is_rolling();
        Some(strategy.bake).filter(|bake| bakes && !bake.is_zero())
    }

    /// Ends the run where the service deployment has ended badly; continues it where a hook pauses it.
    async fn check(&self, look: &Look) -> Result<(), Ended> {
        if let Some(ended) = self.ended(look).await {
            return Err(ended);
        }
        self.tell_progress(look);
        match &look.deployment {
            // One that is to go back is not sent on.
            Some(deployment) if self.direction == Direction::Forward => {
                self.continue_hooks(deployment).await
            }
            _ => Ok(()),
        }
    }

    /// Reads the service and its deployment. `None` where AWS can't say now.
    pub async fn look(&self) -> Result<Option<Look>, Ended> {
        let plan = self.doing.plan;
        let known = self.deployment.borrow().clone();
        let reading = known
            .as_ref()
            .map(|id| self.doing.aws.describe_service_deployment(id));
        let service = self
            .doing
            .aws
            .describe_service(&plan.cluster, &plan.service);
        let (service, deployment) = join(service, OptionFuture::from(reading)).await;
        let (service, deployment) = match (service, deployment.transpose()) {
            (Ok(Some(service)), _) if service.status == "INACTIVE" => {
                return Err(self.doing.gone());
            }
            (Ok(Some(service)), Ok(deployment)) => (service, deployment.flatten()),
            (Ok(None), _) => return Err(self.doing.gone()),
            (Err(failure), _) | (_, Err(failure)) => return self.tolerate(&failure).map(|()| None),
        };
        let deployment = match deployment {
            None if known.is_none() => match self.identify(&service).await {
                Ok(found) => found,
                Err(failure) => return self.tolerate(&failure).map(|()| None),
            },
            seen => seen,
        };
        Ok(Some(Look {
            service,
            deployment,
        }))
    }

    /// The service deployment that brings our revision: the one that the service names, or one that was created with
    /// its primary deployment. Never just the newest, and never one that was there before.
    async fn identify(&self, service: &Service) -> Result<Option<ServiceDeployment>, Failure> {
        let (aws, plan) = (self.doing.aws, self.doing.plan);
        let before = self.before.clone().unwrap_or_default();
        let named = service
            .current_deployment
            .clone()
            .filter(|id| Some(id) != before.current.as_ref());
        let begun = service
            .primary_rollout()
            .filter(|it| Some(&it.id) != before.primary.as_ref());
        let candidates = match (&named, begun.and_then(|it| it.created_at)) {
            (Some(named), _) => vec![named.clone()],
            (None, Some(begun)) => {
                let since = Some(begun - time::Duration::minutes(1));
                let page = aws.list_service_deployments_page(
                    &plan.cluster,
                    &plan.service,
                    since,
                    None,
                    None,
                );
                let near = |created| created - begun < time::Duration::minutes(1);
                let listed = page
                    .await?
                    .0
                    .into_iter()
                    .filter(|listed| near(listed.created_at));
                listed
                    .map(|listed| listed.id)
                    .filter(|id| Some(id) != before.current.as_ref())
                    .collect()
            }
            (None, None) => return Ok(None),
        };
        let described = aws.describe_service_deployments(&candidates).await?;
        let targets: Vec<_> = described
            .iter()
            .filter_map(|it| Some(it.target.as_ref()?.arn.clone()))
            .collect();
        let revisions = aws.describe_service_revisions(&targets).await?;
        let ours = |it: &ServiceDeployment| {
            let target = it.target.as_ref().map(|target| target.arn.as_str());
            let revision = revisions
                .iter()
                .find(|revision| Some(revision.arn.as_str()) == target);
            revision.is_some_and(|it| it.task_definition.as_ref() == Some(&self.revision))
        };
        let found = described.into_iter().find(ours);
        if let Some(found) = &found {
            *self.deployment.borrow_mut() = Some(found.id.clone());
            (self.found)(&found.id);
        }
        Ok(found)
    }

    /// Throttling, 5xx and lost answers are ridden out until the run's timeout; what can't get better ends the run.
    fn tolerate(&self, failure: &Failure) -> Result<(), Ended> {
        if !failure.is_passing() {
            return Err(self
                .doing
                .given_up(failure, self.deployment.borrow().as_ref()));
        }
        if !std::mem::replace(&mut self.told.borrow_mut().trouble, true) {
            (self.doing.tell)(ridden_out(failure));
        }
        Ok(())
    }

    /// A service may pause its deployments for somebody to look at them; a rollback does not wait for that.
    async fn continue_hooks(&self, deployment: &ServiceDeployment) -> Result<(), Ended> {
        for hook in &deployment.paused_at {
            if self.told.borrow().continued.contains(hook) {
                continue;
            }
            let ours = self.before.is_some();
            if !ours {
                let (id, what) = (
                    deployment.id.short().to_owned(),
                    "continuing it from a hook's pause".to_owned(),
                );
                (self.doing.tell)(Event::Interfering {
                    deployment: id,
                    what,
                });
            }
            match self
                .doing
                .aws
                .continue_service_deployment(&deployment.id, hook)
                .await
            {
                Ok(()) => {
                    self.told.borrow_mut().continued.insert(hook.clone());
                    let detail =
                        "the service would have waited for somebody; the deployment goes on now";
                    self.doing.step("pause", StepState::Done, detail);
                }
                // It went on by itself in between.
                Err(failure) => {
                    if !ours && !failure.is_ambiguous() {
                        (self.doing.tell)(Event::Rejected(Write::Interfere));
                    }
                    if failure.fault != Fault::Rejected {
                        self.tolerate(&failure)?;
                    }
                }
            }
        }
        Ok(())
    }

    /// Whether the target has all the production traffic.
    fn shifted(&self, look: &Look) -> bool {
        let status = look
            .deployment
            .as_ref()
            .map(|deployment| &deployment.status);
        if look.service.strategy.is_rolling() {
            // While a stop is only asked for, the old tasks may still be taken away.
            let turned = status.is_none_or(|status| {
                status.is_rollback() && *status != ServiceStatus::RollbackRequested
            });
            return (self.direction == Direction::Forward || turned)
                && (self.rolled(&look.service) || self.is_done(look) && self.alone(&look.service));
        }
        let Some(deployment) = &look.deployment else {
            return self.is_done(look);
        };
        let weight = |share: &RevisionShare| share.weight.unwrap_or_default();
        let (sources, target) = (&deployment.sources, deployment.target.as_ref());
        match (self.direction, &deployment.status) {
            (Direction::Forward, ServiceStatus::Successful)
            | (Direction::Back, ServiceStatus::RollbackSuccessful) => true,
            (Direction::Forward, _) => {
                let past = deployment
                    .stage
                    .as_deref()
                    .is_some_and(|stage| AFTER_SHIFT.contains(&stage));
                let all =
                    target.is_some_and(|target| target.weight.is_none_or(|weight| weight >= 99.99));
                past && all && sources.iter().all(|source| weight(source) < 0.01)
            }
            (Direction::Back, ServiceStatus::RollbackInProgress) => {
                let back = deployment
                    .rollback
                    .as_ref()
                    .and_then(|rollback| rollback.revision.as_ref());
                let source = sources.iter().find(|source| Some(&source.arn) == back);
                source.is_some_and(|source| weight(source) >= 99.99)
                    && target.is_none_or(|target| weight(target) < 0.01)
            }
            (Direction::Back, _) => false,
        }
    }

    /// Whether only tasks of the target are left, and all of them are there.
    pub(super) fn rolled(&self, service: &Service) -> bool {
        self.alone(service)
            && self
                .rollout_in(service)
                .is_some_and(|ours| ours.running >= service.wanted())
    }

    /// Whether only tasks of the target are left, and at least one.
    fn alone(&self, service: &Service) -> bool {
        let Some(ours) = self.rollout_in(service).filter(|ours| ours.running > 0) else {
            return false;
        };
        service
            .rollouts
            .iter()
            .all(|rollout| rollout.id == ours.id || rollout.running == 0)
    }

    /// The target's tasks among the service's `deployments`.
    pub(super) fn rollout_in<'s>(&self, service: &'s Service) -> Option<&'s Rollout> {
        let ours = self
            .rollout
            .as_ref()
            .and_then(|id| service.rollouts.iter().find(|it| it.id == *id));
        let old = self
            .before
            .as_ref()
            .and_then(|before| before.primary.as_ref());
        ours.or_else(|| rollout_of(service, &self.revision, true).filter(|it| Some(&it.id) != old))
    }

    /// Whether ECS says that it is over, and went well.
    fn is_done(&self, look: &Look) -> bool {
        match (&look.deployment, self.direction) {
            (Some(it), Direction::Forward) => it.status == ServiceStatus::Successful,
            (Some(it), Direction::Back) => it.status == ServiceStatus::RollbackSuccessful,
            (None, _) => self.rollout_in(&look.service).is_some_and(|rollout| {
                rollout.is_primary() && rollout.state.as_deref() == Some("COMPLETED")
            }),
        }
    }

    /// The running tasks that have the traffic, against the target.
    async fn prove(&self, service: &Service) -> Result<Proof, Failure> {
        let (aws, plan) = (self.doing.aws, self.doing.plan);
        let arns = aws.list_running_tasks(&plan.cluster, &plan.service).await?;
        let tasks = aws.describe_tasks(&plan.cluster, &arns).await?;
        let holding = match self
            .rollout_in(service)
            .filter(|_| !service.strategy.is_rolling())
        {
            Some(rollout) => tasks_of(&tasks, &rollout.id, &self.revision),
            None => running(&tasks),
        };
        Ok(compare(
            &plan.target,
            &RunningDigests::of(&holding, &plan.container),
        ))
    }

    fn unproven(&self, proof: &Proof) -> Ended {
        let message = format!(
            "the deployment of {} has the traffic, but it is not proven that {} serves: {}",
            self.revision.short(),
            self.doing.plan.target.version,
            if proof.notes.is_empty() {
                "the tasks differ".to_owned()
            } else {
                proof.notes.join("; ")
            }
        );
        let hint = "look at the tasks in the console: which image each of them runs; then run this again, or with another version";
        let mut ended = Ended::new(
            Outcome::Failed,
            Problem::new(Code::ProofFailed, message, hint),
        );
        ended.left.push(format!(
            "the deployment of {} stays as it is",
            self.revision.short()
        ));
        ended
    }
}
