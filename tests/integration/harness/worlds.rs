//! Worlds and steps that several themes begin with.

use std::time::{Duration, SystemTime};

use aws_sim::world::stage::{self, ACCOUNT, DAY, REGION, START, Web1};
use aws_sim::world::{ImageSpec, ServiceKey, ServiceSpec, World};
use serde_json::{Value, json};

use crate::harness::Step;

pub const HOUR: u64 = 3_600;

/// So many seconds before the run starts.
pub fn ago(seconds: u64) -> SystemTime {
    SystemTime::UNIX_EPOCH + Duration::from_secs(START - seconds)
}

/// So many seconds after the run has started.
pub fn after(seconds: u64) -> SystemTime {
    SystemTime::UNIX_EPOCH + Duration::from_secs(START + seconds)
}

/// The three inputs for `prod/web1`, in any world.
pub fn asking(world: World, version: &str) -> Step {
    Step::on(world)
        .input("version", version)
        .input("cluster", "prod")
        .input("service", "web1")
}

/// The README's service with its settings changed.
pub fn with(change: impl FnOnce(&mut ServiceSpec)) -> Web1 {
    stage::web1_with(change)
}

/// `web1` as `CreateService` left it, on v1.2.0 with v1.0.0 as its first revision: CodeDeploy never deployed it.
pub fn never_deployed(change: impl FnOnce(&mut ServiceSpec)) -> World {
    let mut world = World::new(ACCOUNT, REGION, ago(0));
    world.add_repository("web1");
    let mut spec = ServiceSpec::new("prod", "web1", "", "web1");
    for (tag, age) in [("v1.0.0", 7 * DAY), ("v1.2.0", HOUR)] {
        world.push_image("web1", &[tag], amd64(), ago(age));
        spec.task_definition =
            world.register_task_definition(&stage::task_definition(tag), ago(age - 60));
    }
    change(&mut spec);
    world.create_service(&spec, ago(HOUR - 120));
    world
}

/// The README's service; of the images in its repository the youngest four are kept.
pub fn expiring() -> World {
    let mut world = stage::web1().world;
    let rules = json!([{
        "rulePriority": 2,
        "description": "keep 4 images",
        "selection": {
            "tagStatus": "any", "countType": "imageCountMoreThan", "countNumber": 4,
        },
        "action": { "type": "expire" },
    }]);
    world.set_lifecycle_policy("web1", &rules);
    world
}

/// The same world with v1.3.0 in ECR, which was never deployed: a revision has to be registered for it.
pub fn with_unregistered(mut world: World) -> World {
    world.push_image("web1", &["v1.3.0"], amd64(), ago(600));
    world
}

pub fn amd64() -> ImageSpec {
    ImageSpec::single("linux", "amd64")
}

pub fn arm64() -> ImageSpec {
    ImageSpec::single("linux", "arm64")
}

pub fn key() -> ServiceKey {
    ServiceKey::new("prod", "web1")
}

/// `123456789012.dkr.ecr.ap-northeast-2.amazonaws.com/web1` and what follows it.
pub fn uri(rest: &str) -> String {
    format!("{ACCOUNT}.dkr.ecr.{REGION}.amazonaws.com/web1{rest}")
}

/// The AppSpec that the run sent.
pub fn sent_appspec(step: &Step) -> Value {
    let calls = step.sim.calls();
    let call = calls
        .of("CreateDeployment")
        .next()
        .expect("a deployment was created");
    let content = call.input["revision"]["appSpecContent"]["content"]
        .as_str()
        .expect("it carries its AppSpec");
    serde_json::from_str(content).expect("the AppSpec is sent as JSON")
}
