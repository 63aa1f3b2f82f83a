//! Where do we stand? What serves users when a run did not end well, and what AWS is still doing.

use std::time::Duration;

use futures_util::future::{join, join3};
use tokio::time::timeout;

use crate::aws::Aws;
use crate::aws::codedeploy::Target;
use crate::aws::ecs::TaskSet;
use crate::clock::Clock;
use crate::execute::create::Search;
use crate::execute::follow::{still_working, stop_command, task_set_id};
use crate::execute::register;
use crate::names::{DeploymentId, TaskDefinitionArn};
use crate::observe::serving::{RunningDigests, primary, tasks_of};
use crate::plan::path::Takeover;
use crate::plan::task_definition::TAG_RUN;
use crate::plan::{Plan, PlannedRevision};
use crate::report::data::{Proof, Report, Serving};
use crate::report::words;

/// The target, proven to serve.
pub fn proven(
    plan: &Plan,
    proof: &Proof,
    revision: &TaskDefinitionArn,
    now: time::OffsetDateTime,
) -> Serving {
    Serving {
        version: Some(plan.target.version.clone()),
        image: Some(plan.target.image.clone()),
        digest: Some(plan.target.digest.to_string()),
        task_definition_arn: Some(revision.to_string()),
        tasks: proof.tasks,
        tasks_on_digest: proof.matching,
        since: Some(now),
        notes: Vec::new(),
        undo_version: None,
        share: None,
    }
}

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
    let target = if service.task_sets.len() > 1 { target? } else { None };
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
async fn target(aws: &Aws, plan: &Plan, report: &Report, within: Duration) -> Option<Option<Target>> {
    let ours = report.deployment.as_ref().map(|deployment| DeploymentId::new(&deployment.id));
    let Some(id) = ours.as_ref().or_else(|| plan.takeover.deployment()) else { return Some(None) };
    let Plan { cluster, service, .. } = plan;
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
        Some(rollback) => aws.get_deployment_target(&rollback, cluster, service).await.ok(),
        None => target.ok()?.ok(),
    }
}

/// The task set that holds most of the traffic, with its share where the target says one.
///
/// Which task set is `PRIMARY` in mid-shift is not documented, so weights count where there are any.
/// The target of a deployment that is over may still show the weights of its own end: a task set that
/// is gone holds nothing.
fn holder<'a>(task_sets: &'a [TaskSet], target: Option<&Target>) -> Option<(&'a TaskSet, Option<f64>)> {
    let alive = |id: &str| task_sets.iter().find(|task_set| task_set.id == task_set_id(id));
    let weighted = target.into_iter().flat_map(|target| &target.task_sets);
    let weighted = weighted.filter(|t| t.weight > 0.0).filter_map(|t| Some((alive(&t.id)?, t.weight)));
    let most = weighted.max_by(|a, b| a.1.total_cmp(&b.1)).map(|(task_set, weight)| (task_set, Some(weight)));
    if task_sets.len() > 1 {
        return most.or_else(|| primary(task_sets).map(|task_set| (task_set, None)));
    }
    primary(task_sets).map(|task_set| (task_set, None))
}

/// The digests, by the versions that this run knows.
fn named(running: &RunningDigests, plan: &Plan, report: &Report) -> Serving {
    let Some((digest, tasks)) = running.most() else {
        let notes = vec!["no running task says which image it runs".to_owned()];
        return Serving { tasks: running.tasks(), notes, ..Serving::default() };
    };
    let is_target = plan.target.digests.contains(digest);
    let before = report.before.as_ref();
    let (version, image) = if is_target {
        (Some(plan.target.version.clone()), Some(plan.target.image.clone()))
    } else if let Some(before) = before.filter(|before| before.digest.as_deref() == Some(digest.as_str())) {
        (before.version.clone(), before.image.clone())
    } else {
        (Some(digest.to_string()), None)
    };
    Serving {
        version,
        image,
        digest: Some(digest.to_string()),
        tasks: running.tasks(),
        tasks_on_digest: tasks,
        ..Serving::default()
    }
}

/// What is to be said when a run is cancelled or its time is over.
#[derive(Debug, Default)]
pub struct Standing {
    /// Goes behind the message: "; nothing was changed".
    pub state: String,
    pub hint: String,
    pub left: Vec<String>,
    /// The deployment of this run, also where the answer that named it never came.
    pub deployment: Option<DeploymentId>,
}

/// From the report: what had been written, or was being written, when the run was interrupted.
pub async fn after_interrupt(aws: &Aws, clock: Clock, plan: Option<&Plan>, report: &Report) -> Standing {
    let Some(plan) = plan.filter(|_| report.wrote() || report.deployment.is_some()) else {
        return Standing {
            state: "; nothing was changed".to_owned(),
            hint: "run this again".to_owned(),
            ..Standing::default()
        };
    };
    let mut left = registered(aws, plan, report).await;
    let known = report.deployment.as_ref().map(|deployment| DeploymentId::new(&deployment.id));
    let found = match known {
        Some(id) => Some(id),
        None if report.marker.is_some() => search(aws, clock, plan).await,
        None => None,
    };
    let back = report.before.as_ref().and_then(|before| before.version.clone());
    let back = back.unwrap_or_else(|| "what served before".to_owned());
    let (state, hint) = match (&found, &report.marker) {
        (Some(id), _) => {
            left.push(still_working(id, plan.region.as_str()));
            let version = &plan.target.version;
            let share = report.traffic.map(|percent| {
                format!(", {} of the traffic was on {version} at the last look", words::percent(percent))
            });
            let state = format!("; AWS goes on with the deployment {id}{}", share.unwrap_or_default());
            // CodeDeploy's own rollback puts the target back; where a stop of it would leave things is not documented.
            let hint = if matches!(plan.takeover, Takeover::Reroute { .. }) {
                format!("let it finish: it sends the traffic to {version}")
            } else {
                let stop = stop_command(id, plan.region.as_str());
                format!("let it finish, or stop it, which sends the traffic back to {back}: {stop}")
            };
            (state, hint)
        }
        (None, Some(marker)) => {
            let (group, region) = (&plan.deployment.group, &plan.region);
            left.push(format!(
                "a deployment with the marker {marker} may be starting in {} / {group}",
                plan.deployment.application
            ));
            (
                "; whether the deployment was created is not known".to_owned(),
                format!(
                    "look: `aws deploy list-deployments --application-name {} --deployment-group-name {group} --region {region}`; if one is there, it can be stopped, which sends the traffic back to {back}, with `aws deploy stop-deployment --auto-rollback-enabled --region {region} --deployment-id …`",
                    plan.deployment.application
                ),
            )
        }
        (None, None) if !report.interfered.is_empty() => (
            "; another deployment was stopped or continued, none was created".to_owned(),
            format!("run this again: it looks at how things stand; what served before is {back}"),
        ),
        (None, None) => {
            ("; no deployment was created, traffic was not touched".to_owned(), "run this again".to_owned())
        }
    };
    Standing { state, hint, left, deployment: found }
}

/// The same, where AWS could not be asked in time: from the report alone.
pub fn unseen(report: &Report) -> Standing {
    let mut left = Vec::new();
    if report.registering && !report.registered {
        left.push("a revision may have been registered; by itself it takes no traffic".to_owned());
    }
    match (&report.deployment, &report.marker) {
        (Some(deployment), _) => {
            let (id, region) = (DeploymentId::new(&deployment.id), &report.asked.region);
            left.push(still_working(&id, region));
            left.push(format!("what stops it, and sends the traffic back: {}", stop_command(&id, region)));
        }
        (None, Some(marker)) => left.push(format!("a deployment with the marker {marker} may be starting")),
        (None, None) => {}
    }
    let state = if left.is_empty() && !report.wrote() {
        "; nothing was changed"
    } else {
        "; AWS could not be asked in time how things stand"
    };
    let hint = "look at the service in the console, then run this again".to_owned();
    Standing { state: state.to_owned(), hint, left, deployment: None }
}

/// The revision that this run may have registered: the request was sent, the answer had not come.
async fn registered(aws: &Aws, plan: &Plan, report: &Report) -> Vec<String> {
    let PlannedRevision::Register { family, .. } = &plan.revision else { return Vec::new() };
    if !report.registering || report.registered {
        return Vec::new();
    }
    let marker = &plan.deployment.marker;
    vec![match register::find(aws, family, marker).await {
        Ok(Some(arn)) => {
            format!("the revision {} was registered and stays; by itself it takes no traffic", arn.short())
        }
        _ => format!(
            "a revision of {family} with the tag {TAG_RUN}={marker} may have been registered; by itself it takes no traffic"
        ),
    }]
}

async fn search(aws: &Aws, clock: Clock, plan: &Plan) -> Option<DeploymentId> {
    let planned = &plan.deployment;
    let search = Search::for_run(aws, clock, &planned.application, &planned.group, &planned.marker);
    search.look().await.ok().flatten()
}
