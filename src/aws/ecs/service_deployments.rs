//! Service deployments and service revisions: how ECS itself deploys, and what it deployed.

use aws_sdk_ecs::types::{
    CreatedAt, DeploymentLifecycleHookAction, DeploymentLifecycleHookStatus,
    ServiceDeploymentStatus, StopServiceDeploymentStopType,
};
use futures_util::future::try_join_all;
use time::OffsetDateTime;

use super::super::{Aws, Failure, Operation, date_time, timestamp};
use super::{once, operation};
use crate::domain::service_deployment::{
    ListedDeployment, RevisionShare, ServiceDeployment, ServiceRevision, ServiceRollback,
    ServiceStatus,
};
use crate::names::{ClusterName, DeploymentId, ImageDigest, ServiceName, TaskDefinitionArn};
use crate::outside::OutsideText;

pub const LIST_SERVICE_DEPLOYMENTS: Operation = operation("ListServiceDeployments");
pub const DESCRIBE_SERVICE_DEPLOYMENTS: Operation = operation("DescribeServiceDeployments");
pub const DESCRIBE_SERVICE_REVISIONS: Operation = operation("DescribeServiceRevisions");
pub const STOP_SERVICE_DEPLOYMENT: Operation = operation("StopServiceDeployment");
pub const CONTINUE_SERVICE_DEPLOYMENT: Operation = operation("ContinueServiceDeployment");

/// Both descriptions take 20 at most.
const PER_CALL: usize = 20;
/// The most that a page holds.
const PAGE: i32 = 100;

impl Aws {
    /// One page of `ListServiceDeployments`, with the token of the next; the order is not documented.
    pub async fn list_service_deployments_page(
        &self,
        cluster: &ClusterName,
        service: &ServiceName,
        after: Option<OffsetDateTime>,
        before: Option<OffsetDateTime>,
        token: Option<String>,
    ) -> Result<(Vec<ListedDeployment>, Option<String>), Failure> {
        let range = CreatedAt::builder()
            .set_after(after.map(date_time))
            .set_before(before.map(date_time))
            .build();
        let request = self
            .ecs
            .list_service_deployments()
            .cluster(cluster.as_str())
            .service(service.as_str())
            .set_created_at((after.is_some() || before.is_some()).then_some(range))
            .max_results(PAGE)
            .set_next_token(token);
        let answer = LIST_SERVICE_DEPLOYMENTS.answer(request.send().await)?;
        let listed = answer
            .service_deployments()
            .iter()
            .filter_map(listed_from)
            .collect();
        Ok((listed, answer.next_token().map(str::to_owned)))
    }

    /// `DescribeServiceDeployments`, 20 a call, all calls at once; those that are gone are left out.
    pub async fn describe_service_deployments(
        &self,
        ids: &[DeploymentId],
    ) -> Result<Vec<ServiceDeployment>, Failure> {
        let calls = ids.chunks(PER_CALL).map(|chunk| async move {
            let arns = chunk.iter().map(|id| id.as_str().to_owned()).collect();
            let request = self
                .ecs
                .describe_service_deployments()
                .set_service_deployment_arns(Some(arns));
            let answer = DESCRIBE_SERVICE_DEPLOYMENTS.answer(request.send().await)?;
            Ok(answer
                .service_deployments()
                .iter()
                .filter_map(deployment_from)
                .collect::<Vec<_>>())
        });
        Ok(try_join_all(calls).await?.into_iter().flatten().collect())
    }

    /// `DescribeServiceDeployments` for one; `None` where it is gone, or not there yet.
    pub async fn describe_service_deployment(
        &self,
        id: &DeploymentId,
    ) -> Result<Option<ServiceDeployment>, Failure> {
        Ok(self
            .describe_service_deployments(std::slice::from_ref(id))
            .await?
            .pop())
    }

    /// `DescribeServiceRevisions`, 20 a call, all calls at once; those that are gone are left out.
    pub async fn describe_service_revisions(
        &self,
        arns: &[String],
    ) -> Result<Vec<ServiceRevision>, Failure> {
        let calls = arns.chunks(PER_CALL).map(|chunk| async move {
            let request = self
                .ecs
                .describe_service_revisions()
                .set_service_revision_arns(Some(chunk.to_vec()));
            let answer = DESCRIBE_SERVICE_REVISIONS.answer(request.send().await)?;
            Ok(answer
                .service_revisions()
                .iter()
                .filter_map(revision_from)
                .collect::<Vec<_>>())
        });
        Ok(try_join_all(calls).await?.into_iter().flatten().collect())
    }

    /// `StopServiceDeployment(ROLLBACK)`: the traffic goes back to the last successful revision. One attempt: whether
    /// one whose answer was lost took effect shows in the deployment.
    pub async fn stop_service_deployment(&self, id: &DeploymentId) -> Result<(), Failure> {
        let request = self
            .ecs
            .stop_service_deployment()
            .service_deployment_arn(id.as_str())
            .stop_type(StopServiceDeploymentStopType::Rollback);
        STOP_SERVICE_DEPLOYMENT.answer(request.customize().config_override(once()).send().await)?;
        Ok(())
    }

    /// `ContinueServiceDeployment`: on from a `PAUSE` hook.
    pub async fn continue_service_deployment(
        &self,
        id: &DeploymentId,
        hook: &str,
    ) -> Result<(), Failure> {
        let request = self
            .ecs
            .continue_service_deployment()
            .service_deployment_arn(id.as_str())
            .hook_id(hook)
            .action(DeploymentLifecycleHookAction::Continue);
        CONTINUE_SERVICE_DEPLOYMENT
            .answer(request.customize().config_override(once()).send().await)?;
        Ok(())
    }
}

fn status_from(status: Option<&ServiceDeploymentStatus>) -> ServiceStatus {
    match status.map_or("", ServiceDeploymentStatus::as_str) {
        "PENDING" => ServiceStatus::Pending,
        "IN_PROGRESS" => ServiceStatus::InProgress,
        "SUCCESSFUL" => ServiceStatus::Successful,
        "STOP_REQUESTED" => ServiceStatus::StopRequested,
        "STOPPED" => ServiceStatus::Stopped,
        "ROLLBACK_REQUESTED" => ServiceStatus::RollbackRequested,
        "ROLLBACK_IN_PROGRESS" => ServiceStatus::RollbackInProgress,
        "ROLLBACK_SUCCESSFUL" => ServiceStatus::RollbackSuccessful,
        "ROLLBACK_FAILED" => ServiceStatus::RollbackFailed,
        other => ServiceStatus::Other(other.to_owned()),
    }
}

fn listed_from(brief: &aws_sdk_ecs::types::ServiceDeploymentBrief) -> Option<ListedDeployment> {
    Some(ListedDeployment {
        id: DeploymentId::new(brief.service_deployment_arn()?),
        status: status_from(brief.status()),
        created_at: timestamp(brief.created_at()).unwrap_or(OffsetDateTime::UNIX_EPOCH),
        finished_at: timestamp(brief.finished_at()),
        target: brief.target_service_revision_arn().map(str::to_owned),
    })
}

fn deployment_from(
    deployment: &aws_sdk_ecs::types::ServiceDeployment,
) -> Option<ServiceDeployment> {
    let waiting = |status: Option<&DeploymentLifecycleHookStatus>| {
        status == Some(&DeploymentLifecycleHookStatus::AwaitingAction)
    };
    let hooks = deployment.lifecycle_hook_details().iter();
    let paused = hooks
        .filter(|hook| waiting(hook.status()))
        .filter_map(|hook| hook.hook_id());
    let alarms = deployment.alarms();
    Some(ServiceDeployment {
        id: DeploymentId::new(deployment.service_deployment_arn()?),
        status: status_from(deployment.status()),
        reason: deployment
            .status_reason()
            .filter(|reason| !reason.is_empty())
            .map(OutsideText::new),
        stage: deployment
            .lifecycle_stage()
            .map(|stage| stage.as_str().to_owned()),
        created_at: timestamp(deployment.created_at()).unwrap_or(OffsetDateTime::UNIX_EPOCH),
        finished_at: timestamp(deployment.finished_at()),
        sources: deployment
            .source_service_revisions()
            .iter()
            .filter_map(share_from)
            .collect(),
        target: deployment.target_service_revision().and_then(share_from),
        rollback: deployment.rollback().map(|rollback| ServiceRollback {
            reason: rollback.reason().map(OutsideText::new),
            started_at: timestamp(rollback.started_at()),
            revision: rollback.service_revision_arn().map(str::to_owned),
        }),
        paused_at: paused.map(str::to_owned).collect(),
        triggered_alarms: alarms
            .map(|alarms| {
                alarms
                    .triggered_alarm_names()
                    .iter()
                    .map(OutsideText::new)
                    .collect()
            })
            .unwrap_or_default(),
        breaker_tripped: deployment
            .deployment_circuit_breaker()
            .and_then(|breaker| breaker.status())
            .is_some_and(|status| status.as_str() == "TRIGGERED"),
    })
}

fn share_from(summary: &aws_sdk_ecs::types::ServiceRevisionSummary) -> Option<RevisionShare> {
    let count = |number: i32| u32::try_from(number).unwrap_or_default();
    Some(RevisionShare {
        arn: summary.arn()?.to_owned(),
        requested: count(summary.requested_task_count()),
        running: count(summary.running_task_count()),
        weight: summary.requested_production_traffic_weight(),
    })
}

fn revision_from(revision: &aws_sdk_ecs::types::ServiceRevision) -> Option<ServiceRevision> {
    let image = |image: &aws_sdk_ecs::types::ContainerImage| {
        let digest = image.image_digest().and_then(ImageDigest::parse);
        Some((image.container_name()?.to_owned(), digest))
    };
    Some(ServiceRevision {
        arn: revision.service_revision_arn()?.to_owned(),
        task_definition: revision
            .task_definition()
            .and_then(TaskDefinitionArn::parse),
        created_at: timestamp(revision.created_at()),
        images: revision
            .container_images()
            .iter()
            .filter_map(image)
            .collect(),
    })
}
