//! Carrying out a plan for a service that CodeDeploy deploys.

use super::{Run, ending::Carried, leg::Leg};
use crate::{
    execute::{Ended, Execution, Next, codedeploy::Watch},
    plan::codedeploy::BlueGreen,
    report::event::Event,
};

impl Run<'_> {
    pub(super) async fn roll_back_by_codedeploy(
        &self,
        leg: &Leg<'_>,
        execution: &Execution<'_>,
        planned: &BlueGreen,
    ) -> Result<Carried, Ended> {
        let plan = execution.plan;
        let watch = match execution.take_over_deployment(&planned.action).await? {
            Next::Follow(deployment) => {
                self.tell(Event::Followed(self.describe(plan, &deployment)));
                let revision = self.followed_revision(plan);
                Watch::new(execution, planned, deployment, false, revision)
            }
            Next::Deploy => {
                // Registered before the take-over already: the journal has the revision.
                let revision = execution.register_revision().await?;
                let id = execution.create_deployment(planned, &revision).await?;
                self.tell(Event::Created(self.describe(plan, &id)));
                Watch::new(execution, planned, id, true, revision)
            }
        };
        self.follow(leg, execution, &watch, watch.warm()).await
    }
}
