//! Carrying out a plan for a service that ECS itself deploys.

use super::Run;
use super::ending::Finish;
use super::rollback::Course;
use crate::execute::ecs::{Next, Watch};
use crate::execute::{Ended, Execution};
use crate::names::DeploymentId;
use crate::plan::ecs::Update;
use crate::report::event::Event;

impl Run<'_> {
    pub(super) async fn roll_back_by_ecs(
        &self,
        execution: &Execution<'_>,
        planned: &Update,
    ) -> Result<Finish, Ended> {
        let plan = execution.plan;
        let found = |id: &DeploymentId| self.tell(Event::Followed(self.describe(plan, id)));
        let (watch, revision, own) = match execution.take_over_service(&planned.action).await? {
            Next::Follow(deployment) => {
                found(&deployment);
                let revision = self.followed_revision(plan);
                let adopted = revision.clone();
                let watch = Watch::adopted(execution, planned, deployment, adopted, &found);
                (watch, revision, false)
            }
            Next::Update => {
                let revision = execution.register_revision().await?;
                let updated = execution.update_service(planned, &revision).await?;
                if let Some(id) = updated.identifier() {
                    self.tell(Event::Created(self.describe(plan, &id)));
                }
                let started = revision.clone();
                let watch = Watch::started(execution, planned, updated, started, &found);
                (watch, revision, true)
            }
        };
        let course = Course {
            watch: &watch,
            revision: &revision,
            own,
            warm: watch.warm(),
        };
        self.follow(execution, course).await
    }
}
