//! Where a service stands that CodeDeploy deploys.

use std::time::Duration;

use futures_util::future::{join, join3};
use tokio::time::timeout;

use super::{Standing, back, named, only_interfered, over, under_way};
use crate::aws::Aws;
use crate::clock::Clock;
use crate::domain::deployment::Target;
use crate::domain::service::TaskSet;
use crate::names::{DeploymentId, TaskSetId};
use crate::observe::own_writes::DeploymentSearch;
use crate::observe::serving::{RunningDigests, primary, tasks_of};
use crate::plan::Plan;
use crate::plan::codedeploy::BlueGreen;
use crate::report::data::{Report, Serving};
use crate::words;

/// Reads what serves now: the task set with the most traffic, by the deployment's target while one is
/// active, else the primary one. `None` where AWS can't say within this time.
pub async fn read(aws: &Aws, plan: &Plan, report: &Report, within: Duration) -> Option<Serving> {
    let target = target(aws, plan, report, within / 2);
    let (service, arns, target) = join3(
        aws.describe_service(&plan.cluster, &plan.service),
        aws.list_running_tasks(&plan.cluster, &plan.service),
        target,
    )
    .await;
    let (service, arns) = (service.ok()??, arns.ok()?);
    // Of several task sets, only the deployment's target says which one has the traffic.
    let target = if service.task_sets.len() > 1 {
        target?
    } else {
        None
    };
    let (task_set, share) = holder(&service.task_sets, target.as_ref())?;
    let revision = task_set.task_definition.clone()?;
    let tasks = aws.describe_tasks(&plan.cluster, &arns).await.ok()?;
    let running = RunningDigests::of(&tasks_of(&tasks, &task_set.id, &revision), &plan.container);
    let mut serving = named(&running, plan, report);
    serving.task_definition_arn = Some(revision.to_string());
    if let Some(share) = share.filter(|share| *share < 99.99) {
        serving.notes.push(words::share(share));
        serving.share = Some(share);
    }
    Some(serving)
}

/// Who has the traffic by the deployment that moves it: ours, else the one that is being taken over, or the
/// rollback that it ended with. `None` where AWS can't say; `Some(None)` where no deployment moves anything.
async fn target(
    aws: &Aws,
    plan: &Plan,
    report: &Report,
    within: Duration,
) -> Option<Option<Target>> {
    let ours = report
        .deployment
        .as_ref()
        .map(|deployment| DeploymentId::new(&deployment.id));
    let Some(id) = ours.as_ref().or_else(|| plan.takeover.deployment()) else {
        return Some(None);
    };
    let Plan {
        cluster, service, ..
    } = plan;
    let (seen, target) = join(
        timeout(within, aws.get_deployment(id)),
        timeout(within, aws.get_deployment_target(id, cluster, service)),
    )
    .await;
    let seen = seen.ok().and_then(Result::ok);
    // One that was stopped may have a rollback by now, which nobody else names.
    if seen.is_none() && ours.is_none() {
        return None;
    }
    match seen.flatten().and_then(|seen| seen.rollback) {
        Some(rollback) => aws
            .get_deployment_target(&rollback, cluster, service)
            .await
            .ok(),
        None => target.ok()?.ok(),
    }
}

/// The task set that holds most of the traffic, with its share where the target says one.
///
/// Which task set is `PRIMARY` in mid-shift is not documented, so weights count where there are any.
/// The target of a deployment that is over may still show the weights of its own end: a task set that
/// is gone holds nothing.
fn holder<'a>(
    task_sets: &'a [TaskSet],
    target: Option<&Target>,
) -> Option<(&'a TaskSet, Option<f64>)> {
    let alive = |id: &str| {
        task_sets
            .iter()
            .find(|task_set| task_set.id == TaskSetId::of(id))
    };
    let weighted = target.into_iter().flat_map(|target| &target.task_sets);
    let weighted = weighted
        .filter(|t| t.weight > 0.0)
        .filter_map(|t| Some((alive(&t.id)?, t.weight)));
    let most = weighted
        .max_by(|a, b| a.1.total_cmp(&b.1))
        .map(|(task_set, weight)| (task_set, Some(weight)));
    if task_sets.len() > 1 {
        return most.or_else(|| primary(task_sets).map(|task_set| (task_set, None)));
    }
    primary(task_sets).map(|task_set| (task_set, None))
}

/// What AWS is doing when the run is interrupted.
pub async fn after_interrupt(
    aws: &Aws,
    clock: Clock,
    plan: &Plan,
    planned: &BlueGreen,
    report: &Report,
) -> Standing {
    let known = report
        .deployment
        .as_ref()
        .map(|deployment| DeploymentId::new(&deployment.id));
    let found = match known {
        Some(id) => Some(id),
        None if report.marker.is_some() => search(aws, clock, plan, planned).await,
        None => None,
    };
    match (found, &report.marker) {
        (Some(id), _) => match aws.get_deployment(&id).await {
            Ok(Some(seen)) if seen.status.is_over() => over(id, seen.status.as_str()),
            _ => under_way(plan, report, id),
        },
        (None, Some(marker)) => created_or_not(plan, planned, report, marker),
        (None, None) => only_interfered(plan, report),
    }
}

fn created_or_not(plan: &Plan, planned: &BlueGreen, report: &Report, marker: &str) -> Standing {
    let (
        BlueGreen {
            application, group, ..
        },
        region,
        back,
    ) = (planned, &plan.region, back(plan, report));
    Standing {
        state: "; whether the deployment was created is not known".to_owned(),
        hint: format!(
            "look: `aws deploy list-deployments --application-name {application} --deployment-group-name {group} --region {region}`; if one is there, it can be stopped, which sends the traffic back to {back}, with `aws deploy stop-deployment --auto-rollback-enabled --region {region} --deployment-id …`"
        ),
        left: vec![format!(
            "a deployment with the marker {marker} may be starting in {application} / {group}"
        )],
        deployment: None,
    }
}

async fn search(aws: &Aws, clock: Clock, plan: &Plan, planned: &BlueGreen) -> Option<DeploymentId> {
    let search = DeploymentSearch {
        application: &planned.application,
        group: &planned.group,
        marker: &plan.marker,
    };
    search.find_deployment(aws, clock).await.ok().flatten()
}
