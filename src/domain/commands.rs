//! AWS CLI commands for people to paste.

use crate::names::{DeploymentId, Region};

/// Stops a deployment and shifts traffic back.
pub fn stop(id: &DeploymentId, region: &Region) -> String {
    if id.is_service_deployment() {
        // The other stop type, ABORT, leaves the traffic where it is.
        return format!(
            "`aws ecs stop-service-deployment --service-deployment-arn {id} --stop-type ROLLBACK --region {region}`"
        );
    }
    // Without auto-rollback, CodeDeploy leaves the traffic where it is in that moment.
    format!(
        "`aws deploy stop-deployment --deployment-id {id} --auto-rollback-enabled --region {region}`"
    )
}

/// Shows the state of a deployment.
pub fn watch(id: &DeploymentId, region: &Region) -> String {
    if id.is_service_deployment() {
        return format!(
            "`aws ecs describe-service-deployments --service-deployment-arns {id} --region {region}`"
        );
    }
    format!("`aws deploy get-deployment --deployment-id {id} --region {region}`")
}

/// What AWS is still doing, and how to check it.
pub fn still_working(id: &DeploymentId, region: &Region) -> String {
    format!(
        "deployment {} is still running; check it with {}",
        id.short(),
        watch(id, region)
    )
}

/// How to stop what AWS is still doing.
pub fn what_stops(id: &DeploymentId, region: &Region) -> String {
    format!("to stop it and shift traffic back: {}", stop(id, region))
}
