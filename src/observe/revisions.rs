//! The revisions of a family: which of them may fit the image.

use std::cmp::Reverse;

use futures_util::future::{join, try_join_all};

use crate::aws::ecs::RevisionStatus;
use crate::aws::{Aws, Failure};
use crate::domain::task_definition::TaskDefinition;
use crate::names::TaskDefinitionArn;

/// Revisions described at a time.
const BATCH: usize = 20;
/// Revisions looked at, at most: one page of each list.
const MOST: u8 = 100;

/// The newest revisions of the family, `ACTIVE` and `INACTIVE`, newest first.
pub(crate) async fn list(aws: &Aws, family: &str) -> Result<Vec<TaskDefinitionArn>, Failure> {
    let (active, inactive) = join(
        aws.list_task_definitions(family, RevisionStatus::Active, MOST.into()),
        aws.list_task_definitions(family, RevisionStatus::Inactive, MOST.into()),
    )
    .await;
    let mut revisions = active?;
    // INACTIVE ones count: their content can be registered again, with everything that belonged to that release.
    revisions.extend(inactive?);
    revisions.sort_by_key(|arn| Reverse(arn.revision()));
    revisions.truncate(MOST.into());
    Ok(revisions)
}

/// The newest revision that `fits`, searched in batches that are described at the same time; `first` is the first batch,
/// which was described already.
pub(crate) async fn find_newest(
    aws: &Aws,
    revisions: &[TaskDefinitionArn],
    first: &[TaskDefinition],
    fits: impl Fn(&TaskDefinition) -> bool,
) -> Result<Option<TaskDefinition>, Failure> {
    if let Some(found) = first.iter().find(|definition| fits(definition)) {
        return Ok(Some(found.clone()));
    }
    // In batches, since ECS throttles DescribeTaskDefinition and most fitting revisions are young.
    for batch in revisions.chunks(BATCH).skip(1) {
        for definition in describe(aws, batch).await? {
            if fits(&definition) {
                return Ok(Some(definition));
            }
        }
    }
    Ok(None)
}

/// The first batch: the newest revisions, among which most rollbacks find theirs.
pub(crate) async fn describe_first(
    aws: &Aws,
    revisions: &[TaskDefinitionArn],
) -> Result<Vec<TaskDefinition>, Failure> {
    describe(aws, &revisions[..revisions.len().min(BATCH)]).await
}

/// Describes revisions at the same time, in the order given; those that are gone are left out.
pub(crate) async fn describe(
    aws: &Aws,
    revisions: &[TaskDefinitionArn],
) -> Result<Vec<TaskDefinition>, Failure> {
    let reads = revisions
        .iter()
        .map(|arn| aws.describe_task_definition(arn.as_str()));
    let definitions = try_join_all(reads).await?;
    Ok(definitions.into_iter().flatten().collect())
}
