//! The deployment that occupies the group: what it brings, what it replaces, and who has the traffic.

use super::super::now::Now;
use super::super::serving::{RunningDigests, tasks_of};
use super::group::GroupFacts;
use super::history;
use crate::aws::{Aws, Failure};
use crate::domain::deployment::{Creator, Deployment, Target, TargetTaskSet};
use crate::domain::service::{Service, Task};
use crate::domain::task_definition::TaskDefinition;
use crate::inputs::Inputs;
use crate::names::{ContainerName, TaskDefinitionArn, TaskSetId};
use crate::words;

/// An active deployment.
#[derive(Clone, Debug)]
pub struct Active {
    pub deployment: Deployment,
    /// The revision that it brings, or why that is not known.
    pub brings: Result<TaskDefinitionArn, String>,
    pub definition: Option<TaskDefinition>,
    /// The original task set, while it is there.
    pub blue: Option<Side>,
    /// The replacement task set, once it is there.
    pub green: Option<Side>,
    /// Whether a target says how the traffic is split; before a deployment has started, none does.
    pub split_is_known: bool,
    /// All traffic is over, the original tasks wait for their end.
    pub in_termination_wait: bool,
}

/// One of its two task sets.
#[derive(Clone, Debug)]
pub struct Side {
    pub task_set: TaskSetId,
    pub revision: Option<TaskDefinitionArn>,
    /// Percent of the production traffic.
    pub weight: f64,
    pub digests: RunningDigests,
}

impl Active {
    /// Puts together what was read, and reads what is missing: mostly nothing.
    pub async fn read(
        aws: &Aws,
        inputs: &Inputs,
        deployment: Deployment,
        facts: &GroupFacts,
        now: &Now,
        described: &[TaskDefinition],
    ) -> Result<Self, Failure> {
        let (service, tasks, container) = (&now.service, now.tasks.as_slice(), &now.container);
        let brings = match facts.history.task_definition(&deployment) {
            Ok(arn) => Ok(arn),
            Err(_) => {
                let appspecs =
                    history::appspecs(aws, &deployment.application, &[&deployment]).await?;
                match &deployment.revision {
                    Some(revision) => history::task_definition_in(revision, &appspecs),
                    None => Err("CodeDeploy does not say what it deploys".to_owned()),
                }
            }
        };
        let target = match facts.targets.get(&deployment.id) {
            Some(read) => read.clone(),
            None => {
                aws.get_deployment_target(&deployment.id, &inputs.cluster, &inputs.service)
                    .await
            }
        }?;
        let known = |arn: &TaskDefinitionArn| {
            described
                .iter()
                .chain([&now.definition])
                .find(|it| it.arn() == Some(arn))
                .cloned()
        };
        let definition = match &brings {
            Ok(arn) => match known(arn) {
                Some(definition) => Some(definition),
                None => aws.describe_task_definition(arn.as_str()).await?,
            },
            Err(_) => None,
        };
        // Until a rollback has started, its target says nothing; the one that it undoes says how the traffic is
        // split, and where it goes back to: its replacement is the other's original.
        let (split, original, replacement) = match (&target, &deployment.rollback_of) {
            (None, Some(undone)) => {
                let split = aws
                    .get_deployment_target(undone, &inputs.cluster, &inputs.service)
                    .await?;
                (split, "Green", "Blue")
            }
            _ => (target.clone(), "Blue", "Green"),
        };
        let side = |label: &str| {
            let task_set = split
                .as_ref()?
                .task_sets
                .iter()
                .find(|task_set| task_set.label == label)?;
            Side::of(task_set, service, tasks, container)
        };
        let green = side(replacement);
        Ok(Self {
            in_termination_wait: waits_for_termination(
                &deployment,
                target.as_ref(),
                green.as_ref(),
            ),
            blue: side(original)
                .or_else(|| Side::primary(service, tasks, container).filter(|_| split.is_none())),
            green,
            split_is_known: split.is_some(),
            brings,
            definition,
            deployment,
        })
    }

    /// Whether CodeDeploy itself puts something back with it.
    pub fn is_rollback(&self) -> bool {
        self.deployment.creator == Creator::AutoRollback || self.deployment.rollback_of.is_some()
    }

    pub fn has_production_traffic(&self) -> bool {
        self.green.as_ref().is_some_and(|green| green.weight > 0.0)
    }

    /// The part of the traffic that the holder does not have, for people.
    pub fn beside(&self) -> Vec<String> {
        let Some(holder) = self.holder() else {
            return Vec::new();
        };
        let sides = [self.blue.as_ref(), self.green.as_ref()];
        let others = sides
            .into_iter()
            .flatten()
            .filter(|side| side.weight > 0.0 && side.task_set != holder.task_set);
        let told = others.map(|side| {
            let revision = side
                .revision
                .as_ref()
                .map_or_else(|| "another revision".to_owned(), TaskDefinitionArn::short);
            format!(
                "{} of the traffic is on {revision}, in the middle of {}",
                words::percent(side.weight),
                self.deployment.id
            )
        });
        told.collect()
    }

    /// The task set with the most traffic, where the target says so.
    pub fn holder(&self) -> Option<&Side> {
        let sides = [self.blue.as_ref(), self.green.as_ref()];
        let weighted = sides.into_iter().flatten().filter(|side| side.weight > 0.0);
        weighted.max_by(|a, b| a.weight.total_cmp(&b.weight))
    }
}

impl Side {
    fn of(
        told: &TargetTaskSet,
        service: &Service,
        tasks: &[Task],
        container: &ContainerName,
    ) -> Option<Self> {
        let id = TaskSetId::of(&told.id);
        let task_set = service
            .task_sets
            .iter()
            .find(|task_set| task_set.id == id)?;
        let revision = task_set.task_definition.clone();
        let tasks = revision
            .as_ref()
            .map(|revision| tasks_of(tasks, &id, revision))
            .unwrap_or_default();
        Some(Self {
            digests: RunningDigests::of(&tasks, container),
            task_set: id,
            revision,
            weight: told.weight,
        })
    }

    /// Before a deployment has started, the primary task set has all the traffic.
    fn primary(service: &Service, tasks: &[Task], container: &ContainerName) -> Option<Self> {
        let task_set = super::super::serving::primary(&service.task_sets)?;
        let revision = task_set.task_definition.clone()?;
        let digests = RunningDigests::of(&tasks_of(tasks, &task_set.id, &revision), container);
        Some(Self {
            task_set: task_set.id.clone(),
            revision: Some(revision),
            weight: 100.0,
            digests,
        })
    }
}

/// AWS's own advice: the wait has begun when the target is `Succeeded` and the deployment is not over.
/// The flag `instanceTerminationWaitTimeStarted` was reported to stay false on ECS.
fn waits_for_termination(
    deployment: &Deployment,
    target: Option<&Target>,
    green: Option<&Side>,
) -> bool {
    let shifted = green.is_some_and(|green| green.weight >= 99.99);
    let succeeded = target.is_some_and(|target| target.status == "Succeeded");
    !deployment.status.is_over() && (succeeded || shifted && all_events_over(target))
}

fn all_events_over(target: Option<&Target>) -> bool {
    target.is_some_and(|target| {
        let over = |status: &str| matches!(status, "Succeeded" | "Skipped" | "Failed");
        target
            .events
            .iter()
            .any(|event| event.name == "AllowTraffic")
            && target.events.iter().all(|e| over(&e.status))
    })
}
