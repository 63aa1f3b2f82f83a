//! StopDeployment and ContinueDeployment.

use serde_json::{Value, json};

use super::super::World;
use super::super::input::{required, text};
use super::Step;
use super::deployment::{Deployment, Status};
use crate::aws::{Answer, AwsError};

impl World {
    pub(super) fn stop_deployment(&mut self, input: &Value) -> Answer {
        let deployment = self.find_deployment(required(input, "deploymentId")?)?;
        let (id, waiting) = (deployment.id.clone(), deployment.in_termination_wait);
        completed(deployment)?;
        if waiting && self.switches.refuse_stop_in_termination {
            return Err(AwsError::client(
                "UnsupportedActionForDeploymentTypeException",
                "The deployment cannot be stopped while it waits to terminate the original task set.",
            ));
        }
        let asked = input.get("autoRollbackEnabled").and_then(Value::as_bool);
        let configured = deployment.auto_rollback.on("DEPLOYMENT_STOP_ON_REQUEST");
        let rollback = asked.unwrap_or(configured) && !deployment.is_rollback();
        let rollback = rollback && !self.switches.stop_starts_no_rollback;
        if self.pace.stop == 0 {
            self.stop_now(&id, rollback);
            return Ok(
                json!({ "status": "Succeeded", "statusMessage": "No more tasks are scheduled." }),
            );
        }
        self.plan_step(&id, self.pace.stop, Step::Stop { rollback });
        Ok(json!({ "status": "Pending", "statusMessage": "The deployment is being stopped." }))
    }

    pub(in super::super) fn stop_now(&mut self, id: &str, rollback: bool) {
        self.finish(
            id,
            Status::Stopped,
            (
                "MANUAL_STOP",
                format!("The deployment {id} was stopped by a user."),
            ),
            None,
        );
        if rollback {
            self.plan_rollback(
                id,
                format!("The deployment {id} was stopped. A rollback was requested with the stop."),
            );
        }
    }

    pub(super) fn continue_deployment(&mut self, input: &Value) -> Answer {
        let deployment = self.find_deployment(required(input, "deploymentId")?)?;
        let (id, status, waiting) = (
            deployment.id.clone(),
            deployment.status,
            deployment.in_termination_wait,
        );
        completed(deployment)?;
        match text(input, "deploymentWaitType").unwrap_or("READY_WAIT") {
            "READY_WAIT" if status == Status::Ready => self.leave_ready(&id),
            "READY_WAIT" => return Err(not_ready()),
            "TERMINATION_WAIT" if self.switches.refuse_continue_termination => {
                return Err(AwsError::client(
                    "UnsupportedActionForDeploymentTypeException",
                    "The termination wait cannot be continued for this type of deployment.",
                ));
            }
            "TERMINATION_WAIT" if waiting => self.terminate(&id),
            "TERMINATION_WAIT" => return Err(not_ready()),
            _ => {
                return Err(AwsError::client(
                    "InvalidDeploymentWaitTypeException",
                    "The wait type is invalid.",
                ));
            }
        }
        Ok(json!({}))
    }
}

fn completed(deployment: &Deployment) -> Result<(), AwsError> {
    if deployment.status.active() {
        return Ok(());
    }
    Err(AwsError::client(
        "DeploymentAlreadyCompletedException",
        format!("The deployment {} is already completed", deployment.id),
    ))
}

fn not_ready() -> AwsError {
    AwsError::client(
        "DeploymentIsNotInReadyStateException",
        "The deployment does not have a status of Ready.",
    )
}
