//! A service that moved from CodeDeploy to the ECS controller: ECS has no record of what CodeDeploy deployed, but the
//! old deployment group has.

use std::time::Duration;

use tokio::time::timeout;

use super::{
    codedeploy::{group::GroupFacts, group_id::GroupId, past::read_past, search::search_groups},
    past::Past,
    record::Record,
    target::Lookup,
};
use crate::{
    domain::past::{PastDeployment, PastStatus},
    error::{Code, Problem},
};

/// The newest deployments of the group that are looked at, and how many releases are named.
const LOOKED_AT: usize = 8;
const NAMED: usize = 4;
/// The run is about to refuse: nobody waits longer for a better hint.
const PATIENCE: Duration = Duration::from_secs(5);

impl Lookup<'_> {
    /// The problem; where nothing is on record with ECS, with what the old deployment group released.
    pub(super) async fn with_old_group(&self, mut problem: Problem) -> Problem {
        if problem.code != Code::PreviousUnknown || !matches!(self.record, Record::Ecs { .. }) {
            return problem;
        }
        // It is good to know, but the refusal does not need it: no failure here is told.
        let releases = timeout(PATIENCE, self.read_old_releases()).await;
        if let Ok(Some((id, releases))) = releases {
            let releases = releases.join(", ");
            problem.hint = format!(
                "CodeDeploy deployed this service before, and ECS has no record of that: the newest releases of the deployment group {id} are {releases}\n{}",
                problem.hint
            );
        }
        problem
    }

    /// The group, and its releases that succeeded, newest first.
    async fn read_old_releases(&self) -> Option<(GroupId, Vec<String>)> {
        let facts = self.read_old_group().await?;
        let aws = self.reader.aws;
        let past = read_past(aws, &facts.history, None, self.known(), LOOKED_AT).await;
        let past = past.ok()?;
        let mut releases = Vec::new();
        for deployment in past.deployments.iter().rev() {
            if let Some(release) = past.release(deployment)
                && !releases.contains(&release)
            {
                releases.push(release);
            }
        }
        releases.truncate(NAMED);
        (!releases.is_empty()).then(|| (facts.id(), releases))
    }

    async fn read_old_group(&self) -> Option<GroupFacts> {
        let (reader, inputs) = (&self.reader, self.reader.inputs);
        let guess = GroupId::guess(inputs);
        if let Ok(facts) = GroupFacts::read(reader, &guess).await
            && facts.group.deploys(&inputs.cluster, &inputs.service)
        {
            return Some(facts);
        }
        let found = search_groups(reader).await.ok()?;
        let id = GroupId::of_group(&found.newest);
        GroupFacts::read(reader, &id).await.ok()
    }
}

impl Past {
    /// `v1.1.0 (web1:2)`, of a deployment that succeeded.
    fn release(&self, deployment: &PastDeployment) -> Option<String> {
        if deployment.status != PastStatus::Succeeded {
            return None;
        }
        let revision = deployment.revision.as_ref().ok()?.short();
        let version = self.version(deployment.image.digest()?);
        Some(format!("{version} ({revision})"))
    }
}
