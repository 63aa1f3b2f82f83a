//! Which service deployment this run's update started.

use time::{Duration, OffsetDateTime};

use super::watch::Watch;
use crate::{
    aws::Failure,
    domain::{
        service::Service,
        service_deployment::{ServiceDeployment, ServiceRevision},
    },
    execute::Execution,
    names::DeploymentId,
};

/// A service deployment is created within this time of its entry in the service.
const NEAR: Duration = Duration::MINUTE;

impl Watch<'_> {
    /// The service deployment that deploys the revision: the one that the service names, or one that was created with
    /// its primary deployment. Never just the newest, and never one that was there before.
    pub(super) async fn identify(
        &self,
        service: &Service,
    ) -> Result<Option<ServiceDeployment>, Failure> {
        let aws = self.execution.aws;
        let candidates = self.candidates(service).await?;
        let described = aws.describe_service_deployments(&candidates).await?;
        // A service deployment names its service revision, and only that names the task definition.
        let mut targets = Vec::new();
        for deployment in &described {
            targets.extend(deployment.target.as_ref().map(|target| target.arn.clone()));
        }
        let revisions = aws.describe_service_revisions(&targets).await?;
        let found = described
            .into_iter()
            .find(|deployment| self.is_of_revision(deployment, &revisions));
        if let Some(found) = &found {
            self.follow(&found.id);
        }
        Ok(found)
    }

    fn follow(&self, found: &DeploymentId) {
        *self.deployment.borrow_mut() = Some(found.clone());
        self.execution.journal.follow(found);
        (self.found)(found);
    }

    async fn candidates(&self, service: &Service) -> Result<Vec<DeploymentId>, Failure> {
        let before = self.before.clone().unwrap_or_default();
        if let Some(named) = &service.current_deployment
            && Some(named) != before.current.as_ref()
        {
            return Ok(vec![named.clone()]);
        }
        let Some(primary) = service.primary_rollout() else {
            return Ok(Vec::new());
        };
        // The update has not shown up in the service yet.
        if Some(&primary.id) == before.primary.as_ref() {
            return Ok(Vec::new());
        }
        let Some(created) = primary.created_at else {
            return Ok(Vec::new());
        };
        let mut listed = self.list_created_near(created).await?;
        listed.retain(|id| Some(id) != before.current.as_ref());
        Ok(listed)
    }

    async fn list_created_near(
        &self,
        moment: OffsetDateTime,
    ) -> Result<Vec<DeploymentId>, Failure> {
        let Execution { aws, plan, .. } = self.execution;
        // Without a bound on `createdAt` the list would hold the deployments of 90 days.
        let since = Some(moment - NEAR);
        let (listed, _) = aws
            .list_service_deployments_page(&plan.cluster, &plan.service, since, None, None)
            .await?;
        let near = listed
            .into_iter()
            .filter(|listed| listed.created_at - moment < NEAR);
        Ok(near.map(|listed| listed.id).collect())
    }

    fn is_of_revision(
        &self,
        deployment: &ServiceDeployment,
        revisions: &[ServiceRevision],
    ) -> bool {
        let Some(target) = &deployment.target else {
            return false;
        };
        // The service may still name an older deployment of the same revision.
        if let Some(rollout) = &self.rollout
            && number_of(rollout.id.as_str()) != number_of(&target.arn)
        {
            return false;
        }
        let revision = revisions.iter().find(|revision| revision.arn == target.arn);
        revision.is_some_and(|revision| revision.task_definition.as_ref() == Some(&self.revision))
    }
}

/// The number at the end of a service revision's ARN, which is also that of its entry in the service: `ecs-svc/<n>`.
/// Source: answers of `UpdateService` and `DescribeServiceDeployments` in public reports.
fn number_of(id: &str) -> &str {
    id.rsplit('/').next().unwrap_or(id)
}
