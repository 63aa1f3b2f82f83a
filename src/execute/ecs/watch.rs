//! What a service deployment shows while it is followed.
//!
//! Where traffic is shifted, the service revisions' weights say which one receives it; in a rolling deployment every
//! running task has its part. The service's own `deployments` are read as well, since a service deployment may show up
//! late.

use std::{cell::RefCell, collections::BTreeSet, time::Duration};

use futures_util::future::{OptionFuture, join};

use super::{
    progress::Progress,
    update::{Before, Updated},
};
use crate::{
    aws::Failure,
    domain::{
        service::{Rollout, Service},
        service_deployment::ServiceDeployment,
    },
    execute::{
        Ended, Execution,
        follow::{Followed, Seen},
        new_tasks::{NewTasks, NewTasksTold},
        resume::Pause,
    },
    names::{DeploymentId, TaskDefinitionArn, TaskSetId},
    observe::ecs::active::rollout_of,
    plan::ecs::{Action, Clearing, Direction, Update},
    report::event::Event,
};

/// One service deployment that is followed.
pub(crate) struct Watch<'a> {
    pub execution: &'a Execution<'a>,
    planned: &'a Update,
    /// Found later where `UpdateService` does not name it.
    pub deployment: RefCell<Option<DeploymentId>>,
    /// Its id among the service's `deployments`, where this run started it and AWS has said so.
    pub rollout: Option<Rollout>,
    /// What was there before this run started it; `None` where somebody else started it.
    pub before: Option<Before>,
    pub direction: Direction,
    /// The revision that the target runs.
    pub revision: TaskDefinitionArn,
    /// What was told of it.
    progress: RefCell<Progress>,
    new_tasks_told: RefCell<NewTasksTold>,
    /// Hooks that were continued.
    continued: RefCell<BTreeSet<String>>,
    /// Names a service deployment that was found later.
    pub found: &'a dyn Fn(&DeploymentId),
}

/// One answer of AWS's about it.
pub(super) struct Look {
    pub service: Service,
    pub deployment: Option<ServiceDeployment>,
}

impl<'a> Watch<'a> {
    /// A deployment that somebody else started, or a rollback, which ends with the revision.
    pub(crate) fn new(
        execution: &'a Execution<'a>,
        planned: &'a Update,
        deployment: Option<DeploymentId>,
        revision: TaskDefinitionArn,
        found: &'a dyn Fn(&DeploymentId),
    ) -> Self {
        Self {
            execution,
            planned,
            deployment: RefCell::new(deployment),
            rollout: None,
            before: None,
            direction: planned.action.direction(),
            revision,
            progress: RefCell::default(),
            new_tasks_told: RefCell::default(),
            continued: RefCell::default(),
            found,
        }
    }

    /// With what this run's update of the service started.
    pub(crate) fn of_own(self, updated: Updated) -> Self {
        Self {
            deployment: RefCell::new(updated.deployment),
            rollout: updated.rollout,
            before: Some(updated.before),
            // Where ECS did not stop the other deployment, this run's own goes forward.
            direction: Direction::Forward,
            ..self
        }
    }
}

impl Watch<'_> {
    /// How long the tasks that served at the start stay after a shift.
    pub(crate) fn warm(&self) -> Option<Duration> {
        let strategy = &self.planned.service.strategy;
        let replaces = matches!(
            self.planned.action,
            Action::Update(Clearing::Idle) | Action::Adopt { .. }
        );
        // ECS keeps the old tasks for the bake time; a rolling deployment stops them as it goes.
        let bakes = replaces && self.direction == Direction::Forward && !strategy.is_rolling();
        (bakes && !strategy.bake.is_zero()).then_some(strategy.bake)
    }

    /// Reads the service and its deployment. `None` where AWS can't say at the moment.
    async fn look(&self) -> Result<Option<Look>, Ended> {
        let Execution { aws, .. } = self.execution;
        let known = self.deployment.borrow().clone();
        let reading = known.as_ref().map(|id| aws.describe_service_deployment(id));
        let service = self.execution.describe_service();
        let (service, deployment) = join(service, OptionFuture::from(reading)).await;
        let Some(service) = self.answered(service)? else {
            return Ok(None);
        };
        let service = self.execution.existing(service)?;
        let deployment = match deployment {
            Some(described) => described,
            // The answer of `UpdateService` need not name what it started.
            None => self.identify(&service).await,
        };
        Ok(self.answered(deployment)?.map(|deployment| Look {
            service,
            deployment,
        }))
    }

    /// What can't get better ends the run, and AWS continues without it.
    fn answered<T>(&self, answer: Result<T, Failure>) -> Result<Option<T>, Ended> {
        self.execution.answered(answer).map_err(|ended| {
            let deployment = self.deployment.borrow();
            self.execution
                .with_service_deployment(ended, deployment.as_ref(), self.direction)
        })
    }

    /// A service may pause its deployments for approval; a rollback does not wait for that.
    async fn continue_hooks(&self, deployment: &ServiceDeployment) -> Result<(), Ended> {
        // Whether a hook has the same id at every step of a canary is not documented: whatever waits is continued.
        for hook in &deployment.paused_at {
            // AWS may take a moment to show that the hook was continued.
            if self.continued.borrow().contains(hook) {
                continue;
            }
            let pause = Pause::Hook(hook);
            let continued = self
                .execution
                .continue_followed(&deployment.id, pause, self.is_own());
            if self.answered(continued.await)? == Some(true) {
                self.continued.borrow_mut().insert(hook.clone());
            }
        }
        Ok(())
    }

    /// The target's tasks among the service's `deployments`.
    pub(super) fn rollout_in<'s>(&self, service: &'s Service) -> Option<&'s Rollout> {
        if let Some(started) = &self.rollout
            && let Some(own) = service
                .rollouts
                .iter()
                .find(|rollout| rollout.id == started.id)
        {
            return Some(own);
        }
        let rollout = rollout_of(service, &self.revision, true)?;
        // What was the primary deployment before the update can't be what the update started.
        let is_old = match &self.before {
            Some(before) => before.primary.as_ref() == Some(&rollout.id),
            None => false,
        };
        (!is_old).then_some(rollout)
    }

    fn tell_progress(&self, look: &Look) {
        let service = &look.service;
        let mut told = self.new_tasks_told.borrow_mut();
        let struggle = told.news(
            self.execution.clock,
            self.new_tasks(service),
            &service.events,
        );
        for event in self.news(look).into_iter().chain(struggle) {
            self.execution.tell(event);
        }
    }

    fn tell_old_tasks(&self, left: u32) {
        let event = self.progress.borrow_mut().old_tasks(left);
        if let Some(event) = event {
            self.execution.tell(event);
        }
    }

    fn new_tasks(&self, service: &Service) -> NewTasks {
        let rollout = self.rollout_in(service);
        NewTasks {
            running: rollout.map_or(0, |rollout| rollout.running),
            wanted: service.wanted(),
            failed: rollout.map_or(0, |rollout| rollout.failed),
        }
    }

    fn news(&self, look: &Look) -> Vec<Event> {
        let running = self.running(&look.service);
        let version = &self.execution.plan.target.version;
        let mut progress = self.progress.borrow_mut();
        // A rolling deployment has no stages, and its weights do not move.
        if look.service.strategy.is_rolling() {
            return progress.rolling_news(self.has_rolled(&look.service), running);
        }
        match &look.deployment {
            Some(deployment) => progress.news(deployment, self.direction, running, version),
            None => Vec::new(),
        }
    }

    /// `2 of 2 running`
    fn running(&self, service: &Service) -> String {
        let wanted = service.wanted();
        let rollout = self.rollout_in(service);
        let running = rollout.map_or(0, |rollout| rollout.running);
        format!("{running} of {} running", wanted.max(running))
    }

    /// The tasks that receive all traffic; in a rolling deployment every running task has its part.
    fn receiving(&self, service: &Service) -> Option<TaskSetId> {
        if service.strategy.is_rolling() {
            return None;
        }
        Some(self.rollout_in(service)?.id.clone())
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
            let task_set = self.receiving(&look.service);
            return Ok(Seen::Shifted { task_set, over });
        }
        if !over {
            return Ok(Seen::Moving);
        }
        let left = self.old_tasks_left(&look.service);
        if left == 0 {
            return Ok(Seen::Over);
        }
        self.tell_old_tasks(left);
        Ok(Seen::Moving)
    }

    fn name(&self) -> String {
        format!("the deployment of {}", self.revision.short())
    }

    fn revision(&self) -> &TaskDefinitionArn {
        &self.revision
    }

    fn is_own(&self) -> bool {
        self.before.is_some()
    }
}
