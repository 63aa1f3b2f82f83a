//! A group's past as `previous` needs it.

use super::active::{Active, Side};
use super::record::Record;
use crate::aws::{Aws, Failure};
use crate::domain::deployment::{Creator, Deployment, Status};
use crate::domain::past::{PastDeployment, PastImage, PastStatus};
use crate::names::TaskDefinitionArn;
use crate::observe::now::Now;
use crate::observe::past::Past;
use crate::observe::past_images::{PastImages, definitions_by_arn};
use crate::observe::revisions;

/// Reads the revisions of the past and their images: two round trips for one repository.
pub(crate) async fn read_past(aws: &Aws, record: &Record<'_>, now: &Now) -> Result<Past, Failure> {
    let described = revisions::describe(aws, &revisions_of(record, now)).await?;
    let definitions = definitions_by_arn(described, now);
    let images = PastImages::read(aws, now, &definitions, Vec::new()).await?;
    let mut deployments = Vec::new();
    for deployment in &record.history.list.deployments {
        let revision = record.history.task_definition(deployment);
        let mut past = past_deployment(deployment, revision, &images);
        if let Some(active) = record.active
            && active.deployment.id == deployment.id
        {
            past.status = PastStatus::Active {
                has_production_traffic: active.has_production_traffic(),
            };
            past.blue = original(active, &images);
        }
        deployments.push(past);
    }
    let images = images.by_digest();
    Ok(Past {
        deployments,
        definitions,
        images,
    })
}

/// The revisions to describe: all that were deployed, but the running one, which is known.
fn revisions_of(record: &Record<'_>, now: &Now) -> Vec<TaskDefinitionArn> {
    let mut revisions = Vec::new();
    for deployment in &record.history.list.deployments {
        revisions.extend(record.history.task_definition(deployment));
    }
    if let Some(Side {
        revision: Some(arn),
        ..
    }) = record.active.and_then(|active| active.blue.as_ref())
    {
        revisions.push(arn.clone());
    }
    revisions.sort();
    revisions.dedup();
    revisions.retain(|arn| *arn != now.revision);
    revisions
}

fn past_deployment(
    deployment: &Deployment,
    revision: Result<TaskDefinitionArn, String>,
    images: &PastImages<'_>,
) -> PastDeployment {
    let image = match &revision {
        Ok(arn) => images.deployed(arn, deployment.created_at),
        Err(reason) => PastImage::Unknown {
            reason: reason.clone(),
        },
    };
    PastDeployment {
        id: deployment.id.clone(),
        created: deployment.created_at,
        status: match deployment.status {
            Status::Succeeded => PastStatus::Succeeded,
            Status::Failed => PastStatus::Failed,
            Status::Stopped => PastStatus::Stopped,
            Status::Ready | Status::Active(_) => PastStatus::Active {
                has_production_traffic: false,
            },
        },
        by_auto_rollback: deployment.creator == Creator::AutoRollback,
        revision,
        image,
        blue: None,
    }
}

/// What the original (blue) task set runs.
fn original(active: &Active, images: &PastImages<'_>) -> Option<(TaskDefinitionArn, PastImage)> {
    let side = active.blue.as_ref()?;
    let arn = side.revision.clone()?;
    let image = images.running(&arn, &side.digests, active.deployment.created_at);
    Some((arn, image))
}
