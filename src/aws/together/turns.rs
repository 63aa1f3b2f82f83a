//! When the calls of several services may be sent: AWS lets an account send so many of a kind at once, and so many more
//! each second.
//!
//! The rates are the defaults of every account and region, in "Request throttling for the Amazon ECS API" (Amazon ECS
//! API Reference), "Request Token Bucket Sizes and Refill Rates", and in "Amazon ECR service quotas" (Amazon ECR User
//! Guide). CodeDeploy and CloudWatch Logs publish none, and ECR's reads have rates that no run gets near: these are held
//! by the bound on calls in flight alone.

use std::{
    sync::{Arc, Mutex},
    time::Duration,
};

use crate::{aws::Operation, clock::Clock};

/// A run of more services may be one of two that roll back a system at the same time, since the input takes 50 at most:
/// it leaves half of each rate to the other. A smaller one has sent its reads before that matters.
const ALONE: usize = 25;

/// Calls that have to wait are let through in groups: what their answers lead to can then be one call for all of them.
const GROUP: Duration = Duration::from_millis(500);

/// What AWS counts together.
struct Quota {
    operations: &'static [&'static str],
    /// How many calls may come at once.
    burst: u32,
    /// How many more each second.
    per_second: u32,
}

const QUOTAS: &[Quota] = &[
    quota(&["RegisterTaskDefinition"], 20, 1),
    quota(&["DescribeTaskDefinition", "ListTaskDefinitions"], 50, 20),
    quota(&["DescribeTasks", "ListTasks"], 100, 20),
    quota(&["UpdateService"], 50, 5),
    quota(&["DescribeServices", "ListServices"], 100, 20),
    quota(
        &["DescribeServiceDeployments", "ListServiceDeployments"],
        50,
        20,
    ),
    quota(&["DescribeServiceRevisions"], 50, 20),
    // No burst is published, which is taken to be a second's worth.
    quota(&["PutImage"], 10, 10),
];

const fn quota(operations: &'static [&'static str], burst: u32, per_second: u32) -> Quota {
    Quota {
        operations,
        burst,
        per_second,
    }
}

/// Gives each call its turn. Clones share the turns.
#[derive(Clone)]
pub(crate) struct Turns(Option<Arc<Paced>>);

struct Paced {
    clock: Clock,
    /// The part of AWS's rates that this run takes is one in so many.
    runs: u32,
    /// For each quota, when the calls that were let through so far are due at its steady rate.
    due: Mutex<Vec<Duration>>,
}

impl Turns {
    /// Every call at once.
    pub(super) fn unlimited() -> Self {
        Self(None)
    }

    /// Those of a run of so many services.
    pub(super) fn of(services: usize, clock: Clock) -> Self {
        Self(Some(Arc::new(Paced {
            clock,
            runs: if services > ALONE { 2 } else { 1 },
            due: Mutex::new(vec![Duration::ZERO; QUOTAS.len()]),
        })))
    }

    /// Waits until the operation may be called. It waits here and not on the way to AWS, where the call's own timeout
    /// would run meanwhile. An attempt that the SDK repeats has waited by then.
    pub(crate) async fn take(&self, operation: Operation) {
        let Some(paced) = &self.0 else { return };
        let now = paced.clock.elapsed();
        let turn = paced.reserve(operation, now);
        if turn > now {
            paced.clock.sleep_until(end_of_group(turn)).await;
        }
    }
}

impl Paced {
    /// Takes the operation's next turn: when that is.
    fn reserve(&self, operation: Operation, now: Duration) -> Duration {
        let mut quotas = QUOTAS.iter();
        let Some(at) = quotas.position(|quota| quota.operations.contains(&operation.name)) else {
            return now;
        };
        let Quota {
            burst, per_second, ..
        } = QUOTAS[at];
        let interval = Duration::from_secs(1) * self.runs / per_second;
        let ahead = interval * (burst / self.runs - 1);
        let mut due = self.due.lock().expect("nothing panics with this lock");
        let is_due = due[at].max(now);
        due[at] = is_due + interval;
        is_due.saturating_sub(ahead).max(now)
    }
}

/// The first end of a group at that time or later.
fn end_of_group(turn: Duration) -> Duration {
    let groups = turn.as_nanos().div_ceil(GROUP.as_nanos());
    GROUP * u32::try_from(groups).unwrap_or(u32::MAX)
}

#[cfg(test)]
mod tests {
    use futures_util::future::join_all;

    use super::*;

    const READ: Operation = Operation::ecs("DescribeTaskDefinition");

    /// When so many calls were let through.
    async fn let_through(turns: &Turns, operation: Operation, calls: usize) -> Vec<Duration> {
        let clock = Clock::system();
        let calls = (0..calls).map(async |_| {
            turns.take(operation).await;
            clock.elapsed()
        });
        join_all(calls).await
    }

    #[tokio::test(start_paused = true)]
    async fn a_burst_goes_at_once_and_the_rest_at_the_rate() {
        let turns = Turns::of(25, Clock::system());
        let times = let_through(&turns, READ, 70).await;
        let at_once = times.iter().filter(|time| time.is_zero()).count();
        assert_eq!(at_once, 50);
        // The other twenty take a second, and go in two groups.
        let later: Vec<u128> = times[50..].iter().map(Duration::as_millis).collect();
        assert_eq!(later, [[500; 10], [1_000; 10]].concat());
    }

    #[tokio::test(start_paused = true)]
    async fn a_large_run_takes_half() {
        let turns = Turns::of(26, Clock::system());
        let times = let_through(&turns, READ, 45).await;
        let at_once = times.iter().filter(|time| time.is_zero()).count();
        assert_eq!(at_once, 25);
        assert_eq!(times[44].as_millis(), 2_000);
    }

    #[tokio::test(start_paused = true)]
    async fn what_was_not_used_comes_back() {
        let clock = Clock::system();
        let turns = Turns::of(2, clock);
        let_through(&turns, READ, 50).await;
        clock.sleep(Duration::from_secs(1)).await;
        let times = let_through(&turns, READ, 21).await;
        assert_eq!(times.iter().filter(|time| time.is_zero()).count(), 20);
    }

    #[tokio::test(start_paused = true)]
    async fn operations_of_one_quota_share_it_and_others_do_not_wait() {
        let turns = Turns::of(2, Clock::system());
        let_through(&turns, READ, 50).await;
        let list = Operation::ecs("ListTaskDefinitions");
        assert!(!let_through(&turns, list, 1).await[0].is_zero());
        for other in [
            Operation::ecs("UpdateService"),
            Operation::codedeploy("CreateDeployment"),
        ] {
            assert!(let_through(&turns, other, 1).await[0].is_zero());
        }
        let unlimited = Turns::unlimited();
        let times = let_through(&unlimited, READ, 200).await;
        assert!(times.iter().all(Duration::is_zero));
    }
}
