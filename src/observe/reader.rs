//! The first two round trips, which are the same whoever deploys the service.

use futures_util::future::{OptionFuture, join, join3};
use time::OffsetDateTime;

use super::{
    checks::{absent_or, both, check_account, check_controller, check_status, service_not_found},
    revisions,
    wanted::TargetSpec,
    windows::Depth,
};
use crate::{
    aws::{Aws, Failure},
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
    /// ARNs of every running task.
    pub tasks: Vec<String>,
}

/// What `DescribeTasks` and `DescribeTaskDefinition` say.
pub(crate) struct TasksAnswer {
    /// Every running task.
    pub tasks: Vec<Task>,
    /// Those of the revisions asked for that are there.
    pub definitions: Vec<TaskDefinition>,
    /// The newest revisions of the family, where the target may be one of them.
    pub family: Vec<TaskDefinitionArn>,
}

impl<'a> Reader<'a> {
    /// How much of the past is read at first.
    pub(crate) fn depth(&self) -> Depth {
        Depth::needed_for(self.spec)
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
            aws.list_running_tasks(&inputs.cluster, &inputs.service),
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
        // The family is named by the revision's ARN already, so its list need not wait for the revision itself.
        let (tasks, definitions, family) = join3(
            self.aws.describe_tasks(&self.inputs.cluster, &answer.tasks),
            revisions::describe(self.aws, revisions),
            OptionFuture::from(
                self.family_to_list(revisions)
                    .map(|family| revisions::list(self.aws, family)),
            ),
        )
        .await;
        let family = match (family, self.spec) {
            (Some(Err(_)), Some(spec)) if spec.can_do_without_family() => Ok(Vec::new()),
            (family, _) => family.unwrap_or(Ok(Vec::new())),
        };
        let ((tasks, definitions), family) = both((both((tasks, definitions)), family))?;
        Ok(TasksAnswer {
            tasks,
            definitions,
            family,
        })
    }

    /// `GetDeploymentTarget`: what a deployment of CodeDeploy has done with the service; `None` before it has started.
    pub(crate) async fn read_target(&self, id: &DeploymentId) -> Result<Option<Target>, Failure> {
        let Inputs {
            cluster, service, ..
        } = self.inputs;
        self.aws.get_deployment_target(id, cluster, service).await
    }

    fn family_to_list<'r>(&self, revisions: &'r [TaskDefinitionArn]) -> Option<&'r str> {
        if self.spec?.suspects() == 0 {
            return None;
        }
        Some(revisions.first()?.family())
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
