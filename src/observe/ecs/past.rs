//! A service's past as `previous` needs it.
//!
//! Where CodeDeploy rolls back with a deployment of its own, ECS does it within the one that failed: such a one
//! counts as two, the release that did not succeed and the return after it.

use std::collections::BTreeMap;

use time::{Duration, OffsetDateTime};

use super::super::now::{Now, image_of};
use super::super::past::{Images, Past};
use super::super::revisions;
use super::active::{Active, Release};
use super::history::History;
use crate::aws::{Aws, Failure};
use crate::domain::past::{PastDeployment, PastImage, PastStatus};
use crate::domain::service_deployment::{ListedDeployment, ServiceRevision, ServiceStatus};
use crate::domain::task_definition::TaskDefinition;
use crate::names::{DeploymentId, ImageDigest, Repository, TaskDefinitionArn};

/// Reads the task definitions of the past and their images: two round trips for one repository.
pub async fn read(
    aws: &Aws,
    history: &History,
    now: &Now,
    active: Option<&Active>,
) -> Result<Past, Failure> {
    let brought: Vec<_> = history
        .deployments
        .iter()
        .flat_map(|it| brought(it, history, active))
        .collect();
    let revision_of = |arn: &Option<String>| history.revision(arn.as_deref()?);
    let mut wanted: Vec<_> = brought
        .iter()
        .filter_map(|it| revision_of(&it.revision)?.task_definition.clone())
        .collect();
    wanted.extend(active.and_then(|active| active.source.as_ref()?.revision.clone()));
    wanted.sort();
    wanted.dedup();
    wanted.retain(|arn| *arn != now.revision);
    let described = revisions::describe(aws, &wanted).await?;
    let described = described
        .into_iter()
        .filter_map(|it| Some((it.arn()?.clone(), it)));
    let mut definitions: BTreeMap<TaskDefinitionArn, TaskDefinition> = described.collect();
    definitions.insert(now.revision.clone(), now.definition.clone());

    let recorded = brought
        .iter()
        .filter_map(|it| recorded(revision_of(&it.revision)?, &definitions, now));
    let of_source = active
        .and_then(|it| it.source.as_ref())
        .and_then(|it| repository_of(it, &definitions, now));
    let recorded: Vec<_> = recorded.chain(of_source).collect();
    let images = Images::read(aws, &definitions, recorded, now).await?;
    let past = brought.into_iter().map(|it| {
        let (revision, image) = match revision_of(&it.revision) {
            Some(revision) => image(revision, &images, &definitions, it.created, now),
            None => unrecorded(),
        };
        let blue = active
            .filter(|_| it.is_active)
            .and_then(|active| active.source.as_ref());
        let blue = blue.and_then(|source| blue_of(source, &images, &definitions, it.created, now));
        PastDeployment {
            id: it.id,
            created: it.created,
            status: it.status,
            by_auto_rollback: it.is_return,
            revision,
            image,
            blue,
        }
    });
    Ok(Past {
        deployments: past.collect(),
        definitions,
        images: images.by_digest(),
    })
}

/// One half of a service deployment.
struct Brought {
    id: DeploymentId,
    created: OffsetDateTime,
    status: PastStatus,
    is_return: bool,
    is_active: bool,
    /// ARN of the service revision.
    revision: Option<String>,
}

fn brought(listed: &ListedDeployment, history: &History, active: Option<&Active>) -> Vec<Brought> {
    let active = active.filter(|active| active.deployment.id == listed.id);
    let has_traffic = active.is_some_and(|active| active.has_traffic);
    let is_rollback = listed.status.is_rollback();
    let under_way = PastStatus::Active {
        has_production_traffic: has_traffic,
    };
    let release = Brought {
        id: DeploymentId::new(listed.id.short()),
        created: listed.created_at,
        status: match listed.status {
            ServiceStatus::Successful => PastStatus::Succeeded,
            ServiceStatus::Stopped => PastStatus::Stopped,
            _ if is_rollback => PastStatus::Failed,
            _ => under_way,
        },
        is_return: false,
        is_active: active.is_some() && !is_rollback,
        revision: listed.target.clone(),
    };
    if !is_rollback {
        return vec![release];
    }
    let rollback = history
        .rolled_back(&listed.id)
        .and_then(|full| full.rollback.as_ref());
    let asked_for = history
        .last_successful(listed.created_at)
        .filter(|_| !listed.status.is_over());
    let revision = rollback
        .and_then(|it| it.revision.clone())
        .or_else(|| asked_for.map(str::to_owned));
    let started = rollback.and_then(|it| it.started_at).or(listed.finished_at);
    let back = Brought {
        id: DeploymentId::new(format!("{}, rolled back", listed.id.short())),
        created: started
            .unwrap_or(listed.created_at)
            .max(listed.created_at + Duration::SECOND),
        status: match listed.status {
            ServiceStatus::RollbackSuccessful => PastStatus::Succeeded,
            ServiceStatus::RollbackFailed => PastStatus::Failed,
            _ => under_way,
        },
        is_return: true,
        is_active: active.is_some(),
        revision,
    };
    vec![release, back]
}

fn unrecorded() -> (Result<TaskDefinitionArn, String>, PastImage) {
    let why = "its service revision is no longer on record".to_owned();
    (Err(why.clone()), PastImage::Unknown { reason: why })
}

/// What ECS held its tasks to; where that is not on record, what its task definition names.
fn image(
    revision: &ServiceRevision,
    images: &Images,
    definitions: &BTreeMap<TaskDefinitionArn, TaskDefinition>,
    created: OffsetDateTime,
    now: &Now,
) -> (Result<TaskDefinitionArn, String>, PastImage) {
    let Some(arn) = &revision.task_definition else {
        return unrecorded();
    };
    let image = match recorded(revision, definitions, now) {
        Some((repository, digest)) => images.by_record(&repository, &digest),
        None => images.of(arn, definitions.get(arn), created, now),
    };
    (Ok(arn.clone()), image)
}

fn recorded(
    revision: &ServiceRevision,
    definitions: &BTreeMap<TaskDefinitionArn, TaskDefinition>,
    now: &Now,
) -> Option<(Repository, ImageDigest)> {
    let digest = revision.digest(&now.container)?.clone();
    Some((
        repository(revision.task_definition.as_ref(), definitions, now)?,
        digest,
    ))
}

/// Where the revision's image comes from; of a revision that is gone, where the running one comes from.
fn repository(
    arn: Option<&TaskDefinitionArn>,
    definitions: &BTreeMap<TaskDefinitionArn, TaskDefinition>,
    now: &Now,
) -> Option<Repository> {
    match definitions.get(arn?) {
        Some(definition) => Some(image_of(definition, &now.container).ok()?.0),
        None => Some(now.running_repository.clone()),
    }
}

fn repository_of(
    source: &Release,
    definitions: &BTreeMap<TaskDefinitionArn, TaskDefinition>,
    now: &Now,
) -> Option<(Repository, ImageDigest)> {
    Some((
        repository(source.revision.as_ref(), definitions, now)?,
        source.digest.clone()?,
    ))
}

/// What the active deployment is to replace.
fn blue_of(
    source: &Release,
    images: &Images,
    definitions: &BTreeMap<TaskDefinitionArn, TaskDefinition>,
    created: OffsetDateTime,
    now: &Now,
) -> Option<(TaskDefinitionArn, PastImage)> {
    let arn = source.revision.clone()?;
    let image = match repository_of(source, definitions, now) {
        Some((repository, digest)) => images.by_record(&repository, &digest),
        None => images.of(&arn, definitions.get(&arn), created, now),
    };
    Some((arn, image))
}
