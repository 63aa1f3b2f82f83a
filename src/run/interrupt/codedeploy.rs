//! What remains of a run whose service CodeDeploy deploys.

use super::Remains;
use crate::{
    execute::may_be_created,
    names::DeploymentId,
    observe::own_writes::DeploymentSearch,
    plan::{Plan, codedeploy::BlueGreen},
    run::Run,
};

impl Run<'_> {
    pub(super) async fn look_at_deployment(&self, plan: &Plan, planned: &BlueGreen) -> Remains {
        let journal = &self.memory.leg().journal;
        let created = journal.created();
        let found = match journal.deployment() {
            Some(id) => Some(id),
            // The answer to the create has not come: the marker finds what it started.
            None if created.is_some() => self.find_own(plan, planned).await,
            None => None,
        };
        match (found, created) {
            (Some(id), _) => match self.aws.get_deployment(&id).await {
                Ok(Some(seen)) if seen.status.is_over() => {
                    Remains::has_ended(id, seen.status.as_str())
                }
                _ => self.in_progress(plan, id),
            },
            (None, Some(marker)) => self.created_or_not(plan, planned, &marker),
            (None, None) => self.only_touched(plan),
        }
    }

    async fn find_own(&self, plan: &Plan, planned: &BlueGreen) -> Option<DeploymentId> {
        let BlueGreen {
            application, group, ..
        } = planned;
        let search = DeploymentSearch {
            application,
            group,
            marker: &plan.caller.marker,
        };
        let found = search.find_deployment(self.aws, self.clock).await;
        found.ok().flatten()
    }

    pub(super) fn created_or_not(&self, plan: &Plan, planned: &BlueGreen, marker: &str) -> Remains {
        let BlueGreen {
            application, group, ..
        } = planned;
        let region = &plan.region;
        let destination = self.destination_of_stop(plan);
        let hint = format!(
            "check with `aws deploy list-deployments --application-name {application} --deployment-group-name {group} --region {region}`; to stop one that is there, which shifts traffic back to {destination}, use `aws deploy stop-deployment --auto-rollback-enabled --region {region} --deployment-id …`"
        );
        Remains::new("it is not known whether the deployment was created", hint)
            .with_left(may_be_created(planned, marker))
    }
}
