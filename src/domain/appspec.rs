//! The AppSpec of an ECS deployment: read in any letter case, written as CodeDeploy documents it.
//!
//! Source: AWS CodeDeploy user guide, "AppSpec file structure for Amazon ECS deployments".

mod read;

use serde_json::{Value, json};
use sha2::{Digest, Sha256};

use super::{
    document::list,
    service::{CapacityProvider, LoadBalancer, Network, Placement},
    task_definition::{TaskDefinition, container_list},
};
use crate::{
    error::{Code, Problem},
    names::TaskDefinitionArn,
    outside::OutsideText,
};

/// The name that AWS documents for the one resource.
const RESOURCE: &str = "TargetService";

const CAPACITY: &str = "CapacityProviderStrategy";

/// A valid AppSpec for one ECS service.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct AppSpec {
    /// Keys in their documented letter case; exactly one resource; members nobody here knows are kept.
    document: Value,
}

/// An AppSpec as `CreateDeployment` takes it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Rendered {
    /// Compact JSON.
    pub content: String,
    /// Of `content`, in lower-case hexadecimal digits.
    pub sha256: String,
}

/// A Lambda function that CodeDeploy runs at a lifecycle event.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Hook {
    /// `BeforeInstall`, `AfterAllowTestTraffic`, …
    pub event: String,
    /// The function's name or ARN.
    pub function: OutsideText,
}

impl Hook {
    /// The function in a sentence. An ARN passes untouched; an AppSpec may hold anything else.
    pub(crate) fn function_in_words(&self) -> String {
        let function = self.function.raw();
        if is_lambda_arn(function) {
            return function.to_owned();
        }
        self.function.to_string()
    }
}

/// `arn:{partition}:lambda:{region}:{account}:function:{name}`, and perhaps a version or an alias.
/// Source: AWS Lambda, `FunctionName` of `Invoke`.
fn is_lambda_arn(text: &str) -> bool {
    let is_legal = |c: char| c.is_ascii_alphanumeric() || "-_$".contains(c);
    let parts: Vec<&str> = text.split(':').collect();
    matches!(
        parts[..],
        ["arn", _, "lambda", _, _, "function", _] | ["arn", _, "lambda", _, _, "function", _, _]
    ) && parts.iter().all(|part| part.chars().all(is_legal))
}

impl AppSpec {
    /// For a group that has no AppSpec yet: traffic to the load balancer's container, tasks placed as they are today.
    pub(crate) fn fresh(
        task_definition: &TaskDefinitionArn,
        load_balancer: &LoadBalancer,
        placement: &Placement,
    ) -> Self {
        let mut properties = json!({
            "TaskDefinition": task_definition.as_str(),
            "LoadBalancerInfo": {
                "ContainerName": load_balancer.container.as_str(),
                "ContainerPort": load_balancer.port,
            },
        });
        if let Some(version) = &placement.platform_version {
            properties["PlatformVersion"] = version.as_str().into();
        }
        if let Some(network) = &placement.network {
            properties["NetworkConfiguration"] = network_configuration(network);
        }
        // Without it, tasks on FARGATE_SPOT would come back on FARGATE.
        if !placement.capacity_providers.is_empty() {
            let items = placement.capacity_providers.iter();
            properties[CAPACITY] = items.map(strategy_item).collect();
        }
        let resource = json!({ "Type": "AWS::ECS::Service", "Properties": properties });
        let document = json!({ "version": 0.0, "Resources": [{ RESOURCE: resource }] });
        Self { document }
    }

    /// Whether it says on which capacity providers the tasks run.
    pub(crate) fn has_capacity_providers(&self) -> bool {
        !list(&self.properties()[CAPACITY]).is_empty()
    }

    /// The same AppSpec for another revision; hooks and the rest stay.
    pub(crate) fn with_task_definition(&self, arn: &TaskDefinitionArn) -> Self {
        let mut changed = self.clone();
        // A file may leave the task definition out, or have a placeholder there (`<TASK_DEFINITION>`).
        if let Some(properties) = changed.properties_mut() {
            properties["TaskDefinition"] = arn.as_str().into();
        }
        changed
    }

    /// What it deploys: an ARN, or whatever a file has in its place.
    pub(crate) fn task_definition(&self) -> Option<&str> {
        self.properties()["TaskDefinition"].as_str()
    }

    /// The container that gets the traffic.
    pub(crate) fn container(&self) -> Option<&str> {
        self.properties()["LoadBalancerInfo"]["ContainerName"].as_str()
    }

    /// The container port that gets the traffic.
    pub(crate) fn port(&self) -> Option<u16> {
        let port = &self.properties()["LoadBalancerInfo"]["ContainerPort"];
        u16::try_from(port.as_u64()?).ok()
    }

    /// The hooks, in order.
    pub(crate) fn hooks(&self) -> Vec<Hook> {
        let mut hooks = Vec::new();
        for entry in list(&self.document["Hooks"]) {
            for (event, function) in entry.as_object().into_iter().flatten() {
                hooks.push(Hook {
                    event: event.clone(),
                    function: OutsideText::new(function.as_str().unwrap_or_default()),
                });
            }
        }
        hooks
    }

    /// The AppSpec as it is sent.
    pub(crate) fn render(&self) -> Rendered {
        // CodeDeploy compares the hash with the very bytes that it is sent.
        let content = self.document.to_string();
        let mut sha256 = String::new();
        for byte in Sha256::digest(content.as_bytes()) {
            sha256.push_str(&format!("{byte:02x}"));
        }
        Rendered { content, sha256 }
    }

    /// Whether the revision has the AppSpec's container and port.
    pub(crate) fn check_against(&self, definition: &TaskDefinition) -> Option<Problem> {
        // CodeDeploy would only find out half-way, when it creates the replacement task set.
        let (message, hint) = self.misfit(definition)?;
        Some(Problem::new(Code::AppSpecInvalid, message, hint))
    }

    /// What does not fit, and what to do about it.
    fn misfit(&self, definition: &TaskDefinition) -> Option<(String, String)> {
        let revision = definition.name();
        let Some(container) = self.container() else {
            return Some((
                "the AppSpec names no container that gets the traffic".to_owned(),
                "add LoadBalancerInfo with ContainerName and ContainerPort to the AppSpec"
                    .to_owned(),
            ));
        };
        let container_name = OutsideText::new(container);
        if definition.container(container).is_none() {
            return Some((
                format!(
                    "the AppSpec sends traffic to the container {container_name}, which is not in {revision}"
                ),
                format!("its containers are {}", container_list(definition)),
            ));
        }
        self.port_misfit(definition, container)
    }

    fn port_misfit(
        &self,
        definition: &TaskDefinition,
        container: &str,
    ) -> Option<(String, String)> {
        let Some(port) = self.port() else {
            return Some((
                "the AppSpec names no port that gets the traffic".to_owned(),
                "add ContainerPort to the AppSpec's LoadBalancerInfo".to_owned(),
            ));
        };
        if definition.has_port(container, port) {
            return None;
        }
        let (container, revision) = (OutsideText::new(container), definition.name());
        Some((
            format!(
                "the AppSpec sends traffic to port {port}, which the container {container} of {revision} does not open"
            ),
            "give an AppSpec for this revision with `codedeploy-appspec`".to_owned(),
        ))
    }

    fn properties(&self) -> &Value {
        &self.document["Resources"][0][RESOURCE]["Properties"]
    }

    fn properties_mut(&mut self) -> Option<&mut Value> {
        let resource = self.document["Resources"].get_mut(0)?;
        resource[RESOURCE].get_mut("Properties")
    }
}

fn network_configuration(network: &Network) -> Value {
    let mut vpc = json!({
        "Subnets": network.subnets,
        "SecurityGroups": network.security_groups,
    });
    if !network.assign_public_ip.is_empty() {
        vpc["AssignPublicIp"] = network.assign_public_ip.as_str().into();
    }
    json!({ "AwsvpcConfiguration": vpc })
}

fn strategy_item(provider: &CapacityProvider) -> Value {
    json!({
        "CapacityProvider": provider.name,
        "Base": provider.base,
        "Weight": provider.weight,
    })
}

#[cfg(test)]
mod tests;
