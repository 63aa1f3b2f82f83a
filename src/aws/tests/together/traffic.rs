//! How many calls are in flight at once.

use super::*;
use crate::names::{ApplicationName, GroupName};

/// The most calls of the operation that were in flight at one moment.
fn most_at_once(sim: &Sim, operation: &str) -> usize {
    let calls = sim.calls();
    let at_once = |moment: Duration| {
        let in_flight =
            |call: &&Call| call.start <= moment && call.end.is_none_or(|end| moment < end);
        calls.of(operation).filter(in_flight).count()
    };
    let most = calls.of(operation).map(|call| at_once(call.start)).max();
    most.expect("there were calls")
}

/// How many groups were read, at the same time. CodeDeploy publishes no rate, so no call waits for its turn.
async fn read_groups(aws: &Aws, services: usize) -> usize {
    let reads = names(services).into_iter().map(async |name| {
        let application = ApplicationName::new(format!("AppECS-prod-{name}"));
        let group = GroupName::new(format!("DgpECS-prod-{name}"));
        aws.get_deployment_group(&application, &group).await
    });
    let answers = join_all(reads).await.into_iter();
    answers.filter(Result::is_ok).count()
}

#[tokio::test(start_paused = true)]
async fn sixty_four_reads_are_in_flight_at_most() {
    let sim = Sim::new(services(150).0, at(0)).with_latency(LATENCY);
    assert_eq!(read_groups(&for_several(&sim).await, 150).await, 150);
    assert_eq!(most_at_once(&sim, "GetDeploymentGroup"), 64);
    // Three times 64 are enough for 150.
    assert_eq!(sim.clock().elapsed(), 3 * LATENCY);
    no_violations(&sim);

    let sim = Sim::new(services(150).0, at(0)).with_latency(LATENCY);
    assert_eq!(read_groups(&through(&sim).await, 150).await, 150);
    assert_eq!(most_at_once(&sim, "GetDeploymentGroup"), 150);
}

#[tokio::test(start_paused = true)]
async fn a_write_waits_for_no_read() {
    let (world, ids) = services(100);
    let sim = Sim::new(world, at(0));
    sim.rule(Rule::on("GetDeploymentGroup", Effect::HangBefore));
    let aws = for_several(&sim).await;
    let write = async {
        sim.clock().sleep(Duration::from_secs(1)).await;
        aws.stop_deployment(&ids[0]).await
    };
    let (_, stopped) = tokio::join!(read_groups(&aws, 100), write);
    // It is over; that AWS says so is what counts here.
    assert!(stopped.expect_err("a refusal").is_rejected());
    let calls = sim.calls();
    let stop = calls.of("StopDeployment").next().expect("a call");
    assert_eq!(stop.start, Duration::from_secs(1));
}

/// Throttled reads wait for about a second before the SDK sends them again. Meanwhile others have room.
#[tokio::test(start_paused = true)]
async fn a_read_that_waits_for_its_next_attempt_takes_no_room() {
    let sim = Sim::new(services(100).0, at(0));
    sim.rule(Rule::on("GetDeploymentGroup", Effect::Throttle));
    let aws = for_several(&sim).await;
    let other = async {
        sim.clock().sleep(Duration::from_millis(100)).await;
        aws.list_applications().await
    };
    let (found, names) = tokio::join!(read_groups(&aws, 100), other);
    assert_eq!((found, names.expect("names").len()), (0, 100));
    let calls = sim.calls();
    let list = calls.of("ListApplications").next().expect("a call");
    assert_eq!(list.start, Duration::from_millis(100));
    // They were asked more than once, and not within these 100 ms.
    let attempts: Vec<_> = calls
        .of("GetDeploymentGroup")
        .map(|call| call.start)
        .collect();
    assert!(attempts.len() > 100 && attempts[100] > list.start);
}

#[tokio::test(start_paused = true)]
async fn a_read_that_its_caller_gives_up_leaves_its_room() {
    let sim = Sim::new(services(70).0, at(0));
    sim.rule(Rule::on("GetDeploymentGroup", Effect::HangBefore).first(64));
    let aws = for_several(&sim).await;
    let soon = Duration::from_secs(1);
    let given_up = tokio::time::timeout(soon, read_groups(&aws, 64)).await;
    assert!(given_up.is_err(), "they hang");
    assert_eq!(read_groups(&aws, 70).await, 70);
    assert_eq!(sim.clock().elapsed(), soon);
}

/// The SDK's limits count from when the attempt has room: a slow AWS is no AWS that does not answer.
#[tokio::test(start_paused = true)]
async fn waiting_for_room_is_not_waiting_for_an_answer() {
    let slow = Duration::from_secs(6);
    let sim = Sim::new(services(300).0, at(0)).with_latency(slow);
    assert_eq!(read_groups(&for_several(&sim).await, 300).await, 300);
    assert_eq!(sim.calls().count("GetDeploymentGroup"), 300);
    assert_eq!(sim.clock().elapsed(), 5 * slow);
    no_violations(&sim);
}

#[tokio::test(start_paused = true)]
async fn an_attempt_that_is_not_answered_has_its_limit() {
    let sim = Sim::new(services(1).0, at(0));
    sim.rule(Rule::on("GetDeploymentGroup", Effect::HangBefore).first(1));
    assert_eq!(read_groups(&for_several(&sim).await, 1).await, 1);
    let elapsed = sim.clock().elapsed();
    let limit = Duration::from_secs(8);
    assert!(elapsed >= limit && elapsed < 2 * limit, "{elapsed:?}");
    let (world, ids) = services(1);
    let sim = Sim::new(world, at(0));
    sim.rule(Rule::on("StopDeployment", Effect::HangAfter));
    let stopped = for_several(&sim).await.stop_deployment(&ids[0]).await;
    let failure = stopped.expect_err("no answer");
    assert!(failure.is_ambiguous() && !failure.is_not_sent());
    assert_eq!(sim.clock().elapsed(), limit);
}
