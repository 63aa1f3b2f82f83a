//! Who has the traffic of a service that ECS deploys, in the middle of a deployment too.

use futures_util::future::try_join;

use super::active::rollout_of;
use crate::aws::{Aws, Failure};
use crate::domain::service::{Rollout, Service, Task};
use crate::domain::service_deployment::{RevisionShare, ServiceDeployment, ServiceRevision};
use crate::error::Problem;
use crate::names::{ClusterName, ContainerName, DeploymentId, ServiceName};
use crate::observe::now::Whose;
use crate::observe::serving::{RunningDigests, running, tasks_of};

/// The service deployment that a service names, and the service revisions that have tasks.
pub struct UnderWay {
    pub current: Option<ServiceDeployment>,
    pub revisions: Vec<ServiceRevision>,
}

/// What holds most of the traffic.
pub struct Holder<'a> {
    pub rollout: &'a Rollout,
    /// Which tasks count as having it.
    pub whose: Whose,
    /// Its part in percent, while weights move.
    pub share: Option<f64>,
}

/// What a service's description says of that.
pub struct Asked {
    current: Option<DeploymentId>,
    /// ARNs of service revisions.
    revisions: Vec<String>,
    /// Nothing is under way, but the traffic may be split: a deployment that was stopped for good leaves it so.
    split: bool,
}

impl Asked {
    pub fn by(service: &Service) -> Self {
        let split = !service.strategy.is_rolling() && running_rollouts(service) > 1;
        Self {
            current: service.current_deployment.clone(),
            revisions: service.revisions.clone(),
            split,
        }
    }
}

fn running_rollouts(service: &Service) -> usize {
    service
        .rollouts
        .iter()
        .filter(|rollout| rollout.running > 0)
        .count()
}

/// The one that the service names; where it names none and the traffic may be split, the newest.
async fn read_current(
    aws: &Aws,
    (cluster, service): (&ClusterName, &ServiceName),
    asked: &Asked,
) -> Result<Option<ServiceDeployment>, Failure> {
    let id = match &asked.current {
        None if asked.split => {
            let page = aws
                .list_service_deployments_page(cluster, service, None, None, None)
                .await?
                .0;
            page.into_iter()
                .max_by_key(|listed| listed.created_at)
                .map(|listed| listed.id)
        }
        named => named.clone(),
    };
    match id {
        Some(id) => aws.describe_service_deployment(&id).await,
        None => Ok(None),
    }
}

impl UnderWay {
    /// `DescribeServiceDeployments` and `DescribeServiceRevisions`, at the same time.
    ///
    /// # Errors
    /// The read that did not work.
    pub async fn read(
        aws: &Aws,
        inputs: (&ClusterName, &ServiceName),
        asked: &Asked,
    ) -> Result<Self, Problem> {
        let both = try_join(
            read_current(aws, inputs, asked),
            aws.describe_service_revisions(&asked.revisions),
        );
        let (current, revisions) = both.await.map_err(|failure| failure.problem())?;
        Ok(Self { current, revisions })
    }

    /// By the weights of the service deployment, else by the running tasks.
    pub fn holder<'a>(&self, service: &'a Service) -> Option<Holder<'a>> {
        if let Some(holder) = self.by_weight(service) {
            return Some(holder);
        }
        // Every healthy task has its part. Of as many the others than the primary ones: as many old tasks stay as new
        // ones are not healthy yet.
        let rank = |rollout: &&Rollout| (rollout.running, !rollout.is_primary());
        let rollout = service.rollouts.iter().max_by_key(rank)?;
        Some(Holder {
            rollout,
            whose: Whose::Everyone,
            share: None,
        })
    }

    fn by_weight<'a>(&self, service: &'a Service) -> Option<Holder<'a>> {
        let active = self
            .current
            .as_ref()
            .filter(|_| !service.strategy.is_rolling())?;
        // One that is over has only left a split where two still run.
        if active.status.is_over() && running_rollouts(service) < 2 {
            return None;
        }
        let weight = |share: &RevisionShare| share.weight.unwrap_or_default();
        let named: Vec<_> = active.sources.iter().chain(&active.target).collect();
        let rest = 100.0 - named.iter().map(|share| weight(share)).sum::<f64>();
        let most = named
            .iter()
            .max_by(|a, b| weight(a).total_cmp(&weight(b)))?;
        if weight(most) >= rest {
            let rollout = self.rollout(service, active, most)?;
            return Some(Holder {
                rollout,
                whose: Whose::TaskSet,
                share: Some(weight(most)),
            });
        }
        // A revision from before 2024-10-25 is not named: it has what nobody else has.
        let known: Vec<_> = named
            .iter()
            .filter_map(|share| Some(&self.rollout(service, active, share)?.id))
            .collect();
        let others = service
            .rollouts
            .iter()
            .filter(|it| it.running > 0 && !known.contains(&&it.id));
        let rollout = others.max_by_key(|rollout| rollout.running)?;
        Some(Holder {
            rollout,
            whose: Whose::TaskSet,
            share: Some(rest),
        })
    }

    fn rollout<'a>(
        &self,
        service: &'a Service,
        active: &ServiceDeployment,
        share: &RevisionShare,
    ) -> Option<&'a Rollout> {
        let revision = self
            .revisions
            .iter()
            .find(|revision| revision.arn == share.arn)?;
        let is_target = active
            .target
            .as_ref()
            .is_some_and(|target| target.arn == share.arn);
        rollout_of(
            service,
            revision.task_definition.as_ref()?,
            is_target != active.status.is_rollback(),
        )
    }
}

/// Where every task has its part: the digest that most of them run, of as many what was there before the primary
/// deployment, and the deployment with most tasks on it.
pub fn everyone<'a>(
    service: &'a Service,
    tasks: &[Task],
    container: &ContainerName,
) -> Option<(&'a Rollout, RunningDigests)> {
    let own = |rollout: &Rollout| {
        let revision = rollout.task_definition.as_ref();
        let tasks = revision
            .map(|revision| tasks_of(tasks, &rollout.id, revision))
            .unwrap_or_default();
        RunningDigests::of(&tasks, container)
    };
    let is_old = |rollout: &&Rollout| !rollout.is_primary() && rollout.running > 0;
    let mut digests = RunningDigests::of(&running(tasks), container);
    digests.preferred = service
        .rollouts
        .iter()
        .find(is_old)
        .and_then(|it| own(it).most().map(|(digest, _)| digest.clone()));
    let most = digests.most()?.0.clone();
    let rank = |rollout: &&Rollout| (own(rollout).known.get(&most).copied(), is_old(rollout));
    let rollout = service.rollouts.iter().max_by_key(rank)?;
    Some((rollout, digests))
}
