//! The first two round trips, which are the same whoever deploys the service.

use futures_util::future::{join, try_join};
use time::OffsetDateTime;

use super::{
    checks::{absent_or, both, check_account, check_controller, check_status, service_not_found},
    revisions::{self, Family},
    wanted::{ImageSpec, TargetSpec},
    windows::{Depth, Grain, Span},
};
use crate::{
    aws::{Aws, Failure, ecs::TaskList},
    clock::Clock,
    domain::{
        deployment::Target,
        service::{Service, Task},
        task_definition::TaskDefinition,
    },
    error::{Code, Problem, Problems},
    inputs::Inputs,
    names::{DeploymentId, Repository, TaskDefinitionArn},
};

/// What every read of one look at the service needs.
#[derive(Clone, Copy)]
pub(crate) struct Reader<'a> {
    pub aws: &'a Aws,
    pub inputs: &'a Inputs,
    pub clock: Clock,
    /// What is read ahead for the target, where one will be looked for.
    pub spec: Option<&'a TargetSpec<'a>>,
}

/// What `DescribeServices` and `ListTasks` say.
pub(crate) struct ServiceAnswer {
    pub service: Service,
    /// Not later than when AWS described it.
    pub at: OffsetDateTime,
    /// Where every running task is listed.
    pub tasks: TaskList,
}

/// What `DescribeTasks` and `DescribeTaskDefinition` say.
pub(crate) struct TasksAnswer {
    /// Every running task.
    pub tasks: Vec<Task>,
    /// Those of the revisions asked for that are there.
    pub definitions: Vec<TaskDefinition>,
    /// The newest revisions of the family, where the target may be one of them.
    pub family: Option<Family>,
}

impl<'a> Reader<'a> {
    /// How much of the past is read at first.
    pub(crate) fn depth(&self) -> Depth {
        Depth::needed_for(self.spec)
    }

    /// How the past is asked for, as far back as `depth`; nothing from before `oldest`.
    pub(crate) fn span(&self, depth: Depth, oldest: Option<OffsetDateTime>) -> Span {
        let grain = match self.aws.is_shared() {
            true => Grain::Coarse,
            false => Grain::Fine,
        };
        let now = self.clock.now();
        Span {
            depth,
            grain,
            now,
            oldest,
        }
    }

    /// The repository that the inputs name, or an earlier round found.
    pub(crate) fn pinned_repository(&self) -> Option<&'a Repository> {
        self.spec?.pinned?.repository.as_ref()
    }

    /// `DescribeServices` and `ListTasks`: the first round trip.
    ///
    /// # Errors
    /// The service is not there, or not one that can be rolled back.
    pub(crate) async fn read_service(&self) -> Result<ServiceAnswer, Problems> {
        let (aws, inputs) = (self.aws, self.inputs);
        let at = self.clock.now();
        let (service, tasks) = join(
            aws.describe_service(&inputs.cluster, &inputs.service),
            aws.list_tasks_to_describe(&inputs.cluster, &inputs.service),
        )
        .await;
        let service = service.map_err(|failure| absent_or(failure, inputs))?;
        let service = match service {
            // ECS still describes a service for a while after it was deleted.
            Some(service) if service.status != "INACTIVE" => service,
            _ => return Err(service_not_found(inputs).into()),
        };
        check_account(&service, inputs)?;
        check_status(&service, inputs)?;
        check_controller(&service, inputs)?;
        // Judged last: where the service is gone or can't be rolled back, why its tasks could not be listed is of no
        // interest.
        let tasks = tasks.map_err(|failure| absent_or(failure, inputs))?;
        Ok(ServiceAnswer { service, at, tasks })
    }

    /// The tasks, and the revisions that may have the traffic, the likeliest first: the second round trip.
    ///
    /// # Errors
    /// Every read that did not work.
    pub(crate) async fn read_tasks(
        &self,
        answer: &ServiceAnswer,
        revisions: &[TaskDefinitionArn],
    ) -> Result<TasksAnswer, Problems> {
        let inputs = self.inputs;
        let (tasks, (definitions, family)) = join(
            self.aws
                .describe_listed_tasks(&inputs.cluster, &inputs.service, &answer.tasks),
            self.read_revisions(revisions),
        )
        .await;
        let ((tasks, definitions), family) = both((both((tasks, definitions)), family))?;
        Ok(TasksAnswer {
            tasks,
            definitions,
            family,
        })
    }

    /// The revisions described, and their family where the target may be one of it.
    async fn read_revisions(
        &self,
        revisions: &[TaskDefinitionArn],
    ) -> (
        Result<Vec<TaskDefinition>, Failure>,
        Result<Option<Family>, Failure>,
    ) {
        let Some(running) = revisions.first().filter(|_| self.suspects() > 0) else {
            return (revisions::describe(self.aws, revisions).await, Ok(None));
        };
        if self.aws.is_shared() {
            return match self.count_family(running, revisions).await {
                Ok((definitions, family)) => (Ok(definitions), Ok(Some(family))),
                Err(failure) => (Err(failure), Ok(None)),
            };
        }
        // The family is named by the revision's ARN already, so its list need not wait for the revision itself.
        let (definitions, family) = join(
            revisions::describe(self.aws, revisions),
            Family::list(self.aws, running.family()),
        )
        .await;
        let family = match (family, self.spec) {
            (Err(_), Some(spec)) if spec.can_do_without_family() => Family::default(),
            (Err(failure), _) => return (definitions, Err(failure)),
            (Ok(family), _) => family,
        };
        (definitions, Ok(Some(family)))
    }

    /// The same without a list: what runs is mostly the newest of the family, and one call then says both.
    async fn count_family(
        &self,
        running: &TaskDefinitionArn,
        revisions: &[TaskDefinitionArn],
    ) -> Result<(Vec<TaskDefinition>, Family), Failure> {
        // Of a few services, what runs is not waited for where it is not the newest.
        let ahead = match self.aws.is_for_many() {
            true => &revisions[1..],
            false => revisions,
        };
        let (family, described) = try_join(
            Family::count(self.aws, running),
            revisions::describe(self.aws, ahead),
        )
        .await?;
        let definitions = family.describe(self.aws, revisions, &described).await?;
        Ok((definitions, family))
    }

    /// How many of the family's newest revisions are described on suspicion, while the image is looked up.
    pub(crate) fn suspects(&self) -> usize {
        let Some(spec) = self.spec else { return 0 };
        match spec.image {
            // Of many services, only what is surely needed: each is a call of its own.
            ImageSpec::Previous { .. } if self.aws.is_shared() => 0,
            _ if self.aws.is_shared() => spec.suspects().min(revisions::FIRST),
            _ => spec.suspects(),
        }
    }

    /// `GetDeploymentTarget`: what a deployment of CodeDeploy has done with the service; `None` before it has started.
    pub(crate) async fn read_target(&self, id: &DeploymentId) -> Result<Option<Target>, Failure> {
        let Inputs {
            cluster, service, ..
        } = self.inputs;
        self.aws.get_deployment_target(id, cluster, service).await
    }
}

impl TasksAnswer {
    /// The revision that the service runs.
    ///
    /// # Errors
    /// `task-definition-not-found`: it is being deleted.
    pub(crate) fn definition(
        &self,
        revision: &TaskDefinitionArn,
    ) -> Result<TaskDefinition, Problem> {
        for definition in &self.definitions {
            if definition.arn() == Some(revision) {
                return Ok(definition.clone());
            }
        }
        Err(Problem::new(
            Code::TaskDefinitionNotFound,
            format!(
                "the revision {} that the service runs cannot be described",
                revision.short()
            ),
            "it may be about to be deleted; give `task-definition` another revision or a file",
        ))
    }
}
