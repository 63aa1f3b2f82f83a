//! Which CodeDeploy deployment group moves the service.
//!
//! In order: the inputs; the deployment that made the primary task set; the names that AWS's CLI
//! would use; the group whose `ecsServices` names the service.

use super::appspecs::TaskSetDeployment;
use super::group::{GroupAnswer, GroupFacts, GroupId, absent_or};
use super::search::search_groups;
use crate::error::Problem;
use crate::observe::reader::Reader;

/// The group that will be used, and where it was found, for people.
#[derive(Clone, Debug)]
pub(crate) struct Settled {
    pub(crate) facts: GroupFacts,
    pub(crate) source: String,
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
