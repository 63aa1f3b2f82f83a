//! The proof: every running task of the task set that holds the traffic runs the target's digest.

use crate::aws::{Aws, Failure};
use crate::names::{TaskDefinitionArn, TaskSetId};
use crate::observe::serving::{RunningDigests, tasks_of};
use crate::plan::{Plan, compare};
use crate::report::data::Proof;

/// Reads the running tasks (`ListTasks`, `DescribeTasks`) and compares.
pub async fn prove(
    aws: &Aws,
    plan: &Plan,
    task_set: &TaskSetId,
    revision: &TaskDefinitionArn,
) -> Result<Proof, Failure> {
    let arns = aws.list_running_tasks(&plan.cluster, &plan.service).await?;
    let tasks = aws.describe_tasks(&plan.cluster, &arns).await?;
    let running = RunningDigests::of(&tasks_of(&tasks, task_set, revision), &plan.container);
    Ok(compare(&plan.target, &running))
}
