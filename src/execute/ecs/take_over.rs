//! Takes over from the service deployment in progress: adopts it, rolls it back, or clears it away.

use crate::aws::Failure;
use crate::execute::{Ended, Execution};
use crate::names::DeploymentId;
use crate::plan::ecs::{Action, Clearing};
use crate::report::event::StepState;

/// What is to be done next.
pub(crate) enum Next {
    /// Update the service.
    Update,
    /// This service deployment ends with the target serving.
    Follow(DeploymentId),
}

impl Execution<'_> {
    /// Does what the plan says about the service deployment in progress.
    ///
    /// # Errors
    /// How the run ends, or that the state has changed and another observation may find a way.
    pub(crate) async fn take_over_service(&self, action: &Action) -> Result<Next, Ended> {
        match action {
            Action::Nothing | Action::Update(Clearing::Idle) => {}
            Action::Update(Clearing::Supersede(deployment)) => {
                // ECS stops a deployment by itself once the service is updated again.
                let detail = "the new deployment replaces it";
                self.step(self.title(deployment), StepState::Started, detail);
            }
            Action::Adopt { deployment, .. } => {
                self.adopt(deployment, "adopted");
                return Ok(Next::Follow(deployment.clone()));
            }
            Action::Reroute { deployment } => return self.roll_back(deployment).await,
            Action::Update(Clearing::Stop {
                deployment,
                way_back_known,
            }) => return self.stop_service(deployment, *way_back_known).await,
            Action::Update(Clearing::LetEnd(deployment)) => {
                let why = "it is already rolling back or stopping";
                self.let_end(deployment, why).await?;
            }
            Action::Wait { deployment } => {
                self.let_end(deployment, "active-deployment: wait").await?;
                return Err(self.has_ended(deployment));
            }
        }
        Ok(Next::Update)
    }

    async fn roll_back(&self, id: &DeploymentId) -> Result<Next, Ended> {
        if let Some(refusal) = self.stop(id).await? {
            return Ok(self.update_instead(id, &refusal));
        }
        // ECS rolls back within the same service deployment, which is followed to its end.
        self.adopt(id, "ECS is shifting traffic back");
        Ok(Next::Follow(id.clone()))
    }

    async fn stop_service(&self, id: &DeploymentId, way_back_known: bool) -> Result<Next, Ended> {
        if let Some(refusal) = self.stop(id).await? {
            return Ok(self.update_instead(id, &refusal));
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
        Ok(Next::Update)
    }

    /// Where ECS does not stop it, a new deployment may replace it, or comes after it.
    fn update_instead(&self, id: &DeploymentId, refusal: &Failure) -> Next {
        self.warn(format!(
            "ECS refused to stop the {} ({}); updating the service instead",
            self.title(id),
            refusal.message
        ));
        Next::Update
    }
}
