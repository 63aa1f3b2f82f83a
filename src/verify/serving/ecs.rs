//! What serves of a service that ECS itself deploys.

use futures_util::future::join;
use tokio::time::timeout;

use super::{LastLook, part};
use crate::{
    domain::service::{Rollout, Service, Task},
    observe::{
        ecs::under_way::{Holder, UnderWay, everyone},
        running_service::Whose,
        serving::{RunningDigests, running},
    },
    plan::serving::missing_tasks,
    report::data::Serving,
};

impl LastLook<'_> {
    /// What receives most of the traffic by its weight, else by its running tasks.
    pub(super) async fn read_ecs(&self) -> Option<Serving> {
        let (aws, plan) = (self.aws, self.plan);
        let (service, list) = self.read_service().await?;
        let reading = UnderWay::read(aws, (&plan.cluster, &plan.service), &service);
        let (under_way, tasks) =
            join(timeout(self.within / 2, reading), self.read_tasks(&list)).await;
        let (under_way, tasks) = (under_way.ok()?.ok()?, tasks.ok()?);
        let holder = under_way.holder(&service)?;
        let (rollout, digests) = self.receiving(&holder, &service, &tasks)?;
        let serving = self.name(&digests);
        let share = part(holder.share).or_else(|| mixed(&serving));
        Some(Serving {
            task_definition_arn: Some(rollout.task_definition.clone()?),
            missing: missing_tasks(&service, serving.tasks, share),
            share,
            ..serving
        })
    }

    fn receiving<'s>(
        &self,
        holder: &Holder<'s>,
        service: &'s Service,
        tasks: &[Task],
    ) -> Option<(&'s Rollout, RunningDigests)> {
        let (rollout, container) = (holder.rollout, &self.plan.container);
        if let Whose::TaskSet = holder.whose {
            let revision = rollout.task_definition.as_ref()?;
            return Some((rollout, self.digests_of(tasks, &rollout.id, revision)));
        }
        // In a rolling deployment the load balancer does not tell old tasks from new ones.
        if let Some(receiving) = everyone(service, tasks, container) {
            return Some(receiving);
        }
        Some((rollout, RunningDigests::of(&running(tasks), container)))
    }
}

/// In the middle of a rolling deployment every running task has its part.
fn mixed(serving: &Serving) -> Option<f64> {
    if serving.tasks == 0 || serving.tasks_on_digest >= serving.tasks {
        return None;
    }
    Some(100.0 * f64::from(serving.tasks_on_digest) / f64::from(serving.tasks))
}
