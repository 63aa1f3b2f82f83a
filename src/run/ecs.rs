//! Carrying out a plan for a service that ECS itself deploys.

use std::cell::RefCell;

use super::Run;
use super::ending::Finish;
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
        let next = execution.take_over_service(&planned.action).await?;
        let mut watch = Watch {
            execution,
            planned,
            deployment: RefCell::default(),
            rollout: None,
            before: None,
            direction: planned.action.direction(),
            revision: self.followed_revision(plan),
            progress: RefCell::default(),
            continued: RefCell::default(),
            found: &found,
        };
        match next {
            Next::Follow(deployment) => {
                found(&deployment);
                watch.deployment = RefCell::new(Some(deployment));
            }
            Next::Update => {
                watch.revision = execution.register_revision().await?;
                let updated = execution.update_service(planned, &watch.revision).await?;
                if let Some(id) = updated.identifier() {
                    self.tell(Event::Created(self.describe(plan, &id)));
                }
                watch.start(updated);
            }
        }
        self.follow(execution, &watch, watch.warm()).await
    }
}
