//! What runs in the whole cluster.

use crate::{
    aws::{Aws, Failure},
    domain::service::Task,
    names::ClusterName,
};

/// Pages of a hundred tasks that are listed: a larger cluster is looked at in part.
const PAGES: usize = 10;

/// The running tasks of the cluster, a thousand at most: a call for each hundred to list them, and one to describe
/// them.
///
/// # Errors
/// The first read that did not work.
pub(crate) async fn read_running(aws: &Aws, cluster: &ClusterName) -> Result<Vec<Task>, Failure> {
    let arns = aws.list_tasks_of_cluster(cluster, PAGES).await?;
    let mut tasks = aws.describe_tasks(cluster, &arns).await?;
    tasks.retain(|task| task.last_status == "RUNNING");
    Ok(tasks)
}
