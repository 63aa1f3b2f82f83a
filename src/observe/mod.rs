//! AWS → [`Snapshot`]: the service, its images, whoever deploys it, and the past.
//!
//! Three round trips for the usual run, because every read is sent as soon as what it needs is
//! known: first what the inputs name, then what the service names, then what its revision names.
//! Reads that only some runs need (suggestions, a far past, an image's configuration) come after.

mod checks;
pub mod codedeploy;
pub mod ecs;
pub mod image;
pub mod now;
pub mod own_writes;
pub mod past;
pub mod record;
pub mod revision;
pub mod revisions;
pub mod serving;
pub mod target;
pub mod windows;

use std::pin::pin;

use futures_util::future::{Either, ready, select};
use time::OffsetDateTime;

use crate::aws::Aws;
use crate::clock::Clock;
use crate::domain::past::Candidate;
use crate::domain::service::Controller;
use crate::error::Problems;
use crate::inputs::Inputs;
use codedeploy::group::{GroupFacts, GroupId};
use now::{First, Now};
use revision::Revision;
use target::Found;

/// Everything that a plan is made from. Read once, never changed.
pub struct Snapshot {
    pub at: OffsetDateTime,
    /// The service and what serves its users.
    pub now: Now,
    /// What only services of this deployment controller have.
    pub controller: ControllerState,
    /// What was asked for, found.
    pub found: Found,
    /// The revision that will run it, or the content to register.
    pub revision: Revision,
    /// The nearest state to go back to, where the version asked for is already serving.
    pub previous: Option<Candidate>,
}

/// Who deploys the service, and what it is busy with.
pub enum ControllerState {
    CodeDeploy(Box<codedeploy::Observed>),
    Ecs(Box<ecs::Observed>),
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
    let guess = GroupId::guess(inputs);
    let mut guessed = pin!(GroupFacts::read(aws, inputs, &guess, clock));
    // The group that AWS's CLI would use is asked for at once; a service that ECS deploys does not wait for it.
    let (first, early) = match select(pin!(First::read(aws, inputs)), guessed.as_mut()).await {
        Either::Left((first, _)) => (first?, None),
        Either::Right((guessed, first)) => (first.await?, Some(guessed)),
    };
    if first.service.controller == Controller::Ecs {
        return Box::pin(ecs::observe(aws, inputs, clock, tell, first)).await;
    }
    let guessed = match early {
        Some(guessed) => Either::Left(ready(guessed)),
        None => Either::Right(guessed),
    };
    Box::pin(codedeploy::observe(
        aws, inputs, clock, tell, first, guessed,
    ))
    .await
}
