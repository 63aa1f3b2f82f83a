//! The running tasks of a service. Of many services in one cluster, the cluster's list is read once instead of each
//! service's own, where it is short.

use std::sync::Arc;

use aws_sdk_ecs::{operation::list_tasks::builders::ListTasksFluentBuilder, types::DesiredStatus};

use super::LIST_TASKS;
use crate::{
    aws::{Aws, Failure, Turns},
    boxed::boxed,
    domain::service::Task,
    names::{ClusterName, ServiceName},
};

/// Pages of a hundred, one after the other: the tasks of a larger cluster are listed for each service.
const PAGES: usize = 2;

/// ARNs among which all running tasks of a service are.
pub(crate) struct TaskList {
    arns: Arc<[String]>,
    /// Whether tasks of other services are among them.
    is_of_cluster: bool,
}

impl Aws {
    /// `ListTasks`: where to look for every running task of the service.
    pub(crate) async fn list_tasks_to_describe(
        &self,
        cluster: &ClusterName,
        service: &ServiceName,
    ) -> Result<TaskList, Failure> {
        // The lists of a few services are sooner there.
        if self.is_for_many()
            // A role may be allowed to list the tasks of a service, but not all.
            && let Ok(Some(arns)) = self.list_short_cluster(cluster).await
        {
            return Ok(TaskList {
                arns,
                is_of_cluster: true,
            });
        }
        let arns = self.list_running_tasks(cluster, service).await?;
        Ok(TaskList {
            arns: arns.into(),
            is_of_cluster: false,
        })
    }

    /// `DescribeTasks` for those of the service. A task that is gone by now is left out.
    pub(crate) async fn describe_listed_tasks(
        &self,
        cluster: &ClusterName,
        service: &ServiceName,
        list: &TaskList,
    ) -> Result<Vec<Task>, Failure> {
        let mut tasks = self.describe_tasks(cluster, &list.arns).await?;
        if list.is_of_cluster {
            tasks.retain(|task| task.service.as_ref() == Some(service));
        }
        Ok(tasks)
    }

    /// The ARN of every running task of the cluster; `None` where there are too many.
    async fn list_short_cluster(
        &self,
        cluster: &ClusterName,
    ) -> Result<Option<Arc<[String]>>, Failure> {
        let tasks = self.tasks_of_cluster(cluster);
        let read = boxed(|| async move {
            let Listed { arns, more } = tasks.list(PAGES).await?;
            Ok((!more).then(|| arns.into()))
        });
        let lists = &self.together.cluster_tasks;
        lists.share(cluster.clone(), read).await
    }

    /// `ListTasks`: the ARNs of the running tasks of a cluster, whatever started them; `pages` of 100 at most.
    pub(crate) async fn list_tasks_of_cluster(
        &self,
        cluster: &ClusterName,
        pages: usize,
    ) -> Result<Vec<String>, Failure> {
        let listed = self.tasks_of_cluster(cluster).list(pages).await?;
        Ok(listed.arns)
    }

    fn tasks_of_cluster(&self, cluster: &ClusterName) -> ClusterTasks {
        let request = self.ecs.list_tasks().cluster(cluster);
        ClusterTasks {
            request: request.desired_status(DesiredStatus::Running),
            turns: self.together.turns.clone(),
        }
    }
}

/// The running tasks of a cluster, to be listed.
struct ClusterTasks {
    request: ListTasksFluentBuilder,
    turns: Turns,
}

struct Listed {
    arns: Vec<String>,
    /// Whether there are more than were asked for.
    more: bool,
}

impl ClusterTasks {
    /// So many pages of 100 at most.
    async fn list(self, pages: usize) -> Result<Listed, Failure> {
        let mut arns = Vec::new();
        let mut next = None;
        for _ in 0..pages {
            let page = self.request.clone().set_next_token(next);
            self.turns.take(LIST_TASKS).await;
            let answer = LIST_TASKS.answer(page.send().await)?;
            arns.extend(answer.task_arns.unwrap_or_default());
            next = answer.next_token;
            if next.is_none() {
                break;
            }
        }
        let more = next.is_some();
        Ok(Listed { arns, more })
    }
}
