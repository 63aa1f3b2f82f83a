//! Takes over from the deployment that occupies the group: adopts it, rolls it back, or clears it away.

use crate::aws::codedeploy::{CONTINUE_DEPLOYMENT, STOP_DEPLOYMENT};
use crate::aws::{Failure, Fault, Operation};
use crate::domain::deployment::{Deployment, Status};
use crate::error::Code;
use crate::execute::ended::still_running;
use crate::execute::journal::Answer;
use crate::execute::wait::Look;
use crate::execute::write::{NotDone, TokenlessWrite};
use crate::execute::{Ended, Execution};
use crate::names::DeploymentId;
use crate::plan::codedeploy::{Action, Clearing, Side};
use crate::report::event::{StepState, Touch};

/// A stop after which no rollback is seen for 30 seconds starts none.
const ROLLBACK_LOOKS: u32 = 7;
/// A termination wait that was ended is over soon; one that is not was not ended.
const END_LOOKS: u32 = 18;

/// What is to be done next.
pub(crate) enum Next {
    /// The group is free: create the planned deployment.
    Create,
    /// This deployment ends with the target serving.
    Follow {
        deployment: DeploymentId,
        side: Side,
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

impl Execution<'_> {
    /// Does what the plan says about the active deployment.
    ///
    /// # Errors
    /// How the run ends, or that the state has changed and another observation may find a way.
    pub(crate) async fn take_over_deployment(&self, action: &Action) -> Result<Next, Ended> {
        match action {
            Action::Nothing | Action::Create(Clearing::Free) => Ok(Next::Create),
            Action::Adopt { deployment, side } => {
                Ok(self.follow_from_here(deployment, side.clone(), "adopted"))
            }
            Action::Reroute {
                deployment,
                original,
            } => {
                let side = Side::Original(original.clone());
                self.reroute(deployment, side).await
            }
            Action::Create(Clearing::EndWait(deployment)) => self.end_wait(deployment).await,
            Action::Create(Clearing::Stop(deployment)) => self.stop_and_wait(deployment).await,
            Action::Create(Clearing::LetEnd(deployment)) => {
                self.start_waiting(deployment, "AWS's own rollback is not stopped");
                self.until_over(deployment, None).await?;
                Ok(Next::Create)
            }
            Action::Wait { deployment } => {
                self.start_waiting(deployment, "active-deployment: wait");
                self.until_over(deployment, None).await?;
                Err(self.observe_again(format!("{deployment} has ended")))
            }
        }
    }

    async fn reroute(&self, id: &DeploymentId, side: Side) -> Result<Next, Ended> {
        match self.stop_deployment(id).await? {
            Stopped::Accepted => {}
            Stopped::Over => return Err(self.ended_too_soon(id)),
            Stopped::Refused(refusal) => {
                self.end_wait_instead(id, &refusal).await?;
                return Err(self.observe_again(
                    match self.until_over(id, Some(END_LOOKS)).await? {
                        Some(_) => format!("{id} has ended"),
                        None => format!("{id} is still waiting"),
                    },
                ));
            }
        }
        let rollback = self.rollback_of(id).await?;
        let how = "CodeDeploy's rollback shifts traffic back";
        Ok(self.follow_from_here(&rollback, side, how))
    }

    async fn end_wait(&self, id: &DeploymentId) -> Result<Next, Ended> {
        match self.end_termination_wait(id).await {
            Ok(()) => {}
            Err(failure) if is_already_over(&failure) => return Err(self.ended_too_soon(id)),
            Err(failure) => {
                self.warn(format!(
                    "CodeDeploy refused to end the wait of {id} ({}); stopping it instead",
                    failure.message
                ));
                return self.stop_and_wait(id).await;
            }
        }
        match self.until_over(id, Some(END_LOOKS)).await? {
            Some(seen) if seen.status == Status::Succeeded => Ok(Next::Create),
            Some(seen) => {
                let status = seen.status.as_str();
                Err(self.observe_again(format!("{id} has ended: {status}")))
            }
            None => {
                self.warn(format!("{id} is still waiting; stopping it instead"));
                self.stop_and_wait(id).await
            }
        }
    }

    async fn stop_and_wait(&self, id: &DeploymentId) -> Result<Next, Ended> {
        match self.stop_deployment(id).await? {
            Stopped::Accepted => {}
            Stopped::Over => return Err(self.ended_too_soon(id)),
            Stopped::Refused(refusal) => {
                self.end_wait_instead(id, &refusal).await?;
                self.until_over(id, None).await?;
                return Err(self.observe_again(format!("{id} has ended")));
            }
        }
        // It may have succeeded while the stop was on its way.
        if let Some(ended) = self.until_over(id, None).await?
            && ended.status == Status::Succeeded
        {
            return Err(self.observe_again(format!("{id} succeeded before it could be stopped")));
        }
        let rollback = self.rollback_of(id).await?;
        self.step(
            format!("rollback {rollback}"),
            StepState::Started,
            "waiting for CodeDeploy's rollback to finish",
        );
        self.until_over(&rollback, None).await?;
        Ok(Next::Create)
    }

    /// `StopDeployment`, once: whatever AWS answered.
    async fn stop_deployment(&self, id: &DeploymentId) -> Result<Stopped, Ended> {
        let outcome = self.cut_short();
        let entry = self.touch(id, Touch::Stop);
        let stop = Stop {
            execution: self,
            id,
        };
        let failure = match self.send(&stop, entry).await {
            Ok(Stopped::Accepted) => return Ok(Stopped::Accepted),
            Ok(other) => {
                self.journal.answer(entry, Answer::Rejected);
                return Ok(other);
            }
            Err(NotDone::Rejected(failure)) if is_already_over(&failure) => {
                return Ok(Stopped::Over);
            }
            Err(NotDone::Rejected(failure)) if failure.fault == Fault::Rejected => {
                return Ok(Stopped::Refused(failure));
            }
            Err(NotDone::Rejected(failure)) => {
                return Err(self.not_stopped(
                    id,
                    Ended::rejected(
                        outcome,
                        &failure,
                        Code::DeploymentActive,
                        &refused_to_stop(id),
                    ),
                ));
            }
            Err(NotDone::Unknown(failure)) => failure,
        };
        let ended = Ended::rejected(
            self.cut_short(),
            &failure,
            Code::DeploymentActive,
            &refused_to_stop(id),
        );
        Err(self.not_stopped(id, ended))
    }

    fn not_stopped(&self, id: &DeploymentId, ended: Ended) -> Ended {
        ended.with_left(still_running(id, &self.plan.region))
    }

    /// `ContinueDeployment(TERMINATION_WAIT)`. Whether it took effect shows in the deployment.
    async fn end_termination_wait(&self, id: &DeploymentId) -> Result<(), Failure> {
        let entry = self.touch(id, Touch::EndTerminationWait);
        let end = EndWait {
            execution: self,
            id,
        };
        match self.send(&end, entry).await {
            Ok(()) => Ok(()),
            Err(NotDone::Rejected(failure) | NotDone::Unknown(failure)) => Err(failure),
        }
    }

    /// Where CodeDeploy does not stop it, which it does not in every state.
    async fn end_wait_instead(&self, id: &DeploymentId, refusal: &Failure) -> Result<(), Ended> {
        self.warn(format!(
            "CodeDeploy refused to stop {id} ({}); ending its termination wait instead",
            refusal.message
        ));
        let outcome = self.cut_short();
        match self.end_termination_wait(id).await {
            Ok(()) => Ok(()),
            Err(failure) if is_already_over(&failure) => Ok(()),
            Err(_) => {
                let what = refused_to_stop(id);
                let ended = Ended::rejected(outcome, refusal, Code::DeploymentActive, &what);
                Err(self.not_stopped(id, ended))
            }
        }
    }

    /// The deployment with which CodeDeploy rolls back after a stop. It may show up late, and may be over when it is
    /// first seen.
    async fn rollback_of(&self, id: &DeploymentId) -> Result<DeploymentId, Ended> {
        let rollback = self
            .poll(Some(ROLLBACK_LOOKS), async || {
                Ok(match self.look_at(id).await? {
                    None => Look::Silent,
                    Some(Deployment {
                        rollback: Some(rollback),
                        ..
                    }) => Look::Found(rollback),
                    Some(_) => Look::NotYet,
                })
            })
            .await?;
        rollback.ok_or_else(|| {
            self.observe_again(format!("{id} was stopped, and no rollback of it was seen"))
        })
    }

    /// Until a deployment has ended; `None` where it has not after so many looks.
    async fn until_over(
        &self,
        id: &DeploymentId,
        looks: Option<u32>,
    ) -> Result<Option<Deployment>, Ended> {
        self.poll(looks, async || {
            let Some(seen) = self.look_at(id).await? else {
                return Ok(Look::Silent);
            };
            if !seen.status.is_over() {
                return Ok(Look::NotYet);
            }
            let status = seen.status.as_str();
            self.step(id.to_string(), StepState::Done, format!("ended: {status}"));
            Ok(Look::Found(seen))
        })
        .await
    }

    /// `GetDeployment`; `None` where AWS can't say at the moment.
    async fn look_at(&self, id: &DeploymentId) -> Result<Option<Deployment>, Ended> {
        match self.aws.get_deployment(id).await {
            Ok(seen) => Ok(seen),
            Err(failure) => {
                let region = &self.plan.region;
                self.ride_out(&failure)
                    .map_err(|ended| ended.with_left(still_running(id, region)))?;
                Ok(None)
            }
        }
    }

    fn follow_from_here(&self, id: &DeploymentId, side: Side, how: &str) -> Next {
        self.step(format!("deployment {id}"), StepState::Started, how);
        self.journal.follow(id);
        Next::Follow {
            deployment: id.clone(),
            side,
        }
    }

    fn start_waiting(&self, id: &DeploymentId, why: &str) {
        self.step(format!("waiting for {id}"), StepState::Started, why);
    }

    fn ended_too_soon(&self, id: &DeploymentId) -> Ended {
        self.observe_again(format!("{id} ended before it could be stopped"))
    }
}

fn refused_to_stop(id: &DeploymentId) -> String {
    format!("CodeDeploy refused to stop the deployment {id}")
}

/// A race, not a failure: it ended just before.
fn is_already_over(failure: &Failure) -> bool {
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
        STOP_DEPLOYMENT
    }

    async fn send(&self) -> Result<Stopped, Failure> {
        self.execution.aws.stop_deployment(self.id).await?;
        Ok(Stopped::Accepted)
    }

    async fn find(&self) -> Result<Option<Stopped>, Failure> {
        self.execution.pause().await;
        let seen = match self.execution.aws.get_deployment(self.id).await {
            Ok(Some(seen)) => seen,
            Ok(None) => return Ok(None),
            Err(failure) if failure.is_passing() => return Ok(None),
            Err(failure) => return Err(failure),
        };
        Ok(match seen.status {
            Status::Stopped => Some(Stopped::Accepted),
            _ if seen.rollback.is_some() => Some(Stopped::Accepted),
            status if status.is_over() => Some(Stopped::Over),
            _ => None,
        })
    }
}

struct EndWait<'a> {
    execution: &'a Execution<'a>,
    id: &'a DeploymentId,
}

impl TokenlessWrite for EndWait<'_> {
    type Done = ();
    const ATTEMPTS: u32 = 1;

    fn operation(&self) -> Operation {
        CONTINUE_DEPLOYMENT
    }

    async fn send(&self) -> Result<(), Failure> {
        self.execution.aws.end_termination_wait(self.id).await
    }

    /// Whether it took effect shows in the deployment, whose end is waited for next.
    async fn find(&self) -> Result<Option<()>, Failure> {
        Ok(Some(()))
    }
}
