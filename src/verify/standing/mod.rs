//! Where do we stand? What serves users when a run did not end well, and what AWS is still doing.

mod codedeploy;
mod ecs;

use std::time::Duration;

use tokio::time::timeout;

use crate::aws::Aws;
use crate::clock::Clock;
use crate::domain::commands;
use crate::domain::tags;
use crate::domain::task_definition::TAG_RUN;
use crate::names::{
    DeploymentId, ImageDigest, ImageReference, ImageSelector, Region, TaskDefinitionArn,
};
use crate::observe::own_writes::find_registered_revision;
use crate::observe::serving::RunningDigests;
use crate::plan::ecs::Direction;
use crate::plan::path::Takeover;
use crate::plan::{Plan, PlannedDeployment, PlannedRevision};
use crate::report::data::{self, Proof, Report, Serving};
use crate::words;

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

/// Reads what serves now, by whatever has most of the traffic. `None` where AWS can't say within this time.
pub async fn read(aws: &Aws, plan: &Plan, report: &Report, within: Duration) -> Option<Serving> {
    let mut serving = match &plan.deployment {
        PlannedDeployment::CodeDeploy(_) => codedeploy::read(aws, plan, report, within).await,
        PlannedDeployment::Ecs(_) => ecs::read(aws, plan, report, within).await,
    }?;
    if serving.version == serving.digest && serving.digest.is_some() {
        // A third version serves: ECR has its name.
        let named = timeout(within / 4, version_of(aws, plan, &serving)).await;
        serving.version = named.ok().flatten().or(serving.version);
    }
    Some(serving)
}

async fn version_of(aws: &Aws, plan: &Plan, serving: &Serving) -> Option<String> {
    let ImageReference::Ecr { repository, .. } = ImageReference::parse(&plan.target.image) else {
        return None;
    };
    let digest = serving.digest.as_deref().and_then(ImageDigest::parse)?;
    let image = aws
        .describe_image(&repository, &ImageSelector::Digest(digest))
        .await
        .ok()??;
    Some(tags::version_name(None, &image.tags, &image.digest))
}

/// The digests, by the versions that this run knows.
fn named(running: &RunningDigests, plan: &Plan, report: &Report) -> Serving {
    let Some((digest, tasks)) = running.most() else {
        let notes = vec!["no running task says which image it runs".to_owned()];
        return Serving {
            tasks: running.tasks(),
            notes,
            ..Serving::default()
        };
    };
    let is_target = plan.target.digests.contains(digest);
    let before = report.before.as_ref();
    let (version, image) = if is_target {
        (
            Some(plan.target.version.clone()),
            Some(plan.target.image.clone()),
        )
    } else if let Some(before) =
        before.filter(|before| before.digest.as_deref() == Some(digest.as_str()))
    {
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
pub async fn after_interrupt(
    aws: &Aws,
    clock: Clock,
    plan: Option<&Plan>,
    report: &Report,
) -> Standing {
    let Some(plan) = plan.filter(|_| report.wrote() || report.deployment.is_some()) else {
        return Standing {
            state: "; nothing was changed".to_owned(),
            hint: "run this again".to_owned(),
            ..Standing::default()
        };
    };
    let mut standing = match &plan.deployment {
        PlannedDeployment::CodeDeploy(planned) => {
            codedeploy::after_interrupt(aws, clock, plan, planned, report).await
        }
        PlannedDeployment::Ecs(update) => ecs::after_interrupt(aws, plan, update, report).await,
    };
    let mut left = registered(aws, plan, report).await;
    left.append(&mut standing.left);
    Standing { left, ..standing }
}

/// A deployment of this run, or one that brings the target, is under way.
fn under_way(plan: &Plan, report: &Report, id: DeploymentId) -> Standing {
    let version = &plan.target.version;
    let share = report.traffic.map(|percent| {
        format!(
            ", {} of the traffic was on {version} at the last look",
            words::percent(percent)
        )
    });
    // AWS's own rollback puts the target back; where a stop of it would leave things is not documented.
    let hint = if is_rollback(plan, report) {
        format!("let it finish: it sends the traffic to {version}")
    } else {
        let (back, stop) = (back(plan, report), commands::stop(&id, &plan.region));
        format!("let it finish, or stop it, which sends the traffic back to {back}: {stop}")
    };
    Standing {
        state: format!(
            "; AWS goes on with the deployment {}{}",
            id.short(),
            share.unwrap_or_default()
        ),
        hint,
        left: vec![commands::still_working(&id, &plan.region)],
        deployment: Some(id),
    }
}

/// The deployment that brings the target ended just as the run was interrupted.
fn over(id: DeploymentId, status: &str) -> Standing {
    Standing {
        state: format!("; the deployment {} has ended: {status}", id.short()),
        hint: "run this again: it says what serves, and proves it".to_owned(),
        left: Vec::new(),
        deployment: Some(id),
    }
}

/// Another deployment was stopped or continued, and no new one was created.
fn only_interfered(plan: &Plan, report: &Report) -> Standing {
    if report.interfered.is_empty() {
        return Standing {
            state: "; no deployment was created, traffic was not touched".to_owned(),
            hint: "run this again".to_owned(),
            ..Standing::default()
        };
    }
    let other = plan.takeover.deployment();
    let named = other.map_or_else(
        || "another deployment".to_owned(),
        |it| format!("the deployment {}", it.short()),
    );
    Standing {
        state: format!(
            "; {named} was stopped or continued, and AWS may still be moving its traffic; none was created"
        ),
        hint: "let AWS put things back, then run this again: it looks at how things stand"
            .to_owned(),
        left: other
            .map(|it| commands::still_working(it, &plan.region))
            .into_iter()
            .collect(),
        deployment: None,
    }
}

/// Whether what is followed is AWS's own rollback.
fn is_rollback(plan: &Plan, report: &Report) -> bool {
    // Where AWS did not stop the other one, a deployment of our own goes forward.
    if report.updating || report.marker.is_some() {
        return false;
    }
    let back =
        matches!(&plan.deployment, PlannedDeployment::Ecs(it) if it.direction == Direction::Back);
    back || matches!(plan.takeover, Takeover::Reroute { .. })
}

/// Where the traffic goes when a deployment of this run is stopped.
fn back(plan: &Plan, report: &Report) -> String {
    match &plan.deployment {
        PlannedDeployment::Ecs(update) => update.back.clone(),
        PlannedDeployment::CodeDeploy(_) => None,
    }
    .unwrap_or_else(|| before(report))
}

fn before(report: &Report) -> String {
    let version = report
        .before
        .as_ref()
        .and_then(|before| before.version.clone());
    version.unwrap_or_else(|| "what served before".to_owned())
}

/// The same, where AWS could not be asked in time: from the report alone.
pub fn unseen(report: &Report) -> Standing {
    let mut left = Vec::new();
    if report.registering && !report.registered {
        left.push("a revision may have been registered; by itself it takes no traffic".to_owned());
    }
    let region = Region::new(&report.asked.region);
    let id = report
        .deployment
        .as_ref()
        .map(|deployment| DeploymentId::new(&deployment.id));
    let by_codedeploy = report
        .deployment
        .as_ref()
        .is_some_and(data::Deployment::is_by_codedeploy);
    match (id.filter(|id| by_codedeploy || id.is_service_deployment()), &report.marker) {
        (Some(id), _) => {
            left.push(commands::still_working(&id, &region));
            // A stop of AWS's own rollback would leave the target.
            if report.plan.as_ref().is_none_or(|plan| plan.path != data::Path::Reroute) {
                left.push(commands::what_stops(&id, &region));
            }
        }
        (None, Some(marker)) => left.push(format!("a deployment with the marker {marker} may be starting")),
        (None, None) if report.updating => left.push(format!(
            "the service may have been updated; what is under way shows `aws ecs list-service-deployments --cluster {} --service {} --region {region}`",
            report.asked.cluster, report.asked.service
        )),
        (None, None) => {}
    }
    let state = if left.is_empty() && !report.wrote() {
        "; nothing was changed"
    } else {
        "; AWS could not be asked in time how things stand"
    };
    let hint = "look at the service in the console, then run this again".to_owned();
    Standing {
        state: state.to_owned(),
        hint,
        left,
        deployment: None,
    }
}

/// The revision that this run may have registered: the request was sent, the answer had not come.
async fn registered(aws: &Aws, plan: &Plan, report: &Report) -> Vec<String> {
    let PlannedRevision::Register { family, .. } = &plan.revision else {
        return Vec::new();
    };
    if !report.registering || report.registered {
        return Vec::new();
    }
    let marker = &plan.marker;
    vec![match find_registered_revision(aws, family, marker).await {
        Ok(Some(arn)) => {
            format!(
                "the revision {} was registered and stays; by itself it takes no traffic",
                arn.short()
            )
        }
        _ => format!(
            "a revision of {family} with the tag {TAG_RUN}={marker} may have been registered; by itself it takes no traffic"
        ),
    }]
}
