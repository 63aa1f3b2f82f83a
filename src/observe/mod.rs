//! AWS → [`Snapshot`]: the service as it is, its past, and the target.
//!
//! Three round trips for the usual run, because every read is sent as soon as what it needs is
//! known: first what the inputs name, then what the service names, then what its revision names.
//! Reads that only some runs need (suggestions, a far past, an image's configuration) come after.

pub(crate) mod beside;
pub(crate) mod busy;
mod checks;
pub(crate) mod codedeploy;
mod commit;
mod describe_images;
pub(crate) mod ecs;
pub(crate) mod expiry;
mod find_target;
pub(crate) mod image;
mod labels;
pub(crate) mod listing;
mod moved;
pub(crate) mod neighbours;
pub(crate) mod own_rollback;
pub(crate) mod own_writes;
mod past;
mod prefetch;
mod previous;
mod reader;
mod record;
mod repository;
pub(crate) mod revision;
mod revisions;
pub(crate) mod running_service;
mod service_state;
pub(crate) mod serving;
pub(crate) mod stable_tag;
mod suggestions;
pub(crate) mod target;
pub(crate) mod to_mark;
mod wanted;
mod windows;

use std::{future::poll_fn, pin::pin};

use futures_util::future::maybe_done;
use time::OffsetDateTime;

use crate::{
    aws::Aws,
    boxed::boxed,
    clock::Clock,
    domain::{past::Candidate, service::Controller},
    error::{self, Problems},
    inputs::{ActiveDeployment, Inputs},
};
use checks::keep;
use codedeploy::{group::GroupFacts, group_id::GroupId};
use reader::Reader;
use record::Record;
pub(crate) use repository::find_repository;
use revision::Revision;
use running_service::RunningService;
use service_state::ServiceState;
use target::{FoundTarget, Lookup};
use wanted::TargetSpec;
pub(crate) use wanted::{PinnedTarget, Wanted};

/// Everything that a plan is made from. Read once, never changed.
pub(crate) struct Snapshot {
    pub at: OffsetDateTime,
    /// The service and what serves its users.
    pub running: RunningService,
    /// What only services of this deployment controller have.
    pub controller: ControllerState,
    /// What was asked for, found.
    pub target: FoundTarget,
    /// The revision that will run it, or the content to register.
    pub revision: Revision,
    /// The nearest state to go back to, where the version asked for is already serving.
    pub previous: Option<Candidate>,
}

/// Who deploys the service, and what it is busy with.
pub(crate) enum ControllerState {
    CodeDeploy(Box<codedeploy::Observed>),
    Ecs(Box<ecs::Observed>),
}

/// What is known while the rest is still read.
pub(crate) enum News<'a> {
    /// What serves now.
    Serving(&'a RunningService),
    /// The target, before its revision is chosen.
    Target(&'a RunningService, &'a FoundTarget),
}

/// Reads everything. `tell` is called once with each of its news, as soon as it is known.
///
/// # Errors
/// Every problem that the reads and their checks found. Nothing has been written.
pub(crate) async fn observe(
    aws: &Aws,
    inputs: &Inputs,
    wanted: &Wanted,
    clock: Clock,
    tell: &dyn Fn(News<'_>),
) -> Result<Snapshot, Problems> {
    let spec = TargetSpec::new(inputs, wanted);
    let reader = Reader {
        aws,
        inputs,
        clock,
        spec: Some(&spec),
    };
    let tell_serving = |running: &RunningService| tell(News::Serving(running));
    let state = service(reader, &tell_serving).await?;
    let tell_target = |target: &FoundTarget| tell(News::Target(&state.running, target));
    let lookup = Lookup {
        reader,
        spec: &spec,
        running: &state.running,
        record: state.record(),
        described: &state.prefetch.described,
        tell: &tell_target,
    };
    let found = lookup.find_target(&state.prefetch).await;
    let (target, revision) = state.add_problems(found, inputs, clock.now())?;
    let previous = lookup.find_nearest_not_serving(&target).await;
    Ok(Snapshot {
        at: clock.now(),
        running: state.running,
        controller: state.controller,
        target,
        revision,
        previous,
    })
}

/// The service as it is, with what the target will need where the reader has one.
///
/// # Errors
/// Every read that did not work, and a service that can't be rolled back.
async fn service(
    reader: Reader<'_>,
    tell: &dyn Fn(&RunningService),
) -> Result<ServiceState<ControllerState>, Problems> {
    let guess = GroupId::guess(reader.inputs);
    let mut guessed = pin!(maybe_done(GroupFacts::read(&reader, &guess)));
    let mut answer = pin!(reader.read_service());
    // The group that AWS's CLI would use is asked for at once; a service that ECS deploys does not wait for it.
    let answer = poll_fn(|context| {
        let polled = answer.as_mut().poll(context);
        // Polled along and not waited for; its answer stays in the future until it is asked for. Of many services, those
        // that ECS deploys are not worth the calls.
        if polled.is_pending() && !reader.aws.is_shared() {
            let _ = guessed.as_mut().poll(context);
        }
        polled
    })
    .await?;
    if answer.service.controller == Controller::Ecs {
        let state = boxed(|| ecs::read_service(reader, answer, tell)).await?;
        return Ok(state.of(ControllerState::Ecs));
    }
    let group = async {
        guessed.as_mut().await;
        match guessed.as_mut().take_output() {
            Some(group) => group,
            // It can't have been taken before; to read again is right all the same.
            None => GroupFacts::read(&reader, &guess).await,
        }
    };
    // Boxed, or the futures of all reads nest in one another on the stack.
    let state = boxed(|| codedeploy::read_service(reader, answer, group, tell)).await?;
    Ok(state.of(ControllerState::CodeDeploy))
}

impl ServiceState<ControllerState> {
    fn record(&self) -> Record<'_> {
        match &self.controller {
            ControllerState::CodeDeploy(observed) => Record::CodeDeploy {
                observed,
                history: observed.group.facts.history.clone(),
            },
            ControllerState::Ecs(observed) => Record::Ecs {
                observed,
                history: observed.history.clone(),
            },
        }
    }

    /// What was found, if the service has no problem either.
    ///
    /// # Errors
    /// The problems of both, and what else the plan would refuse.
    fn add_problems<Found>(
        &self,
        found: Result<Found, Problems>,
        inputs: &Inputs,
        at: OffsetDateTime,
    ) -> Result<Found, Problems> {
        let mut problems = self.wrong_group(inputs);
        let found = keep(found, &mut problems);
        if let Some(found) = found
            && problems.is_empty()
        {
            return Ok(found);
        }
        for problem in self.further_problems(inputs, at) {
            error::add(&mut problems, problem);
        }
        Err(problems)
    }

    /// A wrong group is told together with what is wrong with the target: both are inputs to fix.
    fn wrong_group(&self, inputs: &Inputs) -> Problems {
        let mut problems = Problems::new();
        if let ControllerState::CodeDeploy(observed) = &self.controller {
            keep(observed.group.facts.check_deploys(inputs), &mut problems);
        }
        problems
    }

    /// What the plan would refuse beside whatever else is wrong, told now so that nobody meets it only at the next try.
    fn further_problems(&self, inputs: &Inputs, at: OffsetDateTime) -> Problems {
        let mut problems = Problems::new();
        let fails = inputs.active_deployment == ActiveDeployment::Fail;
        match &self.controller {
            ControllerState::CodeDeploy(observed) => {
                problems.extend(observed.base.as_ref().err().cloned());
                if let Some(active) = &observed.active
                    && fails
                {
                    problems.push(busy::deployment_active(&active.deployment, inputs, at));
                }
            }
            ControllerState::Ecs(observed) => {
                if let Some(active) = &observed.active
                    && fails
                {
                    problems.push(active.busy_problem(inputs, at));
                }
            }
        }
        problems
    }
}

#[cfg(test)]
mod tests;
