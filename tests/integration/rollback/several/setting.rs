//! A shop of several services in one cluster.

use aws_sim::world::stage::{Member, Several, several};
use aws_sim::world::{Strategy, World};

use crate::harness::Step;

/// `web1` by CodeDeploy, `worker1` and `cron1` by ECS, all of the image `shop`.
pub fn shop() -> Several {
    several(&[
        Member::codedeploy("web1").in_repository("shop"),
        Member::ecs("worker1", Strategy::Rolling).in_repository("shop"),
        Member::ecs("cron1", Strategy::BlueGreen).in_repository("shop"),
    ])
}

/// A rollback of these services to this version.
pub fn back(world: World, services: &str, version: &str) -> Step {
    Step::on(world)
        .input("cluster", "prod")
        .input("service", services)
        .input("version", version)
}
