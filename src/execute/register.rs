//! `RegisterTaskDefinition`, so that a lost answer leaves no revision unmentioned.

use std::time::Duration;

use serde_json::Value;

use super::Ended;
use crate::aws::{Aws, Failure, Fault};
use crate::clock::Clock;
use crate::domain::task_definition::TAG_RUN;
use crate::error::Code;
use crate::names::TaskDefinitionArn;
use crate::observe::own_writes::find_registered_revision;

/// How often the request is sent, where its answer was lost and no revision of ours appeared.
const ATTEMPTS: u32 = 3;
const PAUSE: Duration = Duration::from_secs(2);
const THROTTLE_PAUSES: [u64; 5] = [1, 2, 4, 8, 15];

/// Registers the revision, once. The run's own tag tells it from everybody else's.
///
/// # Errors
/// How the run ends: AWS rejected it, or nobody can say whether it was done.
pub async fn register(
    aws: &Aws,
    clock: Clock,
    family: &str,
    request: &Value,
    marker: &str,
    changed: bool,
) -> Result<TaskDefinitionArn, Ended> {
    let refused = |failure: &Failure| {
        Ended::rejected(
            failure,
            Code::RegisterRejected,
            &format!("ECS did not register a revision of {family}"),
            changed,
        )
    };
    let mut pauses = THROTTLE_PAUSES.into_iter();
    let mut attempt = 1;
    loop {
        let failure = match aws.register_task_definition(request).await {
            Ok(definition) => match definition.arn() {
                Some(arn) => return Ok(arn.clone()),
                None => return Err(lost(family, marker, "its answer holds no ARN")),
            },
            Err(failure) => failure,
        };
        if is_throttling(&failure) {
            let Some(seconds) = pauses.next() else {
                return Err(refused(&failure));
            };
            clock.sleep(Duration::from_secs(seconds)).await;
            continue;
        }
        if !failure.is_ambiguous() {
            // An earlier attempt may have taken effect.
            let unseen = attempt > 1;
            return Err(if unseen {
                lost(family, marker, &failure.message)
            } else {
                refused(&failure)
            });
        }
        clock.sleep(PAUSE).await;
        match find_registered_revision(aws, family, marker).await {
            Ok(Some(arn)) => return Ok(arn),
            Ok(None) if attempt < ATTEMPTS => attempt += 1,
            Ok(None) => return Err(lost(family, marker, &failure.message)),
            Err(unseen) => return Err(lost(family, marker, &unseen.message)),
        }
    }
}

/// ECS says `LimitExceededException`, too, when revisions are registered too fast.
fn is_throttling(failure: &Failure) -> bool {
    failure.fault == Fault::Throttled || failure.is("LimitExceededException")
}

fn lost(family: &str, marker: &str, why: &str) -> Ended {
    let problem = crate::error::Problem::new(
        Code::AwsUnreachable,
        format!("the answer to ecs:RegisterTaskDefinition for {family} was lost: {why}"),
        "run this again; traffic was not touched",
    );
    let mut ended = Ended::new(crate::report::data::Outcome::Failed, problem);
    ended.left.push(format!(
        "a revision of {family} with the tag {TAG_RUN}={marker} may have been registered; it takes no traffic"
    ));
    ended
}
