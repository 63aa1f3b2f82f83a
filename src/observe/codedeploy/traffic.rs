//! Which task set has most of the traffic, and what has the rest.

use super::{active::Active, group::GroupFacts};
use crate::{
    aws::Failure,
    domain::{
        deployment::{Target, TargetTaskSet},
        service::TaskSet,
    },
    names::{ImageDigest, TaskSetId},
    observe::{
        beside::{OtherShare, ShareCause},
        reader::Reader,
        running_service::RunningService,
        serving::{RunningDigests, tasks_of},
    },
};

/// As far as a deployment's target says it.
#[derive(Default)]
pub(super) struct Traffic {
    pub holder: Option<TaskSetId>,
    /// What the holder has, in percent.
    pub share: Option<f64>,
    pub others: Vec<OtherShare>,
}

impl Traffic {
    pub(super) fn during(active: &Active) -> Self {
        let holder = active.holder();
        Self {
            holder: holder.map(|side| side.task_set.clone()),
            share: holder.map(|side| side.weight),
            others: active.other_shares(),
        }
    }

    /// A deployment that was stopped without a rollback leaves two task sets with traffic: its target still says
    /// which one has more.
    pub(super) async fn read_leftover(
        reader: &Reader<'_>,
        facts: &GroupFacts,
        running: &RunningService,
    ) -> Result<Self, Failure> {
        let mut alive = running.service.task_sets.clone();
        // A draining task set gets no new requests, whatever its weight was.
        alive.retain(|task_set| task_set.status != "DRAINING");
        let Some(newest) = facts.history.list.deployments.last() else {
            return Ok(Self::default());
        };
        if alive.len() < 2 {
            return Ok(Self::default());
        }
        let target = reader.read_target(&newest.id).await?;
        Ok(target.map_or_else(Self::default, |target| leftover(running, &alive, target)))
    }
}

fn leftover(running: &RunningService, alive: &[TaskSet], target: Target) -> Traffic {
    let mut sets = target.task_sets;
    sets.retain(|set| set.weight > 0.0 && alive.iter().any(|alive| alive.id == set.id));
    // The sort keeps the order of equals: of as much, the later one is the holder.
    sets.sort_by(|one, other| one.weight.total_cmp(&other.weight));
    let Some(TargetTaskSet { id, weight, .. }) = sets.pop() else {
        return Traffic::default();
    };
    let mut others = Vec::new();
    for set in sets {
        let mut alive = alive.iter();
        let task_set = alive.find(|alive| alive.id == set.id);
        others.push(OtherShare {
            percent: set.weight,
            revision: task_set.and_then(|task_set| task_set.task_definition.clone()),
            digest: task_set.and_then(|task_set| most_of(running, task_set)),
            cause: ShareCause::StoppedWithoutRollback,
        });
    }
    Traffic {
        holder: Some(id),
        share: Some(weight),
        others,
    }
}

/// What most tasks of the task set run.
fn most_of(running: &RunningService, task_set: &TaskSet) -> Option<ImageDigest> {
    let revision = task_set.task_definition.as_ref()?;
    let tasks = tasks_of(&running.tasks, &task_set.id, revision);
    let digests = RunningDigests::of(&tasks, &running.container);
    let (digest, _) = digests.most()?;
    Some(digest.clone())
}
