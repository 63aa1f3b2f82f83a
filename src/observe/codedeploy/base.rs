//! The AppSpec that a new deployment's is made from.

use super::{
    appspecs::{AppSpecs, TaskSetDeployment},
    group::GroupFacts,
    settle::Settled,
};
use crate::{
    aws::{Aws, Failure},
    domain::{appspec::AppSpec, deployment::Deployment},
    error::{Code, Problem},
    inputs::Inputs,
    names::ApplicationName,
};

/// An AppSpec, and where it comes from.
pub(crate) struct Base {
    /// `None`: a fresh one from the service's load balancer.
    pub appspec: Option<AppSpec>,
    pub source: String,
    /// The application that is gone, and with it the AppSpec whose hooks would count.
    pub lost_with: Option<ApplicationName>,
}

/// The AppSpec to start from: the file, the one of the deployment that made the primary task set, the last successful
/// deployment's, or none.
pub(crate) async fn read_base(
    aws: &Aws,
    inputs: &Inputs,
    group: &Settled,
    latest: Option<&TaskSetDeployment>,
) -> Result<Base, Problem> {
    if let Some(input) = &inputs.codedeploy.appspec {
        return Ok(Base {
            appspec: Some(input.document.clone()),
            source: format!("the file {}", input.path),
            lost_with: None,
        });
    }
    // Its hooks are those that let today's tasks through; a newer deployment that failed may have tried others.
    if let Some(latest) = latest
        && group.lost_application.is_none()
    {
        return base_of(&latest.deployment, &latest.appspecs);
    }
    // The task set that CreateService made has no deployment: the group may have had one since.
    match read_last_successful(aws, &group.facts).await? {
        Some(last) => base_of(&last.deployment, &last.appspecs),
        None => Ok(Base {
            appspec: None,
            source: "the service's load balancer".to_owned(),
            lost_with: group.lost_application.clone(),
        }),
    }
}

fn base_of(deployment: &Deployment, appspecs: &AppSpecs) -> Result<Base, Problem> {
    let id = &deployment.id;
    match appspecs.parse(deployment.revision.as_ref()) {
        Ok(appspec) => Ok(Base {
            appspec: Some(appspec),
            source: format!("the deployment {id}"),
            lost_with: None,
        }),
        Err(why) => Err(Problem::new(
            Code::AppSpecUnreadable,
            format!("the AppSpec of the deployment {id} can't be read: {why}"),
            "give `codedeploy-appspec` the path of that AppSpec in the repository; without it the hooks would be lost",
        )),
    }
}

/// The group's last successful deployment; mostly it is in the history already.
async fn read_last_successful(
    aws: &Aws,
    group: &GroupFacts,
) -> Result<Option<TaskSetDeployment>, Failure> {
    let Some(id) = &group.group.last_successful else {
        return Ok(None);
    };
    let history = &group.history;
    for deployment in &history.list.deployments {
        if deployment.id == *id {
            return Ok(Some(TaskSetDeployment {
                deployment: deployment.clone(),
                appspecs: history.appspecs.clone(),
            }));
        }
    }
    TaskSetDeployment::read(aws, aws.get_deployment(id).await?).await
}
