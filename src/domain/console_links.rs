//! Links into AWS's console, for a partition's own domain.

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};

use crate::names::{ClusterName, DeploymentId, Region, ServiceName};

/// The page of a CodeDeploy deployment.
pub(crate) fn deployment(region: &Region, id: &DeploymentId) -> String {
    format!(
        "{}/codesuite/codedeploy/deployments/{id}?region={region}",
        host(region)
    )
}

/// The page of an ECS service.
pub(crate) fn service(region: &Region, cluster: &ClusterName, service: &ServiceName) -> String {
    format!(
        "{}/ecs/v2/clusters/{cluster}/services/{service}/health?region={region}",
        host(region)
    )
}

/// The page of an ECS service deployment; of the service, where its id is not known.
pub(crate) fn service_deployment(
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

/// The page of a log group.
pub(crate) fn log_group(region: &Region, group: &str) -> String {
    let (host, group) = (host(region), fragment(group));
    format!("{host}/cloudwatch/home?region={region}#logsV2:log-groups/log-group/{group}")
}

/// The page of a log stream, with its lines.
pub(crate) fn log_stream(region: &Region, group: &str, stream: &str) -> String {
    format!(
        "{}/log-events/{}",
        log_group(region, group),
        fragment(stream)
    )
}

/// CloudWatch's console wants a name in its fragment percent-encoded twice, with `$` for the second `%`: `$252F` for `/`.
fn fragment(name: &str) -> String {
    let once = utf8_percent_encode(name, PLAIN).to_string();
    once.replace('%', "$25")
}

/// The characters that a URL holds as they are.
const PLAIN: &AsciiSet = &NON_ALPHANUMERIC
    .remove(b'-')
    .remove(b'_')
    .remove(b'.')
    .remove(b'~');

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
