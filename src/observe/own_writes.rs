//! What this run wrote itself, found by its marker.

use time::OffsetDateTime;

use crate::aws::ecs::RevisionStatus;
use crate::aws::{Aws, Failure};
use crate::clock::Clock;
use crate::domain::task_definition::TAG_RUN;
use crate::names::{ApplicationName, DeploymentId, GroupName, TaskDefinitionArn};

use futures_util::future::try_join;

const SKEW: time::Duration = time::Duration::minutes(15);
const NEWEST: i32 = 5;

pub(crate) async fn find_deployment(
    aws: &Aws,
    clock: Clock,
    application: &ApplicationName,
    group: &GroupName,
    marker: &str,
) -> Result<Option<DeploymentId>, Failure> {
    let since: OffsetDateTime = clock.now() - clock.elapsed() - SKEW;
    let (active, (mut ids, _)) = try_join(
        aws.list_active_deployments(application, group),
        aws.list_deployments(application, group, Some(since), None, 2),
    )
    .await?;
    ids.extend(
        active
            .into_iter()
            .filter(|id| !ids.contains(id))
            .collect::<Vec<_>>(),
    );
    let deployments = aws.batch_get_deployments(&ids).await?;
    let own = deployments
        .iter()
        .find(|d| d.description.raw().split_whitespace().next() == Some(marker));
    Ok(own.map(|d| d.id.clone()))
}

pub(crate) async fn find_revision(
    aws: &Aws,
    family: &str,
    marker: &str,
) -> Result<Option<TaskDefinitionArn>, Failure> {
    for arn in aws
        .list_task_definitions(family, RevisionStatus::Active, NEWEST)
        .await?
    {
        let definition = aws.describe_task_definition(arn.as_str()).await?;
        if definition
            .is_some_and(|definition| definition.tag(TAG_RUN).is_some_and(|tag| tag == marker))
        {
            return Ok(Some(arn));
        }
    }
    Ok(None)
}
