//! A group's past as `previous` needs it.

use std::collections::BTreeMap;

use super::super::now::Now;
use super::super::past::{Images, Past};
use super::super::revisions;
use super::active::{Active, Side};
use super::history::History;
use crate::aws::{Aws, Failure};
use crate::domain::deployment::{Creator, Deployment, Status};
use crate::domain::past::{PastDeployment, PastImage, PastStatus};
use crate::domain::task_definition::TaskDefinition;
use crate::names::TaskDefinitionArn;

/// Reads the revisions of the past and their images: two round trips for one repository.
pub async fn read(
    aws: &Aws,
    history: &History,
    now: &Now,
    active: Option<&Active>,
) -> Result<Past, Failure> {
    let brought: Vec<_> = history
        .deployments
        .iter()
        .map(|d| (d, history.task_definition(d)))
        .collect();
    let mut wanted: Vec<_> = brought
        .iter()
        .filter_map(|(_, revision)| revision.clone().ok())
        .collect();
    wanted.extend(active.and_then(|active| active.blue.as_ref()?.revision.clone()));
    wanted.sort();
    wanted.dedup();
    wanted.retain(|arn| *arn != now.revision);
    let described = revisions::describe(aws, &wanted).await?;
    let mut definitions: BTreeMap<_, _> = described
        .into_iter()
        .filter_map(|definition| Some((definition.arn()?.clone(), definition)))
        .collect();
    definitions.insert(now.revision.clone(), now.definition.clone());

    let images = Images::read(aws, &definitions, Vec::new(), now).await?;
    let past: Vec<_> = brought
        .into_iter()
        .map(|(deployment, revision)| {
            let image = match &revision {
                Ok(arn) => images.of(arn, definitions.get(arn), deployment.created_at, now),
                Err(why) => PastImage::Unknown {
                    reason: why.clone(),
                },
            };
            let mut past = past_deployment(deployment, revision, image);
            if let Some(active) = active.filter(|active| active.deployment.id == deployment.id) {
                past.status = PastStatus::Active {
                    has_production_traffic: active.has_production_traffic(),
                };
                past.blue = active
                    .blue
                    .as_ref()
                    .and_then(|side| blue(side, &images, &definitions, deployment, now));
            }
            past
        })
        .collect();
    Ok(Past {
        deployments: past,
        definitions,
        images: images.by_digest(),
    })
}

fn past_deployment(
    deployment: &Deployment,
    revision: Result<TaskDefinitionArn, String>,
    image: PastImage,
) -> PastDeployment {
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

/// What the blue task set runs.
fn blue(
    side: &Side,
    images: &Images,
    definitions: &BTreeMap<TaskDefinitionArn, TaskDefinition>,
    deployment: &Deployment,
    now: &Now,
) -> Option<(TaskDefinitionArn, PastImage)> {
    let arn = side.revision.clone()?;
    let definition = definitions.get(&arn);
    let image = images.running(
        (&arn, &side.digests),
        definition,
        deployment.created_at,
        now,
    );
    Some((arn, image))
}
