//! ECS: clusters, task definitions, services with their task sets, and the tasks that run.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use super::World;
use super::behavior::Behavior;
use super::input::text;
use super::time::Ms;
use crate::aws::{Answer, AwsError};

mod endings;
mod events;
mod made_with;
mod moves;
mod native;
mod output;
mod register;
mod register_check;
mod running;
mod service_json;
mod services;
mod tags;
mod task_definitions;
mod task_json;
mod task_sets;
mod tasks;

pub use made_with::{CapacityProvider, MadeWith, Network};
pub(super) use native::Native;
pub(crate) use native::NativeStep;
pub use native::{
    EarlySuccess, Held, Hook, HookStatus, HookTarget, NativeHook, NativeSpec, PastService,
    Rollback, ServiceDeployment, ServiceDeploymentStatus, ServiceOutcome, Share, Stage, Strategy,
};
pub(crate) use running::TaskChange;
pub(super) use task_definitions::TaskDefinition;

/// Which service: cluster and service name.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ServiceKey {
    pub cluster: String,
    pub service: String,
}

impl ServiceKey {
    pub fn new(cluster: &str, service: &str) -> Self {
        Self {
            cluster: cluster.to_owned(),
            service: service.to_owned(),
        }
    }
}

/// Who deploys the service.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Controller {
    CodeDeploy,
    Ecs,
    External,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum TaskSetStatus {
    Primary,
    Active,
    Draining,
}

impl TaskSetStatus {
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Primary => "PRIMARY",
            Self::Active => "ACTIVE",
            Self::Draining => "DRAINING",
        }
    }
}

/// One version of a service's tasks. Under the ECS controller it shows as an entry of `deployments[]`.
#[derive(Clone, Debug)]
pub(super) struct TaskSet {
    /// `ecs-svc/…`
    pub id: String,
    /// The CodeDeploy deployment that made it; None for the one from CreateService.
    pub external_id: Option<String>,
    pub task_definition: String,
    pub made_with: MadeWith,
    pub status: TaskSetStatus,
    /// Share of the production traffic in percent.
    pub weight: f64,
    /// Which of the two target groups.
    pub target_group: usize,
    pub desired: u32,
    pub created_at: Ms,
    pub updated_at: Ms,
    /// ARN of the service revision; under the ECS controller only.
    pub service_revision: Option<String>,
    /// Why its deployment failed. It gets no new tasks then.
    pub failed: Option<String>,
    /// Tasks that stopped by themselves, in a row.
    pub failed_tasks: u32,
}

#[derive(Clone, Debug)]
pub(super) struct EcsService {
    pub active: bool,
    pub controller: Controller,
    /// It came from the ECS controller, and answers `deployments` in the place of `taskSets`.
    pub answers_deployments: bool,
    /// What DescribeServices goes on answering until then, after an UpdateService.
    pub stale: Option<(Ms, Value)>,
    /// `ARM64` or `X86_64`, where its tasks run on another architecture than their task definition says.
    pub runs_on: Option<&'static str>,
    /// Express Mode: ECS manages its resources.
    pub express: bool,
    pub network_load_balancer: bool,
    /// It was deleted, and its tasks go on for a while.
    pub draining: bool,
    pub desired: u32,
    pub container: String,
    pub port: u16,
    /// Names of ports that Service Connect publishes; none: it is off.
    pub service_connect: Vec<String>,
    pub target_groups: [String; 2],
    /// The task definition given to CreateService.
    pub task_definition: String,
    /// What was given to CreateService.
    pub made_with: MadeWith,
    pub created_at: Ms,
    pub task_sets: Vec<TaskSet>,
    /// In the order in which they happened.
    pub events: Vec<events::ServiceEvent>,
    /// Under the ECS controller only.
    pub native: Option<native::Native>,
}

impl EcsService {
    pub(crate) fn task_set(&self, id: &str) -> Option<&TaskSet> {
        self.task_sets.iter().find(|set| set.id == id)
    }

    pub(crate) fn task_set_mut(&mut self, id: &str) -> Option<&mut TaskSet> {
        self.task_sets.iter_mut().find(|set| set.id == id)
    }

    pub(crate) fn service_connect_json(&self) -> Option<Value> {
        let port = |name: &String| json!({ "portName": name, "discoveryName": name, "clientAliases": [{ "port": self.port, "dnsName": name }] });
        let ports: Vec<Value> = self.service_connect.iter().map(port).collect();
        let on = || json!({ "enabled": true, "namespace": "prod.local", "services": ports });
        (!self.service_connect.is_empty()).then(on)
    }

    pub(crate) fn status(&self) -> &'static str {
        match (self.active, self.draining) {
            (true, _) => "ACTIVE",
            (false, true) => "DRAINING",
            (false, false) => "INACTIVE",
        }
    }

    pub(crate) fn primary(&self) -> Option<&TaskSet> {
        self.task_sets
            .iter()
            .find(|set| set.status == TaskSetStatus::Primary)
    }
}

#[derive(Clone, Debug, Default)]
pub(super) struct Ecs {
    /// By name, with the time of creation.
    pub clusters: BTreeMap<String, Ms>,
    /// Revisions from 1 up.
    pub families: BTreeMap<String, Vec<TaskDefinition>>,
    pub services: BTreeMap<ServiceKey, EcsService>,
    pub tasks: BTreeMap<String, running::Task>,
    /// How the first container of a task definition behaves whatever image it runs, by ARN.
    pub behaviors: BTreeMap<String, Behavior>,
    /// By ARN.
    pub service_deployments: BTreeMap<String, ServiceDeployment>,
    /// By ARN.
    pub service_revisions: BTreeMap<String, native::Revision>,
    /// Tags of services and clusters, by ARN.
    pub tags: BTreeMap<String, Vec<Value>>,
}

impl World {
    pub(super) fn ecs_call(&mut self, operation: &str, input: &Value) -> Answer {
        match operation {
            "RegisterTaskDefinition" => self.register_task_definition_call(input),
            "DescribeTaskDefinition" => self.describe_task_definition(input),
            "ListTaskDefinitions" => self.list_task_definitions(input),
            "DescribeServices" => self.describe_services(input),
            "ListServices" => self.list_services(input),
            "DescribeClusters" => self.describe_clusters(input),
            "DescribeTaskSets" => self.describe_task_sets(input),
            "ListTasks" => self.list_tasks(input),
            "DescribeTasks" => self.describe_tasks(input),
            "TagResource" => self.tag_resource(input),
            "UntagResource" => self.untag_resource(input),
            "ListTagsForResource" => self.list_tags_for_resource(input),
            _ => self.native_call(operation, input),
        }
    }

    pub(super) fn ecs_arn(&self, resource: &str) -> String {
        format!("arn:aws:ecs:{}:{}:{resource}", self.region, self.account)
    }

    pub(super) fn service_arn(&self, key: &ServiceKey) -> String {
        self.ecs_arn(&format!("service/{}/{}", key.cluster, key.service))
    }

    /// The name of the cluster that an input names or leaves to the default.
    fn cluster(&self, input: &Value) -> Result<String, AwsError> {
        let given = text(input, "cluster").unwrap_or("default");
        let name = given
            .strip_prefix(&self.ecs_arn("cluster/"))
            .unwrap_or(given);
        if self.ecs.clusters.contains_key(name) {
            return Ok(name.to_owned());
        }
        Err(AwsError::client(
            "ClusterNotFoundException",
            "Cluster not found.",
        ))
    }

    /// A service by name or ARN, of either form.
    fn find_service(&self, cluster: &str, given: &str) -> Option<(&ServiceKey, &EcsService)> {
        let path = given
            .strip_prefix(&self.ecs_arn("service/"))
            .unwrap_or(given);
        let name = match path.split_once('/') {
            Some((of, name)) if of == cluster => name,
            Some(_) => return None,
            None => path,
        };
        self.ecs
            .services
            .get_key_value(&ServiceKey::new(cluster, name))
    }

    /// The service that an input's `service` and `cluster` name.
    fn service_of(
        &self,
        input: &Value,
        member: &str,
    ) -> Result<(&ServiceKey, &EcsService), AwsError> {
        let cluster = self.cluster(input)?;
        let found = text(input, member).and_then(|given| self.find_service(&cluster, given));
        found.ok_or_else(|| AwsError::client("ServiceNotFoundException", "Service not found."))
    }
}

fn invalid(message: impl Into<String>) -> AwsError {
    AwsError::client("InvalidParameterException", message)
}

fn client(message: impl Into<String>) -> AwsError {
    AwsError::client("ClientException", message)
}
