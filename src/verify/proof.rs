//! The proof: every running task of the task set that holds the traffic runs the target's digest.

use crate::aws::ecs::Task;
use crate::aws::{Aws, Failure};
use crate::names::{TaskDefinitionArn, TaskSetId};
use crate::observe::serving::{RunningDigests, tasks_of};
use crate::plan::Plan;
use crate::report::data::Proof;
use crate::report::words;

/// Reads the running tasks (`ListTasks`, `DescribeTasks`) and compares.
pub async fn prove(
    aws: &Aws,
    plan: &Plan,
    task_set: &TaskSetId,
    revision: &TaskDefinitionArn,
) -> Result<Proof, Failure> {
    let arns = aws.list_running_tasks(&plan.cluster, &plan.service).await?;
    let tasks = aws.describe_tasks(&plan.cluster, &arns).await?;
    Ok(compare(plan, &tasks_of(&tasks, task_set, revision)))
}

/// The target's digest against those of the tasks.
pub fn compare(plan: &Plan, tasks: &[&Task]) -> Proof {
    let running = RunningDigests::of(tasks, &plan.container);
    let wanted: Vec<_> = plan.target.digests.iter().collect();
    let mut notes = Vec::new();
    if running.tasks() == 0 {
        notes.push("no running task was found in the task set that holds the traffic".to_owned());
    }
    for (digest, tasks) in running.known.iter().filter(|(digest, _)| !wanted.contains(digest)) {
        notes.push(format!("{} on {digest}", words::count(*tasks, "task")));
    }
    if running.unknown > 0 {
        notes.push(format!("{} of unknown digest", words::count(running.unknown, "task")));
    }
    Proof {
        tasks: running.tasks(),
        matching: running.on(&wanted),
        digest: plan.target.digest.to_string(),
        proven: running.all_on(&wanted),
        notes,
    }
}
