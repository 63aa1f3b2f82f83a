//! Where a service stands that ECS deploys by itself.

use std::time::Duration;

use futures_util::future::join;
use tokio::time::timeout;

use super::{Standing, back, named, only_interfered, over, under_way};
use crate::aws::Aws;
use crate::names::{DeploymentId, TaskDefinitionArn};
use crate::observe::ecs::under_way::{Asked, UnderWay, everyone};
use crate::observe::now::Whose;
use crate::observe::serving::{RunningDigests, running, tasks_of};
use crate::plan::Plan;
use crate::plan::ecs::Update;
use crate::report::data::{Report, Serving};
use crate::words;

/// Reads what serves now: what has most of the traffic by its weight, else by its running tasks.
pub async fn read(aws: &Aws, plan: &Plan, report: &Report, within: Duration) -> Option<Serving> {
    let (service, arns) = join(
        aws.describe_service(&plan.cluster, &plan.service),
        aws.list_running_tasks(&plan.cluster, &plan.service),
    )
    .await;
    let (service, arns) = (service.ok()??, arns.ok()?);
    let asked = Asked::by(&service);
    let (under_way, tasks) = join(
        timeout(
            within / 2,
            UnderWay::read(aws, (&plan.cluster, &plan.service), &asked),
        ),
        aws.describe_tasks(&plan.cluster, &arns),
    )
    .await;
    let (under_way, tasks) = (under_way.ok()?.ok()?, tasks.ok()?);
    let holder = under_way.holder(&service)?;
    let (rollout, digests) = match holder.whose {
        Whose::Everyone => everyone(&service, &tasks, &plan.container).unwrap_or_else(|| {
            (
                holder.rollout,
                RunningDigests::of(&running(&tasks), &plan.container),
            )
        }),
        Whose::TaskSet => {
            let holding = tasks_of(
                &tasks,
                &holder.rollout.id,
                holder.rollout.task_definition.as_ref()?,
            );
            (
                holder.rollout,
                RunningDigests::of(&holding, &plan.container),
            )
        }
    };
    let revision = rollout.task_definition.clone()?;
    let mut serving = named(&digests, plan, report);
    serving.task_definition_arn = Some(revision.to_string());
    let share = holder.share.or_else(|| mixed(&serving));
    if let Some(share) = share.filter(|share| *share < 99.99) {
        serving.notes.push(words::share(share));
        serving.share = Some(share);
    }
    Some(serving)
}

/// In the middle of a rolling deployment every running task has its part.
fn mixed(serving: &Serving) -> Option<f64> {
    (serving.tasks > 0 && serving.tasks_on_digest < serving.tasks)
        .then(|| 100.0 * f64::from(serving.tasks_on_digest) / f64::from(serving.tasks))
}

/// What AWS is doing when the run is interrupted.
pub async fn after_interrupt(aws: &Aws, plan: &Plan, update: &Update, report: &Report) -> Standing {
    let known = report
        .deployment
        .as_ref()
        .map(|deployment| DeploymentId::new(&deployment.id));
    match known.filter(DeploymentId::is_service_deployment) {
        Some(id) => match aws.describe_service_deployment(&id).await {
            Ok(Some(seen)) if seen.status.is_over() => over(id, seen.status.as_str()),
            _ => under_way(plan, report, id),
        },
        None if report.updating => updated_or_not(aws, plan, update, report).await,
        None => only_interfered(plan, report),
    }
}

/// The update was sent, and which service deployment it began is not known yet.
async fn updated_or_not(aws: &Aws, plan: &Plan, update: &Update, report: &Report) -> Standing {
    let service = aws
        .describe_service(&plan.cluster, &plan.service)
        .await
        .ok()
        .flatten();
    let wanted = report
        .task_definition_arn
        .as_deref()
        .and_then(TaskDefinitionArn::parse);
    let began = service.as_ref().is_some_and(|service| {
        let primary = service.primary_rollout();
        primary.is_some_and(|it| {
            it.task_definition == wanted && Some(&it.id) != update.primary.as_ref()
        })
    });
    let current = service.and_then(|service| service.current_deployment);
    let other = plan.takeover.deployment();
    if let Some(id) = current.filter(|id| began && Some(id) != other) {
        return under_way(plan, report, id);
    }
    let (cluster, service, region) = (&plan.cluster, &plan.service, &plan.region);
    let state = if began {
        "; AWS goes on with the deployment that the update of the service began"
    } else {
        "; whether the service was updated is not known"
    };
    Standing {
        state: state.to_owned(),
        hint: format!(
            "look: `aws ecs list-service-deployments --cluster {cluster} --service {service} --region {region}`; what is under way there can be stopped, which sends the traffic back to {}, with `aws ecs stop-service-deployment --stop-type ROLLBACK --region {region} --service-deployment-arn …`",
            back(plan, report)
        ),
        left: vec![format!(
            "a deployment of {} may be starting in {cluster}/{service}",
            wanted.map_or_else(|| plan.target.version.clone(), |arn| arn.short())
        )],
        deployment: None,
    }
}
