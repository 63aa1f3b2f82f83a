//! What the runs of several services read together: calls for many keys at once, identical reads once, a bound on how
//! many calls are in flight, and AWS's own rates.
//!
//! Nothing is kept once it was answered: the next round observes anew. Writes are never merged, and wait only where AWS
//! would throttle them.

mod batch;
mod flight;
mod traffic;
mod turns;

use std::sync::Arc;

use aws_sdk_ecs::types::TaskDefinitionStatus;

use crate::{
    clock::Clock,
    domain::{
        deployment::{Deployment, Revision},
        deployment_group::Group,
        image::{Image, Manifest},
        service::{Service, Task},
        service_deployment::{ServiceDeployment, ServiceRevision},
        task_definition::TaskDefinition,
    },
    names::{
        ApplicationName, ClusterName, DeploymentId, GroupName, ImageDigest, ImageSelector,
        Repository, ServiceName, TaskDefinitionArn,
    },
};
use batch::Batch;
pub(super) use batch::Call;
use flight::Flight;
pub(super) use traffic::Traffic;
pub(super) use turns::Turns;

/// One member for each kind of read. What AWS answers for one cluster or repository only is kept apart by it.
pub(super) struct Together {
    /// How many services' runs there are.
    pub(super) services_at_once: usize,
    pub(super) turns: Turns,
    pub(super) services: Batch<ClusterName, ServiceName, Service>,
    pub(super) tasks: Batch<ClusterName, String, Task>,
    pub(super) service_deployments: Batch<(), DeploymentId, ServiceDeployment>,
    pub(super) service_revisions: Batch<(), String, ServiceRevision>,
    pub(super) deployments: Batch<(), String, Deployment>,
    pub(super) images: Batch<Repository, ImageSelector, Image>,
    pub(super) appspecs: Batch<ApplicationName, Revision, (String, String)>,

    /// The tasks of a whole cluster; `None` where there are too many to list them all.
    pub(super) cluster_tasks: Flight<ClusterName, Option<Arc<[String]>>>,
    pub(super) task_definitions: Flight<String, Option<TaskDefinition>>,
    pub(super) task_definition_lists:
        Flight<(String, TaskDefinitionStatus, i32), Vec<TaskDefinitionArn>>,
    pub(super) applications: Flight<(), Vec<ApplicationName>>,
    pub(super) group_lists: Flight<ApplicationName, Vec<GroupName>>,
    pub(super) group: Flight<(ApplicationName, GroupName), Group>,
    pub(super) groups: Flight<(ApplicationName, Vec<GroupName>), Vec<Group>>,
    pub(super) manifests: Flight<(Repository, Vec<ImageSelector>), Vec<Manifest>>,
    pub(super) layer_urls: Flight<(Repository, ImageDigest), String>,
    pub(super) tagged_images: Flight<(Repository, usize), (Vec<Image>, bool)>,
    pub(super) all_images: Flight<(Repository, usize), (Vec<Image>, bool)>,
    pub(super) lifecycle_policies: Flight<Repository, Option<String>>,
}

/// What reading together needs.
pub(super) struct Means {
    pub(super) services: usize,
    pub(super) clock: Clock,
    pub(super) traffic: Traffic,
    pub(super) turns: Turns,
}

impl Means {
    /// For the runs of so many services.
    pub(super) fn of(services: usize, clock: Clock) -> Self {
        Self {
            services,
            clock,
            traffic: Traffic::new(),
            turns: Turns::of(services, clock),
        }
    }
}

impl Together {
    /// Without `means`, every caller sends its own calls.
    pub(super) fn new(means: Option<&Means>) -> Self {
        let clock = means.map(|means| means.clock);
        let traffic = means.map(|means| &means.traffic);
        Self {
            services_at_once: means.map_or(1, |means| means.services),
            turns: match means {
                Some(means) => means.turns.clone(),
                None => Turns::unlimited(),
            },
            services: Batch::new(clock),
            tasks: Batch::new(clock),
            service_deployments: Batch::new(clock),
            service_revisions: Batch::new(clock),
            deployments: Batch::new(clock),
            images: Batch::new(clock),
            appspecs: Batch::new(clock),
            cluster_tasks: Flight::new(traffic),
            task_definitions: Flight::new(traffic),
            task_definition_lists: Flight::new(traffic),
            applications: Flight::new(traffic),
            group_lists: Flight::new(traffic),
            group: Flight::new(traffic),
            groups: Flight::new(traffic),
            manifests: Flight::new(traffic),
            layer_urls: Flight::new(traffic),
            tagged_images: Flight::new(traffic),
            all_images: Flight::new(traffic),
            lifecycle_policies: Flight::new(traffic),
        }
    }
}
