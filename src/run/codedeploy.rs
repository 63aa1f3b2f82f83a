//! Carrying out a plan for a service that CodeDeploy deploys.

use std::cell::{Cell, RefCell};
use std::time::Duration;

use super::Run;
use super::ending::Finish;
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
        let plan = execution.plan;
        let next = execution.take_over_deployment(&planned.action).await?;
        let (deployment, side, own, revision) = match next {
            Next::Follow { deployment, side } => {
                self.tell(Event::Followed(self.describe(plan, &deployment)));
                (deployment, side, false, self.followed_revision(plan))
            }
            Next::Create => {
                // Registered before the take-over already: the journal has the revision.
                let revision = execution.register_revision().await?;
                let id = execution.create_deployment(planned, &revision).await?;
                self.tell(Event::Created(self.describe(plan, &id)));
                (id, Side::Replacement, true, revision)
            }
        };
        let warm = match side {
            Side::Replacement => warm(planned),
            // After a reroute the other tasks are terminated at once.
            Side::Original(_) => None,
        };
        let watch = Watch {
            execution,
            planned,
            deployment,
            own,
            side,
            revision,
            progress: RefCell::default(),
            continued: Cell::default(),
        };
        self.follow(execution, &watch, warm).await
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
