//! The service deployment in progress: what it deploys, where a rollback of it goes, who has the traffic.

use futures_util::future::try_join;
use time::OffsetDateTime;

use super::history::History;
use crate::{
    aws::{Aws, Failure},
    domain::{
        service::{Rollout, Service},
        service_deployment::{ServiceDeployment, ServiceRevision},
        task_definition::TaskDefinition,
    },
    error::Problem,
    inputs::Inputs,
    names::{ContainerName, ImageDigest, TaskDefinitionArn},
    observe::{busy::service_deployment_active, revisions::describe},
};

/// A service deployment that is not over.
pub(crate) struct Active {
    pub deployment: ServiceDeployment,
    /// What it deploys; of a rollback, what that goes to. `None` where ECS does not say.
    pub brings: Option<Release>,
    /// What it was made to deploy, also where it is being rolled back.
    pub target: Option<Release>,
    /// What a rollback of it goes to: the last successful revision, where one is on record.
    pub way_back: Option<Release>,
    /// What had the traffic before, of several the one with most tasks.
    pub source: Option<Release>,
    /// Whether what it deploys has a part of the production traffic.
    pub has_traffic: bool,
}

/// A service revision with what it runs.
#[derive(Clone)]
pub(crate) struct Release {
    pub revision: Option<TaskDefinitionArn>,
    /// The digest that its tasks are held to; none until the first of them has pulled it.
    pub digest: Option<ImageDigest>,
    pub definition: Option<TaskDefinition>,
}

/// What was read before, so that it need not be read again.
pub(crate) struct Known<'a> {
    pub history: &'a History,
    pub revisions: &'a [ServiceRevision],
    pub definitions: &'a [TaskDefinition],
    pub container: &'a ContainerName,
}

impl Active {
    /// Reads what the deployment moves between: one round trip for the service revisions that are not known, one for
    /// their task definitions.
    pub(crate) async fn read(
        aws: &Aws,
        deployment: ServiceDeployment,
        known: &Known<'_>,
        rolling: bool,
    ) -> Result<Self, Failure> {
        let target = deployment.target.as_ref().map(|share| share.arn.clone());
        // A deployment that superseded another one has two sources, of which one may never have served.
        let source = largest_source(&deployment).cloned();
        let way_back = rollback_target(&deployment, known.history).cloned();
        let arns = [&target, &way_back, &source].into_iter().flatten();
        let releases = Releases::read(aws, arns.cloned().collect(), known).await?;
        let release = |arn: &Option<String>| releases.release(arn.as_deref()?, known.container);
        let target = release(&target);
        let way_back = release(&way_back);
        let brings = match deployment.status.is_rollback() {
            true => way_back.clone(),
            false => target.clone(),
        };
        Ok(Self {
            brings,
            target,
            way_back,
            source: release(&source),
            has_traffic: has_traffic(&deployment, rolling),
            deployment,
        })
    }

    /// Whether ECS rolls something back with it.
    pub(crate) fn is_rollback(&self) -> bool {
        self.deployment.status.is_rollback()
    }

    /// Whether ECS takes a stop of it: it is neither rolling back nor being stopped.
    pub(crate) fn can_be_stopped(&self) -> bool {
        self.deployment.status.can_be_stopped()
    }

    /// A busy service, with everything that is needed to decide about it.
    pub(crate) fn busy_problem(&self, inputs: &Inputs, at: OffsetDateTime) -> Problem {
        let revision = match &self.brings {
            Some(release) => release.revision.as_ref(),
            None => None,
        };
        service_deployment_active(&self.deployment, revision, inputs, at)
    }
}

/// ARN of the service revision that had most of the tasks before.
fn largest_source(deployment: &ServiceDeployment) -> Option<&String> {
    let largest = deployment
        .sources
        .iter()
        .max_by_key(|share| share.running)?;
    Some(&largest.arn)
}

/// ARN of the service revision that a rollback goes to.
fn rollback_target<'a>(
    deployment: &'a ServiceDeployment,
    history: &'a History,
) -> Option<&'a String> {
    if let Some(rollback) = &deployment.rollback
        && rollback.revision.is_some()
    {
        return rollback.revision.as_ref();
    }
    let last = history.last_successful(deployment.created_at);
    if last.is_some() {
        return last;
    }
    // ECS keeps 90 days: where a service is deployed rarely, its only source is the last successful revision.
    let only_source =
        deployment.sources.len() == 1 && history.is_empty_before(deployment.created_at);
    only_source.then(|| largest_source(deployment)).flatten()
}

fn has_traffic(deployment: &ServiceDeployment, rolling: bool) -> bool {
    let Some(target) = &deployment.target else {
        return false;
    };
    if rolling {
        // A rolling deployment has no weights: every healthy task has its part.
        return target.running > 0;
    }
    target.weight.is_some_and(|weight| weight > 0.0)
}

/// The tasks of a service revision, as the service's `deployments` name them. Where two of these run the same task
/// definition, the primary one is what the deployment deploys.
pub(crate) fn rollout_of<'a>(
    service: &'a Service,
    revision: &TaskDefinitionArn,
    is_primary: bool,
) -> Option<&'a Rollout> {
    let mut other = None;
    for rollout in &service.rollouts {
        if rollout.task_definition.as_ref() != Some(revision) {
            continue;
        }
        if rollout.is_primary() == is_primary {
            return Some(rollout);
        }
        other = other.or(Some(rollout));
    }
    other
}

struct Releases {
    revisions: Vec<ServiceRevision>,
    definitions: Vec<TaskDefinition>,
}

impl Releases {
    /// The service revisions of these ARNs, and their task definitions.
    async fn read(aws: &Aws, arns: Vec<String>, known: &Known<'_>) -> Result<Self, Failure> {
        let mut releases = Self {
            revisions: Vec::new(),
            definitions: known.definitions.to_vec(),
        };
        let mut missing = Vec::new();
        for arn in arns {
            match known.find(&arn) {
                Some(revision) => releases.revisions.push(revision.clone()),
                None => missing.push(arn),
            }
        }
        let unknown = releases.definitions_missing_for(&releases.revisions);
        let (found, described) = try_join(
            aws.describe_service_revisions(&missing),
            describe(aws, &unknown),
        )
        .await?;
        releases.definitions.extend(described);
        // Those that were found just now name task definitions of their own: a round trip more, and mostly none.
        let unknown = releases.definitions_missing_for(&found);
        releases.definitions.extend(describe(aws, &unknown).await?);
        releases.revisions.extend(found);
        Ok(releases)
    }

    fn definitions_missing_for(&self, revisions: &[ServiceRevision]) -> Vec<TaskDefinitionArn> {
        let mut missing = Vec::new();
        for revision in revisions {
            if let Some(arn) = &revision.task_definition
                && !missing.contains(arn)
                && self.definition(arn).is_none()
            {
                missing.push(arn.clone());
            }
        }
        missing
    }

    fn definition(&self, arn: &TaskDefinitionArn) -> Option<&TaskDefinition> {
        let mut definitions = self.definitions.iter();
        definitions.find(|definition| definition.arn() == Some(arn))
    }

    /// `None` where ECS no longer has the service revision.
    fn release(&self, arn: &str, container: &ContainerName) -> Option<Release> {
        let revision = self.revisions.iter().find(|revision| revision.arn == arn)?;
        let definition = match &revision.task_definition {
            Some(arn) => self.definition(arn),
            None => None,
        };
        Some(Release {
            revision: revision.task_definition.clone(),
            digest: revision.digest(container).cloned(),
            definition: definition.cloned(),
        })
    }
}

impl Known<'_> {
    fn find(&self, arn: &str) -> Option<&ServiceRevision> {
        let mut revisions = self.revisions.iter();
        // DescribeServiceRevisions is asked with the second round trip for those that have tasks; the history has the
        // others.
        let known = revisions.find(|revision| revision.arn == arn);
        known.or_else(|| self.history.revision(arn))
    }
}
