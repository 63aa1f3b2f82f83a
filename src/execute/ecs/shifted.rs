//! Whether the target receives all production traffic, and whether the service deployment has ended.

use super::{
    progress::share_of_way_back,
    watch::{Look, Watch},
};
use crate::{
    domain::{
        service::{ALL_TRAFFIC, SOME_TRAFFIC, Service},
        service_deployment::{ServiceDeployment, ServiceStatus},
    },
    plan::ecs::Direction,
};

impl Watch<'_> {
    pub(super) fn has_shifted(&self, look: &Look) -> bool {
        if look.service.strategy.is_rolling() {
            return self.has_turned(look)
                && (self.has_rolled(&look.service)
                    || self.is_over(look) && self.is_alone(&look.service));
        }
        // Services that ECS deployed before 2024-10-25 have no service deployment on record.
        let Some(deployment) = &look.deployment else {
            return self.is_over(look);
        };
        if self.has_succeeded(deployment) {
            return true;
        }
        match self.direction {
            Direction::Forward => deployment.has_shifted(),
            Direction::Back => {
                deployment.status == ServiceStatus::RollbackInProgress
                    && has_shifted_back(deployment)
            }
        }
    }

    fn has_succeeded(&self, deployment: &ServiceDeployment) -> bool {
        let success = match self.direction {
            Direction::Forward => ServiceStatus::Successful,
            Direction::Back => ServiceStatus::RollbackSuccessful,
        };
        deployment.status == success
    }

    /// While a stop is only requested, ECS may still replace old tasks.
    fn has_turned(&self, look: &Look) -> bool {
        if self.direction == Direction::Forward {
            return true;
        }
        match &look.deployment {
            Some(deployment) => {
                let status = &deployment.status;
                status.is_rollback() && *status != ServiceStatus::RollbackRequested
            }
            None => true,
        }
    }

    /// Whether only tasks of the target are left, and all of them are running.
    pub(super) fn has_rolled(&self, service: &Service) -> bool {
        let rollout = self.rollout_in(service);
        let complete = rollout.is_some_and(|rollout| rollout.running >= service.wanted());
        complete && self.is_alone(service)
    }

    /// Whether only tasks of the target are left, and at least one.
    fn is_alone(&self, service: &Service) -> bool {
        // `deployments[]` keeps an old entry for as long as it has tasks.
        let Some(own) = self.rollout_in(service) else {
            return false;
        };
        let mut others = service.rollouts.iter().filter(|other| other.id != own.id);
        own.running > 0 && others.all(|other| other.running == 0)
    }

    /// Tasks of other revisions that still run, and serve users, after a rolling deployment has succeeded: with
    /// `earlySuccessCriteria`, ECS cleans them up later.
    pub(super) fn old_tasks_left(&self, service: &Service) -> u32 {
        let Some(own) = self.rollout_in(service) else {
            return 0;
        };
        if !service.strategy.is_rolling() {
            return 0;
        }
        let others = service.rollouts.iter().filter(|other| other.id != own.id);
        others.map(|other| other.running).sum()
    }

    /// Whether ECS says that it has ended, and well.
    pub(super) fn is_over(&self, look: &Look) -> bool {
        if let Some(deployment) = &look.deployment {
            return self.has_succeeded(deployment);
        }
        match self.rollout_in(&look.service) {
            Some(rollout) => rollout.is_primary() && rollout.state.as_deref() == Some("COMPLETED"),
            None => false,
        }
    }
}

fn has_shifted_back(deployment: &ServiceDeployment) -> bool {
    let way_back = share_of_way_back(deployment);
    let all = way_back.is_some_and(|share| share.percent() >= ALL_TRAFFIC);
    let target = deployment.target.as_ref();
    all && target.is_none_or(|target| target.percent() < SOME_TRAFFIC)
}
