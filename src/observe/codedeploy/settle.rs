//! Which CodeDeploy deployment group moves the service.
//!
//! In order: the inputs; the deployment that made the primary task set; the names that AWS's CLI
//! would use; the group whose `ecsServices` names the service.

use futures_util::future::join_all;

use super::appspecs::TaskSetDeployment;
use super::group::{GroupAnswer, GroupFacts, absent_or, is_absent};
use super::group_id::GroupId;
use crate::aws::{Aws, Failure, Fault};
use crate::domain::deployment_group::Group;
use crate::error::{Code, Problem};
use crate::inputs::Inputs;
use crate::names::ApplicationName;
use crate::observe::reader::Reader;

/// The group that will be used, and where it was found, for people.
pub(crate) struct Settled {
    pub facts: GroupFacts,
    pub source: String,
}

/// Settles on one group, from what the first round trips read: `guessed` by its name, and `discovered` where the
/// deployment of the primary task set belongs to another.
///
/// # Errors
/// No group is found, or the one that counts cannot be read.
pub(crate) async fn settle_group(
    reader: &Reader<'_>,
    latest: Option<&TaskSetDeployment>,
    guessed: GroupAnswer,
    discovered: Option<GroupAnswer>,
) -> Result<Settled, Problem> {
    let inputs = reader.inputs;
    let given = inputs.application.is_some() && inputs.group.is_some();
    // The deployment that made the task set belonged to the group that moves the service, however that is called.
    if let Some(TaskSetDeployment { deployment, .. }) = latest
        && !given
    {
        let id = GroupId::of(deployment);
        if id.agrees_with(inputs) {
            let answer = discovered.unwrap_or(guessed);
            let source = format!(
                "the deployment that made the primary task set, {}",
                deployment.id
            );
            return settled(answer, &id, source);
        }
    }
    // Whoever gives both names means this group: no other one is looked for.
    if given {
        return settled(guessed, &GroupId::guess(inputs), "the inputs".to_owned());
    }
    // A guess that is denied or wrong says nothing; the search says what is true.
    if let Ok(facts) = guessed
        && facts.group.deploys(&inputs.cluster, &inputs.service)
    {
        return Ok(Settled {
            facts,
            source: "the names that AWS's CLI gives".to_owned(),
        });
    }
    let id = search_groups(reader.aws, inputs).await?;
    let answer = GroupFacts::read(reader, &id).await;
    settled(answer, &id, "the groups that name the service".to_owned())
}

fn settled(answer: GroupAnswer, id: &GroupId, source: String) -> Result<Settled, Problem> {
    match answer {
        Ok(facts) => Ok(Settled { facts, source }),
        Err(failure) => Err(absent_or(&failure, id)),
    }
}

/// Searches every group of every application, or of the one given.
///
/// # Errors
/// `deployment-group-not-found` where none names the service; the failures of the reads.
async fn search_groups(aws: &Aws, inputs: &Inputs) -> Result<GroupId, Problem> {
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
