//! A CodeDeploy deployment group.

use std::time::Duration;

use time::OffsetDateTime;

use super::service::LoadBalancerKind;
use crate::{
    names::{ApplicationName, ClusterName, DeploymentId, GroupName, ServiceName},
    outside::OutsideText,
};

/// A deployment group as `GetDeploymentGroup` describes it.
#[derive(Clone)]
pub(crate) struct Group {
    pub application: ApplicationName,
    pub name: GroupName,
    /// `ECS`, `Server` or `Lambda`.
    pub compute_platform: String,
    /// Cluster and service names.
    pub services: Vec<(String, String)>,
    pub config: Option<String>,
    /// The names of the CloudWatch alarms that it polls; empty where that is off.
    pub alarms: Vec<OutsideText>,
    /// Whether a failed deployment is rolled back by CodeDeploy itself.
    pub auto_rollback: bool,
    /// How long the old tasks stay after the shift.
    pub termination_wait: Option<Duration>,
    /// What it shifts the traffic with.
    pub load_balancer: Option<LoadBalancerKind>,
    /// Whether a deployment waits (and how long) before it shifts traffic.
    pub ready_wait: Option<Duration>,
    pub last_successful: Option<DeploymentId>,
    /// When its newest deployment was created.
    pub last_deployed_at: Option<OffsetDateTime>,
}

impl Group {
    pub(crate) fn deploys(&self, cluster: &ClusterName, service: &ServiceName) -> bool {
        let wanted = (cluster.as_str().into(), service.as_str().into());
        self.services.contains(&wanted)
    }
}
