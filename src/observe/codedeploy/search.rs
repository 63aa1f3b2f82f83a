//! The group whose `ecsServices` names the service, among all groups of all applications.

use futures_util::future::join_all;

use super::group::{GroupId, absent_or, is_absent};
use crate::aws::{Aws, Failure, Fault};
use crate::domain::deployment_group::Group;
use crate::error::{Code, Problem};
use crate::inputs::Inputs;
use crate::names::ApplicationName;

/// Searches every group of every application, or of the one given.
///
/// # Errors
/// `deployment-group-not-found` where none names the service; the failures of the reads.
pub(crate) async fn search_groups(aws: &Aws, inputs: &Inputs) -> Result<GroupId, Problem> {
    let applications = match &inputs.application {
        Some(application) => vec![application.clone()],
        None => aws.list_applications().await?,
    };
    let reads = applications
        .iter()
        .map(|application| aws.deployment_groups(application));
    let mut denied = None;
    for (application, answer) in applications.iter().zip(join_all(reads).await) {
        let groups = match answer {
            Ok(groups) => groups,
            // Of an application that is for Lambda or for somebody else, a denial says nothing.
            Err(failure) if failure.fault == Fault::AccessDenied && applications.len() > 1 => {
                denied.get_or_insert(failure);
                continue;
            }
            // It was deleted since it was listed.
            Err(failure) if is_absent(&failure) && inputs.application.is_none() => continue,
            Err(failure) => return Err(unreadable(&failure, application, inputs)),
        };
        if let Some(group) = find_group(groups, inputs) {
            return Ok(GroupId {
                application: application.clone(),
                group: group.name,
            });
        }
    }
    // The group may be in what could not be read.
    match denied {
        Some(failure) => Err(failure.problem()),
        None => Err(not_found(inputs, applications.len())),
    }
}

fn find_group(groups: Vec<Group>, inputs: &Inputs) -> Option<Group> {
    groups.into_iter().find(|group| {
        // Two groups may name one service; an input that names the group decides.
        let is_wanted = inputs
            .group
            .as_ref()
            .is_none_or(|given| *given == group.name);
        is_wanted && group.deploys(&inputs.cluster, &inputs.service)
    })
}

fn unreadable(failure: &Failure, application: &ApplicationName, inputs: &Inputs) -> Problem {
    let id = GroupId {
        application: application.clone(),
        ..GroupId::guess(inputs)
    };
    absent_or(failure, &id)
}

fn not_found(inputs: &Inputs, applications: usize) -> Problem {
    let called = match &inputs.group {
        Some(group) => format!(" called {group}"),
        None => String::new(),
    };
    let searched = match &inputs.application {
        Some(application) => format!("the CodeDeploy application {application}"),
        None => format!("{applications} CodeDeploy applications"),
    };
    let Inputs {
        cluster, service, ..
    } = inputs;
    Problem::new(
        Code::GroupNotFound,
        format!("no deployment group{called} in {searched} deploys {cluster}/{service}"),
        "give `codedeploy-application` and `codedeploy-deployment-group`; check the region and the account",
    )
}
