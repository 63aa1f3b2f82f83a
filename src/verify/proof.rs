//! The proof: every running task that receives the traffic runs the target's digest.

use crate::{
    aws::{Aws, Failure},
    names::{TaskDefinitionArn, TaskSetId},
    observe::serving::{RunningDigests, running, tasks_of},
    plan::{Plan, target::compare},
    report::data::Proof,
};

/// Reads the running tasks (`ListTasks`, `DescribeTasks`) and compares. `task_set`: the one that receives the traffic;
/// `None` where every running task has its part.
///
/// # Errors
/// The read that did not work.
pub(crate) async fn prove(
    aws: &Aws,
    plan: &Plan,
    task_set: Option<(&TaskSetId, &TaskDefinitionArn)>,
) -> Result<Proof, Failure> {
    let (cluster, service) = (&plan.cluster, &plan.service);
    let list = aws.list_tasks_to_describe(cluster, service).await?;
    let tasks = aws.describe_listed_tasks(cluster, service, &list).await?;
    // `ListTasks` does not filter by service and task set at once: the tasks say who started them.
    let receiving = match task_set {
        Some((id, revision)) => tasks_of(&tasks, id, revision),
        None => running(&tasks),
    };
    let digests = RunningDigests::of(&receiving, &plan.container);
    Ok(compare(&plan.target, &digests))
}
