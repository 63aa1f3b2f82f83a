//! Tasks that stopped, and why. ECS keeps them for about an hour.

use aws_sdk_ecs::types::{self, DesiredStatus};

use super::{DESCRIBE_TASKS, LIST_TASKS, TASKS_PER_CALL};
use crate::{
    aws::{Aws, Failure, convert, task_definition_arn, text, timestamp, word},
    domain::stopped::{StoppedContainer, StoppedTask},
    names::{ClusterName, ServiceName},
};

impl Aws {
    /// `ListTasks` and `DescribeTasks`: up to a hundred tasks of the service that stopped lately, in no order.
    pub(crate) async fn read_stopped_tasks(
        &self,
        cluster: &ClusterName,
        service: &ServiceName,
    ) -> Result<Vec<StoppedTask>, Failure> {
        let request = self
            .ecs
            .list_tasks()
            .cluster(cluster)
            .service_name(service)
            .desired_status(DesiredStatus::Stopped);
        // One page says why tasks stop; a crash loop may have left many.
        let answer = LIST_TASKS.answer(request.send().await)?;
        let mut arns = answer.task_arns.unwrap_or_default();
        arns.truncate(TASKS_PER_CALL);
        if arns.is_empty() {
            return Ok(Vec::new());
        }
        let request = self.ecs.describe_tasks().cluster(cluster);
        let answer = DESCRIBE_TASKS.answer(request.set_tasks(Some(arns)).send().await)?;
        Ok(convert(answer.tasks, stopped_task))
    }
}

fn stopped_task(task: types::Task) -> Option<StoppedTask> {
    let arn = task.task_arn?;
    Some(StoppedTask {
        id: arn.rsplit('/').next().unwrap_or_default().to_owned(),
        task_definition: task_definition_arn(task.task_definition_arn),
        stopped_at: timestamp(task.stopped_at),
        stop_code: word(task.stop_code),
        reason: text(task.stopped_reason),
        containers: convert(task.containers, |container| {
            Some(StoppedContainer {
                name: container.name?,
                exit_code: container.exit_code,
                reason: text(container.reason),
            })
        }),
    })
}
