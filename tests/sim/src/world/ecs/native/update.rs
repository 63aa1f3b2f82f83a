//! UpdateService: a new desired count, or a new deployment.

use serde_json::{Value, json};

use super::super::super::World;
use super::super::super::input::text;
use super::super::super::switches::NativeBusy;
use super::super::{Controller, EcsService, TaskDefinition, client, invalid};
use super::ServiceKey;
use crate::aws::{Answer, AwsError};

impl World {
    pub(super) fn update_service(&mut self, input: &Value) -> Answer {
        let (key, service) = self.service_of(input, "service")?;
        let (key, active, controller) = (key.clone(), service.active, service.controller);
        if !active {
            return Err(AwsError::client(
                "ServiceNotActiveException",
                "Service was not ACTIVE.",
            ));
        }
        if given(input, "deploymentConfiguration") {
            let message = "the simulator does not change a deploymentConfiguration";
            return Err(AwsError::client("UnsupportedFeatureException", message));
        }
        if service.express && self.switches.express_refuses_update {
            return Err(invalid(
                "The service is managed by Amazon ECS Express Mode. Use UpdateExpressGatewayService to update it.",
            ));
        }
        let new = match controller {
            Controller::Ecs => self.wanted_deployment(&key, input)?,
            other => {
                deploys_elsewhere(other, input)?;
                None
            }
        };
        if let Some(desired) = input.get("desiredCount").and_then(Value::as_u64) {
            self.scale(&key, desired as u32);
        }
        let shows = self.now + self.pace.service_update_shows;
        let before = self.service_json(&key, &self.ecs.services[&key], &Value::Null);
        if let Some(task_definition) = new {
            self.deploy_natively(&key, &task_definition);
            self.service_mut(&key).stale = (shows > self.now).then_some((shows, before));
        }
        let after = self.service_json(&key, &self.ecs.services[&key], &Value::Null);
        Ok(json!({ "service": after }))
    }

    /// The task definition to deploy; None where nothing but the desired count would change.
    fn wanted_deployment(
        &self,
        key: &ServiceKey,
        input: &Value,
    ) -> Result<Option<String>, AwsError> {
        let service = &self.ecs.services[key];
        let asked = text(input, "taskDefinition").unwrap_or(&service.task_definition);
        let revision = self
            .find_task_definition(asked)
            .ok_or_else(|| client("TaskDefinition not found."))?;
        let arn = revision.arn.clone();
        let forced = input
            .get("forceNewDeployment")
            .and_then(Value::as_bool)
            .unwrap_or(false);
        if !forced && arn == service.task_definition {
            return Ok(None);
        }
        if !revision.active {
            return Err(client("TaskDefinition is inactive"));
        }
        fits(service, revision)?;
        if self.deployments_are_full(key) {
            return Err(invalid(
                "5 active deployments exist, unable to create new deployment.",
            ));
        }
        if self.refuses_deployment(key) {
            return Err(invalid(
                "A service deployment is in progress, and cannot be replaced.",
            ));
        }
        Ok(Some(arn))
    }

    /// Whether a deployment that is under way, or the old tasks of many, keep others off.
    pub(in super::super::super) fn refuses_deployment(&self, key: &ServiceKey) -> bool {
        let busy = self.active_service_deployment(key).is_some()
            && !self.native(key).spec.rolling()
            && self.switches.native_busy == NativeBusy::Refused;
        busy || self.deployments_are_full(key)
    }

    /// Deploys, in the place of what is being deployed.
    pub(in super::super::super) fn deploy_natively(
        &mut self,
        key: &ServiceKey,
        task_definition: &str,
    ) -> String {
        if let Some(arn) = self
            .active_service_deployment(key)
            .map(|active| active.arn.clone())
        {
            self.supersede(&arn);
        }
        self.begin_service_deployment(key, task_definition)
    }

    fn scale(&mut self, key: &ServiceKey, desired: u32) {
        let service = self.service_mut(key);
        service.desired = desired;
        let Some(primary) = service.primary().map(|set| set.id.clone()) else {
            return;
        };
        // the tasks of a deployment that is yet to start come with it
        let begins = self
            .active_service_deployment(key)
            .is_some_and(|active| active.started_at.is_none());
        if begins {
            return;
        }
        if let Some(set) = self.service_mut(key).task_set_mut(&primary) {
            set.desired = desired;
        }
        let now = self.now;
        let alive = self
            .ecs
            .tasks
            .values_mut()
            .filter(|task| task.task_set == primary && task.running());
        for task in alive.skip(desired as usize) {
            task.stop(
                now,
                "ServiceSchedulerInitiated",
                format!("Scaling activity initiated by (deployment {primary})"),
            );
        }
        self.refill(key, &primary);
        if self.ecs.services[key].native.is_some() {
            self.native_task_healthy(key, &primary);
        }
    }
}

/// Whether the revision has what the service's load balancer and Service Connect send traffic to.
fn fits(service: &EcsService, revision: &TaskDefinition) -> Result<(), AwsError> {
    let container = service.container.as_str();
    let mut containers = revision.containers().iter();
    if !containers.any(|found| text(found, "name") == Some(container)) {
        return Err(invalid(format!(
            "The container {container} does not exist in the task definition."
        )));
    }
    if !revision.maps(container, u64::from(service.port)) {
        return Err(invalid(format!(
            "The container {container} did not have a container port {} defined.",
            service.port
        )));
    }
    match service
        .service_connect
        .iter()
        .find(|port| !revision.names_port(port))
    {
        Some(port) => Err(invalid(format!(
            "portName({port}) does not refer to any named PortMapping in the task definition."
        ))),
        None => Ok(()),
    }
}

fn given(input: &Value, member: &str) -> bool {
    input.get(member).is_some_and(|value| !value.is_null())
}

// under another controller only the desired count and a few settings can be changed here
fn deploys_elsewhere(controller: Controller, input: &Value) -> Result<(), AwsError> {
    if !given(input, "taskDefinition") && !given(input, "forceNewDeployment") {
        return Ok(());
    }
    let by = if controller == Controller::CodeDeploy {
        "AWS CodeDeploy"
    } else {
        "an external controller"
    };
    Err(invalid(format!(
        "Unable to update task definition on services with {by} deployment. Use {by} to trigger a new deployment."
    )))
}
