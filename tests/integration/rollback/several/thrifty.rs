//! What a run of several services does not read must not change what it finds: a service goes back to the same revision
//! alone and in company.

use std::time::{Duration, SystemTime};

use aws_sim::rules::{Effect, Rule};
use aws_sim::world::stage::{DAY, Member, START, Several, several};
use aws_sim::world::{
    ImageSpec, Outcome, Past, PastService, Reached, ServiceOutcome, Start, Strategy, World,
};
use serde_json::Value;

use super::setting::back;

const SERVICES: [&str; 2] = ["web1", "worker1"];

fn shop() -> Several {
    several(&[
        Member::codedeploy("web1").in_repository("shop"),
        Member::ecs("worker1", Strategy::Rolling).in_repository("shop"),
    ])
}

fn at(seconds_ago: u64) -> SystemTime {
    SystemTime::UNIX_EPOCH + Duration::from_secs(START - seconds_ago)
}

/// Registers the revision again, as the newest of its family.
fn register_again(world: &mut World, revision: &str) -> String {
    let document = world.task_definition(revision).expect("it is there");
    let mut document = document.clone();
    let members = document.as_object_mut().expect("a document");
    members.retain(|name, _| {
        [
            "family",
            "networkMode",
            "requiresCompatibilities",
            "cpu",
            "memory",
            "runtimePlatform",
        ]
        .contains(&name.as_str())
            || name.ends_with("RoleArn")
            || name == "containerDefinitions"
    });
    world.register_task_definition(&Value::Object(members.clone()), at(600))
}

/// What the first service goes back to, alone and together with the other one.
async fn found(first: &str, version: &str, change: fn(&mut Several)) -> [String; 2] {
    let other = SERVICES.iter().find(|name| **name != first).expect("two");
    let mut found = Vec::new();
    for services in [first.to_owned(), format!("{first}, {other}")] {
        let mut shop = shop();
        change(&mut shop);
        let step = back(shop.world, &services, version).input("wait-for", "nothing");
        let done = step.run().await;
        assert_eq!(step.sim.violations(), [], "{}", done.log);
        assert_eq!(done.output("outcome"), "started", "{}", done.log);
        found.push(done.output("task-definition-arn").to_owned());
    }
    found.try_into().expect("two runs")
}

async fn is_found_alike(version: &str, revision: u32, change: fn(&mut Several)) {
    for first in SERVICES {
        let found = found(first, version, change).await;
        let expected = format!("/{first}:{revision}");
        for arn in &found {
            assert!(arn.ends_with(&expected), "{found:?}, not {expected}");
        }
    }
}

#[tokio::test(start_paused = true)]
async fn the_one_before() {
    is_found_alike("v1.1.0", 2, |_| {}).await;
    is_found_alike("previous", 2, |_| {}).await;
}

#[tokio::test(start_paused = true)]
async fn a_newer_one_with_the_image_than_the_one_that_was_deployed() {
    is_found_alike("v1.1.0", 4, |shop| {
        for name in SERVICES {
            let good = shop.member(name).releases[1].task_definition.clone();
            register_again(&mut shop.world, &good);
        }
    })
    .await;
}

#[tokio::test(start_paused = true)]
async fn one_far_back_in_the_family() {
    is_found_alike("v1.0.0", 1, |shop| {
        for name in SERVICES {
            let bad = shop.member(name).releases[2].task_definition.clone();
            for _ in 0..30 {
                register_again(&mut shop.world, &bad);
            }
        }
    })
    .await;
}

/// Its content is registered as the next one.
#[tokio::test(start_paused = true)]
async fn one_that_is_inactive() {
    is_found_alike("v1.1.0", 4, |shop| {
        for name in SERVICES {
            let good = shop.member(name).releases[1].task_definition.clone();
            shop.world.deregister(&good);
        }
    })
    .await;
}

/// Revision 4 has the image, was deployed, and deregistered: no list of active revisions names it. Its content is
/// registered as the next one.
#[tokio::test(start_paused = true)]
async fn one_that_was_deployed_and_is_newer_than_all_active_ones() {
    is_found_alike("v1.1.0", 5, |shop| {
        for name in SERVICES {
            let member = shop.member(name).clone();
            let newer = register_again(&mut shop.world, &member.releases[1].task_definition);
            if name == "web1" {
                let failed = Past::new(&newer, at(2 * DAY), Outcome::Failed);
                shop.world.past_deployment(&member.service, &failed);
            } else {
                let failed = PastService::new(&newer, at(2 * DAY), ServiceOutcome::Stopped);
                shop.world.past_service_deployment(&member.service, &failed);
            }
            shop.world.deregister(&newer);
        }
    })
    .await;
}

#[tokio::test(start_paused = true)]
async fn an_image_that_no_revision_has() {
    is_found_alike("build-7", 4, |shop| {
        let image = ImageSpec::single("linux", "amd64");
        shop.world.push_image("shop", &["build-7"], image, at(900));
    })
    .await;
}

/// Of many services, the active deployments are found among all that were listed.
#[tokio::test(start_paused = true)]
async fn a_deployment_that_is_active() {
    for services in ["web1", "web1, worker1"] {
        let mut shop = shop();
        let member = shop.member("web1").clone();
        let good = &member.releases[1].task_definition;
        let served = Past::new(good, at(1_800), Outcome::Succeeded);
        shop.world.past_deployment(&member.service, &served);
        let bad = Start::new(&member.releases[2].task_definition);
        let reached = Reached::TerminationWait;
        shop.world.start_deployment(&member.service, &bad, reached);
        let step = back(shop.world, services, "v1.1.0");
        let done = step.run().await;
        assert_eq!(done.output("outcome"), "rolled-back", "{}", done.log);
        assert_eq!(done.output("path"), "reroute", "{}", done.log);
    }
}

/// More deployments than a page of one list holds: the lists of one service are asked for.
#[tokio::test(start_paused = true)]
async fn previous_among_many_deployments() {
    is_found_alike("previous", 2, |shop| {
        let member = shop.member("web1").clone();
        for nth in 0..150 {
            let first = &member.releases[0].task_definition;
            let past = Past::new(first, at(6 * DAY - 600 * nth), Outcome::Failed);
            shop.world.past_deployment(&member.service, &past);
        }
    })
    .await;
}

/// Whoever may not list the tasks of the cluster lists those of each service.
#[tokio::test(start_paused = true)]
async fn many_services_where_the_tasks_of_the_cluster_cannot_be_listed() {
    let names: Vec<String> = (0..12).map(|nth| format!("web{nth:02}")).collect();
    let members: Vec<Member> = names
        .iter()
        .map(|name| Member::ecs(name, Strategy::Rolling).in_repository("shop"))
        .collect();
    let step = back(several(&members).world, &names.join(","), "v1.1.0");
    let denied = Rule::on("ListTasks", Effect::access_denied("ecs:ListTasks"));
    step.sim
        .rule(denied.when(|input| input["serviceName"].is_null()));
    let done = step.run().await;
    assert_eq!(done.output("outcome"), "rolled-back", "{}", done.log);
    let by_service = step.sim.calls();
    let by_service = by_service.of("ListTasks").filter(|call| call.done);
    // Once before the write, once for the proof.
    assert_eq!(by_service.count(), 24);
}
