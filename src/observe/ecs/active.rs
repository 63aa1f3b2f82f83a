//! The service deployment that is under way: what it brings, where a rollback of it goes, who has the traffic.

use futures_util::future::try_join;

use super::history::History;
use crate::aws::{Aws, Failure};
use crate::domain::service::{Rollout, Service};
use crate::domain::service_deployment::{ServiceDeployment, ServiceRevision, ServiceStatus};
use crate::domain::task_definition::TaskDefinition;
use crate::names::{ContainerName, ImageDigest, TaskDefinitionArn};
use crate::observe::revisions;

/// A service deployment that is not over.
#[derive(Clone, Debug)]
pub struct Active {
    pub deployment: ServiceDeployment,
    /// What it brings; of a rollback, what that goes to. `None` where ECS does not say.
    pub brings: Option<Release>,
    /// What it was made to bring, also where it is being rolled back.
    pub target: Option<Release>,
    /// What a rollback of it goes to: the last successful revision, where one is on record.
    pub way_back: Option<Release>,
    /// What had the traffic before, of several the one with most tasks.
    pub source: Option<Release>,
    /// Whether what it brings has a part of the production traffic.
    pub has_traffic: bool,
}

/// A service revision with what it runs.
#[derive(Clone, Debug)]
pub struct Release {
    pub revision: Option<TaskDefinitionArn>,
    /// The digest that its tasks are held to; none until the first of them has pulled it.
    pub digest: Option<ImageDigest>,
    pub definition: Option<TaskDefinition>,
}

impl Active {
    /// Reads what it moves between: one round trip for the service revisions that are not in the history, one for
    /// the task definitions that `known` does not have.
    pub async fn read(
        aws: &Aws,
        deployment: ServiceDeployment,
        history: &History,
        known: (&[ServiceRevision], &[TaskDefinition]),
        container: &ContainerName,
        rolling: bool,
    ) -> Result<Self, Failure> {
        let target = deployment.target.as_ref().map(|share| share.arn.clone());
        let back = deployment
            .rollback
            .as_ref()
            .and_then(|rollback| rollback.revision.clone());
        let source = deployment
            .sources
            .iter()
            .max_by_key(|share| share.running)
            .map(|it| it.arn.clone());
        // AWS keeps 90 days: of a service that is deployed rarely the only source is what was deployed well.
        let only = source.clone().filter(|_| {
            deployment.sources.len() == 1 && history.is_empty_before(deployment.created_at)
        });
        let way_back = back
            .or_else(|| {
                history
                    .last_successful(deployment.created_at)
                    .map(str::to_owned)
            })
            .or(only);
        let arns: Vec<_> = [&target, &way_back, &source]
            .into_iter()
            .flatten()
            .cloned()
            .collect();
        let releases = Releases::read(aws, &arns, history, known).await?;
        let release = |arn: &Option<String>| releases.get(arn.as_deref()?, container);
        let brings = if deployment.status.is_rollback() {
            &way_back
        } else {
            &target
        };
        Ok(Self {
            brings: release(brings),
            target: release(&target),
            way_back: release(&way_back),
            source: release(&source),
            has_traffic: has_traffic(&deployment, rolling),
            deployment,
        })
    }

    /// Whether ECS puts something back with it.
    pub fn is_rollback(&self) -> bool {
        self.deployment.status.is_rollback()
    }

    /// Whether it can be sent back: it is neither on its way back nor being stopped.
    pub fn can_be_stopped(&self) -> bool {
        matches!(
            self.deployment.status,
            ServiceStatus::Pending | ServiceStatus::InProgress
        )
    }
}

fn has_traffic(deployment: &ServiceDeployment, rolling: bool) -> bool {
    let Some(target) = &deployment.target else {
        return false;
    };
    if rolling {
        target.running > 0
    } else {
        target.weight.is_some_and(|weight| weight > 0.0)
    }
}

/// The tasks of a service revision, as the service's `deployments` name them. Where two of these run the same task
/// definition, the primary one is what the deployment brings.
pub fn rollout_of<'a>(
    service: &'a Service,
    revision: &TaskDefinitionArn,
    brought: bool,
) -> Option<&'a Rollout> {
    let of = || {
        service
            .rollouts
            .iter()
            .filter(|rollout| rollout.task_definition.as_ref() == Some(revision))
    };
    of().find(|rollout| rollout.is_primary() == brought)
        .or_else(|| of().next())
}

struct Releases {
    revisions: Vec<ServiceRevision>,
    definitions: Vec<TaskDefinition>,
}

impl Releases {
    async fn read(
        aws: &Aws,
        arns: &[String],
        history: &History,
        (known, described): (&[ServiceRevision], &[TaskDefinition]),
    ) -> Result<Self, Failure> {
        let find = |arn: &String| {
            known
                .iter()
                .find(|it| it.arn == *arn)
                .or_else(|| history.revision(arn))
                .cloned()
        };
        let mut revisions: Vec<_> = arns.iter().filter_map(find).collect();
        let missing: Vec<_> = arns
            .iter()
            .filter(|arn| find(arn).is_none())
            .cloned()
            .collect();
        let is_known = |arn: &TaskDefinitionArn| described.iter().any(|it| it.arn() == Some(arn));
        let named = |revisions: &[ServiceRevision]| -> Vec<TaskDefinitionArn> {
            let named = revisions
                .iter()
                .filter_map(|revision| revision.task_definition.clone());
            let mut named: Vec<_> = named.filter(|arn| !is_known(arn)).collect();
            named.sort();
            named.dedup();
            named
        };
        let wanted = named(&revisions);
        let (found, mut definitions) = try_join(
            aws.describe_service_revisions(&missing),
            revisions::describe(aws, &wanted),
        )
        .await?;
        definitions.extend(revisions::describe(aws, &named(&found)).await?);
        definitions.extend(described.iter().cloned());
        revisions.extend(found);
        Ok(Self {
            revisions,
            definitions,
        })
    }

    fn get(&self, arn: &str, container: &ContainerName) -> Option<Release> {
        let revision = self.revisions.iter().find(|revision| revision.arn == arn)?;
        let definition = self
            .definitions
            .iter()
            .find(|it| it.arn() == revision.task_definition.as_ref());
        Some(Release {
            revision: revision.task_definition.clone(),
            digest: revision.digest(container).cloned(),
            definition: definition
                .filter(|_| revision.task_definition.is_some())
                .cloned(),
        })
    }
}
