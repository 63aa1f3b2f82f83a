//! A deployment group, with its past and what it is busy with.

use std::collections::BTreeMap;

use futures_util::future::{join_all, try_join, try_join3};

use super::{group_id::GroupId, history::History};
use crate::{
    aws::{Aws, Failure},
    domain::{
        deployment::{Deployment, Target},
        deployment_group::Group,
    },
    error::{Code, Problem},
    inputs::Inputs,
    names::DeploymentId,
    observe::reader::Reader,
    outside::OutsideText,
};

/// A group with its past and what it is busy with.
pub(crate) struct GroupFacts {
    pub group: Group,
    /// The deployments that occupy it, as ids.
    pub active: Vec<String>,
    /// Their targets, as far as AWS gives them.
    pub targets: Targets,
    pub history: History,
}

/// What a group says, or why it can't be read.
pub(crate) type GroupAnswer = Result<GroupFacts, Failure>;

type Targets = BTreeMap<DeploymentId, Result<Option<Target>, Failure>>;

impl GroupFacts {
    pub(crate) fn id(&self) -> GroupId {
        GroupId::of_group(&self.group)
    }

    /// Everything about one group, at the same time; the history takes three round trips.
    ///
    /// # Errors
    /// The first read that did not work.
    pub(crate) async fn read(reader: &Reader<'_>, id: &GroupId) -> Result<Self, Failure> {
        let aws = reader.aws;
        // Of many services, each call counts: the list of the past mostly holds the active ones, too.
        if aws.is_shared() {
            return Self::read_by_history(reader, id).await;
        }
        // A group that is not there ends all three at once: a wrong guess costs one round trip.
        let (group, (active, targets), history) = try_join3(
            aws.get_deployment_group(&id.application, &id.group),
            read_targets(reader, id),
            History::read(reader, id, reader.depth()),
        )
        .await?;
        Ok(Self {
            group,
            active,
            targets,
            history,
        })
    }

    /// The same with a call less, and a round trip more where a deployment is active.
    async fn read_by_history(reader: &Reader<'_>, id: &GroupId) -> Result<Self, Failure> {
        let (group, history) = try_join(
            reader.aws.get_deployment_group(&id.application, &id.group),
            History::read(reader, id, reader.depth()),
        )
        .await?;
        let (active, targets) = match history.active() {
            Some(active) => {
                let targets = read_targets_of(reader, &active).await;
                (active, targets)
            }
            None => read_targets(reader, id).await?,
        };
        Ok(Self {
            group,
            active,
            targets,
            history,
        })
    }

    /// The deployments that occupy the group. Nearly always they are in the history already.
    pub(crate) async fn read_active_deployments(
        &self,
        aws: &Aws,
    ) -> Result<Vec<Deployment>, Failure> {
        let mut deployments = Vec::new();
        for id in &self.active {
            let mut known = self.history.list.deployments.iter();
            match known.find(|deployment| deployment.id.as_str() == id) {
                Some(deployment) => deployments.push(deployment.clone()),
                // It was created after the history had been listed, or before the time that the history covers.
                None => return aws.batch_get_deployments(&self.active).await,
            }
        }
        Ok(deployments)
    }

    /// Refuses a group that deploys something else.
    pub(crate) fn check_deploys(&self, inputs: &Inputs) -> Result<(), Problem> {
        let Group {
            name,
            services,
            compute_platform,
            ..
        } = &self.group;
        if self.group.deploys(&inputs.cluster, &inputs.service) {
            return Ok(());
        }
        // The user may have mixed up two groups: what it does deploy tells which one.
        let mut others = Vec::new();
        for (cluster, service) in services {
            others.push(format!("{cluster}/{service}"));
        }
        let asked = format!("{}/{}", inputs.cluster, inputs.service);
        let deploys = if others.is_empty() {
            let platform = OutsideText::new(compute_platform);
            format!("is for the compute platform {platform} and does not deploy {asked}")
        } else {
            format!("deploys {}, not {asked}", others.join(", "))
        };
        Err(Problem::new(
            Code::GroupMismatch,
            format!("the deployment group {name} {deploys}"),
            "leave `codedeploy-application` and `codedeploy-deployment-group` out, and the service's own group is found",
        ))
    }
}

/// The group's active deployments and, as soon as these are known, who has the traffic.
async fn read_targets(
    reader: &Reader<'_>,
    id: &GroupId,
) -> Result<(Vec<String>, Targets), Failure> {
    let active = reader
        .aws
        .list_active_deployments(&id.application, &id.group)
        .await?;
    let targets = read_targets_of(reader, &active).await;
    Ok((active, targets))
}

async fn read_targets_of(reader: &Reader<'_>, active: &[String]) -> Targets {
    let reads = active.iter().map(|id| async move {
        let id = DeploymentId::new(id);
        let target = reader.read_target(&id).await;
        (id, target)
    });
    join_all(reads).await.into_iter().collect()
}
