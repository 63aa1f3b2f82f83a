//! AWS → [`Snapshot`]: the service, its images, its deployment group and their past.
//!
//! Three round trips for the usual run, because every read is sent as soon as what it needs is
//! known: first what the inputs name, then what the service names, then what its revision names.
//! Reads that only some runs need (suggestions, a far past, an image's configuration) come after.

pub mod active;
pub mod group;
pub mod history;
pub mod image;
pub mod now;
pub mod past;
pub mod revisions;
pub mod serving;
pub mod target;

use futures_util::future::join;
use time::OffsetDateTime;

use crate::aws::Aws;
use crate::aws::codedeploy::Deployment;
use crate::clock::Clock;
use crate::error::{Problem, Problems};
use crate::execute::follow::task_set_id;
use crate::inputs::{ActiveDeployment, Inputs, VersionSpec};
use crate::names::TaskSetId;
use crate::plan::path;
use active::Active;
use group::{GroupFacts, GroupId, Settled};
use history::Depth;
use now::{Now, Reads};
use target::{Base, Found, Reading, Revision};

/// Everything that a plan is made from. Read once, never changed.
pub struct Snapshot {
    pub at: OffsetDateTime,
    /// The service and what serves its users.
    pub now: Now,
    pub group: Settled,
    /// The deployment that occupies the group.
    pub active: Option<Active>,
    /// What was asked for, found.
    pub found: Found,
    /// The revision that will run it, or the content to register.
    pub revision: Revision,
    /// The AppSpec to start from, or why there is none: only a path that creates a deployment needs it.
    pub base: Result<Base, Problem>,
    /// What `previous` would be, where the version asked for serves already.
    pub previous: Option<String>,
}

/// Reads everything. `tell` is called once with what serves now, as soon as that is known.
///
/// # Errors
/// Every problem that the reads and their checks found. Nothing has been written.
pub async fn observe(
    aws: &Aws,
    inputs: &Inputs,
    clock: Clock,
    tell: &dyn Fn(&Now),
) -> Result<Snapshot, Problems> {
    let depth = match inputs.version {
        VersionSpec::Previous { .. } => Depth::Previous,
        _ => Depth::Recent,
    };
    let guess = GroupId::guess(inputs);
    let guessed = GroupFacts::read(aws, &guess, depth, clock);
    let (guessed, reads) = join(guessed, Reads::all(aws, inputs, &guess, depth, clock, None)).await;
    let Reads { mut now, mut asked, mut revisions, behind, discovered } = reads?;

    let settling =
        group::settle(aws, inputs, clock, depth, behind.as_ref(), (guess.clone(), guessed), discovered);
    let group = settling.await.map_err(|problem| {
        tell(&now);
        vec![problem]
    })?;
    let active = read_active(aws, inputs, &group, &now).await?;
    // Which task set is PRIMARY in mid-shift is not documented: the weights say who has the traffic.
    let holder = match &active {
        Some(active) => active.holder().map(|side| side.task_set.clone()),
        None => left_with_most(aws, inputs, &group, &now).await?,
    };
    if let Some(holder) = holder.filter(|holder| *holder != now.task_set.id) {
        let again = Reads::all(aws, inputs, &guess, depth, clock, Some(holder)).await?;
        (now, asked, revisions) = (again.now, again.asked, again.revisions);
    }
    now.beside = active.as_ref().map(Active::beside).unwrap_or_default();
    now.share =
        active.as_ref().and_then(Active::holder).map(|side| side.weight).filter(|share| *share < 99.99);
    tell(&now);

    let mut problems: Problems =
        group::check(&group.facts.group, &inputs.cluster, &inputs.service).into_iter().collect();
    let reading = Reading {
        aws,
        inputs,
        clock,
        now: &now,
        group: &group.facts,
        behind: behind.as_ref(),
        active: active.as_ref(),
    };
    let (target, base) = join(reading.target(asked, revisions), reading.base()).await;
    let target = target.map_err(|found| problems.extend(found));
    let (Ok((found, revision)), true) = (target, problems.is_empty()) else {
        problems.extend(base.err());
        problems.extend(busy(active.as_ref(), inputs, clock.now()));
        return Err(problems);
    };
    let previous = reading.previous_if_serving(&found).await;
    Ok(Snapshot { at: clock.now(), now, group, active, found, revision, base, previous })
}

/// A deployment that was stopped without a rollback leaves two task sets with traffic: its target still says which
/// one has more.
async fn left_with_most(
    aws: &Aws,
    inputs: &Inputs,
    group: &Settled,
    now: &Now,
) -> Result<Option<TaskSetId>, Problems> {
    let alive: Vec<_> = now.service.task_sets.iter().filter(|set| set.status != "DRAINING").collect();
    let newest = group.facts.history.deployments.iter().max_by_key(|deployment| deployment.created_at);
    let Some(newest) = newest.filter(|_| alive.len() > 1) else { return Ok(None) };
    let target = aws.get_deployment_target(&newest.id, &inputs.cluster, &inputs.service).await;
    let target = target.map_err(|failure| vec![failure.problem()])?;
    let sets = target.into_iter().flat_map(|target| target.task_sets);
    let weighted = sets.map(|set| (task_set_id(&set.id), set.weight));
    let held = weighted.filter(|(id, weight)| *weight > 0.0 && alive.iter().any(|set| set.id == *id));
    Ok(held.max_by(|a, b| a.1.total_cmp(&b.1)).map(|(id, _)| id))
}

/// A group has one active deployment at most.
async fn read_active(
    aws: &Aws,
    inputs: &Inputs,
    group: &Settled,
    now: &Now,
) -> Result<Option<Active>, Problems> {
    let facts = &group.facts;
    let mut deployments = facts.active_deployments(aws).await.map_err(|failure| vec![failure.problem()])?;
    // One that ended since it was listed is in nobody's way.
    deployments.retain(|deployment: &Deployment| !deployment.status.is_over());
    let Some(newest) = deployments.into_iter().max_by_key(|deployment| deployment.created_at) else {
        return Ok(None);
    };
    let service = (&now.service, now.tasks.as_slice());
    let active = Active::read(aws, inputs, newest, &facts.history, service, &now.container).await;
    active.map(Some).map_err(|failure| vec![failure.problem()])
}

/// A busy group that is not to be touched is told beside whatever else is wrong, so that nobody meets it
/// only at the next try.
fn busy(active: Option<&Active>, inputs: &Inputs, now: OffsetDateTime) -> Option<Problem> {
    let fails = inputs.active_deployment == ActiveDeployment::Fail;
    active.filter(|_| fails).map(|active| path::deployment_active(&active.deployment, inputs, now))
}
