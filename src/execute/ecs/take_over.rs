//! Takes over from the service deployment that is under way: adopts it, sends it back, or gets it out of the way.

use super::super::{Ended, POLL};
use super::Doing;
use crate::aws::{Failure, Fault};
use crate::domain::commands;
use crate::domain::service_deployment::{ServiceDeployment, ServiceStatus};
use crate::error::Code;
use crate::names::DeploymentId;
use crate::plan::path::Takeover;
use crate::report::event::{Event, StepState, Write};

/// What is to be done next.
pub enum Next {
    /// Update the service.
    Update,
    /// This service deployment brings the target.
    Follow(DeploymentId),
}

/// How a stop went.
enum Stopped {
    /// ECS goes back.
    Accepted,
    /// It was over, or was being stopped by somebody else.
    Over,
    /// ECS does not stop it in this state.
    Refused(Failure),
}

impl Doing<'_> {
    /// Does what the plan says about the service deployment that is under way.
    ///
    /// # Errors
    /// How the run ends; `again` where the state has changed and another look may find a way.
    pub async fn take_over(&self) -> Result<Next, Ended> {
        match &self.plan.takeover {
            Takeover::None => Ok(Next::Update),
            Takeover::Supersede { deployment } => {
                let detail = "the new deployment takes its place";
                self.step(name(deployment), StepState::Started, detail);
                Ok(Next::Update)
            }
            Takeover::Adopt { deployment, .. } => {
                self.step(name(deployment), StepState::Started, "adopted");
                Ok(Next::Follow(deployment.clone()))
            }
            Takeover::Reroute { deployment, .. } => self.send_back(deployment).await,
            Takeover::Stop { deployment } | Takeover::EndWait { deployment } => {
                self.stop_and_wait(deployment).await
            }
            Takeover::LetEnd { deployment } => {
                self.step(
                    waiting(deployment),
                    StepState::Started,
                    "it is on its way back or to its end",
                );
                self.until_over(deployment).await?;
                Ok(Next::Update)
            }
            Takeover::Wait { deployment } => {
                self.step(
                    waiting(deployment),
                    StepState::Started,
                    "active-deployment: wait",
                );
                self.until_over(deployment).await?;
                Err(self.again(format!("the {} has ended", name(deployment))))
            }
        }
    }

    async fn send_back(&self, id: &DeploymentId) -> Result<Next, Ended> {
        match self.stop(id).await? {
            Stopped::Accepted => {
                self.step(name(id), StepState::Started, "ECS sends the traffic back");
                Ok(Next::Follow(id.clone()))
            }
            Stopped::Over => Err(self.over(id)),
            Stopped::Refused(refusal) => self.instead(id, &refusal),
        }
    }

    async fn stop_and_wait(&self, id: &DeploymentId) -> Result<Next, Ended> {
        match self.stop(id).await? {
            Stopped::Accepted => {}
            Stopped::Over => return Err(self.over(id)),
            Stopped::Refused(refusal) => return self.instead(id, &refusal),
        }
        self.step(
            waiting(id),
            StepState::Started,
            "ECS puts things back first",
        );
        if self.until_over(id).await?.status == ServiceStatus::Successful {
            return Err(self.again(format!(
                "the {} succeeded before it could be stopped",
                name(id)
            )));
        }
        // It may have put the target back.
        if !self.update.knows_way_back {
            return Err(self.again(format!("the {} has ended", name(id))));
        }
        Ok(Next::Update)
    }

    fn over(&self, id: &DeploymentId) -> Ended {
        self.again(format!("the {} ended before it could be stopped", name(id)))
    }

    /// Where ECS does not stop it, a new deployment may take its place, or comes after it.
    fn instead(&self, id: &DeploymentId, refusal: &Failure) -> Result<Next, Ended> {
        self.warn(format!(
            "ECS does not stop the {} ({}); the service is updated instead",
            name(id),
            refusal.message
        ));
        Ok(Next::Update)
    }

    /// `StopServiceDeployment`; one that AWS did not do is taken back in the report.
    async fn stop(&self, id: &DeploymentId) -> Result<Stopped, Ended> {
        let what = "stopping it, so that the traffic goes back to what was deployed well before";
        (self.tell)(Event::Interfering {
            deployment: id.short().to_owned(),
            what: what.to_owned(),
        });
        let stopped = self.send_stop(id).await?;
        if !matches!(stopped, Stopped::Accepted) {
            (self.tell)(Event::Rejected(Write::Interfere));
        }
        Ok(stopped)
    }

    /// A lost answer is settled by looking: a stop that took effect is seen.
    async fn send_stop(&self, id: &DeploymentId) -> Result<Stopped, Ended> {
        let (mut lost, mut refusals) = (false, 0);
        loop {
            let failure = match self.aws.stop_service_deployment(id).await {
                Ok(()) => return Ok(Stopped::Accepted),
                Err(failure) => failure,
            };
            match failure.fault {
                Fault::Rejected => {
                    refusals += 1;
                    let seen = self.look_until_seen(id).await?.map(|seen| seen.status);
                    match seen {
                        Some(status) if status.is_rollback() => return Ok(Stopped::Accepted),
                        Some(ServiceStatus::Pending | ServiceStatus::InProgress) | None => {
                            // One that changes its state just then may be stopped a moment later.
                            if refusals > 1 {
                                return Ok(Stopped::Refused(failure));
                            }
                            self.clock.sleep(POLL).await;
                        }
                        Some(_) => return Ok(Stopped::Over),
                    }
                }
                _ if failure.is_passing() => {
                    lost |= failure.is_ambiguous();
                    self.clock.sleep(POLL).await;
                    match self.look_at(id).await?.map(|seen| seen.status) {
                        Some(status) if status.is_rollback() => return Ok(Stopped::Accepted),
                        Some(status)
                            if status.is_over() || status == ServiceStatus::StopRequested =>
                        {
                            return Ok(Stopped::Over);
                        }
                        _ => {}
                    }
                }
                // An earlier attempt may have taken effect.
                _ if lost => return Err(self.refused(id, &failure, true)),
                _ => {
                    (self.tell)(Event::Rejected(Write::Interfere));
                    return Err(self.refused(id, &failure, (self.wrote)()));
                }
            }
        }
    }

    fn refused(&self, id: &DeploymentId, failure: &Failure, changed: bool) -> Ended {
        let what = format!("ECS does not stop the {}", name(id));
        let mut ended = Ended::rejected(failure, Code::DeploymentActive, &what, changed);
        ended
            .left
            .push(commands::still_working(id, &self.plan.region));
        ended
    }

    /// Until a service deployment is over.
    pub async fn until_over(&self, id: &DeploymentId) -> Result<ServiceDeployment, Ended> {
        loop {
            if let Some(seen) = self.look_at(id).await?.filter(|seen| seen.status.is_over()) {
                self.step(
                    name(id),
                    StepState::Done,
                    format!("is over: {}", seen.status.as_str()),
                );
                return Ok(seen);
            }
            self.pause().await;
        }
    }

    async fn look_until_seen(&self, id: &DeploymentId) -> Result<Option<ServiceDeployment>, Ended> {
        loop {
            match self.aws.describe_service_deployment(id).await {
                Ok(seen) => return Ok(seen),
                Err(failure) if failure.is_passing() => self.pause().await,
                Err(failure) => return Err(self.given_up(&failure, Some(id))),
            }
        }
    }

    /// `DescribeServiceDeployments`; `None` where AWS can't say now. What can't get better ends the run.
    async fn look_at(&self, id: &DeploymentId) -> Result<Option<ServiceDeployment>, Ended> {
        match self.aws.describe_service_deployment(id).await {
            Ok(seen) => Ok(seen),
            Err(failure) if failure.is_passing() => Ok(None),
            Err(failure) => Err(self.given_up(&failure, Some(id))),
        }
    }
}

fn name(id: &DeploymentId) -> String {
    format!("service deployment {}", id.short())
}

fn waiting(id: &DeploymentId) -> String {
    format!("waiting for {}", id.short())
}
