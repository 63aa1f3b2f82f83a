//! What serves of a service that CodeDeploy deploys.

use std::time::Duration;

use futures_util::future::{join, join3};
use tokio::time::timeout;

use super::{Known, name, part};
use crate::aws::Aws;
use crate::domain::deployment::Target;
use crate::domain::service::TaskSet;
use crate::observe::serving::{RunningDigests, primary, tasks_of};
use crate::plan::Plan;
use crate::plan::codedeploy::BlueGreen;
use crate::report::data::Serving;

/// What the deployment that moves the traffic says about it.
enum Moving {
    /// No deployment moves anything.
    Nothing,
    By(Option<Target>),
}

/// The task set with the most traffic, by the deployment's target while one is in progress, else the primary one.
pub(super) async fn read(
    aws: &Aws,
    plan: &Plan,
    planned: &BlueGreen,
    known: &Known,
    within: Duration,
) -> Option<Serving> {
    let (service, arns, moving) = join3(
        aws.describe_service(&plan.cluster, &plan.service),
        aws.list_running_tasks(&plan.cluster, &plan.service),
        read_moving(aws, plan, planned, known, within / 2),
    )
    .await;
    let (service, arns) = (service.ok()??, arns.ok()?);
    let target = match moving {
        Some(Moving::By(target)) => target,
        Some(Moving::Nothing) => None,
        // Of several task sets, only the deployment's target says which one receives the traffic.
        None if service.task_sets.len() > 1 => return None,
        None => None,
    };
    let (task_set, share) = holder(&service.task_sets, target.as_ref())?;
    let revision = task_set.task_definition.clone()?;
    let tasks = aws.describe_tasks(&plan.cluster, &arns).await.ok()?;
    let receiving = tasks_of(&tasks, &task_set.id, &revision);
    let digests = RunningDigests::of(&receiving, &plan.container);
    Some(Serving {
        task_definition_arn: Some(revision),
        share: part(share),
        ..name(&digests, plan, known)
    })
}

/// By this run's own deployment, else the one that is being taken over, or the rollback that it ended with. `None`
/// where AWS can't say.
async fn read_moving(
    aws: &Aws,
    plan: &Plan,
    planned: &BlueGreen,
    known: &Known,
    within: Duration,
) -> Option<Moving> {
    let own = known.deployment.as_ref();
    let Some(id) = own.or(planned.action.active_deployment()) else {
        return Some(Moving::Nothing);
    };
    let Plan {
        cluster, service, ..
    } = plan;
    let (seen, target) = join(
        timeout(within, aws.get_deployment(id)),
        timeout(within, aws.get_deployment_target(id, cluster, service)),
    )
    .await;
    let seen = match seen {
        Ok(Ok(seen)) => seen,
        // A deployment that was stopped may have a rollback by now, which nobody else names.
        _ if own.is_none() => return None,
        _ => None,
    };
    if let Some(deployment) = seen
        && let Some(rollback) = deployment.rollback
    {
        let target = aws.get_deployment_target(&rollback, cluster, service).await;
        return target.ok().map(Moving::By);
    }
    let target = target.ok()?;
    target.ok().map(Moving::By)
}

/// The task set that receives most of the traffic, with its share where the target says one.
///
/// Which task set is `PRIMARY` in mid-shift is not documented, so weights count where there are any. The target of a
/// deployment that has ended may still show the weights of its own end: a task set that is gone receives nothing.
fn holder<'a>(
    task_sets: &'a [TaskSet],
    target: Option<&Target>,
) -> Option<(&'a TaskSet, Option<f64>)> {
    let mut most: Option<(&TaskSet, f64)> = None;
    if let Some(target) = target
        && task_sets.len() > 1
    {
        for weighted in &target.task_sets {
            let mut alive = task_sets.iter();
            let Some(alive) = alive.find(|task_set| task_set.id == weighted.id) else {
                continue;
            };
            let least = most.map_or(0.0, |(_, weight)| weight);
            if weighted.weight > least {
                most = Some((alive, weighted.weight));
            }
        }
    }
    match most {
        Some((task_set, weight)) => Some((task_set, Some(weight))),
        None => Some((primary(task_sets)?, None)),
    }
}
