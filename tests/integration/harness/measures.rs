//! What of speed can be counted: round trips, calls, virtual time. The same each time, on any machine; the tests
//! in `figures` hold it, and `cargo bench` prints it.

use std::time::{Duration, SystemTime};

use aws_sim::world::stage::{self, ACCOUNT, REGION, START};
use aws_sim::world::{
    ImageSpec, NativePhase, Outcome, Past, PastService, Reached, ServiceOutcome, ServiceSpec,
    Start, Strategy, World,
};

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
    Step::on(world)
        .input("version", version)
        .input("cluster", "prod")
        .input("service", "web1")
}

/// Runs until a deployment is created.
pub async fn until_created(step: Step) -> Sent {
    let step = step
        .sim(|sim| sim.with_latency(LATENCY))
        .input("wait-for", "nothing");
    let start = step.sim.clock().elapsed();
    let done = step.run().await;
    ended(&step, &done, "started");
    let calls = step.sim.calls();
    let created = calls
        .iter()
        .position(|call| call.operation == "CreateDeployment")
        .expect("it was created");
    let round_trips = calls
        .round_trips_before("CreateDeployment")
        .expect("it was created");
    Sent {
        round_trips,
        calls: created,
        after: calls[created].start - start,
    }
}

/// Round trips before the service is updated, where ECS deploys it.
pub async fn until_updated(step: Step) -> usize {
    let step = step
        .sim(|sim| sim.with_latency(LATENCY))
        .input("wait-for", "nothing");
    let done = step.run().await;
    ended(&step, &done, "started");
    let calls = step.sim.calls();
    calls
        .round_trips_before("UpdateService")
        .expect("it was sent")
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
        deployment
            .and_then(|found| found.event("AllowTraffic")?.ended_at)
            .expect("traffic has shifted")
    });
    done.took - Duration::from_millis(shifted - START * 1_000)
}

/// An incident that is over, in virtual time since the run started.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Back {
    /// Round trips before the write that brings the traffic back, and when that was sent.
    pub round_trips: usize,
    pub sent: Duration,
    /// When it took effect: from here on it is AWS that takes its time.
    pub effect: Duration,
    /// When all production traffic was on the good version.
    pub traffic: Duration,
    /// When the run said so.
    pub answer: Duration,
    /// Polls from then until the answer.
    pub polls: usize,
}

impl Back {
    /// AWS's own part.
    pub fn aws(&self) -> Duration {
        self.traffic - self.effect
    }

    /// The run's part: before the write, and from the traffic to the answer.
    pub fn ours(&self) -> Duration {
        self.answer - self.aws()
    }
}

/// How closely the traffic is watched. What happens in these worlds happens at a multiple of it.
const LOOK: Duration = Duration::from_millis(5);

/// Runs until the traffic is on `digest`, which the run brings about by the call `write`; `poll` is the call that it
/// looks with. For any path and any controller.
pub async fn until_back(step: Step, path: &str, write: &str, poll: &str, digest: &str) -> Back {
    let step = step.sim(|sim| sim.with_latency(LATENCY));
    let clock = step.sim.clock();
    let start = clock.elapsed();
    let watch = async {
        while !step.sim.world(|world| serves(world, digest)) {
            clock.sleep(LOOK).await;
        }
        clock.elapsed() - start
    };
    assert!(
        !step.sim.world(|world| serves(world, digest)),
        "{digest} serves from the beginning"
    );
    let (done, traffic) = tokio::join!(step.run(), watch);
    ended(&step, &done, "rolled-back");
    assert_eq!(done.output("path"), path, "{}", done.log);
    let calls = step.sim.calls();
    let sent = calls.of(write).next().expect("it was sent").start - start;
    Back {
        round_trips: calls.round_trips_before(write).expect("it was sent"),
        sent,
        effect: sent + LATENCY / 2,
        traffic,
        answer: done.took,
        polls: calls
            .of(poll)
            .filter(|call| call.start - start + LATENCY / 2 >= traffic)
            .count(),
    }
}

fn serves(world: &World, digest: &str) -> bool {
    let serving = world.serving("prod", "web1");
    !serving.is_empty()
        && serving
            .iter()
            .all(|share| share.digest.as_deref() == Some(digest))
}

/// v1.1.0 served, somebody's deployment of v1.2.0 has just taken the traffic, and the tasks of v1.1.0 are still warm:
/// the run asks for those. The traffic comes back `later` than usual.
pub async fn rerouted(later: Duration) -> Back {
    let mut web1 = stage::web1();
    let served = SystemTime::UNIX_EPOCH + Duration::from_secs(START - 1_800);
    let good = &web1.releases[1];
    web1.world.past_deployment(
        &web1.service,
        &Past::new(&good.task_definition, served, Outcome::Succeeded),
    );
    let bad = Start::new(&web1.releases[2].task_definition);
    web1.world
        .start_deployment(&web1.service, &bad, Reached::TerminationWait);
    web1.world.pace.reroute_install += u64::try_from(later.as_millis()).expect("a short time");
    let step = back_to(web1.world, good.tag);
    until_back(
        step,
        "reroute",
        "StopDeployment",
        "GetDeploymentTarget",
        &good.digest,
    )
    .await
}

/// The same incident an hour later, when nothing of v1.1.0 is warm: a deployment of it brings new tasks.
pub async fn redeployed() -> Back {
    let web1 = stage::web1();
    let good = &web1.releases[1];
    let step = back_to(web1.world, good.tag);
    until_back(
        step,
        "redeploy",
        "CreateDeployment",
        "GetDeploymentTarget",
        &good.digest,
    )
    .await
}

/// The same incident on a service that ECS deploys blue/green: the bad release bakes.
pub async fn rerouted_by_ecs() -> Back {
    let mut native1 = stage::native1(Strategy::BlueGreen);
    let served = SystemTime::UNIX_EPOCH + Duration::from_secs(START - 1_800);
    let good = native1.releases[1].clone();
    let past = PastService::new(&good.task_definition, served, ServiceOutcome::Successful);
    native1
        .world
        .past_service_deployment(&native1.service, &past);
    let bad = native1.releases[2].task_definition.clone();
    native1
        .world
        .start_service_deployment(&native1.service, &bad, NativePhase::Baking);
    let (stop, poll) = ("StopServiceDeployment", "DescribeServiceDeployments");
    until_back(
        back_to(native1.world, good.tag),
        "reroute",
        stop,
        poll,
        &good.digest,
    )
    .await
}

/// And when nothing of v1.1.0 is warm.
pub async fn redeployed_by_ecs() -> Back {
    let native1 = stage::native1(Strategy::BlueGreen);
    let good = &native1.releases[1];
    let poll = "DescribeServiceDeployments";
    until_back(
        back_to(native1.world, good.tag),
        "redeploy",
        "UpdateService",
        poll,
        &good.digest,
    )
    .await
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
        let revision =
            world.register_task_definition(&stage::task_definition(&tag), at - every / 4);
        if release == 0 {
            spec.task_definition.clone_from(&revision);
            world.create_service(&spec, at - every / 5);
        }
        let past = Past::new(&revision, at, Outcome::Succeeded);
        world.past_deployment(
            &spec.key(),
            &Past {
                took: past.took.min(every / 2),
                ..past
            },
        );
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

/// The same where ECS deploys.
pub fn retired_by_ecs() -> World {
    let mut stage = stage::native1(Strategy::BlueGreen);
    stage.world.deregister(&stage.releases[0].task_definition);
    stage.world
}

/// The README's service with so many images more in its repository.
pub fn with_images(count: u32) -> World {
    let mut world = stage::web1().world;
    let pushed = SystemTime::UNIX_EPOCH + Duration::from_secs(START - 30 * stage::DAY);
    for build in 0..count {
        world.push_image(
            "web1",
            &[format!("build-{build}").as_str()],
            amd64(),
            pushed,
        );
    }
    world
}

fn amd64() -> ImageSpec {
    ImageSpec::single("linux", "amd64")
}
