//! Plan → what happened. The only folder that writes to AWS; it makes no choice that the plan has not made.

pub mod codedeploy;
pub mod ecs;
pub mod register;

use std::time::Duration;

use crate::aws::{Failure, Fault};
use crate::clock::Clock;
use crate::error::{Code, Problem, Problems};
use crate::report::data::{Detail, Outcome};
use crate::report::event::Event;

/// CodeDeploy asks not to be polled faster than this for one service; ECS is not, either.
const POLL: Duration = Duration::from_secs(5);
/// So that many runs at once do not ask in step.
const JITTER_MILLIS: u64 = 500;

/// Waits for one poll, spread by the run's own marker: no two runs alike, and every test run the same.
async fn pause(clock: Clock, marker: &str, turn: u64) {
    let seed = marker.bytes().fold(turn, |seed, byte| {
        seed.wrapping_mul(31).wrapping_add(byte.into())
    });
    clock
        .sleep(POLL + Duration::from_millis(seed % JITTER_MILLIS))
        .await;
}

/// A read of the deployment that may work the next time.
fn ridden_out(failure: &Failure) -> Event {
    let kind = if failure.fault == Fault::Throttled {
        "throttles"
    } else {
        "does not answer properly"
    };
    Event::Warned(format!(
        "AWS {kind} ({}); asking on until the timeout",
        failure.operation.iam_action()
    ))
}

/// The run is over before the target serves.
#[derive(Clone, Debug)]
pub struct Ended {
    pub outcome: Outcome,
    pub problems: Problems,
    /// What was left behind, or is still under way: one line each.
    pub left: Vec<String>,
    pub details: Vec<Detail>,
    /// The state of things has changed under the run: looking again may find a way.
    pub again: bool,
    /// AWS rejected the write that was sent last: it did not happen.
    pub rejected: bool,
}

impl Ended {
    /// With nothing left behind and nothing more to say.
    pub fn new(outcome: Outcome, problem: Problem) -> Self {
        Self {
            outcome,
            problems: vec![problem],
            left: Vec::new(),
            details: Vec::new(),
            again: false,
            rejected: false,
        }
    }

    /// AWS said no to a write. Where nothing had been written before, nothing was changed.
    pub fn rejected(failure: &Failure, code: Code, what: &str, changed: bool) -> Self {
        let outcome = Outcome::cut_short(changed);
        let problem = if failure.fault == Fault::Rejected {
            Problem::new(
                code,
                format!("{what}: {} {}", failure.code, failure.message),
                "look at what AWS says; where it names a resource, check that it exists in this region and account",
            )
        } else {
            failure.problem()
        };
        Self {
            rejected: true,
            ..Self::new(outcome, problem)
        }
    }
}
