//! Deployments: read, created, stopped, continued.

use aws_sdk_codedeploy::types::{
    AlarmConfiguration, DeploymentInfo, DeploymentStatus, DeploymentWaitType, RevisionLocation,
    RevisionLocationType, TimeRange,
};
use aws_smithy_types::retry::RetryConfig;
use futures_util::future::try_join_all;
use time::OffsetDateTime;

use super::super::{Aws, Failure, Fault, Operation, date_time, timestamp};
use super::revisions::revision_from;
use super::{PER_BATCH, operation};
use crate::domain::deployment::{Deployment, DeploymentError, NewDeployment, Status};
use crate::names::{ApplicationName, DeploymentId, GroupName};
use crate::outside::OutsideText;

pub const GET_DEPLOYMENT: Operation = operation("GetDeployment");
pub const BATCH_GET_DEPLOYMENTS: Operation = operation("BatchGetDeployments");
pub const LIST_DEPLOYMENTS: Operation = operation("ListDeployments");
pub const CREATE_DEPLOYMENT: Operation = operation("CreateDeployment");
pub const STOP_DEPLOYMENT: Operation = operation("StopDeployment");
pub const CONTINUE_DEPLOYMENT: Operation = operation("ContinueDeployment");

/// The statuses of a deployment that occupies its group.
const ACTIVE: [DeploymentStatus; 5] = [
    DeploymentStatus::Created,
    DeploymentStatus::Queued,
    DeploymentStatus::InProgress,
    DeploymentStatus::Baking,
    DeploymentStatus::Ready,
];

impl Aws {
    /// `GetDeployment`; `None` where AWS has no such deployment.
    pub async fn get_deployment(&self, id: &DeploymentId) -> Result<Option<Deployment>, Failure> {
        let answer = self
            .codedeploy
            .get_deployment()
            .deployment_id(id.as_str())
            .send()
            .await;
        match answer.map_err(|error| Failure::new(GET_DEPLOYMENT, &error)) {
            Ok(answer) => Ok(answer.deployment_info().and_then(deployment_from)),
            Err(failure) if failure.is("DeploymentDoesNotExistException") => Ok(None),
            Err(failure) => Err(failure),
        }
    }

    /// `BatchGetDeployments`, 25 a call, all calls at once, in no order.
    pub async fn batch_get_deployments(&self, ids: &[String]) -> Result<Vec<Deployment>, Failure> {
        let calls = ids.chunks(PER_BATCH).map(|chunk| async move {
            let request = self
                .codedeploy
                .batch_get_deployments()
                .set_deployment_ids(Some(chunk.to_vec()));
            let answer = request
                .send()
                .await
                .map_err(|error| Failure::new(BATCH_GET_DEPLOYMENTS, &error))?;
            Ok(answer
                .deployments_info()
                .iter()
                .filter_map(deployment_from)
                .collect::<Vec<_>>())
        });
        Ok(try_join_all(calls).await?.into_iter().flatten().collect())
    }

    /// `ListDeployments`: the ids of those that occupy the group.
    pub async fn list_active_deployments(
        &self,
        application: &ApplicationName,
        group: &GroupName,
    ) -> Result<Vec<String>, Failure> {
        let request = self
            .codedeploy
            .list_deployments()
            .application_name(application.as_str())
            .deployment_group_name(group.as_str())
            .set_include_only_statuses(Some(ACTIVE.to_vec()));
        let mut pages = request.into_paginator().items().send();
        let mut ids = Vec::new();
        while let Some(id) = pages.next().await {
            ids.push(id.map_err(|error| Failure::new(LIST_DEPLOYMENTS, &error))?);
        }
        Ok(ids)
    }

    /// `ListDeployments`: the ids of those created in `[from, until)`, in no order, `pages` at most.
    /// The flag says whether that was all.
    pub async fn list_deployments(
        &self,
        application: &ApplicationName,
        group: &GroupName,
        from: Option<OffsetDateTime>,
        until: Option<OffsetDateTime>,
        pages: usize,
    ) -> Result<(Vec<String>, bool), Failure> {
        let (mut ids, mut next) = (Vec::new(), None);
        for _ in 0..pages {
            let (found, after) = self
                .list_deployments_page(application, group, from, until, next)
                .await?;
            ids.extend(found);
            next = after;
            if next.is_none() {
                return Ok((ids, true));
            }
        }
        Ok((ids, false))
    }

    /// One page of the same, and where the next one begins.
    pub async fn list_deployments_page(
        &self,
        application: &ApplicationName,
        group: &GroupName,
        from: Option<OffsetDateTime>,
        until: Option<OffsetDateTime>,
        token: Option<String>,
    ) -> Result<(Vec<String>, Option<String>), Failure> {
        let request = self
            .codedeploy
            .list_deployments()
            .application_name(application.as_str())
            .deployment_group_name(group.as_str())
            .create_time_range(
                TimeRange::builder()
                    .set_start(from.map(date_time))
                    .set_end(until.map(date_time))
                    .build(),
            )
            .set_next_token(token);
        let answer = request
            .send()
            .await
            .map_err(|error| Failure::new(LIST_DEPLOYMENTS, &error))?;
        Ok((
            answer.deployments().to_vec(),
            answer.next_token().map(str::to_owned),
        ))
    }

    /// `CreateDeployment`, one attempt: it has no idempotency token, so nobody may send it twice unseen.
    pub async fn create_deployment(&self, new: &NewDeployment) -> Result<DeploymentId, Failure> {
        let content = aws_sdk_codedeploy::types::AppSpecContent::builder()
            .content(&new.appspec)
            .sha256(&new.appspec_sha256)
            .build();
        let revision = RevisionLocation::builder()
            .revision_type(RevisionLocationType::AppSpecContent)
            .app_spec_content(content)
            .build();
        let alarms = new
            .ignore_alarms
            .then(|| AlarmConfiguration::builder().enabled(false).build());
        let request = self
            .codedeploy
            .create_deployment()
            .application_name(new.application.as_str())
            .deployment_group_name(new.group.as_str())
            .set_deployment_config_name(new.config.clone())
            .revision(revision)
            .description(&new.description)
            .set_override_alarm_configuration(alarms);
        let answer = request.customize().config_override(once()).send().await;
        let answer = answer.map_err(|error| Failure::new(CREATE_DEPLOYMENT, &error))?;
        answer
            .deployment_id()
            .filter(|id| !id.is_empty())
            .map(DeploymentId::new)
            .ok_or_else(|| Failure {
                operation: CREATE_DEPLOYMENT,
                fault: Fault::NotAws,
                code: String::new(),
                message: "the answer holds no deployment id".to_owned(),
            })
    }

    /// `StopDeployment` with auto-rollback: CodeDeploy puts the traffic back on the original task set.
    pub async fn stop_deployment(&self, id: &DeploymentId) -> Result<(), Failure> {
        let request = self
            .codedeploy
            .stop_deployment()
            .deployment_id(id.as_str())
            .auto_rollback_enabled(true);
        let answer = request.customize().config_override(once()).send().await;
        answer
            .map(|_| ())
            .map_err(|error| Failure::new(STOP_DEPLOYMENT, &error))
    }

    /// `ContinueDeployment(READY_WAIT)`: lets a deployment that waits at `Ready` shift its traffic.
    pub async fn continue_ready(&self, id: &DeploymentId) -> Result<(), Failure> {
        self.continue_deployment(id, DeploymentWaitType::ReadyWait)
            .await
    }

    /// `ContinueDeployment(TERMINATION_WAIT)`: ends the old tasks now, and with them the deployment.
    pub async fn end_termination_wait(&self, id: &DeploymentId) -> Result<(), Failure> {
        self.continue_deployment(id, DeploymentWaitType::TerminationWait)
            .await
    }

    async fn continue_deployment(
        &self,
        id: &DeploymentId,
        wait: DeploymentWaitType,
    ) -> Result<(), Failure> {
        let request = self
            .codedeploy
            .continue_deployment()
            .deployment_id(id.as_str())
            .deployment_wait_type(wait);
        let answer = request.customize().config_override(once()).send().await;
        answer
            .map(|_| ())
            .map_err(|error| Failure::new(CONTINUE_DEPLOYMENT, &error))
    }
}

/// No retries by the SDK: none of the writes has an idempotency token, so who calls looks before anything is sent again.
fn once() -> aws_sdk_codedeploy::config::Builder {
    aws_sdk_codedeploy::config::Builder::new().retry_config(RetryConfig::disabled())
}

fn deployment_from(info: &DeploymentInfo) -> Option<Deployment> {
    let status = match info.status()? {
        DeploymentStatus::Succeeded => Status::Succeeded,
        DeploymentStatus::Failed => Status::Failed,
        DeploymentStatus::Stopped => Status::Stopped,
        DeploymentStatus::Ready => Status::Ready,
        other => Status::Active(other.as_str().to_owned()),
    };
    let rollback = info.rollback_info();
    let id = |id: Option<&str>| id.filter(|id| !id.is_empty()).map(DeploymentId::new);
    Some(Deployment {
        id: DeploymentId::new(info.deployment_id()?),
        application: ApplicationName::new(info.application_name().unwrap_or_default()),
        group: GroupName::new(info.deployment_group_name().unwrap_or_default()),
        status,
        created_at: timestamp(info.create_time())?,
        creator: info
            .creator()
            .map(|creator| OutsideText::new(creator.as_str()))
            .unwrap_or_default(),
        description: OutsideText::new(info.description().unwrap_or_default()),
        revision: info.revision().map(revision_from),
        previous_revision: info.previous_revision().map(revision_from),
        error: info.error_information().map(|error| {
            let code = error.code().map(|code| OutsideText::new(code.as_str()));
            DeploymentError {
                code: code.unwrap_or_default(),
                message: OutsideText::new(error.message().unwrap_or_default()),
            }
        }),
        rollback: id(rollback.and_then(|info| info.rollback_deployment_id())),
        rollback_of: id(rollback.and_then(|info| info.rollback_triggering_deployment_id())),
    })
}
