//! A service's past as `previous` needs it.
//!
//! Where CodeDeploy rolls back with a deployment of its own, ECS does it within the one that failed: such a one
//! counts as two, the release that did not succeed and the rollback after it.

use time::{Duration, OffsetDateTime};

use super::{active::Active, history::History};
use crate::{
    aws::{Aws, Failure},
    domain::{
        past::{PastDeployment, PastImage, PastStatus},
        service_deployment::{ListedDeployment, ServiceRevision, ServiceStatus},
    },
    names::{DeploymentId, TaskDefinitionArn},
    observe::{
        past::{Known, Past, PastImages, PastRelease},
        running_service::RunningService,
    },
};

/// Reads the revisions of the newest `count` deployments and their images: two round trips for one repository.
pub(crate) async fn read_past(
    aws: &Aws,
    history: &History,
    active: Option<&Active>,
    known: Known<'_>,
    count: usize,
) -> Result<Past, Failure> {
    let running = known.running;
    let (listed, cut) = history.list.newest(count);
    let mut halves = Vec::new();
    for listed in listed {
        let active = active.filter(|active| active.deployment.id == listed.id);
        halves.push(Half::release(listed, history, active));
        // The release is on record as the target; that ECS went back is only in the deployment's status.
        if listed.status.is_rollback() {
            halves.push(Half::rollback(listed, history, active));
        }
    }
    let mut releases = Vec::new();
    for half in &halves {
        releases.extend(half.released(running));
    }
    releases.extend(active.and_then(replaced));
    let images = PastImages::read(aws, known, &releases).await?;
    let mut deployments = Vec::new();
    for half in halves {
        deployments.push(half.into_past(&images, running));
    }
    Ok(images.into_past(deployments, cut))
}

/// What the deployment in progress replaces.
fn replaced(active: &Active) -> Option<PastRelease> {
    let source = active.source.as_ref()?;
    Some((source.revision.clone()?, source.digest.clone()))
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
    fn release(
        listed: &'a ListedDeployment,
        history: &'a History,
        active: Option<&'a Active>,
    ) -> Self {
        let is_rollback = listed.status.is_rollback();
        Self {
            id: &listed.id,
            created: listed.created_at,
            status: match listed.status {
                _ if history.has_served(listed) => PastStatus::Succeeded,
                ServiceStatus::Stopped => PastStatus::Stopped,
                // Whatever a rollback ended with, what it undoes did not succeed.
                _ if is_rollback => PastStatus::Failed,
                _ => in_progress(active),
            },
            is_rollback: false,
            active: active.filter(|_| !is_rollback),
            revision: find_revision(listed.target.as_ref(), history),
        }
    }

    fn rollback(
        listed: &'a ListedDeployment,
        history: &'a History,
        active: Option<&'a Active>,
    ) -> Self {
        let described = history.described(&listed.id);
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
            // The rollback comes after the release, also where both times are the same or one is missing.
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

    /// The revision that was deployed, and the digest that ECS held its tasks to.
    fn released(&self, running: &RunningService) -> Option<PastRelease> {
        let revision = self.revision?;
        let arn = revision.task_definition.clone()?;
        Some((arn, revision.digest(&running.container).cloned()))
    }

    fn into_past(self, images: &PastImages<'_>, running: &RunningService) -> PastDeployment {
        let image_of = |(arn, digest): PastRelease| {
            let image = images.deployed(&arn, digest.as_ref(), self.created);
            (arn, image)
        };
        let (revision, image) = match self.released(running).map(image_of) {
            Some((arn, image)) => (Ok(arn), image),
            None => unrecorded(),
        };
        PastDeployment {
            id: self.id.clone(),
            created: self.created,
            status: self.status,
            by_auto_rollback: self.is_rollback,
            revision,
            image,
            blue: self.active.and_then(replaced).map(image_of),
        }
    }
}

fn in_progress(active: Option<&Active>) -> PastStatus {
    PastStatus::Active {
        has_production_traffic: active.is_some_and(|active| active.has_traffic),
    }
}

fn find_revision<'a>(arn: Option<&String>, history: &'a History) -> Option<&'a ServiceRevision> {
    history.revision(arn?)
}

fn unrecorded() -> (Result<TaskDefinitionArn, String>, PastImage) {
    let reason = "its service revision is no longer on record".to_owned();
    (Err(reason.clone()), PastImage::Unknown { reason })
}
