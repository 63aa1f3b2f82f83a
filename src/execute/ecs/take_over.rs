//! Takes over from the service deployment in progress: adopts it, rolls it back, or clears it away.

use crate::aws::ecs::STOP_SERVICE_DEPLOYMENT;
use crate::aws::{Failure, Operation};
use crate::domain::service_deployment::{ServiceDeployment, ServiceStatus};
use crate::error::Code;
use crate::execute::ended::still_running;
use crate::execute::journal::Answer;
use crate::execute::wait::Look;
use crate::execute::write::{NotDone, TokenlessWrite};
use crate::execute::{Ended, Execution};
use crate::names::DeploymentId;
use crate::plan::ecs::{Action, Clearing, Direction};
use crate::report::data::Outcome;
use crate::report::event::{StepState, Touch};

/// A deployment that changes its state at that moment may be stopped a moment later.
const STOP_ATTEMPTS: u32 = 2;

/// What is to be done next.
pub(crate) enum Next {
    /// Update the service.
    Update,
    /// This service deployment ends with the target serving.
    Follow(DeploymentId),
}

/// How a stop went.
enum Stopped {
    /// ECS rolls back.
    Accepted,
    /// It was over, or somebody else is stopping it.
    Over,
    /// ECS does not stop it in this state.
    Refused(Failure),
}

impl Execution<'_> {
    /// Does what the plan says about the service deployment in progress.
    ///
    /// # Errors
    /// How the run ends, or that the state has changed and another observation may find a way.
    pub(crate) async fn take_over_service(&self, action: &Action) -> Result<Next, Ended> {
        match action {
            Action::Nothing | Action::Update(Clearing::Idle) => Ok(Next::Update),
            Action::Update(Clearing::Supersede(deployment)) => {
                let detail = "the new deployment replaces it";
                self.step(name(deployment), StepState::Started, detail);
                Ok(Next::Update)
            }
            Action::Adopt { deployment, .. } => {
                self.step(name(deployment), StepState::Started, "adopted");
                self.journal.follow(deployment);
                Ok(Next::Follow(deployment.clone()))
            }
            Action::Reroute { deployment } => self.roll_back(deployment).await,
            Action::Update(Clearing::Stop {
                deployment,
                way_back_known,
            }) => {
                self.stop_and_wait_for_service(deployment, *way_back_known)
                    .await
            }
            Action::Update(Clearing::LetEnd(deployment)) => {
                let detail = "it is already rolling back or stopping";
                self.step(waiting(deployment), StepState::Started, detail);
                self.until_service_deployment_is_over(deployment).await?;
                Ok(Next::Update)
            }
            Action::Wait { deployment } => {
                self.step(
                    waiting(deployment),
                    StepState::Started,
                    "active-deployment: wait",
                );
                self.until_service_deployment_is_over(deployment).await?;
                Err(self.observe_again(format!("the {} has ended", name(deployment))))
            }
        }
    }

    async fn roll_back(&self, id: &DeploymentId) -> Result<Next, Ended> {
        match self.stop_service_deployment(id).await? {
            Stopped::Accepted => {}
            Stopped::Over => return Err(self.service_deployment_ended_too_soon(id)),
            Stopped::Refused(refusal) => return Ok(self.update_instead(id, &refusal)),
        }
        let detail = "ECS is shifting traffic back";
        self.step(name(id), StepState::Started, detail);
        self.journal.follow(id);
        Ok(Next::Follow(id.clone()))
    }

    async fn stop_and_wait_for_service(
        &self,
        id: &DeploymentId,
        way_back_known: bool,
    ) -> Result<Next, Ended> {
        match self.stop_service_deployment(id).await? {
            Stopped::Accepted => {}
            Stopped::Over => return Err(self.service_deployment_ended_too_soon(id)),
            Stopped::Refused(refusal) => return Ok(self.update_instead(id, &refusal)),
        }
        let detail = "waiting for ECS's rollback to finish";
        self.step(waiting(id), StepState::Started, detail);
        let ended = self.until_service_deployment_is_over(id).await?;
        if ended.status == ServiceStatus::Successful {
            let what = format!("the {} succeeded before it could be stopped", name(id));
            return Err(self.observe_again(what));
        }
        // The stop may have rolled back to the target.
        if !way_back_known {
            return Err(self.observe_again(format!("the {} has ended", name(id))));
        }
        Ok(Next::Update)
    }

    /// Where ECS does not stop it, a new deployment may replace it, or comes after it.
    fn update_instead(&self, id: &DeploymentId, refusal: &Failure) -> Next {
        self.warn(format!(
            "ECS refused to stop the {} ({}); updating the service instead",
            name(id),
            refusal.message
        ));
        Next::Update
    }

    fn service_deployment_ended_too_soon(&self, id: &DeploymentId) -> Ended {
        self.observe_again(format!("the {} ended before it could be stopped", name(id)))
    }

    /// `StopServiceDeployment(ROLLBACK)`.
    async fn stop_service_deployment(&self, id: &DeploymentId) -> Result<Stopped, Ended> {
        let outcome = self.cut_short();
        let entry = self.touch(id, Touch::Stop);
        let stop = Stop {
            execution: self,
            id,
        };
        let mut attempts = 0;
        loop {
            attempts += 1;
            let refusal = match self.send(&stop, entry).await {
                Ok(Stopped::Accepted) => return Ok(Stopped::Accepted),
                Ok(other) => {
                    self.journal.answer(entry, Answer::Rejected);
                    return Ok(other);
                }
                Err(NotDone::Rejected(failure)) if failure.is_rejected() => failure,
                Err(NotDone::Rejected(failure)) => {
                    return Err(self.service_not_stopped(id, outcome, &failure));
                }
                Err(NotDone::Unknown(failure)) => {
                    return Err(self.service_not_stopped(id, self.cut_short(), &failure));
                }
            };
            match stopped_by_now(self.service_deployment(id).await?.as_ref()) {
                Some(Stopped::Accepted) => {
                    self.journal.answer(entry, Answer::Accepted);
                    return Ok(Stopped::Accepted);
                }
                Some(other) => return Ok(other),
                None if attempts >= STOP_ATTEMPTS => return Ok(Stopped::Refused(refusal)),
                None => self.pause().await,
            }
        }
    }

    fn service_not_stopped(&self, id: &DeploymentId, outcome: Outcome, failure: &Failure) -> Ended {
        let what = format!("ECS refused to stop the {}", name(id));
        Ended::rejected(outcome, failure, Code::DeploymentActive, &what)
            .with_left(still_running(id, &self.plan.region))
    }

    /// Until a service deployment has ended.
    pub(super) async fn until_service_deployment_is_over(
        &self,
        id: &DeploymentId,
    ) -> Result<ServiceDeployment, Ended> {
        let ended = self
            .poll_until_found(async || {
                Ok(match self.look_at_service_deployment(id).await? {
                    None => Look::Silent,
                    Some(seen) if seen.status.is_over() => Look::Found(seen),
                    Some(_) => Look::NotYet,
                })
            })
            .await?;
        let status = ended.status.as_str();
        self.step(name(id), StepState::Done, format!("ended: {status}"));
        Ok(ended)
    }

    /// `DescribeServiceDeployments`, asked until AWS answers; `None` where AWS does not know it.
    async fn service_deployment(
        &self,
        id: &DeploymentId,
    ) -> Result<Option<ServiceDeployment>, Ended> {
        self.poll_until_found(
            async || match self.aws.describe_service_deployment(id).await {
                Ok(seen) => Ok(Look::Found(seen)),
                Err(failure) => {
                    self.ride_out_service_deployment(&failure, id)?;
                    Ok(Look::Silent)
                }
            },
        )
        .await
    }

    /// The same, once; `None` also where AWS can't say at the moment.
    async fn look_at_service_deployment(
        &self,
        id: &DeploymentId,
    ) -> Result<Option<ServiceDeployment>, Ended> {
        match self.aws.describe_service_deployment(id).await {
            Ok(seen) => Ok(seen),
            Err(failure) => {
                self.ride_out_service_deployment(&failure, id)?;
                Ok(None)
            }
        }
    }

    fn ride_out_service_deployment(
        &self,
        failure: &Failure,
        id: &DeploymentId,
    ) -> Result<(), Ended> {
        self.ride_out(failure)
            .map_err(|ended| self.with_service_deployment(ended, Some(id), Direction::Forward))
    }
}

/// What a stop of the deployment has led to, where anything shows.
fn stopped_by_now(seen: Option<&ServiceDeployment>) -> Option<Stopped> {
    match &seen?.status {
        status if status.is_rollback() => Some(Stopped::Accepted),
        ServiceStatus::Pending | ServiceStatus::InProgress => None,
        _ => Some(Stopped::Over),
    }
}

fn name(id: &DeploymentId) -> String {
    format!("service deployment {}", id.short())
}

fn waiting(id: &DeploymentId) -> String {
    format!("waiting for {}", id.short())
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
        STOP_SERVICE_DEPLOYMENT
    }

    async fn send(&self) -> Result<Stopped, Failure> {
        self.execution.aws.stop_service_deployment(self.id).await?;
        Ok(Stopped::Accepted)
    }

    async fn find(&self) -> Result<Option<Stopped>, Failure> {
        self.execution.pause().await;
        match self
            .execution
            .aws
            .describe_service_deployment(self.id)
            .await
        {
            Ok(seen) => Ok(stopped_by_now(seen.as_ref())),
            Err(failure) if failure.is_passing() => Ok(None),
            Err(failure) => Err(failure),
        }
    }
}
