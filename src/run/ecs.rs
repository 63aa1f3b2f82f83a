//! Carrying out a plan for a service that ECS itself deploys.

use super::{Run, ending::Carried, leg::Leg};
use crate::{
    execute::{Ended, Execution, Next, ecs::Watch},
    names::DeploymentId,
    plan::{Plan, ecs::Update},
    report::{
        data::{Path, PlanView},
        event::Event,
    },
};

impl Run<'_> {
    pub(super) async fn roll_back_by_ecs(
        &self,
        leg: &Leg<'_>,
        execution: &Execution<'_>,
        planned: &Update,
    ) -> Result<Carried, Ended> {
        let plan = execution.plan;
        let found = |id: &DeploymentId| self.tell(Event::Followed(self.describe(plan, id)));
        let watch = match execution.take_over_service(&planned.action).await? {
            Next::Follow(deployment) => {
                found(&deployment);
                let revision = self.followed_revision(plan);
                Watch::new(execution, planned, Some(deployment), revision, &found)
            }
            Next::Deploy => {
                if plan.path() == Path::Reroute {
                    self.tell_redeploy(plan);
                }
                let revision = execution.register_revision().await?;
                let updated = execution.update_service(planned, &revision).await?;
                if let Some(id) = updated.identifier() {
                    self.tell(Event::Created(self.describe(plan, &id)));
                }
                Watch::new(execution, planned, None, revision, &found).of_own(updated)
            }
        };
        self.follow(leg, execution, &watch, watch.warm()).await
    }

    /// ECS did not stop the deployment in progress: the way that was planned is closed.
    fn tell_redeploy(&self, plan: &Plan) {
        let version = &plan.target.version;
        self.tell(Event::Planned(PlanView {
            path: Path::Redeploy,
            why: format!("the deployment in progress was not stopped; deploying {version} instead"),
            steps: vec![format!("update the service {} to {version}", plan.service)],
            // What the other deployment still takes, nobody knows.
            expected: None,
            ..plan.view.clone()
        }));
    }
}
