//! Takes over from the deployment that occupies the group: adopts it, sends its traffic back, or gets it
//! out of the way.

use super::super::{Ended, POLL};
use super::follow::Onto;
use crate::aws::{Aws, Failure, Fault};
use crate::clock::Clock;
use crate::domain::commands;
use crate::domain::deployment::{Deployment, Status};
use crate::error::{Code, Problem};
use crate::names::DeploymentId;
use crate::plan::Plan;
use crate::plan::path::Takeover;
use crate::report::data::Outcome;
use crate::report::event::{Event, Step, StepState, Write};

/// A stop after which no rollback is seen for 30 seconds starts none.
const ROLLBACK_LOOKS: u32 = 7;
/// A termination wait that was ended is over soon; one that is not was not ended.
const END_LOOKS: u32 = 18;

/// What is to be done next.
pub enum Next {
    /// The group is free: create the planned deployment.
    Create,
    /// This deployment brings the target.
    Follow {
        deployment: DeploymentId,
        onto: Onto,
    },
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
    /// Whether this run has written something.
    pub wrote: &'a dyn Fn() -> bool,
    pub tell: &'a dyn Fn(Event),
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
                let onto = onto.clone().map_or(Onto::Replacement, Onto::TaskSet);
                self.reroute(deployment, onto).await
            }
            Takeover::EndWait { deployment } => self.end_wait(deployment).await,
            Takeover::Stop { deployment } => self.stop_and_wait(deployment).await,
            Takeover::LetEnd { deployment } | Takeover::Supersede { deployment } => {
                self.step(
                    format!("waiting for {deployment}"),
                    StepState::Started,
                    "AWS's own rollback is not stopped",
                );
                self.until_over(deployment, None).await?;
                Ok(Next::Create)
            }
            Takeover::Wait { deployment } => {
                self.step(
                    format!("waiting for {deployment}"),
                    StepState::Started,
                    "active-deployment: wait",
                );
                self.until_over(deployment, None).await?;
                Err(self.again(format!("{deployment} has ended")))
            }
        }
    }

    async fn reroute(&self, id: &DeploymentId, onto: Onto) -> Result<Next, Ended> {
        match self.stop(id).await? {
            Stopped::Over => {
                return Err(self.again(format!("{id} ended before it could be stopped")));
            }
            Stopped::Refused(refusal) => {
                self.warn(format!(
                    "CodeDeploy does not stop {id} ({}); its termination wait is ended instead",
                    refusal.message
                ));
                self.end_wait_instead(id, &refusal).await?;
                return Err(
                    self.again(match self.until_over(id, Some(END_LOOKS)).await? {
                        Some(_) => format!("{id} has ended"),
                        None => format!("{id} goes on waiting"),
                    }),
                );
            }
            Stopped::Accepted => {}
        }
        match self.rollback_of(id).await? {
            Some(rollback) => Ok(self.follow(
                &rollback,
                onto,
                "CodeDeploy's rollback sends the traffic back",
            )),
            None => Err(self.again(format!("{id} was stopped, and no rollback of it was seen"))),
        }
    }

    async fn end_wait(&self, id: &DeploymentId) -> Result<Next, Ended> {
        self.interfering(id, "ending its termination wait");
        match self.send_end_of_wait(id).await {
            Ok(()) => {}
            Err(failure) if failure.is("DeploymentAlreadyCompletedException") => {
                self.rejected();
                return Err(self.again(format!("{id} ended before its wait could be ended")));
            }
            Err(failure) => {
                self.rejected();
                self.warn(format!(
                    "CodeDeploy does not end the wait of {id} ({}); it is stopped instead",
                    failure.message
                ));
                return self.stop_and_wait(id).await;
            }
        }
        match self.until_over(id, Some(END_LOOKS)).await? {
            Some(seen) if seen.status == Status::Succeeded => Ok(Next::Create),
            Some(seen) => Err(self.again(format!("{id} is over: {}", seen.status.as_str()))),
            None => {
                self.warn(format!("{id} goes on waiting; it is stopped instead"));
                self.stop_and_wait(id).await
            }
        }
    }

    async fn stop_and_wait(&self, id: &DeploymentId) -> Result<Next, Ended> {
        match self.stop(id).await? {
            Stopped::Over => {
                return Err(self.again(format!("{id} ended before it could be stopped")));
            }
            Stopped::Refused(refusal) => {
                self.warn(format!(
                    "CodeDeploy does not stop {id} ({}); its wait is ended instead",
                    refusal.message
                ));
                self.end_wait_instead(id, &refusal).await?;
                self.until_over(id, None).await?;
                return Err(self.again(format!("{id} has ended")));
            }
            Stopped::Accepted => {}
        }
        let ended = self.until_over(id, None).await?;
        if ended.is_some_and(|deployment| deployment.status == Status::Succeeded) {
            return Err(self.again(format!("{id} succeeded before it could be stopped")));
        }
        let Some(rollback) = self.rollback_of(id).await? else {
            return Err(self.again(format!("{id} was stopped, and no rollback of it was seen")));
        };
        self.step(
            format!("rollback {rollback}"),
            StepState::Started,
            "CodeDeploy puts things back first",
        );
        self.until_over(&rollback, None).await?;
        Ok(Next::Create)
    }

    /// `StopDeployment`; one that AWS did not do is taken back in the report.
    async fn stop(&self, id: &DeploymentId) -> Result<Stopped, Ended> {
        self.interfering(
            id,
            "stopping it, so that the traffic goes back to its original tasks",
        );
        let stopped = self.send_stop(id).await?;
        if !matches!(stopped, Stopped::Accepted) {
            self.rejected();
        }
        Ok(stopped)
    }

    /// A lost answer is settled by looking: a stop that took effect is seen.
    async fn send_stop(&self, id: &DeploymentId) -> Result<Stopped, Ended> {
        let mut lost = false;
        loop {
            let failure = match self.aws.stop_deployment(id).await {
                Ok(()) => return Ok(Stopped::Accepted),
                Err(failure) => failure,
            };
            match failure.fault {
                Fault::Rejected if failure.is("DeploymentAlreadyCompletedException") => {
                    // Ours, if the first answer was lost; then it has a rollback.
                    let seen = self.look(id).await?;
                    let ours = seen.is_some_and(|seen| {
                        seen.status == Status::Stopped && seen.rollback.is_some()
                    });
                    return Ok(if ours {
                        Stopped::Accepted
                    } else {
                        Stopped::Over
                    });
                }
                Fault::Rejected => return Ok(Stopped::Refused(failure)),
                _ if failure.is_passing() => {
                    lost |= failure.is_ambiguous();
                    self.clock.sleep(POLL).await;
                    match self.look(id).await? {
                        Some(seen) if seen.status == Status::Stopped || seen.rollback.is_some() => {
                            return Ok(Stopped::Accepted);
                        }
                        Some(seen) if seen.status.is_over() => return Ok(Stopped::Over),
                        _ => {}
                    }
                }
                // An earlier attempt may have taken effect.
                _ if lost => return Err(self.refused(id, &failure, true)),
                _ => {
                    self.rejected();
                    return Err(self.refused(id, &failure, (self.wrote)()));
                }
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

    /// Where CodeDeploy does not stop it.
    async fn end_wait_instead(&self, id: &DeploymentId, refusal: &Failure) -> Result<(), Ended> {
        self.interfering(id, "ending its termination wait");
        match self.send_end_of_wait(id).await {
            Ok(()) => Ok(()),
            Err(failure) if failure.is("DeploymentAlreadyCompletedException") => Ok(()),
            Err(_) => {
                self.rejected();
                Err(self.refused(id, refusal, (self.wrote)()))
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
    async fn until_over(
        &self,
        id: &DeploymentId,
        looks: Option<u32>,
    ) -> Result<Option<Deployment>, Ended> {
        let mut number = 0;
        while looks.is_none_or(|most| number < most) {
            if let Some(seen) = self.look(id).await? {
                number += 1;
                if seen.status.is_over() {
                    self.step(
                        id.to_string(),
                        StepState::Done,
                        &format!("is over: {}", seen.status.as_str()),
                    );
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
                let mut ended = Ended::new(Outcome::cut_short((self.wrote)()), failure.problem());
                ended
                    .left
                    .push(commands::still_working(id, &self.plan.region));
                Err(ended)
            }
        }
    }

    fn follow(&self, id: &DeploymentId, onto: Onto, how: &str) -> Next {
        self.step(format!("deployment {id}"), StepState::Started, how);
        Next::Follow {
            deployment: id.clone(),
            onto,
        }
    }

    fn interfering(&self, id: &DeploymentId, what: &str) {
        (self.tell)(Event::Interfering {
            deployment: id.to_string(),
            what: what.to_owned(),
        });
    }

    /// What was about to be done did not happen.
    fn rejected(&self) {
        (self.tell)(Event::Rejected(Write::Interfere));
    }

    fn warn(&self, text: String) {
        (self.tell)(Event::Warned(text));
    }

    fn step(&self, name: String, state: StepState, detail: &str) {
        (self.tell)(Event::Step(Step {
            name,
            state,
            detail: detail.to_owned(),
            took: None,
        }));
    }

    fn refused(&self, id: &DeploymentId, failure: &Failure, changed: bool) -> Ended {
        let what = format!("CodeDeploy does not stop the deployment {id}");
        let mut ended = Ended::rejected(failure, Code::DeploymentActive, &what, changed);
        ended
            .left
            .push(commands::still_working(id, &self.plan.region));
        ended
    }

    /// The state has changed under the run; where that never ends, the run does.
    fn again(&self, what: String) -> Ended {
        let hint = "run this again, once the deployment group is at rest";
        let outcome = Outcome::cut_short((self.wrote)());
        let mut ended = Ended::new(outcome, Problem::new(Code::DeploymentActive, what, hint));
        ended.again = true;
        ended
    }
}
