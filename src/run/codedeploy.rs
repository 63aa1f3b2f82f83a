//! Carrying out a plan for a service that CodeDeploy deploys.

use std::cell::RefCell;

use super::Rollback;
use super::ending::Finish;
use crate::aws::Aws;
use crate::domain::deployment::NewDeployment;
use crate::execute::Ended;
use crate::execute::codedeploy::create;
use crate::execute::codedeploy::follow::{Follow, Onto};
use crate::execute::codedeploy::progress::Told;
use crate::execute::codedeploy::take_over::{Next, TakeOver};
use crate::inputs::WaitFor;
use crate::names::{DeploymentId, TaskDefinitionArn};
use crate::plan::Plan;
use crate::plan::codedeploy::BlueGreen;
use crate::plan::path::Takeover;
use crate::report::data::Outcome;
use crate::report::event::{Event, Write};

impl Rollback<'_> {
    pub(super) async fn by_codedeploy(
        &self,
        aws: &Aws,
        plan: &Plan,
        planned: &BlueGreen,
    ) -> Result<Finish, Ended> {
        let tell = |event| self.tell(event);
        let wrote = || self.wrote();
        let take_over = TakeOver {
            aws,
            clock: self.clock,
            plan,
            wrote: &wrote,
            tell: &tell,
        };
        match take_over.run().await? {
            Next::Follow { deployment, onto } => {
                self.tell(Event::Followed(self.named(plan, &deployment)));
                let revision = plan.serves.clone().unwrap_or_else(|| plan.now.clone());
                self.followed(aws, (plan, planned), deployment, onto, revision)
                    .await
            }
            Next::Create => {
                let revision = self.revision(aws, plan).await?;
                let deployment = self.deployment(aws, plan, planned, &revision).await?;
                self.followed(
                    aws,
                    (plan, planned),
                    deployment,
                    Onto::Replacement,
                    revision,
                )
                .await
            }
        }
    }

    async fn deployment(
        &self,
        aws: &Aws,
        plan: &Plan,
        planned: &BlueGreen,
        revision: &TaskDefinitionArn,
    ) -> Result<DeploymentId, Ended> {
        let changed = self.wrote();
        let rendered = planned.appspec.with_task_definition(revision).render();
        let new = NewDeployment {
            application: planned.application.clone(),
            group: planned.group.clone(),
            config: planned.config.clone(),
            appspec: rendered.content,
            appspec_sha256: rendered.sha256,
            description: planned.description.clone(),
            ignore_alarms: planned.ignore_alarms,
        };
        let tell = |event| self.tell(event);
        self.tell(Event::Creating {
            marker: plan.marker.clone(),
        });
        let created = create::create(aws, self.clock, &new, &plan.marker, changed, &tell).await;
        let id = created.inspect_err(|ended| {
            if ended.rejected {
                self.tell(Event::Rejected(Write::Create));
            }
        })?;
        self.tell(Event::Created(self.named(plan, &id)));
        Ok(id)
    }

    async fn followed(
        &self,
        aws: &Aws,
        (plan, planned): (&Plan, &BlueGreen),
        deployment: DeploymentId,
        onto: Onto,
        revision: TaskDefinitionArn,
    ) -> Result<Finish, Ended> {
        let own = self.reporter.borrow().report().marker.is_some();
        let tell = |event| self.tell(event);
        let told = RefCell::new(Told::default());
        let wrote = || self.wrote();
        let follow = Follow {
            wrote: &wrote,
            aws,
            clock: self.clock,
            plan,
            planned,
            deployment,
            own,
            onto,
            revision,
            tell: &tell,
            told,
        };
        if self.inputs.wait_for == WaitFor::Nothing {
            // One that was adopted at `Ready` would be stopped there after a while.
            if !own {
                follow.look().await?;
            }
            return Ok(self.not_watched());
        }
        if own {
            follow.pause().await;
        }
        let proof = follow.until_traffic().await?;
        let serving = self.serves(aws, plan, proof, &follow.revision).await?;
        if self.inputs.wait_for == WaitFor::Completed {
            follow.until_completed().await?;
            return Ok(Finish::Well {
                outcome: Outcome::RolledBack,
                serving: Some(serving),
                warm: None,
            });
        }
        // After a reroute the other tasks are ended at once.
        // After a stop it is not what served at the start that was replaced.
        let replaces = matches!(
            plan.takeover,
            Takeover::None | Takeover::Adopt { .. } | Takeover::EndWait { .. }
        ) && follow.onto == Onto::Replacement
            && !self.served_before(plan);
        let warm = planned.termination_wait.filter(|_| replaces);
        Ok(Finish::Well {
            outcome: Outcome::RolledBack,
            serving: Some(serving),
            warm,
        })
    }
}
