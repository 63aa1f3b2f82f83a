//! The revisions of a family: which of them may fit the image.

use std::cmp::Reverse;

use futures_util::future::{join, try_join_all};

use crate::{
    aws::{Aws, Failure, ecs::RevisionStatus},
    domain::task_definition::TaskDefinition,
    names::TaskDefinitionArn,
};

/// Revisions described at a time.
pub(crate) const BATCH: usize = 20;
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
