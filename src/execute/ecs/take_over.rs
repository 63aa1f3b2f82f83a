//! Takes over from the service deployment in progress: adopts it, rolls it back, or clears it away.

use crate::{
    aws::Failure,
    execute::{Ended, Execution, Next},
    names::DeploymentId,
    plan::ecs::{Action, Clearing},
    report::event::StepState,
};

impl Execution<'_> {
    /// Does what the plan says about the service deployment in progress.
    ///
    /// # Errors
    /// How the run ends, or that the state has changed and another observation may find a way.
    pub(crate) async fn take_over_service(&self, action: &Action) -> Result<Next, Ended> {
        match action {
            Action::Nothing => {}
            Action::Update(clearing) => self.clear_service(clearing).await?,
            Action::Adopt { deployment, .. } => return Ok(self.adopt(deployment, "adopted")),
            Action::Reroute { deployment } => return self.roll_back(deployment).await,
            Action::Wait { deployment } => {
                self.let_end(deployment, "active-deployment: wait").await?;
                return Err(self.has_ended(deployment));
            }
        }
        Ok(Next::Deploy)
    }

    async fn clear_service(&self, clearing: &Clearing) -> Result<(), Ended> {
        match clearing {
            Clearing::Idle => {}
            Clearing::Supersede(deployment) => {
                // ECS stops a deployment by itself once the service is updated again.
                let detail = "the new deployment replaces it";
                self.step(self.title(deployment), StepState::Started, detail);
            }
            Clearing::Stop {
                deployment,
                way_back_known,
            } => self.stop_service(deployment, *way_back_known).await?,
            Clearing::LetEnd(deployment) => {
                let why = "it is already rolling back or stopping";
                self.let_end(deployment, why).await?;
            }
        }
        Ok(())
    }

    async fn roll_back(&self, id: &DeploymentId) -> Result<Next, Ended> {
        if let Some(refusal) = self.stop(id).await? {
            self.warn_of_update(id, &refusal);
            return Ok(Next::Deploy);
        }
        // ECS rolls back within the same service deployment, which is followed to its end.
        Ok(self.adopt(id, "ECS is shifting traffic back"))
    }

    async fn stop_service(&self, id: &DeploymentId, way_back_known: bool) -> Result<(), Ended> {
        if let Some(refusal) = self.stop(id).await? {
            self.warn_of_update(id, &refusal);
            return Ok(());
        }
        let why = "waiting for ECS's rollback to finish";
        if let Some(ended) = self.let_end(id, why).await?
            && ended.has_succeeded
        {
            return Err(self.changed(id, "succeeded before it could be stopped"));
        }
        // The stop may have rolled back to the target.
        if !way_back_known {
            return Err(self.has_ended(id));
        }
        Ok(())
    }

    /// Where ECS does not stop it, a new deployment may replace it, or comes after it.
    fn warn_of_update(&self, id: &DeploymentId, refusal: &Failure) {
        self.warn(format!(
            "ECS refused to stop the {} ({}); updating the service instead",
            self.title(id),
            refusal.reason()
        ));
    }
}
