//! What of speed can be counted: round trips, calls, virtual time. The same each time, on any machine; the tests
//! in `figures` hold it, and `cargo bench` prints it.

use std::time::{Duration, SystemTime};

use aws_sim::world::stage::{self, ACCOUNT, REGION, START};
use aws_sim::world::{ImageSpec, Outcome, Past, ServiceSpec, World};

use crate::harness::{Done, Step};

/// How long a call takes.
pub const LATENCY: Duration = Duration::from_millis(50);

/// How many past deployments `previous` is measured with, and how far apart they are.
pub const PAST: u32 = 500;
pub const DENSITIES: [(&str, Duration); 4] = [
    ("one a day", Duration::from_secs(86_400)),
    ("five a day", Duration::from_secs(17_280)),
    ("one an hour", Duration::from_secs(3_600)),
    ("all in one day", Duration::from_secs(170)),
];

/// What a run had asked when it sent `CreateDeployment`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Sent {
    pub round_trips: usize,
    pub calls: usize,
    /// Since the run started.
    pub after: Duration,
}

/// The README's service in any world, asked to bring back `version`.
pub fn back_to(world: World, version: &str) -> Step {
    Step::on(world).input("version", version).input("cluster", "prod").input("service", "web1")
}

/// Runs until a deployment is created.
pub async fn until_created(step: Step) -> Sent {
    let step = step.sim(|sim| sim.with_latency(LATENCY)).input("wait-for", "nothing");
    let start = step.sim.clock().elapsed();
    let done = step.run().await;
    ended(&step, &done, "started");
    let calls = step.sim.calls();
    let created = calls.iter().position(|call| call.operation == "CreateDeployment").expect("it was created");
    let round_trips = calls.round_trips_before("CreateDeployment").expect("it was created");
    Sent { round_trips, calls: created, after: calls[created].start - start }
}

/// How many calls a run makes in all, until its traffic is back.
pub async fn all_calls(step: Step) -> usize {
    let done = step.run().await;
    ended(&step, &done, "rolled-back");
    step.sim.calls().len()
}

/// How long after all traffic had shifted the run said so, where the shift comes `later` than usual: it can come
/// at any time between two polls.
pub async fn shifted_to_answer(later: Duration) -> Duration {
    let mut world = stage::web1().world;
    world.pace.install += u64::try_from(later.as_millis()).expect("a short time");
    let step = back_to(world, "v1.0.0").sim(|sim| sim.with_latency(LATENCY));
    let done = step.run().await;
    ended(&step, &done, "rolled-back");
    let shifted = step.sim.world(|world| {
        let deployment = world.deployment(done.output("codedeploy-deployment-id"));
        deployment.and_then(|found| found.event("AllowTraffic")?.ended_at).expect("traffic has shifted")
    });
    done.took - Duration::from_millis(shifted - START * 1_000)
}

#[track_caller]
fn ended(step: &Step, done: &Done, outcome: &str) {
    assert_eq!(done.output("outcome"), outcome, "{}", done.log);
    assert_eq!(step.sim.violations(), [], "{}", done.log);
}

/// `web1` with so many releases, v1.0.0 the oldest; each brought an image, a revision and a deployment. The newest
/// is an hour old, the others `every` so much older.
pub fn released(count: u32, every: Duration) -> World {
    released_as(count, every, |_| {})
}

/// The same, with the service's settings changed.
pub fn released_as(count: u32, every: Duration, change: impl FnOnce(&mut ServiceSpec)) -> World {
    let start = SystemTime::UNIX_EPOCH + Duration::from_secs(START);
    let mut world = World::new(ACCOUNT, REGION, start);
    world.add_repository("web1");
    let mut spec = ServiceSpec::new("prod", "web1", "", "web1");
    change(&mut spec);
    for release in 0..count {
        let at = start - Duration::from_secs(3_600) - every * (count - 1 - release);
        let tag = version(release);
        world.push_image("web1", &[tag.as_str()], amd64(), at - every / 3);
        let revision = world.register_task_definition(&stage::task_definition(&tag), at - every / 4);
        if release == 0 {
            spec.task_definition.clone_from(&revision);
            world.create_service(&spec, at - every / 5);
        }
        let past = Past::new(&revision, at, Outcome::Succeeded);
        world.past_deployment(&spec.key(), &Past { took: past.took.min(every / 2), ..past });
    }
    world
}

/// The tag of a release.
pub fn version(release: u32) -> String {
    format!("v1.{release}.0")
}

/// Names as the CDK makes them: nobody can guess them.
pub fn cdk(spec: &mut ServiceSpec) {
    spec.application = Some("ShopStack-Web1EcsApplication7F3A".to_owned());
    spec.deployment_group = Some("ShopStack-Web1BlueGreenDG2C9E".to_owned());
}

/// The README's service, where v1.0.0's revision is `INACTIVE`: it is registered again.
pub fn retired() -> World {
    let mut stage = stage::web1();
    stage.world.deregister(&stage.releases[0].task_definition);
    stage.world
}

/// The README's service with so many images more in its repository.
pub fn with_images(count: u32) -> World {
    let mut world = stage::web1().world;
    let pushed = SystemTime::UNIX_EPOCH + Duration::from_secs(START - 30 * stage::DAY);
    for build in 0..count {
        world.push_image("web1", &[format!("build-{build}").as_str()], amd64(), pushed);
    }
    world
}

fn amd64() -> ImageSpec {
    ImageSpec::single("linux", "amd64")
}
