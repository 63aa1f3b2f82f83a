//! A deployment in progress that `active-deployment: fail` does not allow to touch.

use time::OffsetDateTime;

use crate::{
    domain::{
        commands,
        deployment::{Creator, Deployment},
        service_deployment::ServiceDeployment,
    },
    error::{Code, Problem},
    inputs::Inputs,
    names::TaskDefinitionArn,
    words,
};

/// A busy deployment group, with everything that is needed to decide about it.
pub(crate) fn deployment_active(
    deployment: &Deployment,
    inputs: &Inputs,
    at: OffsetDateTime,
) -> Problem {
    let Deployment {
        id,
        group,
        status,
        creator,
        created_at,
        ..
    } = deployment;
    // Nobody should stop CodeDeploy's own rollback: it is shifting traffic back already.
    let stop = if *creator == Creator::AutoRollback {
        String::new()
    } else {
        let command = commands::stop(id, &inputs.region);
        format!(", or stop it, which shifts traffic back to where it was: `{command}`")
    };
    Problem::new(
        Code::DeploymentActive,
        format!(
            "the deployment {id} is active in the group {group}: {}, created {} by {creator}",
            status.as_str(),
            words::ago(*created_at, at),
        ),
        format!(
            "use `active-deployment: take-over`, or wait until it ends{stop}; then run this again"
        ),
    )
}

/// A busy service that ECS deploys; `revision` is what the deployment is to leave serving, where that is known.
pub(crate) fn service_deployment_active(
    deployment: &ServiceDeployment,
    revision: Option<&TaskDefinitionArn>,
    inputs: &Inputs,
    at: OffsetDateTime,
) -> Problem {
    let of_revision = match revision {
        Some(revision) => format!(" of {}", revision.short()),
        None => String::new(),
    };
    // ECS refuses to stop a deployment that is rolling back or stopping: that command would be bad advice.
    let hint = if deployment.status.can_be_stopped() {
        let stop = commands::stop(&deployment.id, &inputs.region);
        format!(
            "use `active-deployment: take-over`, or wait until it ends, or stop it, which shifts traffic back to the last successful revision: `{stop}`; then run this again"
        )
    } else {
        "it is about to end: use `active-deployment: wait`, or run this again then".to_owned()
    };
    Problem::new(
        Code::DeploymentActive,
        format!(
            "the service deployment {}{of_revision} is in progress in {}/{}: {}, created {}",
            deployment.id.short(),
            inputs.cluster,
            inputs.service,
            deployment.status.as_str(),
            words::ago(deployment.created_at, at),
        ),
        hint,
    )
}
