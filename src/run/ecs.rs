//! Carrying out a plan for a service that ECS deploys by itself.

use std::cell::RefCell;

use super::Rollback;
use super::ending::Finish;
use crate::aws::Aws;
use crate::execute::Ended;
use crate::execute::ecs::Doing;
use crate::execute::ecs::follow::{Direction, Follow};
use crate::execute::ecs::take_over::Next;
use crate::execute::ecs::update::Before;
use crate::inputs::WaitFor;
use crate::names::{DeploymentId, TaskDefinitionArn, TaskSetId};
use crate::plan::Plan;
use crate::plan::ecs::Update;
use crate::report::data::Outcome;
use crate::report::event::Event;

/// The service deployment that is to be followed.
struct Begun {
    deployment: Option<DeploymentId>,
    rollout: Option<TaskSetId>,
    /// Set where this run began it.
    before: Option<Before>,
    direction: Direction,
    revision: TaskDefinitionArn,
}

impl Rollback<'_> {
    pub(super) async fn by_ecs(
        &self,
        aws: &Aws,
        plan: &Plan,
        update: &Update,
    ) -> Result<Finish, Ended> {
        let tell = |event| self.tell(event);
        let wrote = || self.wrote();
        let doing = Doing {
            aws,
            clock: self.clock,
            plan,
            update,
            wrote: &wrote,
            tell: &tell,
        };
        match doing.take_over().await? {
            Next::Follow(deployment) => {
                self.tell(Event::Followed(self.named(plan, &deployment)));
                let revision = plan.serves.clone().unwrap_or_else(|| plan.now.clone());
                let direction = update.direction;
                let begun = Begun {
                    deployment: Some(deployment),
                    rollout: None,
                    before: None,
                    direction,
                    revision,
                };
                self.followed_by_ecs(&doing, plan, begun).await
            }
            Next::Update => {
                let revision = self.revision(aws, plan).await?;
                let updated = doing.update_service(&revision).await?;
                let id = updated.deployment.clone();
                let id = id.or_else(|| {
                    updated
                        .rollout
                        .as_ref()
                        .map(|it| DeploymentId::new(it.as_str()))
                });
                if let Some(id) = id {
                    self.tell(Event::Created(self.named(plan, &id)));
                }
                let begun = Begun {
                    deployment: updated.deployment,
                    rollout: updated.rollout,
                    before: Some(updated.before),
                    direction: Direction::Forward,
                    revision,
                };
                self.followed_by_ecs(&doing, plan, begun).await
            }
        }
    }

    async fn followed_by_ecs(
        &self,
        doing: &Doing<'_>,
        plan: &Plan,
        begun: Begun,
    ) -> Result<Finish, Ended> {
        let found = |id: &DeploymentId| self.tell(Event::Followed(self.named(plan, id)));
        let own = begun.before.is_some();
        let follow = Follow {
            doing,
            deployment: RefCell::new(begun.deployment),
            rollout: begun.rollout,
            before: begun.before,
            direction: begun.direction,
            revision: begun.revision,
            found: &found,
            told: RefCell::default(),
        };
        if self.inputs.wait_for == WaitFor::Nothing {
            // One that was adopted may wait at a hook for somebody to continue it.
            if !own {
                follow.glance().await?;
            }
            return Ok(self.not_watched());
        }
        let proof = follow.until_traffic().await?;
        let serving = self
            .serves(doing.aws, plan, proof, &follow.revision)
            .await?;
        if self.inputs.wait_for == WaitFor::Completed {
            follow.until_completed().await?;
            return Ok(Finish::Well {
                outcome: Outcome::RolledBack,
                serving: Some(serving),
                warm: None,
            });
        }
        let warm = follow.warm().filter(|_| !self.served_before(plan));
        Ok(Finish::Well {
            outcome: Outcome::RolledBack,
            serving: Some(serving),
            warm,
        })
    }
}
