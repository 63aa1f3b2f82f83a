//! What several services have in common: a family of task definitions, an image.

use aws_sim::world::Strategy;
use aws_sim::world::stage::{Member, Several, several};

use super::setting::{back, result, serves, wrote};
use crate::harness::worlds::{HOUR, ago, amd64};

/// Both run the container `app` of the family `shop`.
fn one_family() -> Several {
    several(&[
        of_family(Member::codedeploy("web1")),
        of_family(Member::ecs("worker1", Strategy::Rolling)),
    ])
}

fn of_family(member: Member) -> Member {
    member
        .in_repository("shop")
        .with_family("shop")
        .with_container("app")
}

#[tokio::test(start_paused = true)]
async fn a_revision_of_the_family_serves_both() {
    let shop = one_family();
    let step = back(shop.world.clone(), "web1, worker1", "v1.1.0");
    let done = step.run().await;
    let each = [("web1", "rolled-back"), ("worker1", "rolled-back")];
    done.ended_each(&step, "rolled-back", &each, 1);
    wrote(&step, &[("CreateDeployment", 1), ("UpdateService", 1)]);
    serves(&step, &shop, "web1", 1);
    serves(&step, &shop, "worker1", 1);
    let revision = |service| result(&done, service, "task-definition-arn");
    assert_eq!(revision("web1"), revision("worker1"));
}

/// v1.3.0 was never deployed: each registers the revision that it serves by, and knows its own.
#[tokio::test(start_paused = true)]
async fn a_revision_that_has_to_be_registered() {
    let mut shop = one_family();
    let digest = shop
        .world
        .push_image("shop", &["v1.3.0"], amd64(), ago(HOUR / 2));
    let before = shop.world.revisions("shop");
    let step = back(shop.world.clone(), "web1, worker1", "v1.3.0");
    let done = step.run().await;
    let each = [("web1", "rolled-back"), ("worker1", "rolled-back")];
    done.ended_each(&step, "rolled-back", &each, 1);
    for service in ["web1", "worker1"] {
        let parts = step.sim.world(|world| world.serving("prod", service));
        assert_eq!(parts[0].digest.as_ref(), Some(&digest), "{service}");
        assert_eq!(
            parts[0].task_definition,
            result(&done, service, "task-definition-arn")
        );
    }
    assert_eq!(step.sim.world(|world| world.revisions("shop")), before + 2);
}

/// What both need is read once, where it is asked for at the same time, as services of one kind do.
#[tokio::test(start_paused = true)]
async fn what_both_need_is_read_once() {
    let twins = ["web1", "web2"].map(|name| of_family(Member::codedeploy(name)));
    let step = back(several(&twins).world, "web1, web2", "v1.1.0")
        .input("dry-run", "true")
        .sim(|sim| sim.with_latency(std::time::Duration::from_millis(50)));
    let done = step.run().await;
    let each = [("web1", "planned"), ("web2", "planned")];
    done.ended_each(&step, "planned", &each, 0);
    let calls = step.sim.calls();
    for operation in ["DescribeServices", "DescribeImages", "ListTaskDefinitions"] {
        let inputs = calls.of(operation).map(|call| call.input.to_string());
        let mut inputs: Vec<String> = inputs.collect();
        let sent = inputs.len();
        inputs.sort();
        inputs.dedup();
        assert_eq!(inputs.len(), sent, "{operation}: {inputs:#?}");
    }
}
