//! What both controllers have in common where a deployment is in the way: its stop, and its end.

use super::{
    Ended, Execution,
    ended::still_running,
    journal::{Answer, EntryId},
    wait::Look,
    write::{NotDone, TokenlessWrite},
};
use crate::{
    aws::Failure,
    domain::{
        deployment::{Deployment, Status},
        service_deployment::{ServiceDeployment, ServiceStatus},
    },
    error::Code,
    names::DeploymentId,
    plan::ecs::Direction,
    report::event::{StepState, Touch},
};

/// A service deployment that changes its state at that moment may be stopped a moment later.
const STOP_ATTEMPTS: u32 = 2;

/// What is to be done next.
pub(crate) enum Next {
    /// Nothing is in the way: start the planned deployment.
    Deploy,
    /// This deployment ends with the target serving.
    Follow(DeploymentId),
}

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

impl InTheWay {
    fn of_codedeploy(seen: Deployment) -> Self {
        let (status, rollback) = (seen.status, seen.rollback);
        let is_over = status.is_over();
        // The rollback may be there before the status says `Stopped`.
        let stop = if status == Status::Stopped || rollback.is_some() {
            Some(Stopped::Accepted)
        } else {
            is_over.then_some(Stopped::Over)
        };
        Self {
            status: status.as_str().to_owned(),
            is_over,
            has_succeeded: status == Status::Succeeded,
            stop,
            rollback,
        }
    }

    fn of_ecs(seen: ServiceDeployment) -> Self {
        let status = seen.status;
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
                Err(not_done) => self.refusal_to_stop(id, not_done)?,
            };
            // CodeDeploy tells a race by its own exception; ECS's refusal may be one.
            if self.by_codedeploy() {
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

    /// The refusal, where AWS does not stop the deployment in its state.
    fn refusal_to_stop(&self, id: &DeploymentId, not_done: NotDone) -> Result<Failure, Ended> {
        match not_done {
            NotDone::Rejected(failure) if is_already_over(&failure) => Err(self.ended_too_soon(id)),
            // A role that may not stop it can still take the slower way.
            NotDone::Rejected(failure) if failure.is_rejected() || failure.is_denied() => {
                Ok(failure)
            }
            other => Err(self.not_stopped(id, &other.into_failure())),
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
        let controller = if self.by_codedeploy() {
            "CodeDeploy"
        } else {
            "ECS"
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
            let detail = format!("ended: {}", seen.status);
            self.step(self.short_title(id), StepState::Done, detail);
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
            Ok(Look::of(seen.and_then(&pick)))
        });
        found.await.map_err(|ended| self.with_running(ended, id))
    }

    /// `GetDeployment`, `DescribeServiceDeployments`
    async fn describe(&self, id: &DeploymentId) -> Result<Option<InTheWay>, Failure> {
        if self.by_codedeploy() {
            let seen = self.aws.get_deployment(id).await?;
            return Ok(seen.map(InTheWay::of_codedeploy));
        }
        let seen = self.aws.describe_service_deployment(id).await?;
        Ok(seen.map(InTheWay::of_ecs))
    }

    fn with_running(&self, ended: Ended, id: &DeploymentId) -> Ended {
        if self.by_codedeploy() {
            return ended.with_left(still_running(id, &self.plan.region));
        }
        // ECS's deployment may have been found by an id that no command takes: then the service is named.
        self.with_service_deployment(ended, Some(id), Direction::Forward)
    }

    /// From here on the deployment is followed: it ends with the target serving.
    pub(super) fn adopt(&self, id: &DeploymentId, how: &str) -> Next {
        self.step(self.title(id), StepState::Started, how);
        self.journal.follow(id);
        Next::Follow(id.clone())
    }

    pub(super) fn ended_too_soon(&self, id: &DeploymentId) -> Ended {
        self.changed(id, "ended before it could be stopped")
    }

    pub(super) fn has_ended(&self, id: &DeploymentId) -> Ended {
        self.changed(id, "has ended")
    }

    /// What has become of the deployment is a reason to observe again.
    pub(super) fn changed(&self, id: &DeploymentId, what: &str) -> Ended {
        let name = self.short_title(id);
        self.observe_again(if self.by_codedeploy() {
            format!("{name} {what}")
        } else {
            format!("the {name} {what}")
        })
    }

    pub(super) fn title(&self, id: &DeploymentId) -> String {
        if self.by_codedeploy() {
            return format!("deployment {id}");
        }
        format!("service deployment {}", id.short())
    }

    /// CodeDeploy's ids say by themselves what they are.
    fn short_title(&self, id: &DeploymentId) -> String {
        if self.by_codedeploy() {
            return id.to_string();
        }
        self.title(id)
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

    async fn send(&self) -> Result<Stopped, Failure> {
        let aws = self.execution.aws;
        if self.execution.by_codedeploy() {
            aws.stop_deployment(self.id).await?;
        } else {
            aws.stop_service_deployment(self.id).await?;
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
