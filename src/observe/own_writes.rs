//! What this run has written to AWS, found by its marker: for an answer that was lost, and for a run that is cut short.

use futures_util::future::try_join;
use time::{Duration, OffsetDateTime};

use crate::{
    aws::{Aws, Failure, ecs::RevisionStatus},
    clock::Clock,
    domain::task_definition::TAG_RUN,
    names::{ApplicationName, DeploymentId, GroupName, TaskDefinitionArn},
};

/// The runner's clock may be off from AWS's.
const SKEW: Duration = Duration::minutes(15);
/// More deployments than two pages of ids do not start in one group during a run.
const PAGES: usize = 2;
/// The newest revisions of a family, among which one of ours would be. Each other service of the run may have registered
/// one since, where they share the family.
const NEWEST: i32 = 5;

/// Where a deployment of this run would be.
pub(crate) struct DeploymentSearch<'a> {
    pub application: &'a ApplicationName,
    pub group: &'a GroupName,
    /// First in the description of every deployment that this run creates.
    pub marker: &'a str,
}

impl DeploymentSearch<'_> {
    /// `ListDeployments`, those that are active and those created since the run began, then `BatchGetDeployments`: the
    /// one with the marker.
    ///
    /// # Errors
    /// A read that did not work: whether there is one is not known.
    pub(crate) async fn find_deployment(
        &self,
        aws: &Aws,
        clock: Clock,
    ) -> Result<Option<DeploymentId>, Failure> {
        let since: OffsetDateTime = clock.now() - clock.elapsed() - SKEW;
        // The active ones are listed by their status too: where the runner's clock is wrong, no span of time helps.
        let (active, mut ids) = try_join(
            aws.list_active_deployments(self.application, self.group),
            aws.list_deployments_since(self.application, self.group, since, PAGES),
        )
        .await?;
        ids.extend(active);
        ids.sort_unstable();
        ids.dedup();
        for deployment in aws.batch_get_deployments(&ids).await? {
            // The marker is put first, since a long reason may be cut at the end.
            let first_word = deployment.description.raw().split_whitespace().next();
            if first_word == Some(self.marker) {
                return Ok(Some(deployment.id));
            }
        }
        Ok(None)
    }
}

/// The revision that this run registered, by its tag; `None` where none of the family's newest has it.
///
/// # Errors
/// A read that did not work: whether there is one is not known.
pub(crate) async fn find_registered_revision(
    aws: &Aws,
    family: &str,
    marker: &str,
) -> Result<Option<TaskDefinitionArn>, Failure> {
    let others = i32::try_from(aws.services_at_once()).unwrap_or(i32::MAX) - 1;
    let newest = aws
        .list_task_definitions(family, RevisionStatus::Active, NEWEST + others)
        .await?;
    // RegisterTaskDefinition may have been retried after a lost answer; any revision with the tag will do.
    for arn in newest {
        let definition = aws.describe_task_definition(arn.as_str()).await?;
        if let Some(definition) = definition
            && definition.tag(TAG_RUN) == Some(marker)
        {
            return Ok(Some(arn));
        }
    }
    Ok(None)
}
