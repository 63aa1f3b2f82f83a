//! StopServiceDeployment.

use serde_json::{Value, json};

use super::super::super::World;
use super::super::super::input::{required, text};
use super::super::invalid;
use super::{NativeStep, ServiceDeploymentStatus, unknown_deployment};
use crate::aws::{Answer, AwsError};

impl World {
    pub(super) fn stop_service_deployment(&mut self, input: &Value) -> Answer {
        let arn = required(input, "serviceDeploymentArn")?;
        let deployment = self
            .ecs
            .service_deployments
            .get(arn)
            .ok_or_else(unknown_deployment)?;
        use ServiceDeploymentStatus::{InProgress, Pending};
        let (status, key) = (deployment.status, deployment.service.clone());
        let answer = json!({ "serviceDeploymentArn": arn });
        if status.over()
            || (!matches!(status, Pending | InProgress) && self.switches.refuse_second_stop)
        {
            return Err(conflict(status));
        }
        if !matches!(status, Pending | InProgress) || self.switches.service_stop_is_too_late {
            return Ok(answer);
        }
        if text(input, "stopType") == Some("ABORT") {
            self.abort(arn);
        } else if self.native(&key).last_successful.is_none() {
            return Err(invalid("There is no service revision to roll back to."));
        } else {
            self.request_rollback(
                arn,
                self.pace.stop,
                "A rollback was requested by a user.".to_owned(),
            );
        }
        Ok(answer)
    }

    /// Stops it where it is, a little later.
    pub(in super::super::super) fn abort(&mut self, arn: &str) {
        let deployment = self.service_deployment_mut(arn);
        deployment.status = ServiceDeploymentStatus::StopRequested;
        deployment.epoch += 1;
        deployment.baking = false;
        let reason = "The service deployment was stopped by a user.".to_owned();
        self.plan_native(arn, self.pace.stop, NativeStep::Stop(reason));
    }
}

fn conflict(status: ServiceDeploymentStatus) -> AwsError {
    let message = format!(
        "The service deployment cannot be stopped in the {} state.",
        status.name()
    );
    AwsError::client("ConflictException", message)
}
