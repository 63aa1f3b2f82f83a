//! Commands to paste, for whoever goes on by hand.

use crate::names::{DeploymentId, Region};

/// Stops a deployment, and sends the traffic back to where it was.
pub fn stop(id: &DeploymentId, region: &Region) -> String {
    if id.is_service_deployment() {
        return format!(
            "`aws ecs stop-service-deployment --service-deployment-arn {id} --stop-type ROLLBACK --region {region}`"
        );
    }
    format!(
        "`aws deploy stop-deployment --deployment-id {id} --auto-rollback-enabled --region {region}`"
    )
}

/// Shows how a deployment stands.
pub fn watch(id: &DeploymentId, region: &Region) -> String {
    if id.is_service_deployment() {
        return format!(
            "`aws ecs describe-service-deployments --service-deployment-arns {id} --region {region}`"
        );
    }
    format!("`aws deploy get-deployment --deployment-id {id} --region {region}`")
}

/// What AWS is still doing, and how to see it.
pub fn still_working(id: &DeploymentId, region: &Region) -> String {
    format!(
        "AWS goes on with the deployment {}; watch it with {}",
        id.short(),
        watch(id, region)
    )
}

/// How to end what AWS is still doing.
pub fn what_stops(id: &DeploymentId, region: &Region) -> String {
    format!(
        "what stops it, and sends the traffic back: {}",
        stop(id, region)
    )
}
