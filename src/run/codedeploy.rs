//! Carrying out a plan for a service that CodeDeploy deploys.

use std::time::Duration;

use super::Run;
use super::ending::Finish;
use super::rollback::Course;
use crate::execute::codedeploy::{Next, Watch};
use crate::execute::{Ended, Execution};
use crate::plan::codedeploy::{Action, BlueGreen, Clearing, Side};
use crate::report::event::Event;

impl Run<'_> {
    pub(super) async fn roll_back_by_codedeploy(
        &self,
        execution: &Execution<'_>,
        planned: &BlueGreen,
    ) -> Result<Finish, Ended> {
        match execution.take_over_deployment(&planned.action).await? {
            Next::Follow { deployment, side } => {
                self.tell(Event::Followed(self.describe(execution.plan, &deployment)));
                let revision = self.followed_revision(execution.plan);
                let warm = match side {
                    Side::Replacement => warm(planned),
                    // After a reroute the other tasks are terminated at once.
                    Side::Original(_) => None,
                };
                let watch = Watch::adopted(execution, planned, deployment, side, revision.clone());
                let course = Course {
                    watch: &watch,
                    revision: &revision,
                    own: false,
                    warm,
                };
                self.follow(execution, course).await
            }
            Next::Create => {
                let revision = execution.register_revision().await?;
                let id = execution.create_deployment(planned, &revision).await?;
                self.tell(Event::Created(self.describe(execution.plan, &id)));
                let watch = Watch::created(execution, planned, id, revision.clone());
                let course = Course {
                    watch: &watch,
                    revision: &revision,
                    own: true,
                    warm: warm(planned),
                };
                self.follow(execution, course).await
            }
        }
    }
}

/// How long the old tasks stay. After a stop it is not what served at the start that was replaced.
fn warm(planned: &BlueGreen) -> Option<Duration> {
    match &planned.action {
        Action::Create(Clearing::Free | Clearing::EndWait(_)) | Action::Adopt { .. } => {
            planned.termination_wait
        }
        _ => None,
    }
}
