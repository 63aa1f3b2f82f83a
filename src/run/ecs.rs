//! Carrying out a plan for a service that ECS itself deploys.

use super::{Run, ending::Finish};
use crate::{
    execute::{Ended, Execution, Next, ecs::Watch},
    names::DeploymentId,
    plan::ecs::Update,
    report::event::Event,
};

impl Run<'_> {
    pub(super) async fn roll_back_by_ecs(
        &self,
        execution: &Execution<'_>,
        planned: &Update,
    ) -> Result<Finish, Ended> {
        let plan = execution.plan;
        let found = |id: &DeploymentId| self.tell(Event::Followed(self.describe(plan, id)));
        let watch = match execution.take_over_service(&planned.action).await? {
            Next::Follow(deployment) => {
                found(&deployment);
                let revision = self.followed_revision(plan);
                Watch::new(execution, planned, Some(deployment), revision, &found)
            }
            Next::Deploy => {
                let revision = execution.register_revision().await?;
                let updated = execution.update_service(planned, &revision).await?;
                if let Some(id) = updated.identifier() {
                    self.tell(Event::Created(self.describe(plan, &id)));
                }
                Watch::new(execution, planned, None, revision, &found).of_own(updated)
            }
        };
        self.follow(execution, &watch, watch.warm()).await
    }
}
