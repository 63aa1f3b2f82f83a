//! A deployment's target: its lifecycle events, and which task set has how much of the traffic.

use aws_sdk_codedeploy::types;

use crate::{
    aws::{Aws, Failure, Operation, convert, timestamp, word},
    domain::deployment::{LifecycleEvent, Target, TargetTaskSet},
    names::{ClusterName, DeploymentId, ServiceName, TaskSetId},
    outside::OutsideText,
};

const GET_DEPLOYMENT_TARGET: Operation = Operation::codedeploy("GetDeploymentTarget");

/// AWS's words for a deployment that has no target yet.
const NOT_STARTED: [&str; 3] = [
    "DeploymentNotStartedException",
    "DeploymentDoesNotExistException",
    "DeploymentTargetDoesNotExistException",
];

impl Aws {
    /// `GetDeploymentTarget` for the service; `None` before the deployment has started.
    pub(crate) async fn get_deployment_target(
        &self,
        id: &DeploymentId,
        cluster: &ClusterName,
        service: &ServiceName,
    ) -> Result<Option<Target>, Failure> {
        let request = self
            .codedeploy
            .get_deployment_target()
            .deployment_id(id)
            .target_id(format!("{cluster}:{service}"));
        // Until there is a target, AWS answers with an exception instead of an empty answer.
        let answer = GET_DEPLOYMENT_TARGET.answer_unless(&NOT_STARTED, request.send().await)?;
        let target = answer.and_then(|answer| answer.deployment_target);
        // A union over compute platforms.
        let target = target.and_then(|any| any.ecs_target);
        Ok(target.map(target_from))
    }
}

fn target_from(target: types::EcsTarget) -> Target {
    Target {
        status: word(target.status),
        events: convert(target.lifecycle_events, event_from),
        task_sets: convert(target.task_sets_info, task_set_from),
    }
}

fn event_from(event: types::LifecycleEvent) -> Option<LifecycleEvent> {
    Some(LifecycleEvent {
        name: event.lifecycle_event_name.unwrap_or_default(),
        status: word(event.status),
        started_at: timestamp(event.start_time),
        ended_at: timestamp(event.end_time),
        diagnostics: event.diagnostics.and_then(diagnostics_from),
    })
}

/// Error code, message and the end of the hook's log, a line each.
fn diagnostics_from(diagnostics: types::Diagnostics) -> Option<OutsideText> {
    let message = diagnostics.message.unwrap_or_default();
    let log_tail = diagnostics.log_tail.unwrap_or_default();
    let mut text = word(diagnostics.error_code);
    // CodeDeploy often repeats the message in the log.
    let message = if log_tail.contains(&message) {
        ""
    } else {
        &message
    };
    for part in [message, &log_tail] {
        if !text.is_empty() && !part.is_empty() {
            text.push('\n');
        }
        text.push_str(part);
    }
    (!text.is_empty()).then(|| OutsideText::new(text))
}

fn task_set_from(task_set: types::EcsTaskSet) -> Option<TargetTaskSet> {
    Some(TargetTaskSet {
        // AWS's own spelling; some answers have the ARN there.
        id: TaskSetId::from_id_or_arn(&task_set.identifer.unwrap_or_default()),
        label: word(task_set.task_set_label),
        // In the middle of a shift nothing else tells which side has the traffic.
        weight: task_set.traffic_weight,
        running: task_set.running_count,
        desired: task_set.desired_count,
    })
}
