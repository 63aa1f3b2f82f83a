//! ECS's own deployments, as they answer for a service that something else deploys.

use serde_json::{Value, json};

use super::super::World;
use super::super::input::{list, required};
use super::{Controller, invalid};
use crate::aws::{Answer, AwsError};

impl World {
    pub(super) fn native_call(&mut self, operation: &str, input: &Value) -> Answer {
        match operation {
            "UpdateService" => self.update_service(input),
            "ListServiceDeployments" => {
                self.service_of(input, "service")?;
                Ok(json!({ "serviceDeployments": [] }))
            }
            "DescribeServiceDeployments" => {
                Ok(json!({ "serviceDeployments": [], "failures": missing(input, "serviceDeploymentArns") }))
            }
            "DescribeServiceRevisions" => {
                Ok(json!({ "serviceRevisions": [], "failures": missing(input, "serviceRevisionArns") }))
            }
            "StopServiceDeployment" | "ContinueServiceDeployment" => {
                required(input, "serviceDeploymentArn")?;
                Err(AwsError::client("ServiceDeploymentNotFoundException", "Service deployment not found."))
            }
            _ => Err(super::super::unknown_operation(operation)),
        }
    }

    // under another controller only the desired count and a few settings can be changed here
    fn update_service(&mut self, input: &Value) -> Answer {
        let (key, service) = self.service_of(input, "service")?;
        let (key, active, controller) = (key.clone(), service.active, service.controller);
        if !active {
            return Err(AwsError::client("ServiceNotActiveException", "Service was not ACTIVE."));
        }
        if controller == Controller::Ecs {
            return Err(AwsError::client(
                "UnsupportedFeatureException",
                "the simulator does not deploy by ECS yet",
            ));
        }
        let given = |member| input.get(member).is_some_and(|value| !value.is_null());
        if given("taskDefinition") || given("forceNewDeployment") {
            let by = if controller == Controller::CodeDeploy {
                "AWS CodeDeploy"
            } else {
                "an external controller"
            };
            return Err(invalid(format!(
                "Unable to update task definition on services with {by} deployment. Use {by} to trigger a new deployment."
            )));
        }
        if let Some(desired) = input.get("desiredCount").and_then(Value::as_u64) {
            self.scale(&key, desired as u32);
        }
        let described =
            self.describe_services(&json!({ "cluster": key.cluster, "services": [key.service] }))?;
        Ok(json!({ "service": described["services"][0] }))
    }

    fn scale(&mut self, key: &super::ServiceKey, desired: u32) {
        let service = self.service_mut(key);
        service.desired = desired;
        let Some(primary) = service.primary().map(|set| set.id.clone()) else { return };
        if let Some(set) = service.task_set_mut(&primary) {
            set.desired = desired;
        }
        let now = self.now;
        let running = self.ecs.tasks.values_mut().filter(|task| task.task_set == primary && task.running());
        for task in running.skip(desired as usize) {
            task.stop(
                now,
                "ServiceSchedulerInitiated",
                format!("Scaling activity initiated by (deployment {primary})"),
            );
        }
        self.refill(key, &primary);
    }
}

fn missing(input: &Value, member: &str) -> Value {
    list(input, member).iter().map(|arn| json!({ "arn": arn, "reason": "MISSING" })).collect()
}
