//! Takes over from the deployment that occupies the group: adopts it, rolls it back, or clears it away.

use crate::{
    aws::Failure,
    execute::{Ended, Execution, Next, resume::Pause, take_over::is_already_over},
    names::DeploymentId,
    plan::{
        Plan,
        codedeploy::{Action, Clearing},
    },
    report::event::StepState,
};

/// A stop after which no rollback is seen for 30 seconds starts none.
const ROLLBACK_LOOKS: u32 = 7;
/// A termination wait that was ended is over soon; one that is not was not ended.
const END_LOOKS: u32 = 18;
/// Between two attempts to end the wait of a deployment that this role may not stop.
const LOOKS_BETWEEN: u32 = 6;

impl Execution<'_> {
    /// Does what the plan says about the active deployment.
    ///
    /// # Errors
    /// How the run ends, or that the state has changed and another observation may find a way.
    pub(crate) async fn take_over_deployment(&self, action: &Action) -> Result<Next, Ended> {
        match action {
            Action::Nothing => {}
            Action::Create(clearing) => self.clear_group(clearing).await?,
            Action::Adopt { deployment, .. } => return Ok(self.adopt(deployment, "adopted")),
            Action::Reroute { deployment, .. } => return self.reroute(deployment).await,
            Action::Wait { deployment } => {
                self.let_end(deployment, "active-deployment: wait").await?;
                return Err(self.has_ended(deployment));
            }
        }
        Ok(Next::Deploy)
    }

    async fn clear_group(&self, clearing: &Clearing) -> Result<(), Ended> {
        match clearing {
            Clearing::Free => Ok(()),
            Clearing::EndWait(deployment) => self.end_wait(deployment).await,
            Clearing::Stop(deployment) => self.stop_and_wait(deployment).await,
            Clearing::LetEnd(deployment) => {
                // Where a stop of it would leave the traffic is not documented.
                let why = "AWS's own rollback is not stopped";
                self.let_end(deployment, why).await.map(drop)
            }
        }
    }

    async fn reroute(&self, id: &DeploymentId) -> Result<Next, Ended> {
        if let Some(refusal) = self.stop(id).await? {
            return Err(self.end_wait_instead(id, &refusal, Some(END_LOOKS)).await);
        }
        let rollback = self.find_rollback(id).await?;
        let how = "CodeDeploy's rollback shifts traffic back";
        Ok(self.adopt(&rollback, how))
    }

    async fn end_wait(&self, id: &DeploymentId) -> Result<(), Ended> {
        if let Err(failure) = self.end_pause(id, Pause::Termination, false).await {
            if is_already_over(&failure) {
                return Err(self.ended_too_soon(id));
            }
            self.warn(format!(
                "CodeDeploy refused to end the wait of {id} ({}); stopping it instead",
                failure.reason()
            ));
            return self.stop_and_wait(id).await;
        }
        match self.until_over(id, Some(END_LOOKS)).await? {
            Some(seen) if seen.has_succeeded => Ok(()),
            Some(seen) => Err(self.changed(id, &format!("has ended: {}", seen.status))),
            // The wait may last two days, and holds the group so long.
            None => {
                self.warn(format!("{id} is still waiting; stopping it instead"));
                self.stop_and_wait(id).await
            }
        }
    }

    async fn stop_and_wait(&self, id: &DeploymentId) -> Result<(), Ended> {
        if let Some(refusal) = self.stop(id).await? {
            return Err(self.end_wait_instead(id, &refusal, None).await);
        }
        // It may have succeeded while the stop was on its way.
        if let Some(ended) = self.until_over(id, None).await?
            && ended.has_succeeded
        {
            return Err(self.changed(id, "succeeded before it could be stopped"));
        }
        let rollback = self.find_rollback(id).await?;
        self.step(
            format!("rollback {rollback}"),
            StepState::Started,
            "waiting for CodeDeploy's rollback to finish",
        );
        // The rollback occupies the group like any other deployment.
        self.until_over(&rollback, None).await.map(drop)
    }

    /// Where CodeDeploy does not stop it, which it does not in every state. In the end the state has changed.
    async fn end_wait_instead(
        &self,
        id: &DeploymentId,
        refusal: &Failure,
        looks: Option<u32>,
    ) -> Ended {
        self.warn(format!(
            "CodeDeploy refused to stop {id} ({}); ending its termination wait instead",
            refusal.reason()
        ));
        if let Err(failure) = self.end_pause(id, Pause::Termination, false).await
            && !is_already_over(&failure)
        {
            if !refusal.is_denied() || failure.is_denied() {
                // The first refusal says more than the second.
                return self.not_stopped(id, refusal);
            }
            self.warn(format!(
                "the wait of {id} can't be ended yet ({}); retrying until it ends",
                failure.reason()
            ));
            return self.end_wait_when_possible(id).await;
        }
        match self.until_over(id, looks).await {
            Ok(Some(_)) => self.has_ended(id),
            Ok(None) => self.changed(id, "is still waiting"),
            Err(ended) => ended,
        }
    }

    /// A deployment that shifts traffic has no wait to end yet; once it has, that may last an hour and more.
    async fn end_wait_when_possible(&self, id: &DeploymentId) -> Ended {
        loop {
            match self.until_over(id, Some(LOOKS_BETWEEN)).await {
                Ok(Some(_)) => return self.has_ended(id),
                Ok(None) => {}
                Err(ended) => return ended,
            }
            if self.is_in_termination_wait(id).await {
                // Where this is refused, too, the deployment still ends at its own pace.
                let _ = self.end_pause(id, Pause::Termination, false).await;
            }
        }
    }

    /// All its traffic has shifted, and it is not over.
    async fn is_in_termination_wait(&self, id: &DeploymentId) -> bool {
        let Plan {
            cluster, service, ..
        } = self.plan;
        let target = self.aws.get_deployment_target(id, cluster, service).await;
        matches!(target, Ok(Some(target)) if target.has_shifted(target.green_weight()))
    }

    /// The deployment with which CodeDeploy rolls back after a stop. It may show up late, and may be over when it is
    /// first seen.
    async fn find_rollback(&self, id: &DeploymentId) -> Result<DeploymentId, Ended> {
        let looks = Some(ROLLBACK_LOOKS);
        let found = self.poll_deployment(id, looks, |seen| seen.rollback);
        match found.await? {
            Some(rollback) => Ok(rollback),
            None => Err(self.changed(id, "was stopped, and no rollback of it was seen")),
        }
    }
}
