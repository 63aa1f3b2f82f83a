//! A service that ECS deploys by itself: its deployments, its service deployments and their past.

pub mod active;
pub mod history;
pub mod past;
pub mod under_way;

use futures_util::future::join;

use super::checks::no_task_set;
use super::now::{First, Now, Second, Third, Whose};
use super::record::Record;
use super::target::Reading;
use super::windows::Depth;
use super::{ControllerState, Snapshot};
use crate::aws::Aws;
use crate::clock::Clock;
use crate::domain::service::{Rollout, Service, TaskSet};
use crate::domain::task_definition::TaskDefinition;
use crate::error::{Problem, Problems};
use crate::inputs::{ActiveDeployment, Inputs};
use crate::names::TaskDefinitionArn;
use crate::plan::ecs as path;
use crate::words;
use active::Active;
use history::History;
use under_way::{Asked, UnderWay};

/// What only a service of this controller has.
pub struct Observed {
    /// The service deployment that is under way.
    pub active: Option<Active>,
}

/// Everything but the past.
struct Reads {
    now: Now,
    third: Third,
    under_way: UnderWay,
    definitions: Vec<TaskDefinition>,
}

impl Reads {
    async fn all(aws: &Aws, inputs: &Inputs, first: First) -> Result<Self, Problems> {
        let revisions = revisions_of(&first.service);
        let asked = Asked::by(&first.service);
        let under_way = UnderWay::read(aws, (&inputs.cluster, &inputs.service), &asked);
        let (second, under_way) =
            join(Second::read(aws, inputs, first, &revisions), under_way).await;
        let (mut second, under_way) = match (second, under_way) {
            (Ok(second), Ok(under_way)) => (second, under_way),
            (second, under_way) => {
                let mut problems = second.err().unwrap_or_default();
                problems.extend(under_way.err());
                return Err(problems);
            }
        };
        let (listed, definitions) = (
            std::mem::take(&mut second.listed),
            second.definitions.clone(),
        );
        let mut now = serving_now(second, &under_way, inputs)?;
        let third = Third::read(aws, inputs, &now, listed).await?;
        now.learn(&third);
        let definitions = [definitions, third.revisions.described.clone()].concat();
        Ok(Self {
            now,
            third,
            under_way,
            definitions,
        })
    }
}

/// The service with what holds most of the traffic.
fn serving_now(second: Second, under_way: &UnderWay, inputs: &Inputs) -> Result<Now, Problems> {
    let holder = under_way
        .holder(&second.service)
        .ok_or_else(|| vec![no_task_set(inputs)])?;
    let (whose, share) = (holder.whose, holder.share);
    let of = |rollout: &Rollout, second: Second| {
        let task_set = task_set(rollout, &second.service);
        Now::new(second, task_set, whose, inputs)
    };
    let rollout = holder.rollout.clone();
    let mut now = of(&rollout, second.clone())?;
    if whose == Whose::Everyone
        && let Some((leading, digests)) =
            under_way::everyone(&now.service, &now.tasks, &now.container)
    {
        let leading = leading.clone();
        if leading.id != rollout.id {
            now = of(&leading, second)?;
        }
        now.digests = digests;
    }
    now.share = share.filter(|share| *share < 99.99);
    Ok(now)
}

/// Reads the rest, from the service.
///
/// # Errors
/// Every problem that the reads and their checks found.
pub async fn observe(
    aws: &Aws,
    inputs: &Inputs,
    clock: Clock,
    tell: &dyn Fn(&Now),
    first: First,
) -> Result<Snapshot, Problems> {
    let history = History::read(aws, inputs, Depth::of(inputs), clock.now());
    let (reads, history) = join(Reads::all(aws, inputs, first), history).await;
    let (
        Reads {
            mut now,
            third,
            under_way,
            definitions,
        },
        mut history,
    ) = match (reads, history) {
        (Ok(reads), Ok(history)) => (reads, history),
        (reads, history) => {
            let mut problems = reads.err().unwrap_or_default();
            // Some operations are called for both.
            let more = history.err().map(|failure| failure.problem());
            problems.extend(more.filter(|problem| !problems.contains(problem)));
            return Err(problems);
        }
    };
    under_way
        .current
        .iter()
        .for_each(|current| history.overlay(current));
    let active = read_active(aws, &history, under_way, &definitions, &now)
        .await
        .map_err(|it| vec![it])?;
    describe_shares(&mut now, active.as_ref());
    tell(&now);
    let record = Record::Ecs {
        history: &history,
        active: active.as_ref(),
    };
    let reading = Reading {
        aws,
        inputs,
        clock,
        now: &now,
        record,
    };
    let target = reading.target(third).await;
    let (found, revision) = target.map_err(|mut problems| {
        problems.extend(busy(active.as_ref(), inputs, clock));
        problems
    })?;
    let previous = reading.previous_if_serving(&found).await;
    let controller = ControllerState::Ecs(Box::new(Observed { active }));
    Ok(Snapshot {
        at: clock.now(),
        now,
        controller,
        found,
        revision,
        previous,
    })
}

/// The service deployment that the service names, or the newest on record, where it is not over.
async fn read_active(
    aws: &Aws,
    history: &History,
    under_way: UnderWay,
    definitions: &[TaskDefinition],
    now: &Now,
) -> Result<Option<Active>, Problem> {
    let UnderWay { current, revisions } = under_way;
    let current = match current.filter(|current| !current.status.is_over()) {
        Some(current) => Some(current),
        None => match history
            .deployments
            .last()
            .filter(|newest| !newest.status.is_over())
        {
            Some(newest) => aws
                .describe_service_deployment(&newest.id)
                .await
                .map_err(|it| it.problem())?,
            None => None,
        },
    };
    let Some(deployment) = current.filter(|current| !current.status.is_over()) else {
        return Ok(None);
    };
    let rolling = now.service.strategy.is_rolling();
    let known = (revisions.as_slice(), definitions);
    let active = Active::read(aws, deployment, history, known, &now.container, rolling).await;
    active.map(Some).map_err(|failure| failure.problem())
}

/// The revisions that have tasks, the primary one first: the likeliest to serve.
fn revisions_of(service: &Service) -> Vec<TaskDefinitionArn> {
    let mut rollouts: Vec<_> = service.rollouts.iter().collect();
    rollouts.sort_by_key(|rollout| !rollout.is_primary());
    let mut revisions = Vec::new();
    for revision in rollouts
        .into_iter()
        .filter_map(|rollout| rollout.task_definition.clone())
    {
        if !revisions.contains(&revision) {
            revisions.push(revision);
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
        load_balancer: service.load_balancer.clone(),
    }
}

/// Where the traffic is split: where the rest of it is.
fn describe_shares(now: &mut Now, active: Option<&Active>) {
    let Some(most) = now.share else { return };
    let of =
        |release: &Option<active::Release>| release.as_ref().and_then(|it| it.revision.clone());
    let mut sides: Vec<_> = active
        .into_iter()
        .flat_map(|it| [of(&it.target), of(&it.source), of(&it.way_back)])
        .collect();
    let rollouts = now
        .service
        .rollouts
        .iter()
        .filter(|rollout| rollout.running > 0);
    sides.extend(rollouts.map(|rollout| rollout.task_definition.clone()));
    let other = sides
        .into_iter()
        .flatten()
        .find(|revision| *revision != now.revision);
    let other = other.map_or_else(
        || "another revision".to_owned(),
        |revision| revision.short(),
    );
    let why = match active {
        Some(active) => format!("in the middle of {}", active.deployment.id.short()),
        None => "left so by a deployment that was stopped for good".to_owned(),
    };
    now.beside = vec![format!(
        "{} of the traffic is on {other}, {why}",
        words::percent(100.0 - most)
    )];
}

/// A busy service that is not to be touched is told beside whatever else is wrong.
fn busy(active: Option<&Active>, inputs: &Inputs, clock: Clock) -> Option<Problem> {
    let fails = inputs.active_deployment == ActiveDeployment::Fail;
    active
        .filter(|_| fails)
        .map(|active| path::deployment_active(active, inputs, clock.now()))
}
