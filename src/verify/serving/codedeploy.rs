//! What serves of a service that CodeDeploy deploys.

use futures_util::future::join;
use tokio::time::timeout;

use super::{LastLook, part};
use crate::{
    domain::{
        deployment::{Deployment, Target},
        service::TaskSet,
    },
    names::DeploymentId,
    observe::serving::primary,
    plan::{codedeploy::BlueGreen, serving::missing_tasks},
    report::data::Serving,
};

impl LastLook<'_> {
    /// The task set with the most traffic, by the deployment's target while one is in progress, else the primary one.
    pub(super) async fn read_codedeploy(&self, planned: &BlueGreen) -> Option<Serving> {
        let (read, moving) = join(self.read_service(), self.read_moving(planned)).await;
        let (service, list) = read?;
        let target = match moving {
            Some(target) => target,
            // Of several task sets, only the deployment's target says which one receives the traffic.
            None if service.task_sets.len() > 1 => return None,
            None => None,
        };
        let (task_set, share) = find_holder(&service.task_sets, target.as_ref())?;
        let revision = task_set.task_definition.as_ref()?;
        let tasks = self.read_tasks(&list).await;
        let digests = self.digests_of(&tasks.ok()?, &task_set.id, revision);
        let (serving, share) = (self.name(&digests), part(share));
        Some(Serving {
            task_definition_arn: Some(revision.clone()),
            missing: missing_tasks(&service, serving.tasks, share),
            share,
            ..serving
        })
    }

    /// The target of the deployment that moves the traffic, if one does: this run's own, else the one that is being
    /// taken over, or the rollback that it ended with. `None` where AWS can't say.
    async fn read_moving(&self, planned: &BlueGreen) -> Option<Option<Target>> {
        let own = self.deployment.as_ref();
        let Some(id) = own.or(planned.action.active_deployment()) else {
            return Some(None);
        };
        // Half of the time: where AWS is slow, the tasks are still to be read.
        let within = self.within / 2;
        let (seen, target) = join(
            timeout(within, self.aws.get_deployment(id)),
            timeout(within, self.read_target(id)),
        )
        .await;
        match seen {
            Ok(Ok(Some(Deployment {
                rollback: Some(rollback),
                ..
            }))) => self.read_target(&rollback).await,
            Ok(Ok(_)) => target.ok()?,
            // A deployment that was stopped may have a rollback by now, which nobody else names.
            _ if own.is_none() => None,
            _ => target.ok()?,
        }
    }

    /// `GetDeploymentTarget`
    async fn read_target(&self, id: &DeploymentId) -> Option<Option<Target>> {
        let (cluster, service) = (&self.plan.cluster, &self.plan.service);
        let target = self.aws.get_deployment_target(id, cluster, service).await;
        target.ok()
    }
}

/// The task set that receives most of the traffic, with its share where the target says one.
///
/// Which task set is `PRIMARY` in mid-shift is not documented, so weights count where there are any. The target of a
/// deployment that has ended may still show the weights of its own end: a task set that is gone receives nothing.
fn find_holder<'a>(
    task_sets: &'a [TaskSet],
    target: Option<&Target>,
) -> Option<(&'a TaskSet, Option<f64>)> {
    let mut most = None;
    let mut share = 0.0;
    if let Some(target) = target
        && task_sets.len() > 1
    {
        for weighted in &target.task_sets {
            let alive = task_sets.iter().find(|alive| alive.id == weighted.id);
            if alive.is_some() && weighted.weight > share {
                most = alive;
                share = weighted.weight;
            }
        }
    }
    match most {
        Some(task_set) => Some((task_set, Some(share))),
        None => Some((primary(task_sets)?, None)),
    }
}
