//! The deployment that occupies the group: what it deploys, what it replaces, and who has the traffic.

use super::{appspecs::AppSpecs, group::GroupFacts};
use crate::{
    aws::Failure,
    domain::{
        deployment::{Creator, Deployment, Target, TargetTaskSet},
        task_definition::TaskDefinition,
    },
    names::{TaskDefinitionArn, TaskSetId},
    observe::{
        beside::{OtherShare, ShareCause},
        reader::Reader,
        running_service::RunningService,
        serving::{RunningDigests, primary, tasks_of},
    },
};

/// An active deployment.
pub(crate) struct Active {
    pub deployment: Deployment,
    /// The revision that it deploys, or why that is not known.
    pub brings: Result<TaskDefinitionArn, String>,
    pub definition: Option<TaskDefinition>,
    /// The original task set, while it is there.
    pub blue: Option<Side>,
    /// The replacement task set, once it is there.
    pub green: Option<Side>,
    /// Whether a target says how the traffic is split; before a deployment has started, none does.
    pub split_is_known: bool,
    /// All traffic has shifted, the original tasks wait for their end.
    pub in_termination_wait: bool,
}

/// One of its two task sets.
pub(crate) struct Side {
    pub task_set: TaskSetId,
    pub revision: Option<TaskDefinitionArn>,
    /// Percent of the production traffic.
    pub weight: f64,
    pub digests: RunningDigests,
}

/// What an active deployment is put together from, and what was read before.
pub(crate) struct ActiveReads<'a> {
    pub reader: Reader<'a>,
    pub facts: &'a GroupFacts,
    pub running: &'a RunningService,
    /// Revisions that were described already.
    pub described: &'a [TaskDefinition],
}

/// How a deployment's traffic is split.
struct Split {
    target: Option<Target>,
    original: &'static str,
    replacement: &'static str,
}

impl ActiveReads<'_> {
    /// Puts together what was read, and reads what is missing: mostly nothing.
    pub(crate) async fn read_active(&self, deployment: Deployment) -> Result<Active, Failure> {
        // Mostly no call is made from here on: the target was read with the list, the revision ahead for the target.
        let deployed = self.read_revision(&deployment).await?;
        let target = match self.facts.targets.get(&deployment.id) {
            Some(answer) => answer.clone()?,
            None => self.reader.read_target(&deployment.id).await?,
        };
        let definition = match &deployed {
            Ok(arn) => self.find_definition(arn).await?,
            // Nothing names the revision: what its tasks run still tells what it deploys.
            Err(_) => None,
        };
        let split = self.read_split(&deployment, target.clone()).await?;
        let green = self.side(&split, split.replacement);
        let blue = match self.side(&split, split.original) {
            // Where a target is there and lists no original task set, that one is gone.
            None if split.target.is_none() => self.primary_side(),
            side => side,
        };
        Ok(Active {
            in_termination_wait: !deployment.status.is_over()
                && target.as_ref().is_some_and(|target| {
                    let green = green.as_ref();
                    target.has_shifted(green.map_or(0.0, |green| green.weight))
                }),
            blue,
            green,
            split_is_known: split.target.is_some(),
            brings: deployed,
            definition,
            deployment,
        })
    }

    /// The revision that the deployment deploys; of one that is not in the history, by its own AppSpec.
    async fn read_revision(
        &self,
        deployment: &Deployment,
    ) -> Result<Result<TaskDefinitionArn, String>, Failure> {
        // A deployment that was created since the history was listed is in none of its AppSpecs.
        if let Ok(arn) = self.facts.history.task_definition(deployment) {
            return Ok(Ok(arn));
        }
        let appspecs = AppSpecs::read_of(self.reader.aws, deployment).await?;
        Ok(appspecs.task_definition(deployment.revision.as_ref()))
    }

    async fn find_definition(
        &self,
        arn: &TaskDefinitionArn,
    ) -> Result<Option<TaskDefinition>, Failure> {
        for known in self.described.iter().chain([&self.running.definition]) {
            if known.arn() == Some(arn) {
                return Ok(Some(known.clone()));
            }
        }
        self.reader.aws.describe_task_definition(arn.as_str()).await
    }

    /// Until a rollback has started, its target says nothing. The deployment that it undoes says how the traffic is
    /// split, and where it goes back to: its replacement is the other's original.
    async fn read_split(
        &self,
        deployment: &Deployment,
        target: Option<Target>,
    ) -> Result<Split, Failure> {
        match (target, &deployment.rollback_of) {
            (None, Some(undone)) => Ok(Split {
                target: self.reader.read_target(undone).await?,
                original: "Green",
                replacement: "Blue",
            }),
            (target, _) => Ok(Split {
                target,
                original: "Blue",
                replacement: "Green",
            }),
        }
    }

    fn side(&self, split: &Split, label: &str) -> Option<Side> {
        let mut sets = split.target.as_ref()?.task_sets.iter();
        let TargetTaskSet { id, weight, .. } = sets.find(|set| set.label == label)?;
        let mut task_sets = self.running.service.task_sets.iter();
        // A task set that the target still lists may be gone.
        let task_set = task_sets.find(|task_set| task_set.id == *id)?;
        Some(self.side_of(id.clone(), task_set.task_definition.clone(), *weight))
    }

    /// Before a deployment has started, the primary task set has all the traffic.
    fn primary_side(&self) -> Option<Side> {
        let task_set = primary(&self.running.service.task_sets)?;
        let revision = task_set.task_definition.clone()?;
        Some(self.side_of(task_set.id.clone(), Some(revision), 100.0))
    }

    fn side_of(&self, id: TaskSetId, revision: Option<TaskDefinitionArn>, weight: f64) -> Side {
        // Who has the traffic is known by now; what it serves is only known from the running tasks.
        let tasks = match &revision {
            Some(revision) => tasks_of(&self.running.tasks, &id, revision),
            None => Vec::new(),
        };
        Side {
            digests: RunningDigests::of(&tasks, &self.running.container),
            task_set: id,
            revision,
            weight,
        }
    }
}

impl Active {
    /// Whether CodeDeploy itself rolls something back with it.
    pub(crate) fn is_rollback(&self) -> bool {
        self.deployment.creator == Creator::AutoRollback || self.deployment.rollback_of.is_some()
    }

    pub(crate) fn has_production_traffic(&self) -> bool {
        self.green.as_ref().is_some_and(|green| green.weight > 0.0)
    }

    fn with_traffic(&self) -> impl Iterator<Item = &Side> {
        let sides = self.blue.iter().chain(&self.green);
        sides.filter(|side| side.weight > 0.0)
    }

    /// The task set with the most traffic, where the target says so.
    pub(crate) fn holder(&self) -> Option<&Side> {
        self.with_traffic()
            .max_by(|a, b| a.weight.total_cmp(&b.weight))
    }

    /// The part of the traffic that the holder does not have.
    pub(crate) fn other_shares(&self) -> Vec<OtherShare> {
        let holder = self.holder().map(|side| &side.task_set);
        let mut shares = Vec::new();
        for side in self.with_traffic() {
            if Some(&side.task_set) != holder {
                shares.push(OtherShare {
                    percent: side.weight,
                    revision: side.revision.clone(),
                    digest: side.digests.most().map(|(digest, _)| digest.clone()),
                    cause: ShareCause::Deployment(self.deployment.id.clone()),
                });
            }
        }
        shares
    }
}
