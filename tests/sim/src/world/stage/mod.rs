//! Ready-made worlds.

use std::time::{Duration, SystemTime};

use serde_json::{Value, json};

use super::{
    Controller, ImageSpec, NativeSpec, Outcome, Past, PastService, ServiceKey, ServiceOutcome,
    ServiceSpec, Strategy, World,
};

mod several;

pub use several::{Member, Released, Several, several, several_at, shop_at};

pub const ACCOUNT: &str = "123456789012";
pub const REGION: &str = "ap-northeast-2";
/// 2026-11-21T03:09:00Z
pub const START: u64 = 1_795_230_540;

/// A day in seconds.
pub const DAY: u64 = 86_400;

/// The world of the README: cluster `prod`, service `web1`, which runs v1.2.0 since an hour.
#[derive(Clone, Debug)]
pub struct Web1 {
    pub world: World,
    pub service: ServiceKey,
    pub application: String,
    pub deployment_group: String,
    /// Version tag, digest, task definition ARN and deployment, oldest first.
    pub releases: Vec<Release>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Release {
    pub tag: &'static str,
    pub digest: String,
    pub task_definition: String,
    /// Id of the CodeDeploy deployment, or ARN of the service deployment.
    pub deployment: String,
}

/// What the service and all that belongs to it are called; by default as in the README.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Names {
    pub cluster: String,
    pub service: String,
    pub family: String,
    pub container: String,
    pub repository: String,
}

impl Default for Names {
    fn default() -> Self {
        let [cluster, service, family, container, repository] =
            ["prod", "web1", "web1", "web1", "web1"].map(str::to_owned);
        Self {
            cluster,
            service,
            family,
            container,
            repository,
        }
    }
}

impl Names {
    /// Everything but the cluster by one name, as people who have several services do it.
    pub fn all(name: &str) -> Self {
        let [service, family, container, repository] = [name; 4].map(str::to_owned);
        Self {
            service,
            family,
            container,
            repository,
            ..Self::default()
        }
    }

    pub fn key(&self) -> ServiceKey {
        ServiceKey::new(&self.cluster, &self.service)
    }

    /// The service, without a task definition.
    pub fn spec(&self) -> ServiceSpec {
        ServiceSpec::new(&self.cluster, &self.service, "", &self.container)
    }

    /// The repository as an image names it, and what follows: `:v1.0.0`, `@sha256:…`.
    pub fn image(&self, rest: &str) -> String {
        let repository = &self.repository;
        format!("{ACCOUNT}.dkr.ecr.{REGION}.amazonaws.com/{repository}{rest}")
    }

    /// The task definition with the image of this tag; v1.2.0 brought NEW_FLAG.
    pub fn release(&self, tag: &str) -> Value {
        self.task_definition(&self.image(&format!(":{tag}")), tag == "v1.2.0")
    }

    /// The task definition with any image.
    pub fn task_definition(&self, image: &str, new_flag: bool) -> Value {
        let mut document = task_definition_with(image, new_flag);
        document["family"] = json!(self.family);
        document["containerDefinitions"][0]["name"] = json!(self.container);
        document
    }
}

/// v1.0.0 (7 days), v1.1.0 (3 days) and v1.2.0 (an hour; also `latest`) as web1:1 to web1:3, deployed in that
/// order; the service began with v1.0.0's task definition before CodeDeploy first deployed.
pub fn web1() -> Web1 {
    web1_with(|_| {})
}

/// The same, with the service's settings changed.
pub fn web1_with(change: impl FnOnce(&mut ServiceSpec)) -> Web1 {
    web1_at(SystemTime::UNIX_EPOCH + Duration::from_secs(START), change)
}

/// The same, where it is `start` now.
pub fn web1_at(start: SystemTime, change: impl FnOnce(&mut ServiceSpec)) -> Web1 {
    web1_called(&Names::default(), start, change)
}

/// The same by other names.
pub fn web1_called(
    names: &Names,
    start: SystemTime,
    change: impl FnOnce(&mut ServiceSpec),
) -> Web1 {
    let mut spec = names.spec();
    change(&mut spec);
    let (world, service, releases) = released(names, &mut spec, start, &plain);
    let (application, deployment_group) = (spec.application(), spec.deployment_group());
    Web1 {
        world,
        service,
        application,
        deployment_group,
        releases,
    }
}

/// The same service, deployed by ECS itself.
#[derive(Clone, Debug)]
pub struct Native1 {
    pub world: World,
    pub service: ServiceKey,
    /// Oldest first; `deployment` is the service deployment's ARN.
    pub releases: Vec<Release>,
}

/// v1.0.0, v1.1.0 and v1.2.0 in the same order and at the same times, each by a service deployment; CreateService
/// made one more.
pub fn native1(strategy: Strategy) -> Native1 {
    native1_with(strategy, |_| {})
}

/// The same, with the service's settings changed.
pub fn native1_with(strategy: Strategy, change: impl FnOnce(&mut ServiceSpec)) -> Native1 {
    native1_called(&Names::default(), strategy, change)
}

/// The same by other names.
pub fn native1_called(
    names: &Names,
    strategy: Strategy,
    change: impl FnOnce(&mut ServiceSpec),
) -> Native1 {
    let mut spec = names.spec();
    spec.controller = Controller::Ecs;
    spec.native = NativeSpec::new(strategy);
    change(&mut spec);
    let (world, service, releases) = released(
        names,
        &mut spec,
        SystemTime::UNIX_EPOCH + Duration::from_secs(START),
        &plain,
    );
    Native1 {
        world,
        service,
        releases,
    }
}

fn plain(_: &str) -> ImageSpec {
    ImageSpec::single("linux", "amd64")
}

/// `web1` on images of these kinds, by their tags.
pub fn web1_of(image: &dyn Fn(&str) -> ImageSpec) -> World {
    let names = Names::default();
    let start = SystemTime::UNIX_EPOCH + Duration::from_secs(START);
    released(&names, &mut names.spec(), start, image).0
}

fn released(
    names: &Names,
    spec: &mut ServiceSpec,
    start: SystemTime,
    image: &dyn Fn(&str) -> ImageSpec,
) -> (World, ServiceKey, Vec<Release>) {
    let mut world = World::new(ACCOUNT, REGION, start);
    world.add_repository(&names.repository);
    let (service, releases) = add_service(&mut world, names, spec, image);
    (world, service, releases)
}

/// Creates the service and deploys its three releases, from a repository that is there. An image that the
/// repository has is not pushed again.
fn add_service(
    world: &mut World,
    names: &Names,
    spec: &mut ServiceSpec,
    image: &dyn Fn(&str) -> ImageSpec,
) -> (ServiceKey, Vec<Release>) {
    let start = world.now();
    let ago = |seconds: u64| start - Duration::from_secs(seconds);
    let mut releases: Vec<Release> = Vec::new();
    let mut service = spec.key();
    for (tag, age) in [("v1.0.0", 7 * DAY), ("v1.1.0", 3 * DAY), ("v1.2.0", 3_600)] {
        let repository = &names.repository;
        let digest = match world.tagged(repository, tag) {
            Some(digest) => digest.to_owned(),
            None => world.push_image(repository, &[tag, "latest"], image(tag), ago(age)),
        };
        let pushed_and_built = age - 120;
        let task_definition =
            world.register_task_definition(&names.release(tag), ago(pushed_and_built));
        if releases.is_empty() {
            spec.task_definition.clone_from(&task_definition);
            service = world.create_service(spec, ago(pushed_and_built));
        }
        let deployment = release(world, spec, &task_definition, ago(age - 180));
        releases.push(Release {
            tag,
            digest,
            task_definition,
            deployment,
        });
    }
    (service, releases)
}

fn release(world: &mut World, spec: &ServiceSpec, task_definition: &str, at: SystemTime) -> String {
    let key = spec.key();
    match spec.controller {
        Controller::CodeDeploy => {
            world.past_deployment(&key, &Past::new(task_definition, at, Outcome::Succeeded))
        }
        Controller::Ecs => {
            let past = PastService::new(task_definition, at, ServiceOutcome::Successful);
            let recorded = spec.native.recorded;
            world.past_service_deployment(&key, &PastService { recorded, ..past })
        }
        Controller::External => String::new(),
    }
}

/// The task definition of `web1` with this image tag; v1.2.0 brought NEW_FLAG.
pub fn task_definition(tag: &str) -> Value {
    Names::default().release(tag)
}

/// The task definition of `web1` with any image.
pub fn task_definition_with(image: &str, new_flag: bool) -> Value {
    let mut environment = vec![json!({ "name": "PORT", "value": "8080" })];
    if new_flag {
        environment.push(json!({ "name": "NEW_FLAG", "value": "on" }));
    }
    let logs = |prefix: &str| {
        json!({ "logDriver": "awslogs", "options": {
            "awslogs-group": "/ecs/web1", "awslogs-region": REGION, "awslogs-stream-prefix": prefix,
        } })
    };
    json!({
        "family": "web1",
        "networkMode": "awsvpc",
        "requiresCompatibilities": ["FARGATE"],
        "cpu": "512",
        "memory": "1024",
        "runtimePlatform": { "cpuArchitecture": "X86_64", "operatingSystemFamily": "LINUX" },
        "executionRoleArn": format!("arn:aws:iam::{ACCOUNT}:role/ecsTaskExecutionRole"),
        "taskRoleArn": format!("arn:aws:iam::{ACCOUNT}:role/web1"),
        "containerDefinitions": [
            {
                "name": "web1",
                "image": image,
                "essential": true,
                "portMappings": [{ "containerPort": 8080 }],
                "environment": environment,
                "secrets": [{
                    "name": "DB_PASSWORD",
                    "valueFrom": format!("arn:aws:ssm:{REGION}:{ACCOUNT}:parameter/web1/db"),
                }],
                "logConfiguration": logs("web1"),
            },
            {
                "name": "envoy",
                "image": "public.ecr.aws/appmesh/aws-appmesh-envoy:v1.27.0.0-prod",
                "essential": false,
                "logConfiguration": logs("envoy"),
            },
        ],
    })
}
