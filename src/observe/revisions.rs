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
/// Of a family that was not listed, as many are described at first: what runs, and the one before it.
pub(crate) const FIRST: usize = 2;

/// The newest revisions of a family, `ACTIVE` and `INACTIVE`.
#[derive(Clone, Default)]
pub(crate) struct Family {
    /// Newest first. INACTIVE ones count: their content can be registered again, with everything that belonged to that
    /// release.
    pub revisions: Vec<TaskDefinitionArn>,
    /// Those of them that were described on the way.
    described: Vec<TaskDefinition>,
    /// Whether their names were counted instead of listed: some may not exist.
    is_counted: bool,
}

impl Family {
    /// `ListTaskDefinitions`, twice.
    pub(crate) async fn list(aws: &Aws, family: &str) -> Result<Self, Failure> {
        let (active, inactive) = join(
            aws.list_task_definitions(family, RevisionStatus::Active, MOST.into()),
            aws.list_task_definitions(family, RevisionStatus::Inactive, MOST.into()),
        )
        .await;
        let mut revisions = active?;
        revisions.extend(inactive?);
        revisions.sort_by_key(|arn| Reverse(arn.revision()));
        revisions.truncate(MOST.into());
        Ok(Self {
            revisions,
            ..Self::default()
        })
    }

    /// `DescribeTaskDefinition` of the family, which is its newest active revision, and mostly what runs. ECS numbers
    /// revisions without a gap, so their names need no list: of many services, ECS lets an account list and describe
    /// too few.
    pub(crate) async fn count(aws: &Aws, running: &TaskDefinitionArn) -> Result<Self, Failure> {
        let newest = aws.describe_task_definition(running.family()).await?;
        let described = Vec::from_iter(newest);
        let newest = described.first().and_then(TaskDefinition::arn);
        let from = match newest {
            Some(newest) => running.revision().max(newest.revision()),
            None => running.revision(),
        };
        Ok(Self {
            revisions: count_down(running, from),
            described,
            is_counted: true,
        })
    }

    /// With a revision that is newer than all of these: it was deployed, and deregistered since.
    pub(crate) fn add_deployed(&mut self, deployed: &TaskDefinitionArn) {
        let Some(newest) = self.revisions.first().filter(|_| self.is_counted) else {
            return;
        };
        if deployed.family() == newest.family() && deployed.revision() > newest.revision() {
            self.revisions = count_down(deployed, deployed.revision());
        }
    }

    /// In the order in which they are described: ECS throttles that, and most fitting revisions are young.
    pub(crate) fn batches(&self) -> Vec<&[TaskDefinitionArn]> {
        let mut size = if self.is_counted { FIRST } else { BATCH };
        let mut batches = Vec::new();
        let mut left = self.revisions.as_slice();
        while !left.is_empty() {
            let (batch, older) = left.split_at(size.min(left.len()));
            batches.push(batch);
            left = older;
            size = (2 * size).min(BATCH);
        }
        batches
    }

    /// Describes some of these, in the order given, but for those that were described on the way or are known
    /// otherwise; those that are gone are left out.
    pub(crate) async fn describe(
        &self,
        aws: &Aws,
        revisions: &[TaskDefinitionArn],
        known: &[TaskDefinition],
    ) -> Result<Vec<TaskDefinition>, Failure> {
        let find = |arn: &TaskDefinitionArn| {
            let mut known = self.described.iter().chain(known);
            known.find(|definition| definition.arn() == Some(arn))
        };
        let mut unknown = revisions.to_vec();
        unknown.retain(|arn| find(arn).is_none());
        let described = describe(aws, &unknown).await?;
        let mut definitions = Vec::new();
        for arn in revisions {
            let mut read = described.iter();
            let read = read.find(|definition| definition.arn() == Some(arn));
            definitions.extend(find(arn).or(read).cloned());
        }
        // One that is being deleted is on no list, but can still be described.
        definitions.retain(|definition| definition.status() != Some("DELETE_IN_PROGRESS"));
        Ok(definitions)
    }
}

/// The names of the family's revisions from this number down.
fn count_down(of: &TaskDefinitionArn, from: u32) -> Vec<TaskDefinitionArn> {
    let numbers = (1..=from).rev().take(MOST.into());
    numbers.map(|number| of.sibling(number)).collect()
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
