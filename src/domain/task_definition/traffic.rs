//! Whether a revision has what a service that ECS deploys sends traffic to.

use super::TaskDefinition;
use crate::{
    domain::{document::list, service::Service},
    error::{Code, Problem, Problems},
    outside::OutsideText,
};

/// Everything that the service needs and the revision lacks: a container and port behind a load balancer, the name of
/// a port that Service Connect publishes. ECS refuses `UpdateService` for either, which is too late.
pub(crate) fn check_traffic(definition: &TaskDefinition, service: &Service) -> Problems {
    let mut problems = Problems::new();
    for load_balancer in &service.load_balancers {
        let (container, port) = (load_balancer.container.as_str(), load_balancer.port);
        if !definition.has_port(container, port) {
            let lacks = format!(
                "the container {container} with port {port}, which the service's load balancer"
            );
            problems.push(misfit(definition, &lacks));
        }
    }
    for name in &service.connect_ports {
        if !definition.names_port(name) {
            let name = OutsideText::new(name);
            let lacks = format!("a port named {name}, which the service's Service Connect");
            problems.push(misfit(definition, &lacks));
        }
    }
    // Several target groups usually name the same port.
    problems.dedup();
    problems
}

fn misfit(definition: &TaskDefinition, lacks: &str) -> Problem {
    let revision = definition.name();
    Problem::new(
        Code::TaskDefinitionMismatch,
        format!("{revision} lacks {lacks} sends traffic to"),
        "set `task-definition: current` to run this image with the settings of the running revision, or give a revision or file that fits the service",
    )
}

impl TaskDefinition {
    /// Whether a container gives one of its ports this name.
    fn names_port(&self, name: &str) -> bool {
        let mut containers = self.containers().iter();
        containers.any(|container| {
            let mut mappings = list(&container["portMappings"]).iter();
            mappings.any(|mapping| mapping["name"] == name)
        })
    }
}
