//! What random worlds of several services have found: each situation by its name, with the seed that met it first.

use aws_sim::world::stage::{Member, several};
use aws_sim::world::{Reached, Start, Strategy, World};
use serde_json::Value;

use crate::harness::{Done, Step};

const CANARY: &str = "CodeDeployDefault.ECSCanary10Percent5Minutes";

async fn roll_back(world: World, services: &str) -> Done {
    let step = Step::on(world)
        .input("cluster", "prod")
        .input("service", services)
        .input("version", "v1.0.0")
        .input("task-definition", "current");
    let done = step.run().await;
    assert_eq!(step.sim.violations(), [], "{}", done.log);
    done
}

fn results(done: &Done) -> Vec<Value> {
    serde_json::from_str(done.output("results")).expect("a list")
}

/// Seed 1: a later round that uses the revision of an earlier one did not name it any more.
#[tokio::test(start_paused = true)]
async fn a_later_round_names_the_revision_of_an_earlier_one() {
    let mut shop = several(&[
        Member::ecs("worker1", Strategy::Rolling),
        Member::codedeploy("web1"),
    ]);
    shop.world.switches.stop_starts_no_rollback = true;
    let web1 = shop.member("web1").clone();
    let mut start = Start::new(&web1.releases[1].task_definition);
    start.config = Some(CANARY.to_owned());
    shop.world
        .start_deployment(&web1.service, &start, Reached::Shifting);
    let done = roll_back(shop.world, "worker1,web1").await;
    assert!(done.log.contains("; observing again"), "{}", done.log);
    let arn = &results(&done)[1]["task-definition-arn"];
    let is_registered = arn.as_str().is_some_and(|arn| arn.ends_with("/web1:4"));
    assert!(is_registered, "{arn}:\n{}", done.log);
}

/// Seed 2: the plan of a service that another one keeps from being rolled back was told as a dry run.
#[tokio::test(start_paused = true)]
async fn a_plan_that_another_service_stops_is_no_dry_run() {
    let shop = several(&[
        Member::codedeploy("web1"),
        Member::ecs("worker1", Strategy::Rolling).with(|spec| spec.desired_count = 0),
    ]);
    let done = roll_back(shop.world, "web1,worker1").await;
    assert_eq!(done.output("outcome"), "refused", "{}", done.log);
    assert_eq!(results(&done)[0]["outcome"], "planned");
    assert!(!done.log.contains("ry run"), "{}", done.log);
    let told = "web1     – not started: another service was refused.";
    assert!(done.log.contains(told), "{}", done.log);
}

/// Any seed: folded, the title of a group is all that is seen of it, and it did not say which service it is about.
#[tokio::test(start_paused = true)]
async fn the_title_of_a_group_says_which_service() {
    let shop = several(&[
        Member::codedeploy("web1"),
        Member::ecs("worker1", Strategy::Rolling),
    ]);
    let done = roll_back(shop.world, "web1,worker1").await;
    for title in ["::group::web1     Details: ", "::group::worker1  Details: "] {
        assert!(done.log.contains(title), "{}", done.log);
    }
}
