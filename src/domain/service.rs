//! An ECS service as `DescribeServices` and `DescribeTasks` describe it.

use std::time::Duration;

use time::OffsetDateTime;

use super::task_stop::TaskStop;
use crate::{
    names::{ContainerName, DeploymentId, ImageDigest, ServiceName, TaskDefinitionArn, TaskSetId},
    outside::OutsideText,
};

/// As much as this is all of it, in percent: AWS's weights are floating-point numbers.
pub(crate) const ALL_TRAFFIC: f64 = 99.99;
/// Less than this is nothing.
pub(crate) const SOME_TRAFFIC: f64 = 0.01;

/// Who deploys the service (`deploymentController.type`).
#[derive(Clone, PartialEq)]
pub(crate) enum Controller {
    Ecs,
    CodeDeploy,
    External,
    /// One that this version does not know.
    Other(String),
}

/// A service as `DescribeServices` describes it.
#[derive(Clone)]
pub(crate) struct Service {
    pub arn: String,
    pub name: ServiceName,
    /// `ACTIVE`, `DRAINING` or `INACTIVE`.
    pub status: String,
    pub desired_count: i32,
    /// Tasks that are starting.
    pub pending: u32,
    pub controller: Controller,
    /// Those that name a container; one behind several target groups has several.
    pub load_balancers: Vec<LoadBalancer>,
    /// The names of the ports that Service Connect publishes, where it is on.
    pub connect_ports: Vec<String>,
    /// Of a service that ECS deploys by shifting traffic.
    pub load_balancer_kind: Option<LoadBalancerKind>,
    pub network: Option<Network>,
    /// Of a service that CodeDeploy deploys.
    pub task_sets: Vec<TaskSet>,
    /// Of a service that ECS deploys: its `deployments`, the primary one first where AWS does so.
    pub rollouts: Vec<Rollout>,
    /// The service deployment in progress, if AWS names one; of an idle service perhaps its last.
    pub current_deployment: Option<DeploymentId>,
    /// ARNs of the service revisions that have tasks.
    pub revisions: Vec<String>,
    pub strategy: Strategy,
    /// What ECS reported about the service, the newest first.
    pub events: Vec<ServiceEvent>,
    /// Express Mode: only `UpdateExpressGatewayService` deploys.
    pub is_express: bool,
    /// The CloudFormation stack that made it, by its tag.
    pub stack: Option<OutsideText>,
}

/// One of a service's `deployments`: a revision with its tasks, where ECS deploys.
#[derive(Clone)]
pub(crate) struct Rollout {
    /// `ecs-svc/…`: what its tasks say they were started by.
    pub id: TaskSetId,
    /// `PRIMARY`, `ACTIVE` or `INACTIVE`.
    pub status: String,
    pub task_definition: Option<TaskDefinitionArn>,
    /// `COMPLETED`, `FAILED` or `IN_PROGRESS`.
    pub state: Option<String>,
    /// Why it is in that state, in AWS's words.
    pub reason: Option<OutsideText>,
    pub running: u32,
    /// Tasks that failed in a row; none once a task of it runs well.
    pub failed: u32,
    pub created_at: Option<OffsetDateTime>,
}

/// Something that ECS reported about a service.
#[derive(Clone)]
pub(crate) struct ServiceEvent {
    pub at: Option<OffsetDateTime>,
    pub text: OutsideText,
}

/// Words of the events that say what is wrong; the others tell what ECS does. Source: Amazon ECS, "Service event messages".
const TROUBLE: [&str; 3] = ["unable", "unhealthy", "failed"];

impl ServiceEvent {
    /// Whether it says that something is wrong.
    pub(crate) fn tells_of_trouble(&self) -> bool {
        TROUBLE.iter().any(|word| self.text.raw().contains(word))
    }
}

impl Service {
    /// The deployment that ECS is working on, or the last one.
    pub(crate) fn primary_rollout(&self) -> Option<&Rollout> {
        self.rollouts.iter().find(|rollout| rollout.is_primary())
    }

    /// The newest event about old tasks that do not go away.
    pub(crate) fn event_of_old_tasks(&self) -> Option<&OutsideText> {
        let about_old_tasks = |text: &&OutsideText| {
            let text = text.raw();
            text.contains("draining") || text.contains("protection")
        };
        let mut texts = self.events.iter().map(|event| &event.text);
        texts.find(about_old_tasks)
    }

    /// A service behind several target groups usually names the same container and port in each.
    pub(crate) fn load_balancer(&self) -> Option<&LoadBalancer> {
        self.load_balancers.first()
    }

    /// The account that it is in.
    pub(crate) fn account(&self) -> &str {
        // arn:aws:ecs:REGION:ACCOUNT:service/CLUSTER/SERVICE
        self.arn.split(':').nth(4).unwrap_or_default()
    }

    /// How many tasks are wanted.
    pub(crate) fn wanted(&self) -> u32 {
        // AWS's counts are signed, and never negative.
        u32::try_from(self.desired_count).unwrap_or_default()
    }
}

impl Rollout {
    pub(crate) fn runs(&self, revision: &TaskDefinitionArn) -> bool {
        self.task_definition.as_ref() == Some(revision)
    }

    pub(crate) fn is_primary(&self) -> bool {
        self.status == "PRIMARY"
    }
}

/// How ECS deploys a new revision: the service's `deploymentConfiguration`.
#[derive(Clone, Default)]
pub(crate) struct Strategy {
    /// `ROLLING`, `BLUE_GREEN`, `LINEAR`, `CANARY`; empty counts as rolling.
    pub name: String,
    /// How long both revisions stay once all traffic has moved.
    pub bake: Duration,
    /// Percent of the traffic in each step before the last, and how long each step lasts.
    pub step: Option<(f64, Duration)>,
    /// The alarms that end a deployment, where they are on.
    pub alarms: Vec<OutsideText>,
}

impl Strategy {
    /// Whether tasks are replaced one by one, with no second environment that the traffic moves to.
    pub(crate) fn is_rolling(&self) -> bool {
        // A service from before ECS had strategies describes none.
        matches!(self.name.as_str(), "" | "ROLLING")
    }

    /// How long the traffic takes from the first of it to all of it.
    pub(crate) fn shift(&self) -> Duration {
        match (self.name.as_str(), self.step) {
            ("CANARY", Some((_, each))) => each,
            // The first step is at once, so that there is one wait less than there are steps.
            ("LINEAR", Some((percent, each))) if percent > 0.0 => {
                each.mul_f64((100.0 / percent).ceil() - 1.0)
            }
            _ => Duration::ZERO,
        }
    }
}

/// What kind of load balancer shifts the traffic.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum LoadBalancerKind {
    Application,
    /// It sends traffic to the old targets for a minute and more after the switch.
    Network,
}

impl LoadBalancerKind {
    /// By the ARN of a listener, or of a listener's rule: `arn:aws:elasticloadbalancing:…:listener/net/NAME/…`.
    pub(crate) fn of_listener(arn: &str) -> Option<Self> {
        let resource = arn.splitn(6, ':').nth(5)?;
        let mut parts = resource.split('/');
        match (parts.next()?, parts.next()?) {
            ("listener" | "listener-rule", "app") => Some(Self::Application),
            ("listener" | "listener-rule", "net") => Some(Self::Network),
            _ => None,
        }
    }
}

/// Where the load balancer sends its requests.
#[derive(Clone)]
pub(crate) struct LoadBalancer {
    pub container: ContainerName,
    pub port: u16,
}

/// A task set of a `CODE_DEPLOY` service.
#[derive(Clone)]
pub(crate) struct TaskSet {
    pub id: TaskSetId,
    /// `PRIMARY`, `ACTIVE` or `DRAINING`.
    pub status: String,
    pub task_definition: Option<TaskDefinitionArn>,
    /// The CodeDeploy deployment that made it; none for the one that `CreateService` made.
    pub external_id: Option<String>,
    /// When the deployment that made it created it.
    pub created_at: Option<OffsetDateTime>,
    pub load_balancer: Option<LoadBalancer>,
    pub placement: Placement,
}

/// Where and on what a task set runs its tasks. A deployment whose AppSpec does not repeat this loses it.
#[derive(Clone, Debug, Default)]
pub(crate) struct Placement {
    /// Empty where it has a launch type instead.
    pub capacity_providers: Vec<CapacityProvider>,
    /// Of Fargate: `LATEST`, `1.4.0`.
    pub platform_version: Option<String>,
    pub network: Option<Network>,
}

/// One item of a `capacityProviderStrategy`.
#[derive(Clone, Debug)]
pub(crate) struct CapacityProvider {
    /// `FARGATE_SPOT`, or the name of one of the cluster's own.
    pub name: String,
    pub base: i32,
    pub weight: i32,
}

/// An `awsvpcConfiguration`.
#[derive(Clone, Debug)]
pub(crate) struct Network {
    pub subnets: Vec<String>,
    pub security_groups: Vec<String>,
    /// `ENABLED` or `DISABLED`; empty where AWS names neither.
    pub assign_public_ip: String,
}

/// A running or stopped task.
#[derive(Clone)]
pub(crate) struct Task {
    /// The last part of its ARN.
    pub id: String,
    pub task_definition: Option<TaskDefinitionArn>,
    /// `None` of a task that no service started.
    pub service: Option<ServiceName>,
    /// The id of its task set.
    pub started_by: Option<String>,
    pub last_status: String,
    pub started_at: Option<OffsetDateTime>,
    /// `linux`, `windows_server_2022_core`, … (Fargate).
    pub platform_family: Option<String>,
    /// The attribute `ecs.cpu-architecture`: `x86_64` or `arm64`.
    pub cpu_architecture: Option<String>,
    pub containers: Vec<ContainerDigest>,
    /// Of one that has stopped, or is stopping.
    pub stop: Option<TaskStop>,
}

/// A container, and the digest that its image was resolved to.
#[derive(Clone)]
pub(crate) struct ContainerDigest {
    pub name: String,
    /// Absent until the image was pulled; some agents never report it.
    pub digest: Option<ImageDigest>,
}

impl Task {
    /// The digest that the container was started from, if the agent reported one.
    pub(crate) fn digest(&self, container: &ContainerName) -> Option<&ImageDigest> {
        digest_of(&self.containers, container)
    }

    /// Whether any of its containers was started from this image.
    pub(crate) fn runs(&self, digest: &ImageDigest) -> bool {
        let mut containers = self.containers.iter();
        containers.any(|container| container.digest.as_ref() == Some(digest))
    }
}

pub(super) fn digest_of<'a>(
    containers: &'a [ContainerDigest],
    name: &ContainerName,
) -> Option<&'a ImageDigest> {
    let mut containers = containers.iter();
    let container = containers.find(|container| container.name == name.as_str())?;
    container.digest.as_ref()
}
