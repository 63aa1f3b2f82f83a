//! Services of the cluster that were left out and still run what was taken off.

use aws_sim::rules::{Effect, Rule};
use aws_sim::world::stage::{Member, several};

use super::setting::{apart, back, shop};
use crate::harness::Step;

/// The reads of the whole cluster: everything else is asked of one service or one task set.
fn reads_of_the_cluster(step: &Step) -> Vec<std::time::Duration> {
    let calls = step.sim.calls();
    let lists = calls.of("ListTasks");
    let of_all = lists.filter(|call| {
        let names = |member: &str| !call.input[member].is_null();
        !names("serviceName") && !names("startedBy") && !names("family")
    });
    of_all.map(|call| call.start).collect()
}

#[tokio::test(start_paused = true)]
async fn they_are_named_and_looked_for_after_the_first_write() {
    let step = back(shop().world, "web1, worker1", "v1.1.0")
        .sim(|sim| sim.with_latency(std::time::Duration::from_millis(50)));
    let done = step.run().await;
    let each = [("web1", "rolled-back"), ("worker1", "rolled-back")];
    done.ended_each(&step, "rolled-back", &each, 1);
    let told = "cron1 in this cluster still runs v1.2.0.";
    assert_eq!(done.log.matches(told).count(), 1, "{}", done.log);
    assert_eq!(done.summary.matches(told).count(), 1, "{}", done.summary);
    let reads = reads_of_the_cluster(&step);
    assert_eq!(reads.len(), 1);
    let calls = step.sim.calls();
    let writes = ["CreateDeployment", "UpdateService"]
        .map(|write| calls.of(write).next().expect("it was sent").start);
    assert!(
        writes.iter().min() <= reads.first(),
        "{writes:?}, {reads:?}"
    );
}

#[tokio::test(start_paused = true)]
async fn of_one_service_they_are_named_as_well() {
    let step = back(shop().world, "web1", "v1.1.0");
    let done = step.run().await;
    done.rolled_back(&step)
        .says("cron1, worker1 in this cluster still run v1.2.0.");
}

#[tokio::test(start_paused = true)]
async fn nothing_is_said_where_the_role_may_not_look() {
    for operation in ["ListTasks", "DescribeTasks"] {
        for effect in [
            Effect::access_denied(&format!("ecs:{operation}")),
            Effect::HangBefore,
            Effect::Html(502),
        ] {
            let step = back(shop().world, "web1, worker1", "v1.1.0");
            let clock = step.sim.clock();
            let rule = Rule::on(operation, effect).when(move |input| {
                let names = |member: &str| !input[member].is_null();
                let of_cluster = !names("serviceName") && !names("startedBy");
                // Of the tasks, those of three services are described together.
                let many = input["tasks"]
                    .as_array()
                    .is_some_and(|tasks| tasks.len() > 4);
                of_cluster && (many || !names("tasks")) && !clock.elapsed().is_zero()
            });
            step.sim.rule(rule);
            let done = step.run().await;
            let each = [("web1", "rolled-back"), ("worker1", "rolled-back")];
            done.ended_each(&step, "rolled-back", &each, 1);
            assert!(!done.log.contains("still runs"), "{}", done.log);
            assert!(!done.log.contains("::warning"), "{}", done.log);
        }
    }
}

#[tokio::test(start_paused = true)]
async fn nobody_looks_where_nothing_is_written() {
    for (version, dry_run) in [("v1.2.0", "false"), ("v1.1.l", "false"), ("v1.1.0", "true")] {
        let step = back(shop().world, "web1, worker1", version).input("dry-run", dry_run);
        let done = step.run().await;
        done.wrote_nothing(&step);
        assert!(reads_of_the_cluster(&step).is_empty(), "{version}");
        assert!(!done.log.contains("still runs"), "{}", done.log);
    }
}

#[tokio::test(start_paused = true)]
async fn nobody_is_named_where_all_were_given_or_run_something_else() {
    let step = back(apart().world, "web1, worker1", "v1.1.0");
    let done = step.run().await;
    assert!(!done.log.contains("still run"), "{}", done.log);
    let step = back(apart().world, "web1", "v1.1.0");
    let done = step.run().await;
    assert!(!done.log.contains("still run"), "{}", done.log);
    let members: Vec<Member> = ["a1", "b1", "c1", "d1", "e1", "f1", "g1", "h1"]
        .map(|name| Member::codedeploy(name).in_repository("shop"))
        .into();
    let step = back(several(&members).world, "h1", "v1.1.0");
    let done = step.run().await;
    done.rolled_back(&step)
        .says("a1, b1, c1, d1, e1 and 2 more in this cluster still run v1.2.0.");
}

/// CodeDeploy keeps the old tasks for an hour: they have no traffic, and nobody has to roll them back.
#[tokio::test(start_paused = true)]
async fn what_was_rolled_back_before_is_not_named() {
    let first = back(shop().world, "web1", "v1.1.0");
    first.run().await.rolled_back(&first);
    let world = first.sim.world(|world| world.clone());
    let second = back(world, "worker1", "v1.1.0");
    let done = second.run().await;
    assert_eq!(done.output("outcome"), "rolled-back", "{}", done.log);
    done.says("cron1 in this cluster still runs v1.2.0.");
    assert!(!done.log.contains("web1"), "{}", done.log);
}
