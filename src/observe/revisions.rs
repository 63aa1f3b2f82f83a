//! The revisions of a family: which of them may fit the image.

use futures_util::future::{join, try_join_all};

use crate::aws::ecs::RevisionStatus;
use crate::aws::{Aws, Failure};
use crate::domain::task_definition::TaskDefinition;
use crate::names::TaskDefinitionArn;

/// Revisions described at a time.
const BATCH: usize = 20;
/// Revisions looked at, at most.
const MOST: i32 = 100;

/// The newest revisions of the family, `ACTIVE` and `INACTIVE`, newest first.
pub async fn list(aws: &Aws, family: &str) -> Result<Vec<TaskDefinitionArn>, Failure> {
    let (active, inactive) = join(
        aws.list_task_definitions(family, RevisionStatus::Active, MOST),
        aws.list_task_definitions(family, RevisionStatus::Inactive, MOST),
    )
    .await;
    let mut all = active?;
    all.extend(inactive?);
    all.sort_by_key(|arn| std::cmp::Reverse(arn.revision()));
    all.truncate(usize::try_from(MOST).unwrap_or(usize::MAX));
    Ok(all)
}

/// The newest revision that `fits`, searched in batches that are described at the same time; the
/// first batch is given where it was described already.
pub async fn newest_that(
    aws: &Aws,
    revisions: &[TaskDefinitionArn],
    first: Vec<TaskDefinition>,
    fits: impl Fn(&TaskDefinition) -> bool,
) -> Result<Option<TaskDefinition>, Failure> {
    if let Some(found) = first.into_iter().find(&fits) {
        return Ok(Some(found));
    }
    for batch in revisions.chunks(BATCH).skip(1) {
        if let Some(found) = describe(aws, batch).await?.into_iter().find(&fits) {
            return Ok(Some(found));
        }
    }
    Ok(None)
}

/// The first batch: the newest revisions, whose number is what most rollbacks need.
pub async fn describe_first(
    aws: &Aws,
    revisions: &[TaskDefinitionArn],
) -> Result<Vec<TaskDefinition>, Failure> {
    describe(aws, &revisions[..revisions.len().min(BATCH)]).await
}

/// Describes revisions at the same time, in the order given; those that are gone are left out.
pub async fn describe(
    aws: &Aws,
    revisions: &[TaskDefinitionArn],
) -> Result<Vec<TaskDefinition>, Failure> {
    let reads = revisions
        .iter()
        .map(|arn| aws.describe_task_definition(arn.as_str()));
    Ok(try_join_all(reads).await?.into_iter().flatten().collect())
}
