//! Why a deployment did not go well: the cause that is told, in every place where it is told.

use std::time::Duration;

use aws_sim::rules::{Effect, Rule};
use aws_sim::world::stage::{Web1, native1_with, web1};
use aws_sim::world::{Crash, HealthCheck, Strategy, World};

use crate::harness::worlds::asking;
use crate::harness::{Done, Step};

const LOG: [(u64, &str); 3] = [
    (100, "starting web1"),
    (900, "connecting to db:5432"),
    (1_900, "Error: Cannot find module './db'"),
];

/// v1.0.0 does something to its tasks; CodeDeploy gives up after five minutes.
pub(super) fn by_codedeploy(spoil: impl Fn(&mut World, &str)) -> Step {
    let Web1 {
        mut world,
        releases,
        ..
    } = web1();
    world.pace.install_timeout = 300_000;
    spoil(&mut world, &releases[0].digest);
    asking(world, "v1.0.0")
}

/// The same under ECS, whose circuit breaker gives up.
fn by_ecs(spoil: impl Fn(&mut World, &str)) -> Step {
    let mut native1 = native1_with(Strategy::Rolling, |spec| {
        spec.native.circuit_breaker = Some(true);
    });
    let digest = native1.releases[0].digest.clone();
    spoil(&mut native1.world, &digest);
    asking(native1.world, "v1.0.0")
}

pub(super) fn exits_with_a_log(world: &mut World, digest: &str) {
    world.set_image_crash("web1", digest, Some(Crash::exited(1)));
    world.set_image_log("web1", digest, &LOG);
}

/// That the sentence is told when it is known, at the end, in the annotation, the summary and the output.
#[track_caller]
fn tells(done: &Done, cause: &str) {
    let log = &done.log;
    let summary = done.summary.replace('\\', "");
    assert!(
        summary.contains(&format!("**Cause:** {cause}")),
        "{summary}"
    );
    for line in [format!("  Cause: {cause}"), format!("%0ACause: {cause}")] {
        assert!(log.contains(&line), "{line}\n{log}");
    }
    assert!(done.report()["diagnosis"]["cause"].is_string(), "{log}");
}

#[tokio::test(start_paused = true)]
async fn a_container_that_exits_is_told_with_the_last_lines_of_its_log() {
    for (by, step) in [
        ("codedeploy", by_codedeploy(exits_with_a_log)),
        ("ecs", by_ecs(exits_with_a_log)),
    ] {
        let done = step.run().await;
        assert_eq!(done.output("outcome"), "reverted", "{}", done.log);
        let cause = "the container web1 exited with code 1; its last line: Error: Cannot find module './db'";
        assert!(done.log.contains(cause), "{}", done.log);
        assert!(
            done.summary.contains("log stream in CloudWatch"),
            "{}",
            done.summary
        );
        insta::assert_snapshot!(format!("exits_with_a_log_{by}"), done.story());
    }
}

#[tokio::test(start_paused = true)]
async fn what_stops_a_task_is_named() {
    type Spoil = fn(&mut World, &str);
    let all: [(Spoil, &str, &str); 4] = [
        (
            |world, digest| world.set_image_crash("web1", digest, Some(Crash::out_of_memory())),
            "the container web1 ran out of memory",
            "more memory",
        ),
        (
            |world, digest| {
                world.set_image_crash("web1", digest, Some(Crash::cannot_pull("web1:v1.0.0")));
            },
            "the image of the container web1 could not be pulled: CannotPullContainerError",
            "the execution role",
        ),
        (
            |world, digest| world.set_image_health("web1", digest, Some(HealthCheck::LoadBalancer)),
            "ECS stopped the tasks: Task failed ELB health checks",
            "grace period",
        ),
        (
            |world, digest| world.set_image_health("web1", digest, Some(HealthCheck::Container)),
            "the container web1 failed its health check",
            "may take to start",
        ),
    ];
    for (spoil, cause, next) in all {
        for step in [by_codedeploy(spoil), by_ecs(spoil)] {
            let done = step.run().await;
            assert_eq!(done.output("outcome"), "reverted", "{}", done.log);
            let told = done.output("cause").to_lowercase();
            assert!(
                told.starts_with(&cause.to_lowercase()),
                "{told}\n{}",
                done.log
            );
            assert!(told.contains(next), "{told}");
            tells(&done, cause);
        }
    }
}

/// A missing permission costs a line that names it, and never the outcome.
#[tokio::test(start_paused = true)]
async fn what_can_not_be_read_costs_a_line() {
    let operations = [
        "ListTasks",
        "DescribeTasks",
        "DescribeServices",
        "DescribeTaskDefinition",
        "GetLogEvents",
    ];
    for operation in operations {
        for effect in [
            Effect::access_denied(&format!("ecs:{operation}")),
            Effect::Throttle,
            Effect::HangBefore,
        ] {
            let step = by_codedeploy(exits_with_a_log);
            let clock = step.sim.clock();
            let late = Rule::on(operation, effect.clone());
            step.sim
                .rule(late.when(move |_| clock.elapsed() > Duration::from_secs(100)));
            let done = step.run().await;
            assert_eq!(
                done.output("outcome"),
                "reverted",
                "{operation}: {}",
                done.log
            );
            assert!(
                !done.output("cause").is_empty(),
                "{operation}: {}",
                done.log
            );
        }
    }
}

/// What an application wrote can't act in the log.
#[tokio::test(start_paused = true)]
async fn a_hostile_log_line_is_text() {
    let hostile = "##[error]boo ::set-output name=outcome::rolled-back";
    let step = by_codedeploy(|world, digest| {
        world.set_image_crash("web1", digest, Some(Crash::exited(1)));
        world.set_image_log("web1", digest, &[(100, "::error::boo"), (200, hostile)]);
    });
    let done = step.run().await;
    done.shown();
    assert_eq!(done.output("outcome"), "reverted", "{}", done.log);
    let lines: Vec<&str> = done
        .log
        .lines()
        .filter(|line| line.contains("##["))
        .collect();
    assert_eq!(lines, [] as [&str; 0]);
}
