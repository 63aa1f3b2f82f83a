//! Who has the traffic of a service that ECS deploys, in the middle of a deployment too.

use futures_util::future::try_join;

use super::active::rollout_of;
use crate::{
    aws::{Aws, Failure},
    domain::{
        service::{Rollout, Service, Task},
        service_deployment::{RevisionShare, ServiceDeployment, ServiceRevision},
    },
    error::Problem,
    names::{ClusterName, ContainerName, ServiceName},
    observe::{
        running_service::Whose,
        serving::{RunningDigests, running, tasks_of},
    },
};

/// The service deployment that a service names, and the service revisions that have tasks.
pub(crate) struct UnderWay {
    pub current: Option<ServiceDeployment>,
    pub revisions: Vec<ServiceRevision>,
}

/// What has most of the traffic.
pub(crate) struct Holder<'a> {
    pub rollout: &'a Rollout,
    /// Which tasks count as having it.
    pub whose: Whose,
    /// Its part in percent, while weights move.
    pub share: Option<f64>,
}

fn running_rollouts(service: &Service) -> usize {
    let running = service
        .rollouts
        .iter()
        .filter(|rollout| rollout.running > 0);
    running.count()
}

/// The deployment that the service names; where it names none and the traffic may be split, the newest.
async fn read_current(
    aws: &Aws,
    (cluster, name): (&ClusterName, &ServiceName),
    service: &Service,
) -> Result<Option<ServiceDeployment>, Failure> {
    if let Some(id) = &service.current_deployment {
        return aws.describe_service_deployment(id).await;
    }
    // A deployment that was stopped without a rollback is no longer named, and leaves the traffic split.
    if service.strategy.is_rolling() || running_rollouts(service) < 2 {
        return Ok(None);
    }
    let (page, _) = aws
        .list_service_deployments_page(cluster, name, None, None, None)
        .await?;
    // The list's order is not documented.
    match page.iter().max_by_key(|listed| listed.created_at) {
        Some(newest) => aws.describe_service_deployment(&newest.id).await,
        None => Ok(None),
    }
}

impl UnderWay {
    /// `DescribeServiceDeployments` and `DescribeServiceRevisions`, at the same time.
    ///
    /// # Errors
    /// The read that did not work.
    pub(crate) async fn read(
        aws: &Aws,
        names: (&ClusterName, &ServiceName),
        service: &Service,
    ) -> Result<Self, Problem> {
        let (current, revisions) = try_join(
            read_current(aws, names, service),
            aws.describe_service_revisions(&service.revisions),
        )
        .await?;
        Ok(Self { current, revisions })
    }

    /// By the weights of the service deployment, else by the running tasks.
    pub(crate) fn holder<'a>(&self, service: &'a Service) -> Option<Holder<'a>> {
        if let Some(holder) = self.holder_by_weight(service) {
            return Some(holder);
        }
        // A rolling deployment gives every healthy task its part, and keeps an old task for each new one that is not
        // healthy yet: where both have as many tasks, the old ones have more of the traffic.
        let rank = |rollout: &&Rollout| (rollout.running, !rollout.is_primary());
        Some(Holder {
            rollout: service.rollouts.iter().max_by_key(rank)?,
            whose: Whose::Everyone,
            share: None,
        })
    }

    fn holder_by_weight<'a>(&self, service: &'a Service) -> Option<Holder<'a>> {
        let current = self.current.as_ref()?;
        // Only the other strategies move weights.
        if service.strategy.is_rolling() {
            return None;
        }
        // One that is over has only left a split where two still run.
        if current.status.is_over() && running_rollouts(service) < 2 {
            return None;
        }
        let mut rest = 100.0;
        let mut most: Option<&RevisionShare> = None;
        for share in current.sources.iter().chain(&current.target) {
            rest -= share.percent();
            if most.is_none_or(|most| share.percent() >= most.percent()) {
                most = Some(share);
            }
        }
        let most = most?;
        let (rollout, percent) = if most.percent() >= rest {
            (self.rollout(service, current, most)?, most.percent())
        } else {
            (self.unnamed_rollout(service, current)?, rest)
        };
        Some(Holder {
            rollout,
            whose: Whose::TaskSet,
            share: Some(percent),
        })
    }

    /// A revision from before 2024-10-25 is in no service deployment: it has what nobody else has.
    fn unnamed_rollout<'a>(
        &self,
        service: &'a Service,
        current: &ServiceDeployment,
    ) -> Option<&'a Rollout> {
        let mut named = Vec::new();
        for share in current.sources.iter().chain(&current.target) {
            named.extend(
                self.rollout(service, current, share)
                    .map(|rollout| &rollout.id),
            );
        }
        let others = service.rollouts.iter();
        let others = others.filter(|rollout| rollout.running > 0 && !named.contains(&&rollout.id));
        others.max_by_key(|rollout| rollout.running)
    }

    /// The architecture that ECS runs the tasks of one of the service's `deployments` on, where it overrides the task
    /// definition's.
    pub(crate) fn overridden_architecture(&self, rollout: &Rollout) -> Option<&str> {
        self.revisions.iter().find_map(|revision| {
            // Several service revisions may have this task definition: what its image needs, they all need.
            let is_own = rollout.runs(revision.task_definition.as_ref()?);
            revision
                .overridden_architecture
                .as_deref()
                .filter(|_| is_own)
        })
    }

    fn rollout<'a>(
        &self,
        service: &'a Service,
        current: &ServiceDeployment,
        share: &RevisionShare,
    ) -> Option<&'a Rollout> {
        let mut revisions = self.revisions.iter();
        let revision = revisions.find(|revision| revision.arn == share.arn)?;
        let is_target = match &current.target {
            Some(target) => target.arn == share.arn,
            None => false,
        };
        // While ECS rolls back, its primary deployment is what it goes back to.
        let is_primary = is_target != current.status.is_rollback();
        rollout_of(service, revision.task_definition.as_ref()?, is_primary)
    }
}

/// Where every task has its part: the digest that most of them run, of as many what was there before the primary
/// deployment, and the deployment with most tasks on it.
pub(crate) fn everyone<'a>(
    service: &'a Service,
    tasks: &[Task],
    container: &ContainerName,
) -> Option<(&'a Rollout, RunningDigests)> {
    let is_old = |rollout: &Rollout| !rollout.is_primary() && rollout.running > 0;
    let mut digests = RunningDigests::of(&running(tasks), container);
    if let Some(old) = service.rollouts.iter().find(|rollout| is_old(rollout)) {
        let own = digests_of(old, tasks, container);
        digests.preferred = own.most().map(|(digest, _)| digest.clone());
    }
    // No task has pulled its image yet: then the number of tasks has to do.
    let (most, _) = digests.most()?;
    let rank = |rollout: &&Rollout| {
        let own = digests_of(rollout, tasks, container);
        (own.known.get(most).copied(), is_old(rollout))
    };
    let rollout = service.rollouts.iter().max_by_key(rank)?;
    Some((rollout, digests))
}

/// What the tasks of one of the service's `deployments` run.
fn digests_of(rollout: &Rollout, tasks: &[Task], container: &ContainerName) -> RunningDigests {
    let own = match &rollout.task_definition {
        Some(revision) => tasks_of(tasks, &rollout.id, revision),
        None => Vec::new(),
    };
    RunningDigests::of(&own, container)
}
