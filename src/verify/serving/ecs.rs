//! What serves of a service that ECS itself deploys.

use std::time::Duration;

use futures_util::future::join;
use tokio::time::timeout;

use super::{Known, name, part};
use crate::aws::Aws;
use crate::observe::ecs::under_way::{UnderWay, everyone};
use crate::observe::running_service::Whose;
use crate::observe::serving::{RunningDigests, running, tasks_of};
use crate::plan::Plan;
use crate::report::data::Serving;

/// What receives most of the traffic by its weight, else by its running tasks.
pub(super) async fn read(
    aws: &Aws,
    plan: &Plan,
    known: &Known,
    within: Duration,
) -> Option<Serving> {
    let Plan {
        cluster, service, ..
    } = plan;
    let (described, arns) = join(
        aws.describe_service(cluster, service),
        aws.list_running_tasks(cluster, service),
    )
    .await;
    let (described, arns) = (described.ok()??, arns.ok()?);
    let (under_way, tasks) = join(
        timeout(
            within / 2,
            UnderWay::read(aws, (cluster, service), &described),
        ),
        aws.describe_tasks(cluster, &arns),
    )
    .await;
    let (under_way, tasks) = (under_way.ok()?.ok()?, tasks.ok()?);
    let holder = under_way.holder(&described)?;
    let (rollout, digests) = match holder.whose {
        Whose::TaskSet => {
            let revision = holder.rollout.task_definition.as_ref()?;
            let receiving = tasks_of(&tasks, &holder.rollout.id, revision);
            let digests = RunningDigests::of(&receiving, &plan.container);
            (holder.rollout, digests)
        }
        Whose::Everyone => everyone(&described, &tasks, &plan.container).unwrap_or_else(|| {
            let digests = RunningDigests::of(&running(&tasks), &plan.container);
            (holder.rollout, digests)
        }),
    };
    let revision = rollout.task_definition.clone()?;
    let serving = name(&digests, plan, known);
    Some(Serving {
        task_definition_arn: Some(revision),
        share: part(holder.share).or_else(|| mixed(&serving)),
        ..serving
    })
}

/// In the middle of a rolling deployment every running task has its part.
fn mixed(serving: &Serving) -> Option<f64> {
    if serving.tasks == 0 || serving.tasks_on_digest >= serving.tasks {
        return None;
    }
    Some(100.0 * f64::from(serving.tasks_on_digest) / f64::from(serving.tasks))
}
