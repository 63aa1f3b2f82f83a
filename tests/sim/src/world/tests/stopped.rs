//! Tasks that stopped: what ECS says of them, and what their containers wrote.

use serde_json::{Value, json};

use super::super::stage::{self, Web1};
use super::super::{Crash, HealthCheck, Strategy, World};
use super::{ask, at, refused};
use crate::aws::Service;

/// The stopped tasks of web1.
fn stopped(world: &mut World, seconds: u64) -> Vec<Value> {
    let input = json!({ "cluster": "prod", "serviceName": "web1", "desiredStatus": "STOPPED" });
    let listed = ask(world, Service::Ecs, "ListTasks", input, seconds);
    let input = json!({ "cluster": "prod", "tasks": listed["taskArns"] });
    let described = ask(world, Service::Ecs, "DescribeTasks", input, seconds);
    described["tasks"].as_array().unwrap().clone()
}

/// web1, whose v1.0.0 is changed and then deployed for a while.
fn broken(change: impl FnOnce(&mut Web1, &str)) -> Web1 {
    let mut web1 = stage::web1();
    let digest = web1.releases[0].digest.clone();
    change(&mut web1, &digest);
    let old = web1.old();
    web1.create(&old, &[], json!({}), 0);
    web1
}

fn get(world: &mut World, stream: &str, more: Value, seconds: u64) -> Value {
    let mut input = json!({ "logGroupName": "/ecs/web1", "logStreamName": stream });
    let more = more.as_object().unwrap().clone();
    input.as_object_mut().unwrap().extend(more);
    ask(world, Service::Logs, "GetLogEvents", input, seconds)
}

fn messages(answer: &Value) -> Vec<&str> {
    let events = answer["events"].as_array().unwrap().iter();
    events
        .map(|event| event["message"].as_str().unwrap())
        .collect()
}

fn id(task: &Value) -> String {
    let arn = task["taskArn"].as_str().unwrap();
    arn.rsplit('/').next().unwrap().to_owned()
}

#[test]
fn each_way_to_fail_has_its_code_and_its_words() {
    let exited = "Essential container in task exited";
    let memory = "OutOfMemoryError: Container killed due to memory usage";
    let pull = Crash::cannot_pull("web1@sha256:00");
    let (no_image, oom) = (pull.reason.clone(), Crash::out_of_memory());
    let code = "EssentialContainerExited";
    for (crash, stop, reason, exit, why) in [
        (Crash::exited(1), code, exited, json!(1), Value::Null),
        (oom, code, exited, json!(137), json!(memory)),
        (
            pull,
            "TaskFailedToStart",
            no_image.as_str(),
            Value::Null,
            json!(no_image),
        ),
    ] {
        let mut web1 = broken(|web1, digest| {
            web1.world
                .set_image_crash("web1", digest, Some(crash.clone()));
        });
        let task = stopped(&mut web1.world, 60).remove(0);
        assert_eq!(task["stopCode"], stop);
        assert_eq!(task["stoppedReason"], reason);
        assert_eq!(task["containers"][0]["exitCode"], exit, "{crash:?}");
        assert_eq!(task["containers"][0]["reason"], why);
        assert_eq!(task["healthStatus"], "UNKNOWN");
    }
}

#[test]
fn a_task_that_fails_its_health_check_is_stopped_by_the_scheduler() {
    let group = "arn:aws:elasticloadbalancing:ap-northeast-2:123456789012:targetgroup/";
    let balancer = format!("Task failed ELB health checks in (target-group {group}");
    for (check, reason, health) in [
        (HealthCheck::LoadBalancer, &*balancer, "UNKNOWN"),
        (
            HealthCheck::Container,
            "Task failed container health checks",
            "UNHEALTHY",
        ),
    ] {
        let mut web1 = broken(|web1, digest| {
            web1.world.set_image_health("web1", digest, Some(check));
        });
        assert!(stopped_quietly(&mut web1.world, 160), "it runs until then");
        let task = stopped(&mut web1.world, 170).remove(0);
        assert_eq!(task["stopCode"], "ServiceSchedulerInitiated");
        let told = task["stoppedReason"].as_str().unwrap();
        assert!(told.starts_with(reason), "{told}");
        assert_eq!(task["healthStatus"], health);
        assert_eq!(task["containers"][0]["healthStatus"], health);
        assert_eq!(task["containers"][1]["healthStatus"], "UNKNOWN");
        // It did not hear SIGTERM; memory is not what it lacked.
        assert_eq!(task["containers"][0]["exitCode"], 137);
        assert!(task["containers"][0].get("reason").is_none());
    }
}

fn stopped_quietly(world: &mut World, seconds: u64) -> bool {
    let input = json!({ "cluster": "prod", "desiredStatus": "STOPPED" });
    let listed = ask(world, Service::Ecs, "ListTasks", input, seconds);
    listed["taskArns"].as_array().unwrap().is_empty()
}

#[test]
fn failed_health_checks_end_deployments() {
    let mut web1 = stage::web1();
    let old = web1.old();
    web1.world
        .fail_health_check(&old, HealthCheck::LoadBalancer);
    let id = web1.create(&old, &[], json!({}), 0);
    assert_eq!(web1.status(&id, 610), "Failed");
    assert_eq!(web1.serving(), [(web1.current(), 100.0)]);

    let mut web1 = stage::native1(Strategy::Rolling);
    let old = web1.releases[0].task_definition.clone();
    web1.world
        .fail_health_check(&old, HealthCheck::LoadBalancer);
    web1.update(0, 0);
    web1.world.advance(at(3_000));
    let serving = web1.world.serving("prod", "web1");
    assert!(
        serving.iter().all(|part| part.task_definition != old),
        "{serving:?}"
    );
    assert!(!stopped(&mut web1.world, 3_000).is_empty());
}

#[test]
fn somebody_stops_tasks() {
    let mut web1 = stage::web1();
    let key = web1.service.clone();
    let reason = "Task stopped by user";
    web1.world.stop_all_tasks(&key, "UserInitiated", reason);
    let task = stopped(&mut web1.world, 0).remove(0);
    assert_eq!(task["stopCode"], "UserInitiated");
    assert_eq!(task["stoppedReason"], reason);
    // After an hour nobody can see them.
    assert!(!stopped_quietly(&mut web1.world, 3_599));
    assert!(stopped_quietly(&mut web1.world, 3_600));
}

const HOSTILE: &str = "::error::\u{1b}[31m\u{0}##[set-env] password=hunter2\r";

#[test]
fn a_container_writes_until_it_ends() {
    let lines = [
        (0, "starting"),
        (1_500, HOSTILE),
        (2_000, "the last"),
        (2_001, "too late"),
    ];
    let mut web1 = broken(|web1, digest| {
        web1.world
            .set_image_crash("web1", digest, Some(Crash::exited(1)));
        web1.world.set_image_log("web1", digest, &lines);
    });
    let task = stopped(&mut web1.world, 60).remove(0);
    let stream = format!("web1/web1/{}", id(&task));
    let answer = get(&mut web1.world, &stream, json!({}), 60);
    assert_eq!(messages(&answer), ["starting", HOSTILE, "the last"]);
    let started = (task["startedAt"].as_f64().unwrap() * 1_000.0) as u64;
    assert_eq!(answer["events"][1]["timestamp"], started + 1_500);
    // The other container has a stream too, and wrote nothing.
    let quiet = format!("envoy/envoy/{}", id(&task));
    assert!(messages(&get(&mut web1.world, &quiet, json!({}), 60)).is_empty());
}

#[test]
fn a_task_that_never_started_has_no_stream() {
    let mut web1 = broken(|web1, digest| {
        let crash = Crash::cannot_pull("web1");
        web1.world.set_image_crash("web1", digest, Some(crash));
        web1.world.set_image_log("web1", digest, &[(0, "never")]);
    });
    let task = stopped(&mut web1.world, 60).remove(0);
    let input = |group: &str| {
        let stream = format!("web1/web1/{}", id(&task));
        json!({ "logGroupName": group, "logStreamName": stream })
    };
    for (group, message) in [
        ("/ecs/web1", "The specified log stream does not exist."),
        ("/ecs/web2", "The specified log group does not exist."),
    ] {
        let error = refused(
            &mut web1.world,
            Service::Logs,
            "GetLogEvents",
            input(group),
            60,
        );
        assert_eq!(error.code, "ResourceNotFoundException");
        assert_eq!(error.message, message);
    }
}

/// A revision with this log configuration writes a line; the streams that are there then.
fn streams_of(log: Value) -> Vec<String> {
    let mut web1 = stage::web1();
    let image = format!("web1@{}", web1.releases[0].digest);
    let mut document = stage::task_definition_with(&image, false);
    document["containerDefinitions"][0]["logConfiguration"] = log;
    let arn = web1.world.register_task_definition(&document, at(0));
    web1.world.set_log(&arn, &[(0, "line")]);
    web1.create(&arn, &[], json!({}), 0);
    web1.world.advance(at(60));
    let input = json!({ "logGroupName": "/ecs/web9" });
    let answer = web1
        .world
        .call(Service::Logs, "DescribeLogStreams", &input, at(60));
    let streams = answer.map_or(Vec::new(), |answer| {
        answer["logStreams"].as_array().unwrap().clone()
    });
    streams
        .iter()
        .map(|stream| stream["logStreamName"].as_str().unwrap().to_owned())
        .collect()
}

#[test]
fn only_awslogs_of_this_region_writes_here() {
    let log = |driver: &str, region: &str, prefix: Option<&str>| {
        let mut options = json!({ "awslogs-group": "/ecs/web9", "awslogs-region": region });
        if let Some(prefix) = prefix {
            options["awslogs-stream-prefix"] = prefix.into();
        }
        json!({ "logDriver": driver, "options": options })
    };
    let streams = streams_of(log("awslogs", stage::REGION, Some("v9/eu")));
    assert_eq!(streams.len(), 2);
    assert!(streams[0].starts_with("v9/eu/web1/"), "{streams:?}");
    let streams = streams_of(log("awslogs", stage::REGION, None));
    assert!(
        streams.len() == 2 && !streams[0].contains('/'),
        "{streams:?}"
    );
    assert!(streams_of(log("awslogs", "eu-west-1", Some("web1"))).is_empty());
    assert!(streams_of(log("splunk", stage::REGION, Some("web1"))).is_empty());
}

fn with_lines(count: u64, size: usize) -> World {
    let mut world = stage::web1().world;
    for nth in 0..count {
        let line = format!("{nth} {}", "x".repeat(size));
        world.put_log_event("/ecs/web1", "a", at(nth), &line);
    }
    world
}

#[test]
fn tokens_lead_both_ways_and_end_in_themselves() {
    let mut world = with_lines(5, 0);
    let newest = get(&mut world, "a", json!({ "limit": 2 }), 10);
    assert_eq!(messages(&newest), ["3 ", "4 "]);
    let token = json!({ "limit": 2, "nextToken": newest["nextBackwardToken"] });
    let older = get(&mut world, "a", token, 10);
    assert_eq!(messages(&older), ["1 ", "2 "]);
    let token = json!({ "limit": 9, "nextToken": older["nextBackwardToken"] });
    let oldest = get(&mut world, "a", token, 10);
    assert_eq!(messages(&oldest), ["0 "]);
    let token = json!({ "nextToken": oldest["nextBackwardToken"] });
    let end = get(&mut world, "a", token, 10);
    assert!(messages(&end).is_empty());
    assert_eq!(end["nextBackwardToken"], oldest["nextBackwardToken"]);
    let first = get(
        &mut world,
        "a",
        json!({ "limit": 1, "startFromHead": true }),
        10,
    );
    let token = json!({ "limit": 1, "nextToken": first["nextForwardToken"] });
    assert_eq!(messages(&get(&mut world, "a", token, 10)), ["1 "]);
    let input = json!({ "logGroupName": "/ecs/web1", "logStreamName": "a", "nextToken": "x" });
    let error = refused(&mut world, Service::Logs, "GetLogEvents", input, 10);
    assert_eq!(error.code, "InvalidParameterException");
}

#[test]
fn the_first_page_can_be_empty() {
    let mut world = with_lines(3, 0);
    world.switches.first_log_page_is_empty = true;
    let empty = get(&mut world, "a", json!({ "limit": 2 }), 10);
    assert!(messages(&empty).is_empty());
    let token = json!({ "limit": 2, "nextToken": empty["nextBackwardToken"] });
    assert_eq!(messages(&get(&mut world, "a", token, 10)), ["1 ", "2 "]);
}

#[test]
fn an_answer_holds_a_megabyte() {
    let mut world = with_lines(5, 250_000);
    let newest = get(&mut world, "a", json!({}), 10);
    assert_eq!(messages(&newest).len(), 4);
    assert!(messages(&newest)[3].starts_with("4 "));
    let oldest = get(&mut world, "a", json!({ "startFromHead": true }), 10);
    assert!(messages(&oldest)[3].starts_with("3 "));
}
