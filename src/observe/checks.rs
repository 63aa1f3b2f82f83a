//! What is not there, or can't be rolled back, and how the problems of several reads come together.

use crate::{
    aws::Failure,
    domain::service::{Controller, Service},
    error::{self, Code, Problem, Problems},
    inputs::Inputs,
    names::Repository,
    outside::OutsideText,
};

/// The answer; a failure is added to the problems instead. Reads that fail for one cause are one problem.
pub(crate) fn keep<T>(
    answer: Result<T, impl Into<Problems>>,
    problems: &mut Problems,
) -> Option<T> {
    let failure = match answer {
        Ok(answer) => return Some(answer),
        Err(failure) => failure,
    };
    for problem in failure.into() {
        // Some operations are called for two purposes at once; a missing permission is one thing to fix.
        error::add(problems, problem);
    }
    None
}

/// Two answers; the problems of both together.
pub(crate) fn both<A, B>(
    (first, second): (
        Result<A, impl Into<Problems>>,
        Result<B, impl Into<Problems>>,
    ),
) -> Result<(A, B), Problems> {
    let mut problems = Problems::new();
    let first = keep(first, &mut problems);
    let second = keep(second, &mut problems);
    match (first, second) {
        (Some(first), Some(second)) => Ok((first, second)),
        _ => Err(problems),
    }
}

/// A name may exist in two accounts; an ARN that was given says which one is meant.
pub(crate) fn check_account(service: &Service, inputs: &Inputs) -> Result<(), Problem> {
    let account = service.account();
    match &inputs.account {
        Some(given) if given != account => Err(Problem::new(
            Code::ServiceNotFound,
            format!(
                "the ARN given belongs to the account {given}, but the credentials are for {account}"
            ),
            "give the role of that account to aws-actions/configure-aws-credentials, or the ARN of this account's service",
        )),
        _ => Ok(()),
    }
}

/// A service that is being deleted takes no deployment: CodeDeploy and ECS would find that out half-way.
pub(crate) fn check_status(service: &Service, inputs: &Inputs) -> Result<(), Problem> {
    if service.status != "DRAINING" {
        return Ok(());
    }
    Err(Problem::new(
        Code::ServiceNotFound,
        format!("{} is being deleted: its status is DRAINING", name(inputs)),
        "give the service that replaces it, or create it again with the version to run",
    ))
}

pub(crate) fn check_controller(service: &Service, inputs: &Inputs) -> Result<(), Problem> {
    if service.is_express {
        return Err(express_mode(service, inputs));
    }
    let controller = match &service.controller {
        Controller::CodeDeploy | Controller::Ecs => return check_scale(service, inputs),
        Controller::External => "EXTERNAL".to_owned(),
        Controller::Other(other) => OutsideText::new(other).to_string(),
    };
    Err(Problem::new(
        Code::ControllerUnsupported,
        format!(
            "{} is deployed by the controller {controller}; only services of the controllers ECS and CODE_DEPLOY can be rolled back",
            name(inputs)
        ),
        "roll back with the tool that deploys this service: it alone knows its task sets",
    ))
}

/// ECS refuses `UpdateService` for it.
fn express_mode(service: &Service, inputs: &Inputs) -> Problem {
    Problem::new(
        Code::ControllerUnsupported,
        format!(
            "{} is an Express Mode service, which only UpdateExpressGatewayService can change; this action does not call it",
            name(inputs)
        ),
        format!(
            "give it the older image yourself: `aws ecs update-express-gateway-service --service-arn {} --primary-container image=REPOSITORY:TAG --region {}`",
            service.arn, inputs.region
        ),
    )
}

fn check_scale(service: &Service, inputs: &Inputs) -> Result<(), Problem> {
    // What serves is proven by the digests of running tasks; without a task there is no proof.
    if service.desired_count > 0 {
        return Ok(());
    }
    Err(Problem::new(
        Code::ServiceScaledToZero,
        format!(
            "{} has a desired count of 0, so no task serves and nothing could be proven",
            name(inputs)
        ),
        "scale the service up first, then run this again",
    ))
}

fn name(inputs: &Inputs) -> String {
    format!("{}/{}", inputs.cluster, inputs.service)
}

pub(crate) fn service_not_found(inputs: &Inputs) -> Problem {
    let Inputs {
        cluster,
        service,
        region,
        ..
    } = inputs;
    Problem::new(
        Code::ServiceNotFound,
        format!("there is no service {service} in the cluster {cluster} ({region})"),
        format!(
            "check the service, the cluster and the account; `aws ecs list-services --cluster {cluster} --region {region}` lists the services that exist"
        ),
    )
}

/// Nothing of the service serves users, so there is nothing to start from.
pub(crate) fn no_task_set(inputs: &Inputs) -> Problem {
    Problem::new(
        Code::ServiceNotFound,
        format!(
            "{} has no primary task set and no deployment, so nothing of it serves users",
            name(inputs)
        ),
        "deploy it once; a rollback needs something to start from",
    )
}

/// Names a cluster or service that is not there; any other failure as it is.
pub(crate) fn absent_or(failure: Failure, inputs: &Inputs) -> Problem {
    let Inputs {
        cluster, region, ..
    } = inputs;
    if failure.is("ClusterNotFoundException") {
        return Problem::new(
            Code::ClusterNotFound,
            format!("there is no cluster {cluster} in {region} of this account"),
            "check `cluster`, the region and the account that the credentials are for; `aws ecs list-clusters` lists the clusters that exist",
        );
    }
    // DescribeServices answers an empty list for this; ListTasks answers the exception.
    if failure.is("ServiceNotFoundException") {
        return service_not_found(inputs);
    }
    failure.problem()
}

/// Names a repository that is not there; any other failure as it is.
pub(crate) fn repository_or(failure: Failure, repository: &Repository) -> Problem {
    if !failure.is("RepositoryNotFoundException") {
        return failure.problem();
    }
    let Repository {
        registry,
        region,
        name,
        ..
    } = repository;
    Problem::new(
        Code::RepositoryNotFound,
        format!("there is no ECR repository {name} in the account {registry}, {region}"),
        "check `repository`; without it the running image's repository is used",
    )
}
