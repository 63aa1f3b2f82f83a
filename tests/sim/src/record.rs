//! Every call with its times. The speed of a client is measured by these, not by the wall.

use std::collections::BTreeMap;
use std::ops::Deref;
use std::time::Duration;

use serde_json::Value;

use crate::aws::Service;

/// One call, as the simulator saw it. Times are virtual and count from the start of the simulation.
#[derive(Clone, Debug, PartialEq)]
pub struct Call {
    /// `None`: a plain GET or POST.
    pub service: Option<Service>,
    /// For example `CreateDeployment`; `GET` or `POST` for a plain one.
    pub operation: String,
    /// The region that the caller signed for; empty for a plain one.
    pub region: String,
    /// The request's document; for a plain one `{"url": …}`, with a `body` where there is one.
    pub input: Value,
    pub answered: Answered,
    /// Whether the world was asked, whatever the caller got to see.
    pub done: bool,
    pub start: Duration,
    /// When the answer, or its loss, reached the caller; `None` while there is none.
    pub end: Option<Duration>,
}

/// What the caller got.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Answered {
    /// Nothing so far: under way, hanging, or given up by the caller.
    Waiting,
    Ok,
    /// An error with this code.
    Error(String),
    /// A plain answer with this HTTP status, from a GET or a proxy.
    Status(u16),
    /// A connection that broke before or within the answer.
    Broken,
}

/// All calls, in the order of their arrival.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Calls(pub Vec<Call>);

impl Deref for Calls {
    type Target = [Call];

    fn deref(&self) -> &[Call] {
        &self.0
    }
}

impl Calls {
    /// How many calls of an operation arrived.
    pub fn count(&self, operation: &str) -> usize {
        self.of(operation).count()
    }

    /// How many calls of an operation reached the world: what counts for promises like "at most one".
    pub fn done(&self, operation: &str) -> usize {
        self.of(operation).filter(|call| call.done).count()
    }

    /// How many calls of each operation arrived.
    pub fn counts(&self) -> BTreeMap<&str, usize> {
        let mut counts = BTreeMap::new();
        for call in self.iter() {
            *counts.entry(call.operation.as_str()).or_default() += 1;
        }
        counts
    }

    /// The calls of one operation.
    pub fn of(&self, operation: &str) -> impl Iterator<Item = &Call> {
        self.iter().filter(move |call| call.operation == operation)
    }

    /// The calls that were throttled, whether by a rule or by AWS's rates.
    pub fn throttled(&self) -> impl Iterator<Item = &Call> {
        let code = Answered::Error("ThrottlingException".to_owned());
        self.iter().filter(move |call| call.answered == code)
    }

    /// How many calls were in flight at most, at one time. One without an end, which nobody answered, counts to the
    /// last, and one that took no time counts for nothing: a simulation without a latency has none in flight.
    pub fn most_in_flight(&self) -> usize {
        let mut starts: Vec<Duration> = self.iter().map(|call| call.start).collect();
        let mut ends: Vec<Duration> = self.iter().filter_map(|call| call.end).collect();
        starts.sort_unstable();
        ends.sort_unstable();
        // A call may begin at the very moment when another ends: then they were not in flight together.
        let in_flight = starts
            .iter()
            .zip(1_usize..)
            .map(|(start, begun)| begun.saturating_sub(ends.partition_point(|end| end <= start)));
        in_flight.max().unwrap_or(0)
    }

    /// How many round trips went before the first call of `operation`: the longest chain of calls that each began
    /// after the one before had ended. `None` where there was no such call. Means nothing without a latency, since
    /// calls that take no time never overlap.
    pub fn round_trips_before(&self, operation: &str) -> Option<usize> {
        let deadline = self.of(operation).next()?.start;
        let mut chains: Vec<(Duration, usize)> = Vec::new();
        for call in self.iter() {
            if let Some(end) = call.end.filter(|end| *end <= deadline) {
                let before = chains.iter().filter(|(end, _)| *end <= call.start);
                let depth = before.map(|(_, depth)| *depth).max().unwrap_or(0);
                chains.push((end, depth + 1));
            }
        }
        Some(
            chains
                .into_iter()
                .map(|(_, depth)| depth)
                .max()
                .unwrap_or(0),
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn call(operation: &str, start: u64, end: Option<u64>) -> Call {
        Call {
            service: Some(Service::Ecs),
            operation: operation.to_owned(),
            region: "ap-northeast-2".to_owned(),
            input: Value::Null,
            answered: Answered::Ok,
            done: true,
            start: Duration::from_millis(start),
            end: end.map(Duration::from_millis),
        }
    }

    #[test]
    fn parallel_calls_are_one_round_trip() {
        let calls = Calls(vec![
            call("DescribeServices", 0, Some(50)),
            call("DescribeImages", 0, Some(70)),
            call("DescribeTasks", 50, Some(100)),
            call("GetDeployment", 70, Some(120)),
            call("ListTasks", 90, Some(140)),
            call("CreateDeployment", 140, Some(190)),
            call("GetDeployment", 190, Some(240)),
        ]);
        assert_eq!(calls.round_trips_before("CreateDeployment"), Some(2));
        assert_eq!(calls.round_trips_before("DescribeServices"), Some(0));
        assert_eq!(calls.round_trips_before("StopDeployment"), None);
    }

    #[test]
    fn the_most_in_flight_is_counted_where_the_most_overlap() {
        let at_most = |calls: &[(u64, Option<u64>)]| {
            let calls = calls.iter().map(|(start, end)| call("A", *start, *end));
            Calls(calls.collect()).most_in_flight()
        };
        assert_eq!(at_most(&[]), 0);
        assert_eq!(at_most(&[(0, Some(10)), (10, Some(20)), (20, Some(30))]), 1);
        let nested = [
            (0, Some(100)),
            (10, Some(20)),
            (15, Some(40)),
            (30, Some(50)),
        ];
        assert_eq!(at_most(&nested), 3);
        let late_record = [
            (30, Some(50)),
            (0, Some(100)),
            (15, Some(40)),
            (10, Some(20)),
        ];
        assert_eq!(at_most(&late_record), 3);
        let unanswered = [(0, None), (0, Some(10)), (20, Some(30))];
        assert_eq!(at_most(&unanswered), 2);
        assert_eq!(at_most(&[(5, Some(5)), (5, Some(5))]), 0);
    }

    #[test]
    fn throttled_calls_are_told_by_what_they_were_answered() {
        let mut calls = Calls(vec![call("A", 0, Some(1)), call("B", 0, Some(1))]);
        calls.0[1].answered = Answered::Error("ThrottlingException".to_owned());
        let throttled: Vec<&str> = calls
            .throttled()
            .map(|call| call.operation.as_str())
            .collect();
        assert_eq!(throttled, ["B"]);
    }

    #[test]
    fn a_chain_may_pass_from_one_branch_to_another() {
        let calls = Calls(vec![
            call("A", 0, Some(10)),
            call("B", 0, Some(100)),
            call("C", 10, Some(20)),
            call("D", 20, Some(30)),
            call("CreateDeployment", 100, None),
        ]);
        assert_eq!(calls.round_trips_before("CreateDeployment"), Some(3));
    }

    #[test]
    fn calls_without_an_end_are_in_no_chain_and_still_counted() {
        let calls = Calls(vec![
            call("A", 0, None),
            call("A", 5, Some(10)),
            call("CreateDeployment", 10, None),
        ]);
        assert_eq!(calls.round_trips_before("CreateDeployment"), Some(1));
        assert_eq!(
            calls.counts(),
            BTreeMap::from([("A", 2), ("CreateDeployment", 1)])
        );
        assert_eq!((calls.count("A"), calls.done("A")), (2, 2));
    }
}
