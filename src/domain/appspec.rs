//! The AppSpec of an ECS deployment: read in any letter case, written as CodeDeploy documents it.
//!
//! Source: AWS CodeDeploy user guide, "AppSpec file structure for Amazon ECS deployments".

mod read;

use serde_json::{Map, Value, json};
use sha2::{Digest, Sha256};

use super::task_definition::TaskDefinition;
use crate::error::{Code, Problem};
use crate::names::TaskDefinitionArn;

/// The name that AWS documents for the one resource.
const RESOURCE: &str = "TargetService";

/// A valid AppSpec for one ECS service.
#[derive(Clone, Debug, PartialEq)]
pub struct AppSpec {
    /// Keys in their documented letter case; exactly one resource; members nobody here knows are kept.
    document: Value,
}

/// An AppSpec as `CreateDeployment` takes it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rendered {
    /// Compact JSON.
    pub content: String,
    /// Of `content`, in lower-case hexadecimal digits.
    pub sha256: String,
}

impl AppSpec {
    /// For a group that has no AppSpec yet.
    pub fn fresh(task_definition: &TaskDefinitionArn, container: &str, port: u16) -> Self {
        let document = json!({
            "version": 0.0,
            "Resources": [{ RESOURCE: {
                "Type": "AWS::ECS::Service",
                "Properties": {
                    "TaskDefinition": task_definition.as_str(),
                    "LoadBalancerInfo": { "ContainerName": container, "ContainerPort": port },
                },
            }}],
        });
        Self { document }
    }

    /// The same AppSpec for another revision; hooks and the rest stay.
    pub fn with_task_definition(&self, arn: &TaskDefinitionArn) -> Self {
        let mut changed = self.clone();
        if let Some(properties) = changed.properties_mut() {
            properties.insert("TaskDefinition".into(), arn.as_str().into());
        }
        changed
    }

    /// What it deploys: an ARN, or whatever a file has in its place.
    pub fn task_definition(&self) -> Option<&str> {
        self.properties()["TaskDefinition"].as_str()
    }

    /// The container that gets the traffic.
    pub fn container(&self) -> Option<&str> {
        self.properties()["LoadBalancerInfo"]["ContainerName"].as_str()
    }

    /// The container port that gets the traffic.
    pub fn port(&self) -> Option<u16> {
        self.properties()["LoadBalancerInfo"]["ContainerPort"]
            .as_u64()?
            .try_into()
            .ok()
    }

    /// Lifecycle events with their Lambda functions, in order.
    pub fn hooks(&self) -> Vec<(String, String)> {
        let hooks = self.document["Hooks"]
            .as_array()
            .into_iter()
            .flatten()
            .filter_map(Value::as_object);
        let pair = |(event, function): (&String, &Value)| {
            Some((event.clone(), function.as_str()?.to_owned()))
        };
        hooks.flatten().filter_map(pair).collect()
    }

    /// The AppSpec as it is sent.
    pub fn render(&self) -> Rendered {
        let content = self.document.to_string();
        let sha256 = Sha256::digest(content.as_bytes())
            .iter()
            .map(|byte| format!("{byte:02x}"))
            .collect();
        Rendered { content, sha256 }
    }

    /// Whether its container and port are there in the revision: CodeDeploy would only find out half-way.
    pub fn check_against(&self, td: &TaskDefinition) -> Vec<Problem> {
        let revision = td
            .arn()
            .map_or_else(|| "the new revision".to_owned(), TaskDefinitionArn::short);
        let problem =
            |message: String, hint: String| vec![Problem::new(Code::AppSpecInvalid, message, hint)];
        let Some(container) = self.container() else {
            let hint = "add LoadBalancerInfo with ContainerName and ContainerPort to the AppSpec";
            return problem(
                "the AppSpec names no container that gets the traffic".into(),
                hint.into(),
            );
        };
        if !td.container_names().contains(&container) {
            let message = format!(
                "the AppSpec sends traffic to the container {container}, which is not in {revision}"
            );
            return problem(
                message,
                format!("its containers are {}", td.container_names().join(", ")),
            );
        }
        let Some(port) = self.port() else {
            let hint = "add ContainerPort to the AppSpec's LoadBalancerInfo";
            return problem(
                "the AppSpec names no port that gets the traffic".into(),
                hint.into(),
            );
        };
        if !td.has_port(container, port) {
            let message = format!(
                "the AppSpec sends traffic to port {port}, which the container {container} of {revision} does not open"
            );
            return problem(
                message,
                "give an AppSpec for this revision with `codedeploy-appspec`".into(),
            );
        }
        Vec::new()
    }

    fn properties(&self) -> &Value {
        let resource = self.document["Resources"][0]
            .as_object()
            .and_then(|resource| resource.values().next());
        resource.map_or(&Value::Null, |resource| &resource["Properties"])
    }

    fn properties_mut(&mut self) -> Option<&mut Map<String, Value>> {
        let resource = self.document["Resources"]
            .get_mut(0)?
            .as_object_mut()?
            .values_mut()
            .next()?;
        resource.get_mut("Properties")?.as_object_mut()
    }
}

#[cfg(test)]
mod tests;
