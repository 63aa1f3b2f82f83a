//! A service that CodeDeploy deploys: its task sets, its deployment group and the group's past.

pub mod active;
pub mod base;
pub mod group;
pub mod history;
pub mod past;

use futures_util::future::{OptionFuture, join, join3};
use time::OffsetDateTime;

use super::checks::no_task_set;
use super::now::{First, Now, Second, Third, Whose};
use super::record::Record;
use super::serving::primary;
use super::target::Reading;
use super::{ControllerState, Snapshot};
use crate::aws::{Aws, Failure};
use crate::clock::Clock;
use crate::domain::deployment::Deployment;
use crate::domain::task_definition::TaskDefinition;
use crate::error::{Problem, Problems};
use crate::inputs::{ActiveDeployment, Inputs};
use crate::names::{DeploymentId, TaskSetId};
use crate::plan::codedeploy as path;
use active::Active;
use base::Base;
use group::{GroupFacts, GroupId, Settled};

/// What only a service of this controller has.
pub struct Observed {
    pub group: Settled,
    /// The deployment that occupies the group.
    pub active: Option<Active>,
    /// The AppSpec to start from, or why there is none: only a path that creates a deployment needs it.
    pub base: Result<Base, Problem>,
}

/// The deployment behind the primary task set, with its AppSpec and that of the one before.
#[derive(Clone, Debug)]
pub struct Behind {
    pub deployment: Deployment,
    pub appspecs: std::collections::BTreeMap<String, String>,
}

/// What the group that AWS's CLI would use says, asked for before anything is known.
pub type Guessed = Result<GroupFacts, Failure>;

/// The reads of the first three round trips.
struct Reads {
    now: Now,
    third: Third,
    behind: Option<Behind>,
    /// The group behind the primary task set, where that is not the guessed one.
    discovered: Option<Guessed>,
}

impl Reads {
    /// `holder` is the task set that has the traffic, where that is known; else the primary one counts.
    ///
    /// # Errors
    /// Every problem that stops the run before the group is even known.
    async fn all(
        aws: &Aws,
        inputs: &Inputs,
        first: First,
        clock: Clock,
        holder: Option<TaskSetId>,
    ) -> Result<Self, Problems> {
        let guess = GroupId::guess(inputs);
        let sets = &first.service.task_sets;
        let held = holder.and_then(|id| sets.iter().find(|task_set| task_set.id == id));
        let task_set = held
            .or_else(|| primary(sets))
            .cloned()
            .ok_or_else(|| vec![no_task_set(inputs)])?;
        let revision = task_set
            .task_definition
            .clone()
            .ok_or_else(|| vec![no_task_set(inputs)])?;
        let behind = task_set
            .external_id
            .as_deref()
            .filter(|id| id.starts_with("d-"))
            .map(DeploymentId::new);
        let behind = OptionFuture::from(behind.as_ref().map(|id| aws.get_deployment(id)));
        let (second, behind) = join(Second::read(aws, inputs, first, &[revision]), behind).await;
        let (mut second, behind) = both(second, behind.transpose())?;
        let behind = behind.flatten();
        let listed = std::mem::take(&mut second.listed);
        let mut now = Now::new(second, task_set, Whose::TaskSet, inputs)?;

        let elsewhere = behind
            .as_ref()
            .map(GroupId::of)
            .filter(|id| *id != guess && id.agrees_with(inputs));
        let discovering = elsewhere
            .as_ref()
            .map(|id| GroupFacts::read(aws, inputs, id, clock));
        let behind_appspecs = behind.as_ref().map(|d| {
            let deployments = [d];
            async move { history::appspecs(aws, &d.application, &deployments).await }
        });
        let (third, appspecs, discovered) = join3(
            Third::read(aws, inputs, &now, listed),
            OptionFuture::from(behind_appspecs),
            OptionFuture::from(discovering),
        )
        .await;
        let (third, appspecs) = both(third, appspecs.transpose())?;
        now.learn(&third);
        let behind = behind.map(|deployment| Behind {
            deployment,
            appspecs: appspecs.unwrap_or_default(),
        });
        Ok(Self {
            now,
            third,
            behind,
            discovered,
        })
    }
}

/// Two answers; the problems of both together.
fn both<A, B>(a: Result<A, Problems>, b: Result<B, Failure>) -> Result<(A, B), Problems> {
    match (a, b) {
        (Ok(a), Ok(b)) => Ok((a, b)),
        (a, b) => {
            let mut problems = a.err().unwrap_or_default();
            problems.extend(b.err().map(|failure| failure.problem()));
            Err(problems)
        }
    }
}

/// Reads the rest, from the service and what the guessed group says.
///
/// # Errors
/// Every problem that the reads and their checks found.
pub async fn observe(
    aws: &Aws,
    inputs: &Inputs,
    clock: Clock,
    tell: &dyn Fn(&Now),
    first: First,
    guessed: impl Future<Output = Guessed>,
) -> Result<Snapshot, Problems> {
    let (guessed, reads) = join(guessed, Reads::all(aws, inputs, first, clock, None)).await;
    let Reads {
        mut now,
        mut third,
        behind,
        discovered,
    } = reads?;
    let group = group::settle(aws, inputs, clock, behind.as_ref(), guessed, discovered);
    let group = group.await.map_err(|problem| {
        // With two task sets alive, only the deployment knows who has how much of the traffic.
        if now.service.task_sets.len() == 1 {
            tell(&now);
        }
        vec![problem]
    })?;
    let active = read_active(aws, inputs, &group, &now, &third.revisions.described).await?;
    // Which task set is PRIMARY in mid-shift is not documented: the weights say who has the traffic.
    let holder = match &active {
        Some(active) => active.holder().map(|side| side.task_set.clone()),
        None => left_with_most(aws, inputs, &group, &now).await?,
    };
    if let Some(holder) = holder.filter(|holder| *holder != now.task_set.id) {
        let first = First::read(aws, inputs).await?;
        let again = Reads::all(aws, inputs, first, clock, Some(holder)).await?;
        (now, third) = (again.now, again.third);
    }
    now.beside = active.as_ref().map(Active::beside).unwrap_or_default();
    now.share = active
        .as_ref()
        .and_then(Active::holder)
        .map(|side| side.weight)
        .filter(|share| *share < 99.99);
    tell(&now);

    let mut problems: Problems = group::check(&group.facts.group, &inputs.cluster, &inputs.service)
        .into_iter()
        .collect();
    let record = Record::CodeDeploy {
        group: &group.facts,
        behind: behind.as_ref(),
        active: active.as_ref(),
    };
    let reading = Reading {
        aws,
        inputs,
        clock,
        now: &now,
        record,
    };
    let base = base::read(aws, inputs, &group.facts, behind.as_ref());
    let (target, base) = join(reading.target(third), base).await;
    let target = target.map_err(|found| problems.extend(found));
    let (Ok((found, revision)), true) = (target, problems.is_empty()) else {
        problems.extend(base.err());
        problems.extend(busy(active.as_ref(), inputs, clock.now()));
        return Err(problems);
    };
    let previous = reading.previous_if_serving(&found).await;
    let controller = ControllerState::CodeDeploy(Box::new(Observed {
        group,
        active,
        base,
    }));
    Ok(Snapshot {
        at: clock.now(),
        now,
        controller,
        found,
        revision,
        previous,
    })
}

/// A deployment that was stopped without a rollback leaves two task sets with traffic: its target still says which
/// one has more.
async fn left_with_most(
    aws: &Aws,
    inputs: &Inputs,
    group: &Settled,
    now: &Now,
) -> Result<Option<TaskSetId>, Problems> {
    let alive: Vec<_> = now
        .service
        .task_sets
        .iter()
        .filter(|set| set.status != "DRAINING")
        .collect();
    let newest = group
        .facts
        .history
        .deployments
        .iter()
        .max_by_key(|deployment| deployment.created_at);
    let Some(newest) = newest.filter(|_| alive.len() > 1) else {
        return Ok(None);
    };
    let target = aws
        .get_deployment_target(&newest.id, &inputs.cluster, &inputs.service)
        .await;
    let target = target.map_err(|failure| vec![failure.problem()])?;
    let sets = target.into_iter().flat_map(|target| target.task_sets);
    let weighted = sets.map(|set| (TaskSetId::of(&set.id), set.weight));
    let held =
        weighted.filter(|(id, weight)| *weight > 0.0 && alive.iter().any(|set| set.id == *id));
    Ok(held.max_by(|a, b| a.1.total_cmp(&b.1)).map(|(id, _)| id))
}

/// A group has one active deployment at most.
async fn read_active(
    aws: &Aws,
    inputs: &Inputs,
    group: &Settled,
    now: &Now,
    described: &[TaskDefinition],
) -> Result<Option<Active>, Problems> {
    let facts = &group.facts;
    let mut deployments = facts
        .active_deployments(aws)
        .await
        .map_err(|failure| vec![failure.problem()])?;
    // One that ended since it was listed is in nobody's way.
    deployments.retain(|deployment: &Deployment| !deployment.status.is_over());
    let Some(newest) = deployments
        .into_iter()
        .max_by_key(|deployment| deployment.created_at)
    else {
        return Ok(None);
    };
    let active = Active::read(aws, inputs, newest, facts, now, described).await;
    active.map(Some).map_err(|failure| vec![failure.problem()])
}

/// A busy group that is not to be touched is told beside whatever else is wrong, so that nobody meets it
/// only at the next try.
fn busy(active: Option<&Active>, inputs: &Inputs, now: OffsetDateTime) -> Option<Problem> {
    let fails = inputs.active_deployment == ActiveDeployment::Fail;
    active
        .filter(|_| fails)
        .map(|active| path::deployment_active(&active.deployment, inputs, now))
}
