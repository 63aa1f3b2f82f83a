//! What of many services in one run can be counted: calls, virtual time, throttled calls. The same each time, on any
//! machine; the tests in `figures` hold it, and `cargo bench` prints it.

use std::ops::Range;
use std::time::Duration;

use aws_sim::record::Call;
use aws_sim::world::stage::{Member, several};
use aws_sim::world::{Strategy, World};
use aws_sim::{Calls, Sim};

use super::measures::LATENCY;
use super::{Done, Step};

/// Who deploys the services.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mix {
    CodeDeploy,
    /// By ECS, rolling.
    Ecs,
    /// Every other one by CodeDeploy.
    Both,
}

impl Mix {
    pub const ALL: [Self; 3] = [Self::CodeDeploy, Self::Ecs, Self::Both];

    pub fn name(self) -> &'static str {
        match self {
            Self::CodeDeploy => "by CodeDeploy",
            Self::Ecs => "by ECS",
            Self::Both => "half by each",
        }
    }

    fn member(self, nth: usize) -> Member {
        let name = name(nth);
        let by_codedeploy = match self {
            Self::CodeDeploy => true,
            Self::Ecs => false,
            Self::Both => nth.is_multiple_of(2),
        };
        match by_codedeploy {
            true => Member::codedeploy(&name),
            false => Member::ecs(&name, Strategy::Rolling),
        }
    }
}

fn name(nth: usize) -> String {
    format!("web{nth:02}")
}

/// So many services that run the image `shop`, each with task definitions of its own.
pub fn crowd(services: usize, mix: Mix) -> World {
    let members: Vec<Member> = (0..services)
        .map(|nth| mix.member(nth).in_repository("shop"))
        .collect();
    several(&members).world
}

/// The input that names these of them.
pub fn names(services: Range<usize>) -> String {
    let names: Vec<String> = services.map(name).collect();
    names.join(", ")
}

/// A rollback of these of them.
pub fn back(world: World, services: Range<usize>, version: &str) -> Step {
    Step::on(world)
        .input("cluster", "prod")
        .input("service", &names(services))
        .input("version", version)
        .sim(|sim| sim.with_latency(LATENCY))
}

/// What a run took.
#[derive(Clone, Debug)]
pub struct Took {
    /// From the start to the last service's own `CreateDeployment` or `UpdateService`.
    pub until_last: Duration,
    /// Calls by then, with those writes.
    pub calls: usize,
    /// Calls to the end, when all traffic was on the target.
    pub all_calls: usize,
    /// Of these, those that look at one deployment of CodeDeploy: AWS has no call for several.
    pub targets: usize,
    pub throttled: usize,
}

/// All services of a run, until their traffic is on the target.
pub async fn roll_back(step: &Step) -> Took {
    let start = step.sim.clock().elapsed();
    let done = step.run().await;
    ended(step, &done);
    let calls = step.sim.calls();
    let is_write =
        |call: &Call| call.operation == "CreateDeployment" || call.operation == "UpdateService";
    let last = calls.iter().rposition(is_write).expect("it was created");
    Took {
        until_last: calls[last].start - start,
        calls: last + 1,
        all_calls: calls.len(),
        targets: calls.count("GetDeploymentTarget"),
        throttled: calls.throttled().count(),
    }
}

/// The calls of two runs of 50 at the same time, with AWS's published rates. An input takes 50 services at most.
pub async fn hundred(mix: Mix, wait_for: &str) -> Calls {
    let run = |services| back(crowd(100, mix), services, "v1.1.0").input("wait-for", wait_for);
    let one = run(0..50).sim(Sim::with_published_rates);
    let mut other = run(50..100);
    other.sim = one.sim.clone();
    other.marker = "ecs-rollback-action/00c0ffee10c0ffee".to_owned();
    let (first, second) = tokio::join!(one.run(), other.run());
    for done in [first, second] {
        let outcome = done.output("outcome");
        assert!(
            ["rolled-back", "started"].contains(&outcome),
            "{}",
            done.log
        );
    }
    assert_eq!(one.sim.violations(), []);
    one.sim.calls()
}

#[track_caller]
fn ended(step: &Step, done: &Done) {
    assert_eq!(done.output("outcome"), "rolled-back", "{}", done.log);
    assert_eq!(step.sim.violations(), [], "{}", done.log);
}
