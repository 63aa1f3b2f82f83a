//! Operations that the rooms above call, against the simulated AWS.

mod ecr;
mod together;

use std::time::{Duration, SystemTime};

use aws_sim::{
    Sim,
    rules::{Effect, Rule},
    world::{Crash, HealthCheck, Reached, Start, World, stage},
};
use time::OffsetDateTime;

use super::*;
use crate::{
    clock::Clock,
    domain::{log::LogLine, service::Task},
    names::{ClusterName, Region, ServiceName},
};

const GROUP: &str = "/ecs/web1";
const MISSING: &str = "ResourceNotFoundException";
const HOSTILE: &str = "::error::\u{1b}[31m\u{0}##[set-env]\r\n\u{fdd1}password=hunter2";

fn at(seconds: u64) -> SystemTime {
    SystemTime::UNIX_EPOCH + Duration::from_secs(stage::START + seconds)
}

fn region() -> Region {
    Region::new(stage::REGION)
}

async fn through(sim: &Sim) -> Aws {
    Aws::new(&connection(sim).await, None)
}

async fn connection(sim: &Sim) -> Connection {
    let clock = Clock::starting_at(sim.clock().now());
    let credentials = Credentials::new("AKIAIOSFODNN7EXAMPLE", "secret", None, None, "test");
    let (client, connector) = (sim.http_client(), sim.connector());
    Connection::through(&region(), clock, client, connector, Some(credentials)).await
}

async fn stopped_tasks(aws: &Aws) -> Vec<Task> {
    let (cluster, service) = (ClusterName::new("prod"), ServiceName::new("web1"));
    let arns = aws.list_stopped_tasks(&cluster, &service).await;
    let arns = arns.expect("a list");
    aws.describe_tasks(&cluster, &arns)
        .await
        .expect("descriptions")
}

fn texts(lines: &[LogLine]) -> Vec<&str> {
    lines.iter().map(|line| line.text.raw()).collect()
}

/// web1, whose v1.0.0 is changed and then deployed for as many seconds.
fn deploying(seconds: u64, change: impl FnOnce(&mut World, &str)) -> Sim {
    let mut web1 = stage::web1();
    let digest = web1.releases[0].digest.clone();
    change(&mut web1.world, &digest);
    let old = Start::new(&web1.releases[0].task_definition);
    web1.world
        .start_deployment(&web1.service, &old, Reached::Installing);
    web1.world.advance(at(seconds));
    Sim::new(web1.world, at(seconds))
}

#[tokio::test(start_paused = true)]
async fn a_crashed_task_says_why_and_its_last_lines() {
    let sim = deploying(90, |world, digest| {
        world.set_image_crash("web1", digest, Some(Crash::out_of_memory()));
        let lines = [
            (0, "starting"),
            (1_000, HOSTILE),
            (1_250, "killed"),
            (9_000, "never"),
        ];
        world.set_image_log("web1", digest, &lines);
    });
    let aws = through(&sim).await;
    let task = stopped_tasks(&aws).await.remove(0);
    let stop = task.stop.expect("it stopped");
    assert_eq!(stop.code, "EssentialContainerExited");
    let reason = stop.reason.as_ref().expect("a reason");
    assert_eq!(reason.raw(), "Essential container in task exited");
    let [web1, envoy] = &stop.containers[..] else {
        panic!("{stop:?} has two containers")
    };
    assert_eq!((&*web1.name, web1.exit_code), ("web1", Some(137)));
    let memory = "OutOfMemoryError: Container killed due to memory usage";
    assert_eq!(web1.reason.as_ref().map(OutsideText::raw), Some(memory));
    assert_eq!(
        (&*envoy.name, envoy.exit_code, &envoy.reason),
        ("envoy", Some(0), &None)
    );
    assert_eq!((&*web1.health, &*envoy.health), ("UNKNOWN", "UNKNOWN"));

    let stream = format!("web1/web1/{}", task.id);
    let lines = aws.get_log_events(GROUP, &stream, &region(), 2).await;
    let lines = lines.expect("lines");
    // What might end an outside text is not in it.
    assert_eq!(texts(&lines), [&*HOSTILE.replace('\u{fdd1}', ""), "killed"]);
    let started = task.started_at.expect("it started");
    assert_eq!(lines[1].at, started + Duration::from_millis(1_250));
    assert_eq!(stop.at, Some(started + Duration::from_secs(2)));
}

#[tokio::test(start_paused = true)]
async fn tasks_that_never_ran_or_were_never_healthy() {
    let sim = deploying(90, |world, digest| {
        let crash = Crash::cannot_pull("web1");
        world.set_image_crash("web1", digest, Some(crash));
    });
    let task = stopped_tasks(&through(&sim).await).await.remove(0);
    let stop = task.stop.expect("it stopped");
    assert_eq!((&*stop.code, task.started_at), ("TaskFailedToStart", None));
    let reason = stop.containers[0].reason.clone().expect("a reason");
    assert!(reason.raw().starts_with("CannotPullContainerError: "));
    assert_eq!(
        (stop.reason, stop.containers[0].exit_code),
        (Some(reason), None)
    );

    let sim = deploying(240, |world, digest| {
        world.set_image_health("web1", digest, Some(HealthCheck::Container));
    });
    let task = stopped_tasks(&through(&sim).await).await.remove(0);
    let stop = task.stop.expect("it stopped");
    assert_eq!(stop.code, "ServiceSchedulerInitiated");
    let reason = stop.reason.expect("a reason");
    assert_eq!(reason.raw(), "Task failed container health checks");
    assert_eq!(stop.containers[0].health, "UNHEALTHY");
}

#[tokio::test(start_paused = true)]
async fn every_stopped_task_is_listed_and_no_other() {
    let mut web1 = stage::web1_with(|spec| spec.desired_count = 120);
    let sim = Sim::new(web1.world.clone(), at(0));
    assert!(stopped_tasks(&through(&sim).await).await.is_empty());
    web1.world
        .stop_all_tasks(&web1.service, "UserInitiated", "Task stopped by user");
    let sim = Sim::new(web1.world, at(0));
    let tasks = stopped_tasks(&through(&sim).await).await;
    assert_eq!(tasks.len(), 120);
    let by_user = |task: &Task| {
        task.stop
            .as_ref()
            .is_some_and(|stop| stop.code == "UserInitiated")
    };
    assert!(tasks.iter().all(by_user));
}

#[tokio::test(start_paused = true)]
async fn a_running_task_has_no_end() {
    let sim = Sim::new(stage::web1().world, at(0));
    let aws = through(&sim).await;
    let (cluster, service) = (ClusterName::new("prod"), ServiceName::new("web1"));
    let arns = aws.list_running_tasks(&cluster, &service).await;
    let arns = arns.expect("a list");
    let tasks = aws.describe_tasks(&cluster, &arns).await.expect("tasks");
    assert_eq!(tasks.len(), 2);
    for task in tasks {
        assert!(task.stop.is_none() && task.id.len() == 32, "{}", task.id);
    }
}

#[tokio::test(start_paused = true)]
async fn a_log_that_can_not_be_read() {
    let mut world = stage::web1().world;
    world.put_log_event(GROUP, "a", at(0), "a line");
    let sim = Sim::new(world, at(0));
    let aws = through(&sim).await;
    for (group, stream, message) in [
        (GROUP, "no-such", "The specified log stream does not exist."),
        ("/ecs/web9", "a", "The specified log group does not exist."),
    ] {
        let lines = aws.get_log_events(group, stream, &region(), 20).await;
        let failure = lines.expect_err("a failure");
        assert!(failure.is(MISSING) && failure.is_rejected());
        assert_eq!(failure.message.raw(), message);
    }
    sim.rule(Rule::on(
        "GetLogEvents",
        Effect::access_denied("logs:GetLogEvents"),
    ));
    let lines = aws.get_log_events(GROUP, "a", &region(), 20).await;
    assert!(lines.expect_err("a denial").lacks("logs:GetLogEvents"));
}

#[tokio::test(start_paused = true)]
async fn throttled_once_it_is_asked_again() {
    let mut world = stage::web1().world;
    world.put_log_event(GROUP, "a", at(0), "a line");
    let sim = Sim::new(world, at(0));
    sim.rule(Rule::on("GetLogEvents", Effect::Throttle).first(1));
    let aws = through(&sim).await;
    let lines = aws.get_log_events(GROUP, "a", &region(), 20).await;
    assert_eq!(texts(&lines.expect("lines")), ["a line"]);
    assert_eq!(sim.calls().count("GetLogEvents"), 2);
}

#[tokio::test(start_paused = true)]
async fn an_empty_page_is_not_the_end() {
    for (lines, calls) in [(0, 2), (1, 2), (3, 2)] {
        let mut web1 = stage::web1();
        web1.world.switches.first_log_page_is_empty = true;
        // Its tasks run, and wrote nothing yet.
        let sim = Sim::new(web1.world.clone(), at(0));
        let aws = through(&sim).await;
        let (cluster, service) = (ClusterName::new("prod"), ServiceName::new("web1"));
        let arns = aws.list_running_tasks(&cluster, &service).await;
        let id = arns.expect("a list")[0]
            .rsplit('/')
            .next()
            .map(str::to_owned);
        let stream = format!("web1/web1/{}", id.expect("an id"));
        for nth in 0..lines {
            web1.world
                .put_log_event(GROUP, &stream, at(nth), &nth.to_string());
        }
        let sim = Sim::new(web1.world, at(5));
        let aws = through(&sim).await;
        let found = aws.get_log_events(GROUP, &stream, &region(), 2).await;
        let newest: Vec<String> = (lines.saturating_sub(2)..lines)
            .map(|nth| nth.to_string())
            .collect();
        assert_eq!(texts(&found.expect("lines")), newest);
        assert_eq!(sim.calls().count("GetLogEvents"), calls);
    }
}

#[tokio::test(start_paused = true)]
async fn a_log_of_another_region_is_read_there() {
    let elsewhere = Region::new("us-east-1");
    let mut world = World::new(stage::ACCOUNT, elsewhere.as_str(), at(0));
    world.put_log_event("web1", "web/web1/0f1e", at(0), "there");
    let sim = Sim::new(stage::web1().world, at(0)).with_other_regions(world);
    let aws = through(&sim).await;
    for _ in 0..2 {
        let lines = aws
            .get_log_events("web1", "web/web1/0f1e", &elsewhere, 20)
            .await;
        let lines = lines.expect("lines");
        assert_eq!(texts(&lines), ["there"]);
        assert_eq!(lines[0].at, OffsetDateTime::from(at(0)));
    }
    let here = aws
        .get_log_events("web1", "web/web1/0f1e", &region(), 20)
        .await;
    assert!(here.expect_err("a failure").is(MISSING));
    let calls = sim.calls();
    let regions: Vec<_> = calls.iter().map(|call| &*call.region).collect();
    assert_eq!(regions, ["us-east-1", "us-east-1", stage::REGION]);
}
