//! A service's past as `previous` needs it.
//!
//! Where CodeDeploy rolls back with a deployment of its own, ECS does it within the one that failed: such a one
//! counts as two, the release that did not succeed and the rollback after it.

use time::{Duration, OffsetDateTime};

use super::active::{Active, Release};
use super::history::History;
use super::record::Record;
use crate::aws::{Aws, Failure};
use crate::domain::past::{PastDeployment, PastImage, PastStatus};
use crate::domain::service_deployment::{ListedDeployment, ServiceRevision, ServiceStatus};
use crate::names::{DeploymentId, ImageDigest, Repository, TaskDefinitionArn};
use crate::observe::now::Now;
use crate::observe::past::{Definitions, Past};
use crate::observe::past_images::{PastImages, definitions_by_arn, repository_of};
use crate::observe::revisions;

/// Reads the task definitions of the past and their images: two round trips for one repository.
pub(crate) async fn read_past(aws: &Aws, record: &Record<'_>, now: &Now) -> Result<Past, Failure> {
    let mut halves = Vec::new();
    for listed in &record.history.list.deployments {
        halves.push(Half::release(listed, record));
        if listed.status.is_rollback() {
            halves.push(Half::rollback(listed, record));
        }
    }
    let described = revisions::describe(aws, &revisions_of(&halves, record, now)).await?;
    let definitions = definitions_by_arn(described, now);
    let digests = digests_on_record(&halves, record, &definitions, now);
    let images = PastImages::read(aws, now, &definitions, digests).await?;
    let mut deployments = Vec::new();
    for half in halves {
        deployments.push(half.into_past(record, &images, now));
    }
    let images = images.by_digest();
    Ok(Past {
        deployments,
        definitions,
        images,
    })
}

/// A service deployment's release, or its rollback.
struct Half<'a> {
    id: &'a DeploymentId,
    created: OffsetDateTime,
    status: PastStatus,
    is_rollback: bool,
    /// Set where it is in progress.
    active: Option<&'a Active>,
    revision: Option<&'a ServiceRevision>,
}

impl<'a> Half<'a> {
    fn release(listed: &'a ListedDeployment, record: &'a Record<'_>) -> Self {
        let active = active_of(listed, record);
        let is_rollback = listed.status.is_rollback();
        Self {
            id: &listed.id,
            created: listed.created_at,
            status: match listed.status {
                ServiceStatus::Successful => PastStatus::Succeeded,
                ServiceStatus::Stopped => PastStatus::Stopped,
                _ if is_rollback => PastStatus::Failed,
                _ => in_progress(active),
            },
            is_rollback: false,
            active: active.filter(|_| !is_rollback),
            revision: find_revision(listed.target.as_ref(), &record.history),
        }
    }

    fn rollback(listed: &'a ListedDeployment, record: &'a Record<'_>) -> Self {
        let history = &record.history;
        let active = active_of(listed, record);
        let described = history.rolled_back(&listed.id);
        let rollback = described.and_then(|deployment| deployment.rollback.as_ref());
        let (mut goes_to, mut started) = (None, None);
        if let Some(rollback) = rollback {
            (goes_to, started) = (rollback.revision.as_ref(), rollback.started_at);
        }
        // A rollback that was asked for goes to the last success; ECS names that only once it has started.
        if goes_to.is_none() && !listed.status.is_over() {
            goes_to = history.last_successful(listed.created_at);
        }
        let created = started.or(listed.finished_at).unwrap_or(listed.created_at);
        Self {
            id: &listed.id,
            created: created.max(listed.created_at + Duration::SECOND),
            status: match listed.status {
                ServiceStatus::RollbackSuccessful => PastStatus::Succeeded,
                ServiceStatus::RollbackFailed => PastStatus::Failed,
                _ => in_progress(active),
            },
            is_rollback: true,
            active,
            revision: find_revision(goes_to, history),
        }
    }

    fn into_past(self, record: &Record<'_>, images: &PastImages<'_>, now: &Now) -> PastDeployment {
        let arn = self
            .revision
            .and_then(|revision| revision.task_definition.clone());
        let (revision, image) = match (arn, self.revision) {
            (Some(arn), Some(service_revision)) => {
                let digest = service_revision.digest(&now.container);
                let image = image_of_revision(&arn, digest, self.created, images);
                (Ok(arn), image)
            }
            _ => unrecorded(),
        };
        let source = match self.active {
            Some(_) => source_of(record),
            None => None,
        };
        PastDeployment {
            id: self.id.clone(),
            created: self.created,
            status: self.status,
            by_auto_rollback: self.is_rollback,
            revision,
            image,
            blue: source.and_then(|source| replaced(source, self.created, images)),
        }
    }
}

fn active_of<'a>(listed: &ListedDeployment, record: &Record<'a>) -> Option<&'a Active> {
    let active = record.active?;
    (active.deployment.id == listed.id).then_some(active)
}

fn in_progress(active: Option<&Active>) -> PastStatus {
    PastStatus::Active {
        has_production_traffic: active.is_some_and(|active| active.has_traffic),
    }
}

fn find_revision<'a>(arn: Option<&String>, history: &'a History) -> Option<&'a ServiceRevision> {
    history.revision(arn?)
}

fn source_of<'a>(record: &Record<'a>) -> Option<&'a Release> {
    record.active?.source.as_ref()
}

/// The task definitions to describe: all that were deployed, but the running one, which is known.
fn revisions_of(halves: &[Half<'_>], record: &Record<'_>, now: &Now) -> Vec<TaskDefinitionArn> {
    let mut revisions = Vec::new();
    for half in halves {
        revisions.extend(
            half.revision
                .and_then(|revision| revision.task_definition.clone()),
        );
    }
    revisions.extend(source_of(record).and_then(|source| source.revision.clone()));
    revisions.sort();
    revisions.dedup();
    revisions.retain(|arn| *arn != now.revision);
    revisions
}

/// The digests that ECS held tasks to, with the repositories that they come from.
fn digests_on_record(
    halves: &[Half<'_>],
    record: &Record<'_>,
    definitions: &Definitions,
    now: &Now,
) -> Vec<(Repository, ImageDigest)> {
    let mut on_record = Vec::new();
    let mut add = |arn: &Option<TaskDefinitionArn>, digest: Option<&ImageDigest>| {
        if let (Some(arn), Some(digest)) = (arn, digest)
            && let Some(repository) = repository_of(arn, definitions, now)
        {
            on_record.push((repository, digest.clone()));
        }
    };
    for half in halves {
        if let Some(revision) = half.revision {
            add(&revision.task_definition, revision.digest(&now.container));
        }
    }
    if let Some(source) = source_of(record) {
        add(&source.revision, source.digest.as_ref());
    }
    on_record
}

fn unrecorded() -> (Result<TaskDefinitionArn, String>, PastImage) {
    let reason = "its service revision is no longer on record".to_owned();
    (Err(reason.clone()), PastImage::Unknown { reason })
}

/// What ECS held its tasks to; where that is not on record, what its task definition names.
fn image_of_revision(
    arn: &TaskDefinitionArn,
    digest: Option<&ImageDigest>,
    created: OffsetDateTime,
    images: &PastImages<'_>,
) -> PastImage {
    if let Some(digest) = digest
        && let Some(repository) = images.repository_of(arn)
    {
        return images.on_record(&repository, digest);
    }
    images.deployed(arn, created)
}

/// What the active deployment replaces.
fn replaced(
    source: &Release,
    created: OffsetDateTime,
    images: &PastImages<'_>,
) -> Option<(TaskDefinitionArn, PastImage)> {
    let arn = source.revision.clone()?;
    let image = image_of_revision(&arn, source.digest.as_ref(), created, images);
    Some((arn, image))
}
