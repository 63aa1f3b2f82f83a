//! A service that ECS deploys by itself: its deployments, its service deployments and their past.

pub(crate) mod active;
pub(crate) mod history;
pub(crate) mod past;
pub(crate) mod under_way;

use futures_util::future::join;
use time::OffsetDateTime;

use super::{
    beside::{OtherImage, OtherShare, ShareCause},
    checks::{both, no_task_set},
    prefetch::{Prefetch, read_ahead},
    reader::{Reader, ServiceAnswer, TasksAnswer},
    running_service::{RunningService, Whose},
    service_state::ServiceState,
    serving::{RunningDigests, tasks_of},
};
use crate::{
    aws::Failure,
    domain::{
        service::{Placement, Rollout, Service, TaskSet},
        service_deployment::ServiceDeployment,
        task_definition::TaskDefinition,
    },
    error::{Problem, Problems},
    names::{ImageDigest, TaskDefinitionArn},
};
use active::{Active, Known};
use history::History;
use under_way::{Holder, UnderWay, everyone};

/// What only a service of this controller has.
pub(crate) struct Observed {
    /// The service deployment that is in progress.
    pub active: Option<Active>,
    pub history: History,
    /// Not later than when AWS described the service.
    pub seen_at: OffsetDateTime,
}

/// Everything but the past.
struct Reads {
    running: RunningService,
    prefetch: Prefetch,
    under_way: UnderWay,
    /// Every revision that was described.
    definitions: Vec<TaskDefinition>,
}

/// The service, from its description. `tell` is called once what serves is known.
///
/// # Errors
/// Every read that did not work.
pub(super) async fn read_service(
    reader: Reader<'_>,
    answer: ServiceAnswer,
    tell: &dyn Fn(&RunningService),
) -> Result<ServiceState<Observed>, Problems> {
    let seen_at = answer.at;
    let (reads, mut history) = both(
        join(
            read_all(&reader, answer),
            History::read(&reader, reader.depth()),
        )
        .await,
    )?;
    let Reads {
        mut running,
        prefetch,
        under_way,
        definitions,
    } = reads;
    // Listed and described at the same time: the description may be the later one.
    if let Some(current) = &under_way.current {
        history.update(current);
    }
    let known = Known {
        history: &history,
        revisions: &under_way.revisions,
        definitions: &definitions,
        container: &running.container,
    };
    let rolling = running.service.strategy.is_rolling();
    let active = match read_current(&reader, &under_way, &history).await? {
        Some(current) => Some(Active::read(reader.aws, current, &known, rolling).await?),
        None => None,
    };
    set_beside(&mut running, active.as_ref());
    tell(&running);
    Ok(ServiceState {
        running,
        prefetch,
        controller: Observed {
            active,
            history,
            seen_at,
        },
    })
}

async fn read_all(reader: &Reader<'_>, answer: ServiceAnswer) -> Result<Reads, Problems> {
    let inputs = reader.inputs;
    let revisions = revisions_of(&answer.service);
    let names = (&inputs.cluster, &inputs.service);
    let (tasks, under_way) = both(
        join(
            reader.read_tasks(&answer, &revisions),
            UnderWay::read(reader.aws, names, &answer.service),
        )
        .await,
    )?;
    let mut running = serving_now(reader, &answer.service, &tasks, &under_way)?;
    let others = images_beside(&running, &tasks.definitions);
    let prefetch = read_ahead(reader, &mut running, tasks.family, others).await?;
    let mut definitions = tasks.definitions;
    definitions.extend(prefetch.described.iter().cloned());
    Ok(Reads {
        running,
        prefetch,
        under_way,
        definitions,
    })
}

/// The service with what has most of the traffic.
fn serving_now(
    reader: &Reader<'_>,
    service: &Service,
    tasks: &TasksAnswer,
    under_way: &UnderWay,
) -> Result<RunningService, Problem> {
    let Some(holder) = under_way.holder(service) else {
        return Err(no_task_set(reader.inputs));
    };
    let Holder {
        rollout,
        whose,
        share,
    } = holder;
    let running_with =
        |rollout| RunningService::new(reader, service, tasks, task_set(rollout, service), whose);
    let mut running = running_with(rollout)?;
    if whose == Whose::Everyone
        && let Some((leading, digests)) = everyone(service, &tasks.tasks, &running.container)
    {
        // The rollout with most tasks need not be the one whose image most tasks run.
        if leading.id != rollout.id {
            running = running_with(leading)?;
        }
        running.digests = digests;
    }
    if let Some(architecture) = under_way.overridden_architecture(rollout) {
        running.set_overridden_architecture(architecture);
    }
    running.set_share(share);
    Ok(running)
}

/// The service deployment that the service names, or the newest on record, where it is not over.
async fn read_current(
    reader: &Reader<'_>,
    under_way: &UnderWay,
    history: &History,
) -> Result<Option<ServiceDeployment>, Failure> {
    if let Some(current) = &under_way.current
        && !current.status.is_over()
    {
        return Ok(Some(current.clone()));
    }
    // DescribeServices lags behind for seconds: a deployment that has just begun is only listed.
    let Some(newest) = history.list.deployments.last() else {
        return Ok(None);
    };
    if newest.status.is_over() {
        return Ok(None);
    }
    let described = reader.aws.describe_service_deployment(&newest.id).await?;
    Ok(described.filter(|deployment| !deployment.status.is_over()))
}

/// The revisions that have tasks, the primary one first: the likeliest to serve.
fn revisions_of(service: &Service) -> Vec<TaskDefinitionArn> {
    let mut rollouts: Vec<&Rollout> = service.rollouts.iter().collect();
    rollouts.sort_by_key(|rollout| !rollout.is_primary());
    let mut revisions = Vec::new();
    for rollout in rollouts {
        if let Some(revision) = &rollout.task_definition
            && !revisions.contains(revision)
        {
            revisions.push(revision.clone());
        }
    }
    revisions
}

/// What a deployment of ECS has in common with a task set.
fn task_set(rollout: &Rollout, service: &Service) -> TaskSet {
    TaskSet {
        id: rollout.id.clone(),
        status: rollout.status.clone(),
        task_definition: rollout.task_definition.clone(),
        external_id: None,
        created_at: rollout.created_at,
        load_balancer: service.load_balancer().cloned(),
        // Only an AppSpec has to repeat how tasks are placed.
        placement: Placement::default(),
    }
}

/// Nothing where all of the traffic is in one place.
fn images_beside(running: &RunningService, definitions: &[TaskDefinition]) -> Vec<OtherImage> {
    if running.share.is_none() && running.digests.known.len() < 2 {
        return Vec::new();
    }
    running.images_beside(definitions)
}

fn set_beside(running: &mut RunningService, active: Option<&Active>) {
    running.beside.shares = Vec::from_iter(other_share(running, active));
    if running.service.strategy.is_rolling() {
        running.beside.rolling = active.map(|active| active.deployment.id.clone());
    }
}

/// Where the traffic is split: where the rest of it is.
fn other_share(running: &RunningService, active: Option<&Active>) -> Option<OtherShare> {
    let percent = 100.0 - running.share?;
    let revision = other_revision(running, active);
    // Tasks of the same revision may run another image: its tag has moved.
    let rollout = running.service.rollouts.iter().find(|rollout| {
        let is_other = rollout.running > 0 && rollout.id != running.task_set.id;
        is_other && revision.as_ref().is_none_or(|wanted| rollout.runs(wanted))
    });
    let digest = rollout.and_then(|rollout| digest_of(running, rollout));
    let of_rollout = rollout.and_then(|rollout| rollout.task_definition.clone());
    Some(OtherShare {
        percent,
        revision: revision.or(of_rollout),
        digest,
        cause: match active {
            Some(active) => ShareCause::Deployment(active.deployment.id.clone()),
            None => ShareCause::StoppedWithoutRollback,
        },
    })
}

fn other_revision(running: &RunningService, active: Option<&Active>) -> Option<TaskDefinitionArn> {
    let mut candidates = Vec::new();
    if let Some(active) = active {
        for release in [&active.target, &active.source, &active.way_back] {
            candidates.extend(release.as_ref().and_then(|it| it.revision.clone()));
        }
    }
    // A revision from before 2024-10-25 is in no service deployment; its tasks still show it.
    for rollout in &running.service.rollouts {
        if rollout.running > 0 {
            candidates.extend(rollout.task_definition.clone());
        }
    }
    let mut candidates = candidates.into_iter();
    candidates.find(|revision| *revision != running.revision)
}

/// What most tasks of one of the service's `deployments` run.
fn digest_of(running: &RunningService, rollout: &Rollout) -> Option<ImageDigest> {
    let revision = rollout.task_definition.as_ref()?;
    let tasks = tasks_of(&running.tasks, &rollout.id, revision);
    let digests = RunningDigests::of(&tasks, &running.container);
    let (digest, _) = digests.most()?;
    Some(digest.clone())
}
