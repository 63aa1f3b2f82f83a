//! A group's past as `previous` needs it.

use super::{active::Active, history::History};
use crate::{
    aws::{Aws, Failure},
    domain::{
        deployment::{Creator, Deployment, Status},
        past::{PastDeployment, PastImage, PastStatus},
    },
    names::TaskDefinitionArn,
    observe::past::{Known, Past, PastImages},
};

/// Reads the revisions of the newest `count` deployments and their images: two round trips for one repository.
pub(crate) async fn read_past(
    aws: &Aws,
    history: &History,
    active: Option<&Active>,
    known: Known<'_>,
    count: usize,
) -> Result<Past, Failure> {
    let (listed, cut) = history.list.newest(count);
    let mut releases = Vec::new();
    for deployment in listed {
        if let Ok(arn) = history.task_definition(deployment) {
            releases.push((arn, None));
        }
    }
    // Its AppSpec says what it will deploy; what its task sets run is known better than by any record.
    if let Some(active) = active
        && let Some(original) = &active.blue
        && let Some(arn) = &original.revision
    {
        releases.push((arn.clone(), None));
    }
    let images = PastImages::read(aws, known, &releases).await?;
    let mut deployments = Vec::new();
    for deployment in listed {
        let mut past = past_deployment(deployment, history, &images);
        if let Some(active) = active
            && active.deployment.id == deployment.id
        {
            past.status = PastStatus::Active {
                has_production_traffic: active.has_production_traffic(),
            };
            past.blue = original(active, &images);
        }
        deployments.push(past);
    }
    Ok(images.into_past(deployments, cut))
}

fn past_deployment(
    deployment: &Deployment,
    history: &History,
    images: &PastImages<'_>,
) -> PastDeployment {
    let revision = history.task_definition(deployment);
    let image = match &revision {
        Ok(arn) => images.deployed(arn, None, deployment.created_at),
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
            // Corrected for the one that is active now; any other ends before anybody asks for its traffic.
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
