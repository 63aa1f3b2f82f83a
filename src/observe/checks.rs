//! What is not there, or can't be rolled back, said by its names.

use crate::aws::Failure;
use crate::domain::service::{Controller, Service};
use crate::error::{Code, Problem};
use crate::inputs::Inputs;
use crate::names::Repository;

/// A name may exist in two accounts; an ARN that was given says which one is meant.
pub fn check_account(service: &Service, inputs: &Inputs) -> Result<(), Problem> {
    let account = service.arn.split(':').nth(4).unwrap_or_default();
    let Some(given) = inputs.account.as_deref().filter(|given| *given != account) else {
        return Ok(());
    };
    Err(Problem::new(
        Code::ServiceNotFound,
        format!("the ARN given is of the account {given}, but the credentials are for {account}"),
        "give the role of that account to aws-actions/configure-aws-credentials, or the ARN of this account's service",
    ))
}

pub fn check_controller(service: &Service, inputs: &Inputs) -> Result<(), Problem> {
    let Inputs {
        cluster,
        service: name,
        ..
    } = inputs;
    let controller = match &service.controller {
        Controller::CodeDeploy | Controller::Ecs if service.desired_count == 0 => {
            return Err(Problem::new(
                Code::ServiceScaledToZero,
                format!(
                    "{cluster}/{name} has a desired count of 0, so no task serves and nothing could be proven"
                ),
                "scale the service up first, then run this again",
            ));
        }
        Controller::CodeDeploy | Controller::Ecs => return Ok(()),
        Controller::External => "EXTERNAL",
        Controller::Other(other) => other,
    };
    Err(Problem::new(
        Code::ControllerUnsupported,
        format!(
            "{cluster}/{name} is deployed by the controller {controller}; rolled back are services of the controllers ECS and CODE_DEPLOY"
        ),
        "whatever deploys this service from outside has to bring the old version back; it alone knows its task sets",
    ))
}

pub fn service_not_found(inputs: &Inputs) -> Problem {
    let Inputs {
        cluster,
        service,
        region,
        ..
    } = inputs;
    Problem::new(
        Code::ServiceNotFound,
        format!("there is no service {service} in the cluster {cluster} ({region})"),
        "check `service`, `cluster`, the region and the account; `aws ecs list-services --cluster …` lists those that exist",
    )
}

/// Nothing of the service serves users, so there is nothing to start from.
pub fn no_task_set(inputs: &Inputs) -> Problem {
    let Inputs {
        cluster, service, ..
    } = inputs;
    Problem::new(
        Code::ServiceNotFound,
        format!(
            "{cluster}/{service} has no primary task set and no deployment, so nothing of it serves users"
        ),
        "deploy it once; a rollback needs something to start from",
    )
}

/// A cluster or service that is not there, said by its names; anything else as it is.
pub fn absent_or(failure: Failure, inputs: &Inputs) -> Problem {
    if failure.is("ClusterNotFoundException") {
        let Inputs {
            cluster, region, ..
        } = inputs;
        return Problem::new(
            Code::ClusterNotFound,
            format!("there is no cluster {cluster} in {region} of this account"),
            "check `cluster`, the region and the account that the credentials are for; `aws ecs list-clusters` lists those that exist",
        );
    }
    if failure.is("ServiceNotFoundException") {
        return service_not_found(inputs);
    }
    failure.problem()
}

/// A repository that is not there, said by its name; anything else as it is.
pub fn repository_or(failure: Failure, repository: &Repository) -> Problem {
    let Repository {
        registry,
        region,
        name,
        ..
    } = repository;
    if failure.is("RepositoryNotFoundException") {
        return Problem::new(
            Code::RepositoryNotFound,
            format!("there is no ECR repository {name} in the account {registry}, {region}"),
            "check `repository`; without it the running image's repository is used",
        );
    }
    failure.problem()
}
