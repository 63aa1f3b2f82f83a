//! A service that CodeDeploy deploys: its task sets, its deployment group and the group's past.

mod absent;
pub(crate) mod active;
mod appspecs;
pub(crate) mod base;
pub(crate) mod group;
pub(crate) mod group_id;
pub(crate) mod history;
pub(crate) mod past;
pub(super) mod search;
pub(crate) mod settle;
mod traffic;

use futures_util::future::{join, join3};

use super::{
    checks::{both, no_task_set},
    image::ImageFacts,
    past::pushed_after,
    prefetch::{Prefetch, read_ahead},
    reader::{Reader, ServiceAnswer},
    running_service::{RunningService, Whose},
    service_state::ServiceState,
    serving::primary,
};
use crate::{
    aws::{Aws, Failure},
    domain::{deployment::Deployment, service::TaskSet, task_definition::TaskDefinition},
    error::{Problem, Problems},
    names::{DeploymentId, TaskDefinitionArn, TaskSetId},
};
use active::{Active, ActiveReads};
use appspecs::TaskSetDeployment;
use base::{Base, read_base};
use group::{GroupAnswer, GroupFacts};
use group_id::GroupId;
use settle::{Settled, settle_group};
use traffic::Traffic;

/// What only a service of this controller has.
pub(crate) struct Observed {
    pub group: Settled,
    /// The deployment that occupies the group.
    pub active: Option<Active>,
    /// The AppSpec to start from, or why there is none: only a path that creates a deployment needs it.
    pub base: Result<Base, Problem>,
    latest: Option<TaskSetDeployment>,
}

impl Observed {
    /// Whether the revision, with this image, served just before what serves now, by the account of the deployment that
    /// made the primary task set.
    pub(crate) fn ran_before(&self, arn: &TaskDefinitionArn, image: &ImageFacts) -> bool {
        let Some(latest) = &self.latest else {
            return false;
        };
        let TaskSetDeployment {
            deployment,
            appspecs,
        } = latest;
        // A tag that the revision names may have been moved to this image since.
        !pushed_after(&image.image, deployment.created_at)
            && appspecs
                .task_definition(deployment.previous_revision.as_ref())
                .as_ref()
                == Ok(arn)
    }
}

/// The reads of the first three round trips.
struct Reads {
    running: RunningService,
    prefetch: Prefetch,
    /// Every revision that was described.
    definitions: Vec<TaskDefinition>,
    /// The deployment that made the task set.
    creator: Option<Deployment>,
    /// The same with its AppSpecs, where they are not in the group's history.
    latest: Option<TaskSetDeployment>,
    /// The group of that deployment, where it is not the guessed one.
    discovered: Option<GroupAnswer>,
}

/// The service, from its description and what the group says whose name was guessed. `tell` is called once what serves
/// is known.
///
/// # Errors
/// Every read that did not work.
pub(super) async fn read_service(
    reader: Reader<'_>,
    answer: ServiceAnswer,
    guessed: impl Future<Output = GroupAnswer>,
    tell: &dyn Fn(&RunningService),
) -> Result<ServiceState<Observed>, Problems> {
    let (guessed, reads) = join(guessed, read_all(&reader, answer, None)).await;
    let mut reads = reads?;
    let discovered = reads.discovered.take();
    let creator = reads.creator.as_ref();
    let group = settle_group(&reader, creator, guessed, discovered).await;
    // Without a group, who serves is only known where no second task set may have a part of the traffic.
    if group.is_err() && reads.running.service.task_sets.len() == 1 {
        tell(&reads.running);
    }
    let group = group?;
    reads.complete_latest(reader.aws, &group.facts).await?;
    let latest = reads.latest.as_ref();
    // Both read something only where the history does not have it.
    let (active, base) = join(
        read_active(reader, &group.facts, &reads),
        read_base(reader.aws, reader.inputs, &group, latest),
    )
    .await;
    let active = active?;
    reads
        .follow_traffic(&reader, &group.facts, active.as_ref())
        .await?;
    tell(&reads.running);
    Ok(ServiceState {
        running: reads.running,
        prefetch: reads.prefetch,
        controller: Observed {
            group,
            active,
            base,
            latest: reads.latest,
        },
    })
}

impl Reads {
    /// Of many services, the AppSpecs are not read twice.
    async fn complete_latest(&mut self, aws: &Aws, facts: &GroupFacts) -> Result<(), Failure> {
        if let Some(creator) = self.creator.clone()
            && self.latest.is_none()
        {
            let read = &facts.history.appspecs;
            self.latest = TaskSetDeployment::read_or_take(aws, creator, read).await?;
        }
        Ok(())
    }

    /// Which task set is PRIMARY in mid-shift is not documented: the weights say who has the traffic. Where that is
    /// another one, everything is read again for it.
    async fn follow_traffic(
        &mut self,
        reader: &Reader<'_>,
        facts: &GroupFacts,
        active: Option<&Active>,
    ) -> Result<(), Problems> {
        let traffic = match active {
            Some(active) => Traffic::during(active),
            None => Traffic::read_leftover(reader, facts, &self.running).await?,
        };
        if let Some(holder) = traffic.holder
            && holder != self.running.task_set.id
        {
            let answer = reader.read_service().await?;
            let again = read_all(reader, answer, Some(holder)).await?;
            (self.running, self.prefetch) = (again.running, again.prefetch);
        }
        self.running.set_share(traffic.share);
        self.running.beside.shares = traffic.others;
        Ok(())
    }
}

/// `holder` is the task set that has the traffic, where that is known; else the primary one counts.
///
/// # Errors
/// Every read that did not work, before the group is even known.
async fn read_all(
    reader: &Reader<'_>,
    answer: ServiceAnswer,
    holder: Option<TaskSetId>,
) -> Result<Reads, Problems> {
    let Some(task_set) = serving_task_set(&answer.service.task_sets, holder) else {
        return Err(no_task_set(reader.inputs).into());
    };
    let (tasks, deployment) = both(
        join(
            reader.read_tasks(&answer, &revisions_of(&task_set, &answer.service.task_sets)),
            read_creator(reader.aws, &task_set),
        )
        .await,
    )?;
    let mut running =
        RunningService::new(reader, &answer.service, &tasks, task_set, Whose::TaskSet)?;
    // The group of that deployment takes round trips of its own, so it starts with the third one.
    let others = running.images_beside(&tasks.definitions);
    // Of many services, the AppSpecs are read once the group's history is there.
    let ahead = if reader.aws.is_shared() {
        None
    } else {
        deployment.clone()
    };
    let (prefetch, latest, discovered) = join3(
        read_ahead(reader, &mut running, tasks.family, others),
        TaskSetDeployment::read(reader.aws, ahead),
        discover_group(reader, deployment.as_ref()),
    )
    .await;
    let (prefetch, latest) = both((prefetch, latest))?;
    let mut definitions = tasks.definitions;
    definitions.extend(prefetch.described.iter().cloned());
    Ok(Reads {
        running,
        prefetch,
        definitions,
        creator: deployment,
        latest,
        discovered,
    })
}

/// `None` where it has no revision, too.
fn serving_task_set(task_sets: &[TaskSet], holder: Option<TaskSetId>) -> Option<TaskSet> {
    let is_holder = |task_set: &&TaskSet| Some(&task_set.id) == holder.as_ref();
    let found = task_sets.iter().find(is_holder);
    let found = found.or_else(|| primary(task_sets));
    found
        .filter(|task_set| task_set.task_definition.is_some())
        .cloned()
}

/// The revisions of the task sets that may have traffic, that of what serves first.
fn revisions_of(serving: &TaskSet, task_sets: &[TaskSet]) -> Vec<TaskDefinitionArn> {
    let mut revisions = Vec::from_iter(serving.task_definition.clone());
    for task_set in task_sets {
        // A draining task set gets no new requests.
        if let Some(revision) = &task_set.task_definition
            && task_set.status != "DRAINING"
            && !revisions.contains(revision)
        {
            revisions.push(revision.clone());
        }
    }
    revisions
}

/// The deployment that made the task set. The one that `CreateService` made has none.
async fn read_creator(aws: &Aws, task_set: &TaskSet) -> Result<Option<Deployment>, Failure> {
    match &task_set.external_id {
        // Whoever else makes task sets may put an id of his own there.
        Some(id) if id.starts_with("d-") => aws.get_deployment(&DeploymentId::new(id)).await,
        _ => Ok(None),
    }
}

/// The group of the deployment, where it is another than the guessed one, which is being read already.
async fn discover_group(
    reader: &Reader<'_>,
    deployment: Option<&Deployment>,
) -> Option<GroupAnswer> {
    let id = GroupId::of(deployment?);
    if id == GroupId::guess(reader.inputs) || !id.agrees_with(reader.inputs) {
        return None;
    }
    Some(GroupFacts::read(reader, &id).await)
}

/// A group has one active deployment at most.
async fn read_active(
    reader: Reader<'_>,
    facts: &GroupFacts,
    reads: &Reads,
) -> Result<Option<Active>, Failure> {
    let mut deployments = facts.read_active_deployments(reader.aws).await?;
    // One that ended since it was listed is in nobody's way.
    deployments.retain(|deployment| !deployment.status.is_over());
    deployments.sort_by_key(|deployment| deployment.created_at);
    let Some(newest) = deployments.pop() else {
        return Ok(None);
    };
    let reads = ActiveReads {
        reader,
        facts,
        running: &reads.running,
        described: &reads.definitions,
    };
    Ok(Some(reads.read_active(newest).await?))
}
