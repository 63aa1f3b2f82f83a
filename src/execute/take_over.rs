//! What both controllers have in common where a deployment is in the way: its stop, and its end.

use super::ended::still_running;
use super::journal::{Answer, EntryId};
use super::wait::Look;
use super::write::{NotDone, TokenlessWrite};
use super::{Ended, Execution};
use crate::aws::codedeploy::STOP_DEPLOYMENT;
use crate::aws::ecs::STOP_SERVICE_DEPLOYMENT;
use crate::aws::{Failure, Operation};
use crate::domain::deployment::{Deployment, Status};
use crate::domain::service_deployment::{ServiceDeployment, ServiceStatus};
use crate::error::Code;
use crate::names::DeploymentId;
use crate::plan::PlannedDeployment;
use crate::plan::ecs::Direction;
use crate::report::event::{StepState, Touch};

/// A service deployment that changes its state at that moment may be stopped a moment later.
const STOP_ATTEMPTS: u32 = 2;

/// A deployment of either controller, as far as the next one depends on it.
pub(super) struct InTheWay {
    /// AWS's word.
    pub status: String,
    pub is_over: bool,
    pub has_succeeded: bool,
    /// What a stop has led to, where anything shows.
    stop: Option<Stopped>,
    /// CodeDeploy's rollback of it, which is another deployment.
    pub rollback: Option<DeploymentId>,
}

/// How a stop went.
#[derive(Clone, Copy)]
enum Stopped {
    /// AWS is rolling it back.
    Accepted,
    /// It was over, or somebody else is stopping it.
    Over,
}

impl From<Deployment> for InTheWay {
    fn from(deployment: Deployment) -> Self {
        let Deployment {
            status, rollback, ..
        } = deployment;
        Self {
            is_over: status.is_over(),
            has_succeeded: status == Status::Succeeded,
            stop: match status {
                Status::Stopped => Some(Stopped::Accepted),
                // The rollback may be there before the status says `Stopped`.
                _ if rollback.is_some() => Some(Stopped::Accepted),
                _ if status.is_over() => Some(Stopped::Over),
                _ => None,
            },
            status: status.as_str().to_owned(),
            rollback,
        }
    }
}

impl From<ServiceDeployment> for InTheWay {
    fn from(ServiceDeployment { status, .. }: ServiceDeployment) -> Self {
        Self {
            is_over: status.is_over(),
            has_succeeded: status == ServiceStatus::Successful,
            stop: match status {
                _ if status.is_rollback() => Some(Stopped::Accepted),
                _ if status.can_be_stopped() => None,
                _ => Some(Stopped::Over),
            },
            status: status.as_str().to_owned(),
            // ECS rolls back within the same service deployment.
            rollback: None,
        }
    }
}

impl Execution<'_> {
    /// `StopDeployment` with auto-rollback, `StopServiceDeployment(ROLLBACK)`: gives the refusal where AWS does not
    /// stop the deployment in its state.
    ///
    /// # Errors
    /// It was over already, or nobody can say whether it is being stopped.
    pub(super) async fn stop(&self, id: &DeploymentId) -> Result<Option<Failure>, Ended> {
        let entry = self.touch(id, Touch::Stop);
        let stop = Stop {
            execution: self,
            id,
        };
        let mut attempts = 0;
        loop {
            attempts += 1;
            let refusal = match self.send(&stop, entry).await {
                Ok(stopped) => return self.settle_stop(id, entry, stopped),
                Err(NotDone::Rejected(failure)) if is_already_over(&failure) => {
                    return Err(self.ended_too_soon(id));
                }
                Err(NotDone::Rejected(failure)) if failure.is_rejected() => failure,
                Err(not_done) => return Err(self.not_stopped(id, &not_done.into_failure())),
            };
            // CodeDeploy tells a race by its own exception; ECS's refusal may be one.
            if let PlannedDeployment::CodeDeploy(_) = self.plan.deployment {
                return Ok(Some(refusal));
            }
            if let Some(stopped) = self.stopped_by_now(id).await? {
                return self.settle_stop(id, entry, stopped);
            }
            if attempts >= STOP_ATTEMPTS {
                return Ok(Some(refusal));
            }
            self.pause().await;
        }
    }

    /// What has become of a deployment that AWS refused to stop, where anything shows.
    async fn stopped_by_now(&self, id: &DeploymentId) -> Result<Option<Stopped>, Ended> {
        let seen = self.read_until_answered(async || self.describe(id).await);
        let seen = seen.await.map_err(|ended| self.with_running(ended, id))?;
        Ok(seen.and_then(|seen| seen.stop))
    }

    fn settle_stop(
        &self,
        id: &DeploymentId,
        entry: EntryId,
        stopped: Stopped,
    ) -> Result<Option<Failure>, Ended> {
        if let Stopped::Accepted = stopped {
            self.journal.answer(entry, Answer::Accepted);
            return Ok(None);
        }
        // Not this run's doing: the report must not say that it stopped somebody's deployment.
        self.journal.answer(entry, Answer::Rejected);
        Err(self.ended_too_soon(id))
    }

    pub(super) fn not_stopped(&self, id: &DeploymentId, failure: &Failure) -> Ended {
        let controller = match &self.plan.deployment {
            PlannedDeployment::CodeDeploy(_) => "CodeDeploy",
            PlannedDeployment::Ecs(_) => "ECS",
        };
        let what = format!("{controller} refused to stop the {}", self.title(id));
        self.rejected(failure, Code::DeploymentActive, &what)
            .with_left(still_running(id, &self.plan.region))
    }

    /// Tells why, and waits until the deployment has ended.
    pub(super) async fn let_end(
        &self,
        id: &DeploymentId,
        why: &str,
    ) -> Result<Option<InTheWay>, Ended> {
        let waiting = format!("waiting for {}", id.short());
        self.step(waiting, StepState::Started, why);
        self.until_over(id, None).await
    }

    /// Until a deployment has ended; `None` where it has not after so many looks.
    pub(super) async fn until_over(
        &self,
        id: &DeploymentId,
        looks: Option<u32>,
    ) -> Result<Option<InTheWay>, Ended> {
        // CodeDeploy's status is not over before the termination wait is.
        let over = self.poll_deployment(id, looks, |seen| seen.is_over.then_some(seen));
        let over = over.await?;
        if let Some(seen) = &over {
            let name = match &self.plan.deployment {
                PlannedDeployment::CodeDeploy(_) => id.to_string(),
                PlannedDeployment::Ecs(_) => self.title(id),
            };
            self.step(name, StepState::Done, format!("ended: {}", seen.status));
        }
        Ok(over)
    }

    /// Looks at a deployment until `pick` finds what is looked for.
    pub(super) async fn poll_deployment<T>(
        &self,
        id: &DeploymentId,
        looks: Option<u32>,
        pick: impl Fn(InTheWay) -> Option<T>,
    ) -> Result<Option<T>, Ended> {
        let found = self.poll(looks, async || {
            let Some(seen) = self.answered(self.describe(id).await)? else {
                return Ok(Look::Silent);
            };
            Ok(match seen.and_then(&pick) {
                Some(found) => Look::Found(found),
                None => Look::NotYet,
            })
        });
        found.await.map_err(|ended| self.with_running(ended, id))
    }

    /// `GetDeployment`, `DescribeServiceDeployments`
    async fn describe(&self, id: &DeploymentId) -> Result<Option<InTheWay>, Failure> {
        Ok(match &self.plan.deployment {
            PlannedDeployment::CodeDeploy(_) => {
                self.aws.get_deployment(id).await?.map(InTheWay::from)
            }
            PlannedDeployment::Ecs(_) => {
                let seen = self.aws.describe_service_deployment(id).await?;
                seen.map(InTheWay::from)
            }
        })
    }

    fn with_running(&self, ended: Ended, id: &DeploymentId) -> Ended {
        match &self.plan.deployment {
            PlannedDeployment::CodeDeploy(_) => {
                ended.with_left(still_running(id, &self.plan.region))
            }
            // ECS's deployment may have been found by an id that no command takes: then the service is named.
            PlannedDeployment::Ecs(_) => {
                self.with_service_deployment(ended, Some(id), Direction::Forward)
            }
        }
    }

    /// From here on the deployment is followed: it ends with the target serving.
    pub(super) fn adopt(&self, id: &DeploymentId, how: &str) {
        self.step(self.title(id), StepState::Started, how);
        self.journal.follow(id);
    }

    pub(super) fn ended_too_soon(&self, id: &DeploymentId) -> Ended {
        self.changed(id, "ended before it could be stopped")
    }

    pub(super) fn has_ended(&self, id: &DeploymentId) -> Ended {
        self.changed(id, "has ended")
    }

    /// What has become of the deployment is a reason to observe again.
    pub(super) fn changed(&self, id: &DeploymentId, what: &str) -> Ended {
        self.observe_again(match &self.plan.deployment {
            PlannedDeployment::CodeDeploy(_) => format!("{id} {what}"),
            PlannedDeployment::Ecs(_) => format!("the {} {what}", self.title(id)),
        })
    }

    pub(super) fn title(&self, id: &DeploymentId) -> String {
        match &self.plan.deployment {
            PlannedDeployment::CodeDeploy(_) => format!("deployment {id}"),
            PlannedDeployment::Ecs(_) => format!("service deployment {}", id.short()),
        }
    }
}

/// A race, not a failure: it ended just before.
pub(super) fn is_already_over(failure: &Failure) -> bool {
    failure.is("DeploymentAlreadyCompletedException")
}

struct Stop<'a> {
    execution: &'a Execution<'a>,
    id: &'a DeploymentId,
}

impl TokenlessWrite for Stop<'_> {
    type Done = Stopped;
    /// A second stop of the same deployment does no harm.
    const ATTEMPTS: u32 = u32::MAX;

    fn operation(&self) -> Operation {
        match &self.execution.plan.deployment {
            PlannedDeployment::CodeDeploy(_) => STOP_DEPLOYMENT,
            PlannedDeployment::Ecs(_) => STOP_SERVICE_DEPLOYMENT,
        }
    }

    async fn send(&self) -> Result<Stopped, Failure> {
        let Execution { aws, plan, .. } = self.execution;
        match &plan.deployment {
            PlannedDeployment::CodeDeploy(_) => aws.stop_deployment(self.id).await?,
            PlannedDeployment::Ecs(_) => aws.stop_service_deployment(self.id).await?,
        }
        Ok(Stopped::Accepted)
    }

    async fn find(&self) -> Result<Option<Stopped>, Failure> {
        // A stop that was accepted shows in the status a moment later.
        self.execution.pause().await;
        match self.execution.describe(self.id).await {
            Ok(seen) => Ok(seen.and_then(|seen| seen.stop)),
            Err(failure) if failure.is_passing() => Ok(None),
            Err(failure) => Err(failure),
        }
    }
}
