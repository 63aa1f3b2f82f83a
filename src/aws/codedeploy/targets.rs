//! A deployment's target: its lifecycle events, and who has how much of the traffic.

use super::super::{Aws, Failure, Operation, timestamp};
use super::operation;
use crate::domain::deployment::{LifecycleEvent, Target, TargetTaskSet};
use crate::names::{ClusterName, DeploymentId, ServiceName};
use crate::outside::OutsideText;

pub const GET_DEPLOYMENT_TARGET: Operation = operation("GetDeploymentTarget");

impl Aws {
    /// `GetDeploymentTarget` for the service; `None` before the deployment has started.
    pub async fn get_deployment_target(
        &self,
        id: &DeploymentId,
        cluster: &ClusterName,
        service: &ServiceName,
    ) -> Result<Option<Target>, Failure> {
        let request = self
            .codedeploy
            .get_deployment_target()
            .deployment_id(id.as_str())
            .target_id(format!("{cluster}:{service}"));
        match GET_DEPLOYMENT_TARGET.answer(request.send().await) {
            Ok(answer) => Ok(answer
                .deployment_target()
                .and_then(|target| target.ecs_target())
                .map(target_from)),
            Err(failure)
                if failure.is("DeploymentNotStartedException")
                    || failure.is("DeploymentDoesNotExistException")
                    || failure.is("DeploymentTargetDoesNotExistException") =>
            {
                Ok(None)
            }
            Err(failure) => Err(failure),
        }
    }
}

fn target_from(target: &aws_sdk_codedeploy::types::EcsTarget) -> Target {
    Target {
        status: target
            .status()
            .map(|status| status.as_str().to_owned())
            .unwrap_or_default(),
        events: target.lifecycle_events().iter().map(event_from).collect(),
        task_sets: target
            .task_sets_info()
            .iter()
            .map(target_task_set_from)
            .collect(),
    }
}

fn event_from(event: &aws_sdk_codedeploy::types::LifecycleEvent) -> LifecycleEvent {
    let diagnostics = event.diagnostics().map(|diagnostics| {
        let code = diagnostics
            .error_code()
            .map(|code| code.as_str())
            .unwrap_or_default();
        let (message, tail) = (diagnostics.message(), diagnostics.log_tail());
        // CodeDeploy often says the same twice.
        let message = message.filter(|message| !tail.is_some_and(|tail| tail.contains(message)));
        let parts = [Some(code), message, tail];
        parts
            .into_iter()
            .flatten()
            .filter(|part| !part.is_empty())
            .collect::<Vec<_>>()
            .join("\n")
    });
    LifecycleEvent {
        name: event.lifecycle_event_name().unwrap_or_default().to_owned(),
        status: event
            .status()
            .map(|status| status.as_str().to_owned())
            .unwrap_or_default(),
        started_at: timestamp(event.start_time()),
        ended_at: timestamp(event.end_time()),
        diagnostics: diagnostics
            .filter(|text| !text.is_empty())
            .map(OutsideText::new),
    }
}

fn target_task_set_from(task_set: &aws_sdk_codedeploy::types::EcsTaskSet) -> TargetTaskSet {
    TargetTaskSet {
        id: task_set.identifer().unwrap_or_default().to_owned(),
        label: task_set
            .task_set_label()
            .map(|label| label.as_str().to_owned())
            .unwrap_or_default(),
        weight: task_set.traffic_weight(),
        running: task_set.running_count(),
        pending: task_set.pending_count(),
        desired: task_set.desired_count(),
    }
}
