//! Service deployments and service revisions: how ECS itself deploys, and what it deployed.

use aws_sdk_ecs::{
    Client,
    types::{
        self, CreatedAt, DeploymentLifecycleHookAction, DeploymentLifecycleHookStatus,
        ServiceDeploymentStatus, StopServiceDeploymentStopType,
    },
};
use time::OffsetDateTime;

use super::tasks::image_digest;
use crate::{
    aws::{
        Aws, Call, Failure, Operation, Turns, alarm_names, convert, count, date_time, in_batches,
        task_definition_arn, text, timestamp, word,
    },
    domain::{
        service::ContainerDigest,
        service_deployment::{
            ListedDeployment, RevisionShare, ServiceDeployment, ServiceRevision, ServiceRollback,
            ServiceStatus,
        },
    },
    names::{ClusterName, DeploymentId, ServiceName},
};

const LIST_SERVICE_DEPLOYMENTS: Operation = Operation::ecs("ListServiceDeployments");
const DESCRIBE_SERVICE_DEPLOYMENTS: Operation = Operation::ecs("DescribeServiceDeployments");
const DESCRIBE_SERVICE_REVISIONS: Operation = Operation::ecs("DescribeServiceRevisions");
const STOP_SERVICE_DEPLOYMENT: Operation = Operation::ecs("StopServiceDeployment");
const CONTINUE_SERVICE_DEPLOYMENT: Operation = Operation::ecs("ContinueServiceDeployment");

/// The most that a page holds.
const PAGE: i32 = 100;

#[derive(Clone)]
struct DescribeServiceDeployments(Client, Turns);

impl Call for DescribeServiceDeployments {
    type Key = DeploymentId;
    type Found = ServiceDeployment;

    const MOST_KEYS: usize = 20;

    async fn send(self, ids: Vec<DeploymentId>) -> Result<Vec<ServiceDeployment>, Failure> {
        let arns = ids.iter().map(String::from).collect();
        let request = self
            .0
            .describe_service_deployments()
            .set_service_deployment_arns(Some(arns));
        self.1.take(DESCRIBE_SERVICE_DEPLOYMENTS).await;
        let answer = DESCRIBE_SERVICE_DEPLOYMENTS.answer(request.send().await)?;
        Ok(convert(answer.service_deployments, deployment_from))
    }

    fn is_named(deployment: &ServiceDeployment, id: &DeploymentId) -> bool {
        deployment.id == *id
    }
}

#[derive(Clone)]
struct DescribeServiceRevisions(Client, Turns);

impl Call for DescribeServiceRevisions {
    type Key = String;
    type Found = ServiceRevision;

    const MOST_KEYS: usize = 20;

    async fn send(self, arns: Vec<String>) -> Result<Vec<ServiceRevision>, Failure> {
        let request = self
            .0
            .describe_service_revisions()
            .set_service_revision_arns(Some(arns));
        self.1.take(DESCRIBE_SERVICE_REVISIONS).await;
        let answer = DESCRIBE_SERVICE_REVISIONS.answer(request.send().await)?;
        Ok(convert(answer.service_revisions, revision_from))
    }

    fn is_named(revision: &ServiceRevision, arn: &String) -> bool {
        revision.arn == *arn
    }
}

impl Aws {
    /// One page of `ListServiceDeployments`, with the token of the next; the order is not documented.
    pub(crate) async fn list_service_deployments_page(
        &self,
        cluster: &ClusterName,
        service: &ServiceName,
        after: Option<OffsetDateTime>,
        before: Option<OffsetDateTime>,
        token: Option<String>,
    ) -> Result<(Vec<ListedDeployment>, Option<String>), Failure> {
        let mut request = self
            .ecs
            .list_service_deployments()
            .cluster(cluster)
            .service(service)
            .max_results(PAGE)
            .set_next_token(token);
        // AWS refuses a time more than three months ago, so a bound is sent only where one was given.
        if after.is_some() || before.is_some() {
            let range = CreatedAt::builder()
                .set_after(after.map(date_time))
                .set_before(before.map(date_time));
            request = request.created_at(range.build());
        }
        self.turn(LIST_SERVICE_DEPLOYMENTS).await;
        let answer = LIST_SERVICE_DEPLOYMENTS.answer(request.send().await)?;
        let listed = convert(answer.service_deployments, listed_from);
        Ok((listed, answer.next_token))
    }

    /// `DescribeServiceDeployments`; those that are gone are left out.
    pub(crate) async fn describe_service_deployments(
        &self,
        ids: &[DeploymentId],
    ) -> Result<Vec<ServiceDeployment>, Failure> {
        in_batches(ids, DescribeServiceDeployments::MOST_KEYS, async |batch| {
            let turns = self.together.turns.clone();
            let call = DescribeServiceDeployments(self.ecs.clone(), turns);
            let together = &self.together.service_deployments;
            together.read(&(), batch, call).await
        })
        .await
    }

    /// `DescribeServiceDeployments` for one; `None` where it is gone, or not there yet.
    pub(crate) async fn describe_service_deployment(
        &self,
        id: &DeploymentId,
    ) -> Result<Option<ServiceDeployment>, Failure> {
        let ids = std::slice::from_ref(id);
        Ok(self.describe_service_deployments(ids).await?.pop())
    }

    /// `DescribeServiceRevisions`; those that are gone are left out.
    pub(crate) async fn describe_service_revisions(
        &self,
        arns: &[String],
    ) -> Result<Vec<ServiceRevision>, Failure> {
        in_batches(arns, DescribeServiceRevisions::MOST_KEYS, async |batch| {
            let turns = self.together.turns.clone();
            let call = DescribeServiceRevisions(self.ecs.clone(), turns);
            let together = &self.together.service_revisions;
            together.read(&(), batch, call).await
        })
        .await
    }

    /// `StopServiceDeployment(ROLLBACK)`: traffic returns to the last successful revision. One attempt: whether one
    /// whose answer was lost took effect shows in the deployment.
    pub(crate) async fn stop_service_deployment(&self, id: &DeploymentId) -> Result<(), Failure> {
        let request = self
            .ecs_once
            .stop_service_deployment()
            .service_deployment_arn(id)
            .stop_type(StopServiceDeploymentStopType::Rollback);
        // The answer names the deployment only. How it goes on shows in its status.
        STOP_SERVICE_DEPLOYMENT.confirmed(request.send().await)
    }

    /// `ContinueServiceDeployment(CONTINUE)` at a `PAUSE` hook. One attempt.
    pub(crate) async fn continue_service_deployment(
        &self,
        id: &DeploymentId,
        hook: &str,
    ) -> Result<(), Failure> {
        let request = self
            .ecs_once
            .continue_service_deployment()
            .service_deployment_arn(id)
            .hook_id(hook)
            .action(DeploymentLifecycleHookAction::Continue);
        CONTINUE_SERVICE_DEPLOYMENT.confirmed(request.send().await)
    }
}

fn status_from(status: Option<ServiceDeploymentStatus>) -> ServiceStatus {
    ServiceStatus::from_word(&word(status))
}

fn listed_from(brief: types::ServiceDeploymentBrief) -> Option<ListedDeployment> {
    Some(ListedDeployment {
        id: DeploymentId::new(brief.service_deployment_arn?),
        status: status_from(brief.status),
        created_at: timestamp(brief.created_at).unwrap_or(OffsetDateTime::UNIX_EPOCH),
        finished_at: timestamp(brief.finished_at),
        target: brief.target_service_revision_arn,
    })
}

fn deployment_from(deployment: types::ServiceDeployment) -> Option<ServiceDeployment> {
    Some(ServiceDeployment {
        id: DeploymentId::new(deployment.service_deployment_arn?),
        status: status_from(deployment.status),
        reason: text(deployment.status_reason),
        stage: deployment.lifecycle_stage.map(|stage| stage.to_string()),
        // One without a time sorts as the oldest, so it never passes for the newest.
        created_at: timestamp(deployment.created_at).unwrap_or(OffsetDateTime::UNIX_EPOCH),
        finished_at: timestamp(deployment.finished_at),
        sources: convert(deployment.source_service_revisions, share_from),
        target: deployment.target_service_revision.and_then(share_from),
        rollback: deployment.rollback.map(rollback_from),
        // Several at once: a hook of each stage, and one that runs before every step of a shift.
        paused_at: convert(deployment.lifecycle_hook_details, waiting_hook),
        triggered_alarms: match deployment.alarms {
            Some(alarms) => alarm_names(alarms.triggered_alarm_names.unwrap_or_default()),
            None => Vec::new(),
        },
        breaker_tripped: match deployment.deployment_circuit_breaker {
            Some(breaker) => breaker.status.is_some_and(is_triggered),
            None => false,
        },
    })
}

fn is_triggered(status: types::ServiceDeploymentRollbackMonitorsStatus) -> bool {
    status == types::ServiceDeploymentRollbackMonitorsStatus::Triggered
}

fn rollback_from(rollback: types::Rollback) -> ServiceRollback {
    ServiceRollback {
        reason: text(rollback.reason),
        started_at: timestamp(rollback.started_at),
        revision: rollback.service_revision_arn,
    }
}

/// The id of a hook that waits for an answer.
fn waiting_hook(hook: types::DeploymentLifecycleHookDetail) -> Option<String> {
    match hook.status {
        Some(DeploymentLifecycleHookStatus::AwaitingAction) => hook.hook_id,
        _ => None,
    }
}

fn share_from(summary: types::ServiceRevisionSummary) -> Option<RevisionShare> {
    Some(RevisionShare {
        arn: summary.arn?,
        wanted: count(summary.requested_task_count),
        running: count(summary.running_task_count),
        // What was asked of the load balancer, not what it measured.
        weight: summary.requested_production_traffic_weight,
    })
}

fn revision_from(revision: types::ServiceRevision) -> Option<ServiceRevision> {
    let platform = revision.overrides.and_then(|all| all.runtime_platform);
    Some(ServiceRevision {
        overridden_architecture: platform.and_then(|platform| platform.cpu_architecture),
        arn: revision.service_revision_arn?,
        task_definition: task_definition_arn(revision.task_definition),
        images: convert(revision.container_images, |image| {
            Some(ContainerDigest {
                name: image.container_name?,
                digest: image_digest(image.image_digest),
            })
        }),
    })
}
