//! What remains of a run whose service ECS itself deploys.

use super::Remains;
use crate::{
    domain::{commands, service::Service},
    execute::may_be_started,
    names::TaskDefinitionArn,
    plan::{Plan, ecs::Update},
    run::Run,
};

impl Run<'_> {
    pub(super) async fn look_at_service_deployment(
        &self,
        plan: &Plan,
        planned: &Update,
    ) -> Remains {
        let journal = &self.memory.leg().journal;
        if let Some(id) = journal.deployment()
            && id.is_service_deployment()
        {
            return match self.aws.describe_service_deployment(&id).await {
                Ok(Some(seen)) if seen.status.is_over() => {
                    Remains::has_ended(id, seen.status.as_str())
                }
                _ => self.in_progress(plan, id),
            };
        }
        match journal.updated() {
            Some(revision) => self.updated_or_not(plan, planned, &revision).await,
            None => self.only_touched(plan),
        }
    }

    /// The update was sent, and which service deployment it started is not known yet.
    async fn updated_or_not(
        &self,
        plan: &Plan,
        planned: &Update,
        revision: &TaskDefinitionArn,
    ) -> Remains {
        let described = self
            .aws
            .describe_service(&plan.cluster, &plan.service)
            .await;
        let mut state = "it is not known whether the service was updated";
        if let Ok(Some(described)) = described
            && has_started(&described, planned, revision)
        {
            // `DescribeServices` lags behind `UpdateService`: it may still name the deployment that was there before.
            if let Some(id) = described.current_deployment
                && Some(&id) != planned.action.active_deployment()
            {
                return self.in_progress(plan, id);
            }
            state = "the deployment that the update of the service started is still running";
        }
        self.may_be_updated(plan, revision, state)
    }

    /// Nobody can say which service deployment the update started, if it did.
    pub(super) fn may_be_updated(
        &self,
        plan: &Plan,
        revision: &TaskDefinitionArn,
        state: &str,
    ) -> Remains {
        let (cluster, service, region) = (&plan.cluster, &plan.service, &plan.region);
        let list = commands::list_service_deployments(cluster, service, region);
        let destination = self.destination_of_stop(plan);
        let hint = format!(
            "check with `{list}`; to stop what is in progress there, which shifts traffic back to {destination}, use `aws ecs stop-service-deployment --stop-type ROLLBACK --region {region} --service-deployment-arn …`"
        );
        Remains::new(state, hint).with_left(may_be_started(plan, revision))
    }
}

/// Whether the service's primary deployment is a new one of the revision.
fn has_started(service: &Service, planned: &Update, revision: &TaskDefinitionArn) -> bool {
    let Some(primary) = service.primary_rollout() else {
        return false;
    };
    primary.task_definition.as_ref() == Some(revision) && Some(&primary.id) != planned.primary()
}
