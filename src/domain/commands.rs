//! Commands of AWS's CLI to paste, for whoever continues by hand. Without backticks.

use crate::names::{ClusterName, DeploymentId, ImageDigest, Region, Repository, ServiceName};

/// Stops a deployment, and shifts traffic back to where it was.
pub(crate) fn stop(id: &DeploymentId, region: &Region) -> String {
    if id.is_service_deployment() {
        // The other stop type, ABORT, leaves the traffic where it is.
        return format!(
            "aws ecs stop-service-deployment --service-deployment-arn {id} --stop-type ROLLBACK --region {region}"
        );
    }
    // Without auto-rollback, CodeDeploy leaves the traffic where it is at that moment.
    format!(
        "aws deploy stop-deployment --deployment-id {id} --auto-rollback-enabled --region {region}"
    )
}

/// Shows the state of a deployment.
pub(crate) fn check(id: &DeploymentId, region: &Region) -> String {
    if id.is_service_deployment() {
        return format!(
            "aws ecs describe-service-deployments --service-deployment-arns {id} --region {region}"
        );
    }
    format!("aws deploy get-deployment --deployment-id {id} --region {region}")
}

/// Lists the service deployments of a service that ECS itself deploys.
pub(crate) fn list_service_deployments(
    cluster: &ClusterName,
    service: &ServiceName,
    region: &Region,
) -> String {
    format!(
        "aws ecs list-service-deployments --cluster {cluster} --service {service} --region {region}"
    )
}

/// Restores an image from archive storage; `account` is that of the credentials.
pub(crate) fn restore_image(
    repository: &Repository,
    digest: &ImageDigest,
    account: &str,
) -> String {
    let Repository {
        registry,
        region,
        name,
        ..
    } = repository;
    let mut command = format!(
        "aws ecr update-image-storage-class --repository-name {name} --image-id imageDigest={digest} --target-storage-class STANDARD --region {region}"
    );
    // Without it, ECR looks in the account of the credentials.
    if registry != account {
        command += &format!(" --registry-id {registry}");
    }
    command
}
