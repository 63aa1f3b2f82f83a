//! Takes over from the deployment that occupies the group: adopts it, sends its traffic back, or gets it
//! out of the way.

use std::time::Duration;

use super::Ended;
use crate::aws::codedeploy::{Deployment, Status};
use crate::aws::{Aws, Failure, Fault};
use crate::clock::Clock;
use crate::error::{Code, Problem};
use crate::execute::follow::{Onto, still_working};
use crate::names::DeploymentId;
use crate::plan::Plan;
use crate::plan::path::Takeover;
use crate::report::data::{self, Outcome};
use crate::report::event::{Event, Step, StepState};

/// CodeDeploy asks not to be polled faster than this for one service.
const POLL: Duration = Duration::from_secs(5);
/// A stop after which no rollback is seen for 30 seconds starts none.
const ROLLBACK_LOOKS: u32 = 7;
/// A termination wait that was ended is over soon; one that is not was not ended.
const END_LOOKS: u32 = 18;

/// What is to be done next.
pub enum Next {
    /// The group is free: create the planned deployment.
    Create,
    /// This deployment brings the target.
    Follow { deployment: DeploymentId, onto: Onto },
}

/// How a stop went.
enum Stopped {
    /// CodeDeploy is stopping it.
    Accepted,
    /// It was over already.
    Over,
    /// CodeDeploy does not stop it in this state.
    Refused(Failure),
}

/// One take-over.
pub struct TakeOver<'a> {
    pub aws: &'a Aws,
    pub clock: Clock,
    pub plan: &'a Plan,
    /// Whether this run has written something before.
    pub changed: bool,
    pub tell: &'a dyn Fn(Event),
    /// A console link to a deployment.
    pub link: &'a dyn Fn(&DeploymentId) -> String,
}

impl TakeOver<'_> {
    /// Does what the plan says about the active deployment.
    ///
    /// # Errors
    /// How the run ends; `again` where the state has changed and another look may find a way.
    pub async fn run(&self) -> Result<Next, Ended> {
        match &self.plan.takeover {
            Takeover::None => Ok(Next::Create),
            Takeover::Adopt { deployment, onto } => {
                let onto = onto.clone().map_or(Onto::Replacement, Onto::TaskSet);
                Ok(self.follow(deployment, onto, "adopted"))
            }
            Takeover::Reroute { deployment, onto } => {
                self.reroute(deployment, Onto::TaskSet(onto.clone())).await
            }
            Takeover::EndWait { deployment } => self.end_wait(deployment).await,
            Takeover::Stop { deployment } => self.stop_and_wait(deployment).await,
            Takeover::LetEnd { deployment } => {
                self.step(
                    format!("waiting for {deployment}"),
                    StepState::Started,
                    "AWS's own rollback is not stopped",
                );
                self.until_over(deployment, None).await?;
                Ok(Next::Create)
            }
            Takeover::Wait { deployment } => {
                self.step(format!("waiting for {deployment}"), StepState::Started, "active-deployment: wait");
                self.until_over(deployment, None).await?;
                Err(again(format!("{deployment} has ended")))
            }
        }
    }

    async fn reroute(&self, id: &DeploymentId, onto: Onto) -> Result<Next, Ended> {
        match self.stop(id).await? {
            Stopped::Over => return Err(again(format!("{id} ended before it could be stopped"))),
            Stopped::Refused(refusal) => {
                self.warn(format!(
                    "CodeDeploy does not stop {id} ({}); its termination wait is ended instead",
                    refusal.message
                ));
                self.send_end_of_wait(id).await.map_err(|_| self.refused(id, &refusal))?;
                self.until_over(id, Some(END_LOOKS)).await?;
                return Err(again(format!("{id} has ended")));
            }
            Stopped::Accepted => {}
        }
        match self.rollback_of(id).await? {
            Some(rollback) => {
                Ok(self.follow(&rollback, onto, "CodeDeploy's rollback sends the traffic back"))
            }
            None => Err(again(format!("{id} was stopped, and no rollback of it was seen"))),
        }
    }

    async fn end_wait(&self, id: &DeploymentId) -> Result<Next, Ended> {
        self.interfering(id, "its termination wait is ended");
        match self.send_end_of_wait(id).await {
            Ok(()) => {}
            Err(failure) if failure.is("DeploymentAlreadyCompletedException") => return Ok(Next::Create),
            Err(failure) => {
                self.warn(format!(
                    "CodeDeploy does not end the wait of {id} ({}); it is stopped instead",
                    failure.message
                ));
                return self.stop_and_wait(id).await;
            }
        }
        match self.until_over(id, Some(END_LOOKS)).await? {
            Some(_) => Ok(Next::Create),
            None => {
                self.warn(format!("{id} goes on waiting; it is stopped instead"));
                self.stop_and_wait(id).await
            }
        }
    }

    /// `ContinueDeployment(TERMINATION_WAIT)`. A throttled one did nothing and is sent again; whether one
    /// whose answer was lost took effect shows in the deployment.
    async fn send_end_of_wait(&self, id: &DeploymentId) -> Result<(), Failure> {
        loop {
            match self.aws.end_termination_wait(id).await {
                Err(failure) if failure.fault == Fault::Throttled => self.clock.sleep(POLL).await,
                Err(failure) if failure.is_ambiguous() => return Ok(()),
                sent => return sent,
            }
        }
    }

    async fn stop_and_wait(&self, id: &DeploymentId) -> Result<Next, Ended> {
        match self.stop(id).await? {
            Stopped::Over => return Err(again(format!("{id} ended before it could be stopped"))),
            Stopped::Refused(refusal) => {
                self.warn(format!(
                    "CodeDeploy does not stop {id} ({}); its wait is ended instead",
                    refusal.message
                ));
                self.send_end_of_wait(id).await.map_err(|_| self.refused(id, &refusal))?;
            }
            Stopped::Accepted => {}
        }
        let ended = self.until_over(id, None).await?;
        if ended.is_some_and(|deployment| deployment.status == Status::Succeeded) {
            return Err(again(format!("{id} succeeded before it could be stopped")));
        }
        if let Some(rollback) = self.rollback_of(id).await? {
            self.step(
                format!("rollback {rollback}"),
                StepState::Started,
                "CodeDeploy puts things back first",
            );
            self.until_over(&rollback, None).await?;
        }
        Ok(Next::Create)
    }

    /// `StopDeployment`. A lost answer is settled by looking: a stop that took effect is seen.
    async fn stop(&self, id: &DeploymentId) -> Result<Stopped, Ended> {
        self.interfering(id, "stopped, the traffic goes back to its original tasks");
        loop {
            let failure = match self.aws.stop_deployment(id).await {
                Ok(()) => return Ok(Stopped::Accepted),
                Err(failure) => failure,
            };
            match failure.fault {
                Fault::Rejected if failure.is("DeploymentAlreadyCompletedException") => {
                    // Ours, if the first answer was lost; then it has a rollback.
                    let seen = self.look(id).await?;
                    let ours =
                        seen.is_some_and(|seen| seen.status == Status::Stopped && seen.rollback.is_some());
                    return Ok(if ours { Stopped::Accepted } else { Stopped::Over });
                }
                Fault::Rejected => return Ok(Stopped::Refused(failure)),
                _ if failure.is_passing() => {
                    self.clock.sleep(POLL).await;
                    match self.look(id).await? {
                        Some(seen) if seen.status == Status::Stopped || seen.rollback.is_some() => {
                            return Ok(Stopped::Accepted);
                        }
                        Some(seen) if seen.status.is_over() => return Ok(Stopped::Over),
                        _ => {}
                    }
                }
                _ => return Err(self.refused(id, &failure)),
            }
        }
    }

    /// The deployment with which CodeDeploy puts things back after a stop. It shows up late at times, and
    /// may be over when it is first seen.
    async fn rollback_of(&self, id: &DeploymentId) -> Result<Option<DeploymentId>, Ended> {
        let mut looks = 0;
        loop {
            if let Some(stopped) = self.look(id).await? {
                // Looks that AWS does not answer say nothing about a rollback.
                looks += 1;
                if stopped.rollback.is_some() || looks == ROLLBACK_LOOKS {
                    return Ok(stopped.rollback);
                }
            }
            self.clock.sleep(POLL).await;
        }
    }

    /// Until a deployment is over; `None` where it is not after so many looks.
    async fn until_over(&self, id: &DeploymentId, looks: Option<u32>) -> Result<Option<Deployment>, Ended> {
        let mut number = 0;
        while looks.is_none_or(|most| number < most) {
            if let Some(seen) = self.look(id).await? {
                number += 1;
                if seen.status.is_over() {
                    self.step(id.to_string(), StepState::Done, &format!("is over: {}", seen.status.as_str()));
                    return Ok(Some(seen));
                }
            }
            self.clock.sleep(POLL).await;
        }
        Ok(None)
    }

    /// `GetDeployment`; `None` where AWS can't say now. What can't get better ends the run.
    async fn look(&self, id: &DeploymentId) -> Result<Option<Deployment>, Ended> {
        match self.aws.get_deployment(id).await {
            Ok(seen) => Ok(seen),
            Err(failure) if failure.is_passing() => Ok(None),
            Err(failure) => {
                let mut ended = Ended::new(Outcome::Failed, failure.problem());
                ended.left.push(still_working(id));
                Err(ended)
            }
        }
    }

    fn follow(&self, id: &DeploymentId, onto: Onto, how: &str) -> Next {
        let planned = &self.plan.deployment;
        (self.tell)(Event::Followed(data::Deployment {
            id: id.to_string(),
            application: planned.application.to_string(),
            group: planned.group.to_string(),
            url: (self.link)(id),
        }));
        self.step(format!("deployment {id}"), StepState::Started, how);
        Next::Follow { deployment: id.clone(), onto }
    }

    fn interfering(&self, id: &DeploymentId, what: &str) {
        (self.tell)(Event::Interfering { deployment: id.to_string(), what: what.to_owned() });
    }

    fn warn(&self, text: String) {
        (self.tell)(Event::Warned(text));
    }

    fn step(&self, name: String, state: StepState, detail: &str) {
        (self.tell)(Event::Step(Step { name, state, detail: detail.to_owned(), took: None }));
    }

    fn refused(&self, id: &DeploymentId, failure: &Failure) -> Ended {
        let mut ended = Ended::rejected(
            failure,
            Code::DeploymentActive,
            &format!("CodeDeploy does not stop the deployment {id}"),
            self.changed,
        );
        ended.left.push(still_working(id));
        ended
    }
}

/// The state has changed under the run.
fn again(what: String) -> Ended {
    let hint = "run this again, once the deployment group is at rest";
    let mut ended = Ended::new(Outcome::Failed, Problem::new(Code::DeploymentActive, what, hint));
    ended.again = true;
    ended
}
