//! Links into AWS's console, for a partition's own domain.

use crate::names::{ClusterName, DeploymentId, Region, ServiceName};

/// The page of a CodeDeploy deployment.
pub fn deployment(region: &Region, id: &DeploymentId) -> String {
    format!(
        "{}/codesuite/codedeploy/deployments/{id}?region={region}",
        host(region)
    )
}

/// The page of an ECS service.
pub fn service(region: &Region, cluster: &ClusterName, service: &ServiceName) -> String {
    format!(
        "{}/ecs/v2/clusters/{cluster}/services/{service}/health?region={region}",
        host(region)
    )
}

/// The page of an ECS service deployment; of the service, where its id is not known.
pub fn service_deployment(
    region: &Region,
    cluster: &ClusterName,
    service: &ServiceName,
    id: &DeploymentId,
) -> String {
    // Until ECS has listed its service deployment, all that is known is the id of the service's own deployment
    // (`ecs-svc/…`), which has no page.
    if !id.is_service_deployment() {
        return self::service(region, cluster, service);
    }
    let host = host(region);
    format!(
        "{host}/ecs/v2/clusters/{cluster}/services/{service}/deployments/{}?region={region}",
        id.short()
    )
}

/// Source: AWS General Reference, "AWS service endpoints", per partition.
fn host(region: &Region) -> String {
    let domain = match region.as_str() {
        // Each partition is an AWS of its own, with its own console.
        china if china.starts_with("cn-") => "console.amazonaws.cn",
        gov if gov.starts_with("us-gov-") => "console.amazonaws-us-gov.com",
        _ => return format!("https://{region}.console.aws.amazon.com"),
    };
    format!("https://{domain}")
}
