//! AWS → [`Snapshot`]: the service, its images, its deployment group and their past.
//!
//! Three round trips for the usual run, because every read is sent as soon as what it needs is
//! known: first what the inputs name, then what the service names, then what its revision names.
//! Reads that only some runs need (suggestions, a far past, an image's configuration) come after.

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
use crate::inputs::{Inputs, VersionSpec};
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
    /// The deployments that occupy the group.
    pub active: Vec<Deployment>,
    /// What was asked for, found.
    pub found: Found,
    /// The revision that will run it, or the content to register.
    pub revision: Revision,
    /// The AppSpec to start from.
    pub base: Base,
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
    let (guessed, reads) = join(guessed, Reads::all(aws, inputs, &guess, depth, clock)).await;
    let Reads { now, asked, revisions, behind, discovered } = reads?;
    tell(&now);

    let settling = group::settle(aws, inputs, clock, depth, behind.as_ref(), (guess, guessed), discovered);
    let group = settling.await.map_err(|problem| vec![problem])?;
    let active = group.facts.active_deployments(aws).await.map_err(|failure| vec![failure.problem()])?;
    let mut problems: Problems =
        group::check(&group.facts.group, &inputs.cluster, &inputs.service).into_iter().collect();

    let reading = Reading { aws, inputs, clock, now: &now, group: &group.facts, behind: behind.as_ref() };
    let (target, base) = join(reading.target(asked, revisions), reading.base()).await;
    let target = target.map_err(|found| problems.extend(found));
    let base = base.map_err(|problem| problems.push(problem));
    let (Ok((found, revision)), Ok(base)) = (target, base) else {
        problems.extend(busy(&active, inputs, clock.now()));
        return Err(problems);
    };
    if !problems.is_empty() {
        return Err(problems);
    }
    let previous = reading.previous_if_serving(&found).await;
    Ok(Snapshot { at: clock.now(), now, group, active, found, revision, base, previous })
}

/// A busy group is told beside whatever else is wrong, so that nobody meets it only at the next try.
fn busy(active: &[Deployment], inputs: &Inputs, now: OffsetDateTime) -> Option<Problem> {
    active.first().map(|deployment| crate::plan::path::deployment_active(deployment, inputs, now))
}
