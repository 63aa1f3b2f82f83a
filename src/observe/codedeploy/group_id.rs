//! The name of a deployment group: an application, and a group in it.

use std::fmt;

use crate::{
    domain::{deployment::Deployment, deployment_group::Group},
    inputs::Inputs,
    names::{ApplicationName, GroupName},
};

/// The AWS CLI cuts the names of cluster and service to this many characters.
const CLI_NAME: usize = 46;

/// An application and a group in it.
#[derive(Clone, PartialEq)]
pub(crate) struct GroupId {
    pub application: ApplicationName,
    pub group: GroupName,
}

impl GroupId {
    /// The first guess, made before anything was read: the inputs where given, else the names that `aws ecs deploy`
    /// makes. Source: the AWS CLI's documentation of `ecs deploy`.
    pub(crate) fn guess(inputs: &Inputs) -> Self {
        let cluster = cut(inputs.cluster.as_str());
        let service = cut(inputs.service.as_str());
        let application = match &inputs.codedeploy.application {
            Some(given) => given.clone(),
            None => ApplicationName::new(format!("AppECS-{cluster}-{service}")),
        };
        let group = match &inputs.codedeploy.group {
            Some(given) => given.clone(),
            None => GroupName::new(format!("DgpECS-{cluster}-{service}")),
        };
        Self { application, group }
    }

    /// The group that a deployment belongs to.
    pub(crate) fn of(deployment: &Deployment) -> Self {
        Self {
            application: deployment.application.clone(),
            group: deployment.group.clone(),
        }
    }

    pub(crate) fn of_group(group: &Group) -> Self {
        Self {
            application: group.application.clone(),
            group: group.name.clone(),
        }
    }

    /// Whether no input names another application or group.
    pub(crate) fn agrees_with(&self, inputs: &Inputs) -> bool {
        let application = inputs.codedeploy.application.as_ref();
        let group = inputs.codedeploy.group.as_ref();
        application.is_none_or(|given| *given == self.application)
            && group.is_none_or(|given| *given == self.group)
    }
}

impl fmt::Display for GroupId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} / {}", self.application, self.group)
    }
}

fn cut(name: &str) -> String {
    name.chars().take(CLI_NAME).collect()
}
