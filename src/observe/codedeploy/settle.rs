//! Which CodeDeploy deployment group moves the service.
//!
//! In order: the inputs; the deployment that made the primary task set, where its group still deploys the service; the
//! names that AWS's CLI would use; the group whose `ecsServices` names the service.

use super::{
    absent::{absent_or, is_absent},
    group::{GroupAnswer, GroupFacts},
    group_id::GroupId,
    search::search_groups,
};
use crate::{
    domain::{deployment::Deployment, deployment_group::Group},
    error::Problem,
    inputs::Inputs,
    names::ApplicationName,
    observe::reader::Reader,
    words,
};

/// The group that will be used, and where it was found, for people.
pub(crate) struct Settled {
    pub facts: GroupFacts,
    pub source: String,
    /// The application of the deployment that made the primary task set, where it is gone.
    pub lost_application: Option<ApplicationName>,
}

/// The group behind the primary task set, where it does not deploy the service any more.
struct LostGroup {
    id: GroupId,
    /// What became of it, for people.
    fate: &'static str,
    application_is_gone: bool,
}

/// Settles on one group, from what the first round trips read: `guessed` by its name, and `discovered` where the
/// deployment of the primary task set belongs to another.
///
/// # Errors
/// No group is found, or the one that counts cannot be read.
pub(crate) async fn settle_group(
    reader: &Reader<'_>,
    creator: Option<&Deployment>,
    guessed: GroupAnswer,
    discovered: Option<GroupAnswer>,
) -> Result<Settled, Problem> {
    let inputs = reader.inputs;
    // Whoever gives both names means this group: no other one is looked for.
    if inputs.codedeploy.application.is_some() && inputs.codedeploy.group.is_some() {
        return settled(guessed, &GroupId::guess(inputs), "the inputs".to_owned());
    }
    let Some(deployment) = deployment_behind(creator, inputs) else {
        return settle_without_deployment(reader, guessed).await;
    };
    let id = GroupId::of(deployment);
    // The group that is called as guessed was read only once.
    let answer = discovered.as_ref().unwrap_or(&guessed);
    let Some(lost) = LostGroup::of(answer, &id, inputs) else {
        let made_by = &deployment.id;
        let source = format!("the deployment that made the primary task set, {made_by}");
        return settled(discovered.unwrap_or(guessed), &id, source);
    };
    let mut settled = settle_without_deployment(reader, guessed).await?;
    let LostGroup { id, fate, .. } = &lost;
    settled.source += &format!("; {id}, which made the primary task set, {fate}");
    settled.lost_application = lost.application_is_gone.then_some(lost.id.application);
    Ok(settled)
}

/// Settles on the group that the names or `ecsServices` lead to.
async fn settle_without_deployment(
    reader: &Reader<'_>,
    guessed: GroupAnswer,
) -> Result<Settled, Problem> {
    let inputs = reader.inputs;
    // A guess that is denied or wrong says nothing; the search says what is true.
    if let Ok(facts) = &guessed
        && facts.group.deploys(&inputs.cluster, &inputs.service)
    {
        let source = "the names that AWS's CLI gives".to_owned();
        return settled(guessed, &GroupId::guess(inputs), source);
    }
    let found = search_groups(reader).await?;
    let id = GroupId::of_group(&found.newest);
    let answer = GroupFacts::read(reader, &id).await;
    settled(answer, &id, source_of_search(&found.others))
}

fn settled(answer: GroupAnswer, id: &GroupId, source: String) -> Result<Settled, Problem> {
    match answer {
        Ok(facts) => Ok(Settled {
            facts,
            source,
            lost_application: None,
        }),
        Err(failure) => Err(absent_or(&failure, id)),
    }
}

/// The deployment that made the primary task set, where no input names another group than its own.
fn deployment_behind<'a>(
    creator: Option<&'a Deployment>,
    inputs: &Inputs,
) -> Option<&'a Deployment> {
    let deployment = creator?;
    GroupId::of(deployment)
        .agrees_with(inputs)
        .then_some(deployment)
}

impl LostGroup {
    /// `None` where the group still deploys the service, or can't be read.
    fn of(answer: &GroupAnswer, id: &GroupId, inputs: &Inputs) -> Option<Self> {
        let (fate, application_is_gone) = match answer {
            Ok(facts) if facts.group.deploys(&inputs.cluster, &inputs.service) => return None,
            Ok(_) => ("does not deploy this service any more", false),
            // Renamed or made anew by Terraform, for example: a deployment outlives its group.
            Err(failure) if is_absent(failure) => (
                "does not exist any more",
                failure.is("ApplicationDoesNotExistException"),
            ),
            Err(_) => return None,
        };
        let id = id.clone();
        Some(Self {
            id,
            fate,
            application_is_gone,
        })
    }
}

fn source_of_search(others: &[Group]) -> String {
    if others.is_empty() {
        return "the groups that name the service".to_owned();
    }
    let others = words::list(others.iter().map(GroupId::of_group));
    format!("the newest deployment of all groups that name the service; the others: {others}")
}
