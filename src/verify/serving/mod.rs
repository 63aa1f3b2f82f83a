//! What serves users: the target where it was proven, else read again at the end of a run.

mod codedeploy;
mod ecs;

use std::time::Duration;

use time::OffsetDateTime;
use tokio::time::timeout;

use crate::aws::Aws;
use crate::domain::tags;
use crate::names::{DeploymentId, ImageReference, ImageSelector, TaskDefinitionArn};
use crate::observe::serving::RunningDigests;
use crate::plan::{Plan, PlannedDeployment};
use crate::report::data::{Proof, Serving, ServingNote};

/// What a run knows by itself when it looks for the last time.
#[derive(Clone, Debug, Default)]
pub(crate) struct Known {
    /// What served at the start.
    pub(crate) at_start: Option<Serving>,
    /// The deployment that this run created or follows.
    pub(crate) deployment: Option<DeploymentId>,
}

/// The target, proven to serve.
pub(crate) fn proven(
    plan: &Plan,
    proof: &Proof,
    revision: &TaskDefinitionArn,
    at: OffsetDateTime,
) -> Serving {
    Serving {
        version: Some(plan.target.version.clone()),
        image: Some(plan.target.image.clone()),
        digest: Some(plan.target.digest.clone()),
        task_definition_arn: Some(revision.clone()),
        tasks: proof.tasks,
        tasks_on_digest: proof.matching,
        since: Some(at),
        ..Serving::default()
    }
}

/// Reads what serves, by whatever receives most of the traffic. `None` where AWS can't say within this time.
pub(crate) async fn read(
    aws: &Aws,
    plan: &Plan,
    known: &Known,
    within: Duration,
) -> Option<Serving> {
    let mut serving = match &plan.deployment {
        PlannedDeployment::CodeDeploy(planned) => {
            codedeploy::read(aws, plan, planned, known, within).await?
        }
        PlannedDeployment::Ecs(_) => ecs::read(aws, plan, known, within).await?,
    };
    if is_unnamed(&serving) {
        let named = timeout(within / 4, version_of(aws, plan, &serving)).await;
        if let Ok(Some(version)) = named {
            serving.version = Some(version);
        }
    }
    Some(serving)
}

/// Whether neither the target nor what served at the start serves: only ECR has the name of a third version.
fn is_unnamed(serving: &Serving) -> bool {
    serving.digest.is_some() && serving.version.is_none()
}

async fn version_of(aws: &Aws, plan: &Plan, serving: &Serving) -> Option<String> {
    let ImageReference::Ecr { repository, .. } = ImageReference::parse(&plan.target.image) else {
        return None;
    };
    let selector = ImageSelector::Digest(serving.digest.clone()?);
    let image = aws.describe_image(&repository, &selector).await.ok()??;
    Some(tags::version_name(None, &image.tags, &image.digest))
}

/// The digests that run, by the versions that this run knows.
fn name(running: &RunningDigests, plan: &Plan, known: &Known) -> Serving {
    let Some((digest, tasks)) = running.most() else {
        return Serving {
            tasks: running.tasks(),
            notes: vec![ServingNote::NoDigestKnown],
            ..Serving::default()
        };
    };
    let (version, image) = match &known.at_start {
        _ if plan.target.digests.contains(digest) => {
            let target = &plan.target;
            (Some(target.version.clone()), Some(target.image.clone()))
        }
        Some(before) if before.digest.as_ref() == Some(digest) => {
            (before.version.clone(), before.image.clone())
        }
        _ => (None, None),
    };
    Serving {
        version,
        image,
        digest: Some(digest.clone()),
        tasks: running.tasks(),
        tasks_on_digest: tasks,
        ..Serving::default()
    }
}

/// A part of the traffic is worth telling only where it is not all of it; weights may be a rounding short.
fn part(share: Option<f64>) -> Option<f64> {
    share.filter(|share| *share < 99.99)
}
