//! What a service deployment shows while it is followed.
//!
//! Where traffic is shifted, the service revisions' weights say which one receives it; in a rolling deployment every
//! running task has its part. The service's own `deployments` are read as well, since a service deployment may show up
//! late.

use std::cell::RefCell;
use std::collections::BTreeSet;
use std::time::Duration;

use futures_util::future::{OptionFuture, join};

use super::progress::Progress;
use super::update::{Before, Updated};
use crate::aws::ecs::CONTINUE_SERVICE_DEPLOYMENT;
use crate::aws::{Failure, Operation};
use crate::domain::service::{Rollout, Service};
use crate::domain::service_deployment::ServiceDeployment;
use crate::execute::follow::{Followed, Holder, Seen};
use crate::execute::write::{NotDone, TokenlessWrite};
use crate::execute::{Ended, Execution};
use crate::names::{DeploymentId, TaskDefinitionArn, TaskSetId};
use crate::observe::ecs::active::rollout_of;
use crate::plan::ecs::{Action, Clearing, Direction, Update};
use crate::report::event::{StepState, Touch};

/// One service deployment that is followed.
pub(crate) struct Watch<'a> {
    pub(super) execution: &'a Execution<'a>,
    planned: &'a Update,
    /// Found later where `UpdateService` does not name it.
    pub(super) deployment: RefCell<Option<DeploymentId>>,
    /// Its id among the service's `deployments`, where this run started it and AWS has said so.
    pub(super) rollout: Option<TaskSetId>,
    /// What was there before this run started it; `None` where somebody else started it.
    pub(super) before: Option<Before>,
    pub(super) direction: Direction,
    /// The revision that the target runs.
    pub(super) revision: TaskDefinitionArn,
    progress: RefCell<Progress>,
    /// Hooks that were continued.
    continued: RefCell<BTreeSet<String>>,
    /// Names a service deployment that was found later.
    pub(super) found: &'a dyn Fn(&DeploymentId),
}

/// One answer of AWS's about it.
pub(super) struct Look {
    pub(super) service: Service,
    pub(super) deployment: Option<ServiceDeployment>,
}

impl<'a> Watch<'a> {
    /// What this run's update of the service started.
    pub(crate) fn started(
        execution: &'a Execution<'a>,
        planned: &'a Update,
        updated: Updated,
        revision: TaskDefinitionArn,
        found: &'a dyn Fn(&DeploymentId),
    ) -> Self {
        Self {
            execution,
            planned,
            deployment: RefCell::new(updated.deployment),
            rollout: updated.rollout,
            before: Some(updated.before),
            direction: Direction::Forward,
            revision,
            progress: RefCell::default(),
            continued: RefCell::default(),
            found,
        }
    }

    /// A service deployment that was there already, or ECS's rollback of it.
    pub(crate) fn adopted(
        execution: &'a Execution<'a>,
        planned: &'a Update,
        deployment: DeploymentId,
        revision: TaskDefinitionArn,
        found: &'a dyn Fn(&DeploymentId),
    ) -> Self {
        Self {
            execution,
            planned,
            deployment: RefCell::new(Some(deployment)),
            rollout: None,
            before: None,
            direction: planned.action.direction(),
            revision,
            progress: RefCell::default(),
            continued: RefCell::default(),
            found,
        }
    }

    /// How long the tasks that served at the start stay after a shift.
    pub(crate) fn warm(&self) -> Option<Duration> {
        let strategy = &self.planned.strategy;
        let replaces = matches!(
            self.planned.action,
            Action::Update(Clearing::Idle) | Action::Adopt { .. }
        );
        let bakes = replaces && self.direction == Direction::Forward && !strategy.is_rolling();
        (bakes && !strategy.bake.is_zero()).then_some(strategy.bake)
    }

    /// Reads the service and its deployment. `None` where AWS can't say at the moment.
    async fn look(&self) -> Result<Option<Look>, Ended> {
        let Execution { aws, plan, .. } = self.execution;
        let known = self.deployment.borrow().clone();
        let reading = known.as_ref().map(|id| aws.describe_service_deployment(id));
        let service = aws.describe_service(&plan.cluster, &plan.service);
        let (service, deployment) = join(service, OptionFuture::from(reading)).await;
        let (service, deployment) = match (service, deployment.transpose()) {
            (Ok(Some(service)), Ok(deployment)) => (service, deployment.flatten()),
            (Ok(None), _) => return Err(self.execution.service_is_gone()),
            (Err(failure), _) | (_, Err(failure)) => {
                self.ride_out(&failure)?;
                return Ok(None);
            }
        };
        if service.status == "INACTIVE" {
            return Err(self.execution.service_is_gone());
        }
        if deployment.is_some() || known.is_some() {
            return Ok(Some(Look {
                service,
                deployment,
            }));
        }
        match self.identify(&service).await {
            Ok(deployment) => Ok(Some(Look {
                service,
                deployment,
            })),
            Err(failure) => {
                self.ride_out(&failure)?;
                Ok(None)
            }
        }
    }

    /// What can't get better ends the run, and AWS continues without it.
    pub(super) fn ride_out(&self, failure: &Failure) -> Result<(), Ended> {
        let deployment = self.deployment.borrow();
        self.execution.ride_out(failure).map_err(|ended| {
            let deployment = deployment.as_ref();
            self.execution
                .with_service_deployment(ended, deployment, self.direction)
        })
    }

    /// A service may pause its deployments for approval; a rollback does not wait for that.
    async fn continue_hooks(&self, deployment: &ServiceDeployment) -> Result<(), Ended> {
        for hook in &deployment.paused_at {
            if !self.continued.borrow().contains(hook) {
                self.continue_hook(&deployment.id, hook).await?;
            }
        }
        Ok(())
    }

    async fn continue_hook(&self, deployment: &DeploymentId, hook: &str) -> Result<(), Ended> {
        let own = self.before.is_some();
        let entry = (!own).then(|| self.execution.touch(deployment, Touch::ContinueAfterPause));
        let pause = Pause {
            watch: self,
            deployment,
            hook,
        };
        match self.execution.send(&pause, entry).await {
            Ok(()) => {
                self.continued.borrow_mut().insert(hook.to_owned());
                self.execution.step(
                    "pause",
                    StepState::Done,
                    "the lifecycle hook was waiting for approval; continued",
                );
                Ok(())
            }
            // It continued without this run in between.
            Err(NotDone::Rejected(failure)) if failure.is_rejected() => Ok(()),
            Err(NotDone::Rejected(failure) | NotDone::Unknown(failure)) => self.ride_out(&failure),
        }
    }

    /// The target's tasks among the service's `deployments`.
    pub(super) fn rollout_in<'s>(&self, service: &'s Service) -> Option<&'s Rollout> {
        if let Some(id) = &self.rollout
            && let Some(own) = service.rollouts.iter().find(|rollout| rollout.id == *id)
        {
            return Some(own);
        }
        let rollout = rollout_of(service, &self.revision, true)?;
        let old = self
            .before
            .as_ref()
            .and_then(|before| before.primary.as_ref());
        (Some(&rollout.id) != old).then_some(rollout)
    }

    fn tell_progress(&self, look: &Look) {
        let rolled = self.has_rolled(&look.service);
        let running = self.running(&look.service);
        let version = &self.execution.plan.target.version;
        let mut progress = self.progress.borrow_mut();
        let news = if look.service.strategy.is_rolling() {
            progress.rolling_news(rolled, running)
        } else {
            match &look.deployment {
                Some(deployment) => progress.news(deployment, self.direction, running, version),
                None => Vec::new(),
            }
        };
        for event in news {
            self.execution.tell(event);
        }
    }

    /// `2 of 2 running`
    fn running(&self, service: &Service) -> String {
        let wanted = service.wanted();
        let running = match self.rollout_in(service) {
            Some(rollout) => rollout.running,
            None => 0,
        };
        format!("{running} of {} running", wanted.max(running))
    }

    fn holder(&self, service: &Service) -> Holder {
        match self.rollout_in(service) {
            Some(rollout) if !service.strategy.is_rolling() => Holder::TaskSet {
                id: rollout.id.clone(),
                revision: self.revision.clone(),
            },
            _ => Holder::EveryTask,
        }
    }
}

impl Followed for Watch<'_> {
    async fn see(&self) -> Result<Seen, Ended> {
        let Some(look) = self.look().await? else {
            return Ok(Seen::Silent);
        };
        if let Some(ended) = self.ended(&look).await {
            return Err(ended);
        }
        self.tell_progress(&look);
        // A deployment that is to be rolled back is not continued.
        if let Some(deployment) = &look.deployment
            && self.direction == Direction::Forward
        {
            self.continue_hooks(deployment).await?;
        }
        let over = self.is_over(&look);
        if self.has_shifted(&look) {
            let holder = self.holder(&look.service);
            return Ok(Seen::Shifted { holder, over });
        }
        Ok(if over { Seen::Over } else { Seen::Moving })
    }

    fn name(&self) -> String {
        format!("the deployment of {}", self.revision.short())
    }
}

struct Pause<'a> {
    watch: &'a Watch<'a>,
    deployment: &'a DeploymentId,
    hook: &'a str,
}

impl TokenlessWrite for Pause<'_> {
    type Done = ();
    const ATTEMPTS: u32 = 1;

    fn operation(&self) -> Operation {
        CONTINUE_SERVICE_DEPLOYMENT
    }

    async fn send(&self) -> Result<(), Failure> {
        let aws = self.watch.execution.aws;
        aws.continue_service_deployment(self.deployment, self.hook)
            .await
    }

    /// Where it is still paused, the next look sends this again.
    async fn find(&self) -> Result<Option<()>, Failure> {
        Ok(None)
    }
}
