//! Deployments: read, created, stopped, continued.

use aws_sdk_codedeploy::{
    Client,
    types::{
        AlarmConfiguration, AppSpecContent, DeploymentCreator, DeploymentInfo, DeploymentStatus,
        DeploymentWaitType, ErrorInformation, RevisionLocation, RevisionLocationType, TimeRange,
    },
};
use time::OffsetDateTime;

use super::revisions::revision_from;
use crate::{
    aws::{Aws, Call, Failure, Operation, convert, date_time, in_batches, timestamp, word},
    boxed::boxed,
    domain::deployment::{Creator, Deployment, DeploymentError, NewDeployment, Status},
    names::{ApplicationName, DeploymentId, GroupName},
    outside::OutsideText,
};

const GET_DEPLOYMENT: Operation = Operation::codedeploy("GetDeployment");
const BATCH_GET_DEPLOYMENTS: Operation = Operation::codedeploy("BatchGetDeployments");
const LIST_DEPLOYMENTS: Operation = Operation::codedeploy("ListDeployments");
const CREATE_DEPLOYMENT: Operation = Operation::codedeploy("CreateDeployment");
const STOP_DEPLOYMENT: Operation = Operation::codedeploy("StopDeployment");
const CONTINUE_DEPLOYMENT: Operation = Operation::codedeploy("ContinueDeployment");

/// The statuses of a deployment that occupies its group.
const ACTIVE: [DeploymentStatus; 5] = [
    DeploymentStatus::Created,
    DeploymentStatus::Queued,
    DeploymentStatus::InProgress,
    DeploymentStatus::Baking,
    DeploymentStatus::Ready,
];

#[derive(Clone)]
struct BatchGetDeployments(Client);

impl Call for BatchGetDeployments {
    type Key = String;
    type Found = Deployment;

    const MOST_KEYS: usize = 25;

    async fn send(self, ids: Vec<String>) -> Result<Vec<Deployment>, Failure> {
        let request = self.0.batch_get_deployments().set_deployment_ids(Some(ids));
        let answer = BATCH_GET_DEPLOYMENTS.answer(request.send().await)?;
        Ok(convert(answer.deployments_info, deployment_from))
    }

    fn is_named(deployment: &Deployment, id: &String) -> bool {
        deployment.id.as_str() == id
    }
}

impl Aws {
    /// `GetDeployment`; `None` where AWS has no such deployment.
    pub(crate) async fn get_deployment(
        &self,
        id: &DeploymentId,
    ) -> Result<Option<Deployment>, Failure> {
        let call = BatchGetDeployments(self.codedeploy.clone());
        let deployments = &self.together.deployments;
        let together = deployments.ask(&(), &[String::from(id)], &call).await;
        if let Some(answer) = together
            && let Some(found) = answer?.pop()
        {
            return Ok(Some(found));
        }
        // How `BatchGetDeployments` treats an id that is unknown, or that is a moment old, is not documented: this
        // operation says it.
        let request = self.codedeploy.get_deployment().deployment_id(id);
        let missing = ["DeploymentDoesNotExistException"];
        let answer = boxed(|| request.send()).await;
        let answer = GET_DEPLOYMENT.answer_unless(&missing, answer)?;
        let info = answer.and_then(|answer| answer.deployment_info);
        Ok(info.and_then(deployment_from))
    }

    /// `BatchGetDeployments`, in no order.
    pub(crate) async fn batch_get_deployments(
        &self,
        ids: &[String],
    ) -> Result<Vec<Deployment>, Failure> {
        in_batches(ids, BatchGetDeployments::MOST_KEYS, async |batch| {
            let call = BatchGetDeployments(self.codedeploy.clone());
            self.together.deployments.read(&(), batch, call).await
        })
        .await
    }

    /// `ListDeployments`: the ids of those that occupy the group.
    pub(crate) async fn list_active_deployments(
        &self,
        application: &ApplicationName,
        group: &GroupName,
    ) -> Result<Vec<String>, Failure> {
        let request = self
            .codedeploy
            .list_deployments()
            .application_name(application)
            .deployment_group_name(group)
            .set_include_only_statuses(Some(ACTIVE.to_vec()));
        let ids = request.into_paginator().items().send();
        LIST_DEPLOYMENTS.answer(ids.try_collect().await)
    }

    /// `ListDeployments`: the ids of those created since then, in no order, `pages` at most.
    pub(crate) async fn list_deployments_since(
        &self,
        application: &ApplicationName,
        group: &GroupName,
        since: OffsetDateTime,
        pages: usize,
    ) -> Result<Vec<String>, Failure> {
        let mut ids = Vec::new();
        let mut next = None;
        for _ in 0..pages {
            let (found, after) = self
                .list_deployments_page(application, group, Some(since), None, next)
                .await?;
            ids.extend(found);
            next = after;
            if next.is_none() {
                break;
            }
        }
        Ok(ids)
    }

    /// `ListDeployments`: a page of those created in `[from, until)`, and where the next one begins.
    pub(crate) async fn list_deployments_page(
        &self,
        application: &ApplicationName,
        group: &GroupName,
        from: Option<OffsetDateTime>,
        until: Option<OffsetDateTime>,
        token: Option<String>,
    ) -> Result<(Vec<String>, Option<String>), Failure> {
        let created = TimeRange::builder()
            .set_start(from.map(date_time))
            .set_end(until.map(date_time));
        let request = self
            .codedeploy
            .list_deployments()
            .application_name(application)
            .deployment_group_name(group)
            .create_time_range(created.build())
            .set_next_token(token);
        // The order of a page is not documented.
        let answer = LIST_DEPLOYMENTS.answer(request.send().await)?;
        Ok((answer.deployments.unwrap_or_default(), answer.next_token))
    }

    /// `CreateDeployment`. One attempt: whether one whose answer was lost took effect shows in the list.
    pub(crate) async fn create_deployment(
        &self,
        new: &NewDeployment,
    ) -> Result<DeploymentId, Failure> {
        let mut request = self
            .codedeploy_once
            .create_deployment()
            .application_name(&new.application)
            .deployment_group_name(&new.group)
            .set_deployment_config_name(new.config.clone())
            .revision(appspec_of(new))
            .description(&new.description);
        // Sent only where it matters: the role needs `UpdateDeploymentGroup` for it, which many roles lack.
        if new.ignore_alarms {
            let none = AlarmConfiguration::builder().enabled(false);
            request = request.override_alarm_configuration(none.build());
        }
        let answer = CREATE_DEPLOYMENT.answer(request.send().await)?;
        let id = deployment_id(answer.deployment_id);
        let missing = "the answer holds no deployment id";
        id.ok_or_else(|| Failure::incomplete(CREATE_DEPLOYMENT, missing))
    }

    /// `StopDeployment` with auto-rollback: CodeDeploy returns traffic to the original task set. One attempt.
    pub(crate) async fn stop_deployment(&self, id: &DeploymentId) -> Result<(), Failure> {
        let request = self
            .codedeploy_once
            .stop_deployment()
            .deployment_id(id)
            .auto_rollback_enabled(true);
        // The answer says little: the rollback is a deployment of its own, which may show up later.
        STOP_DEPLOYMENT.confirmed(request.send().await)
    }

    /// `ContinueDeployment(READY_WAIT)`: lets a deployment that waits at `Ready` shift its traffic.
    pub(crate) async fn continue_ready(&self, id: &DeploymentId) -> Result<(), Failure> {
        self.continue_deployment(id, DeploymentWaitType::ReadyWait)
            .await
    }

    /// `ContinueDeployment(TERMINATION_WAIT)`: ends the old tasks now, and with them the deployment.
    pub(crate) async fn end_termination_wait(&self, id: &DeploymentId) -> Result<(), Failure> {
        self.continue_deployment(id, DeploymentWaitType::TerminationWait)
            .await
    }

    async fn continue_deployment(
        &self,
        id: &DeploymentId,
        wait: DeploymentWaitType,
    ) -> Result<(), Failure> {
        let request = self
            .codedeploy_once
            .continue_deployment()
            .deployment_id(id)
            .deployment_wait_type(wait);
        CONTINUE_DEPLOYMENT.confirmed(request.send().await)
    }
}

fn appspec_of(new: &NewDeployment) -> RevisionLocation {
    let content = AppSpecContent::builder()
        .content(&new.appspec)
        .sha256(&new.appspec_sha256);
    RevisionLocation::builder()
        .revision_type(RevisionLocationType::AppSpecContent)
        .app_spec_content(content.build())
        .build()
}

fn deployment_from(info: DeploymentInfo) -> Option<Deployment> {
    let (rollback, rollback_of) = match info.rollback_info {
        Some(info) => (
            info.rollback_deployment_id,
            info.rollback_triggering_deployment_id,
        ),
        None => (None, None),
    };
    Some(Deployment {
        id: DeploymentId::new(info.deployment_id?),
        application: ApplicationName::new(info.application_name.unwrap_or_default()),
        group: GroupName::new(info.deployment_group_name.unwrap_or_default()),
        status: status_from(info.status?),
        created_at: timestamp(info.create_time)?,
        creator: creator_from(info.creator),
        description: OutsideText::new(info.description.unwrap_or_default()),
        // Never the AppSpec's text: `GetDeployment` gives its hash only.
        revision: info.revision.map(revision_from),
        previous_revision: info.previous_revision.map(revision_from),
        error: info.error_information.map(error_from),
        rollback: deployment_id(rollback),
        rollback_of: deployment_id(rollback_of),
    })
}

fn status_from(status: DeploymentStatus) -> Status {
    match status {
        DeploymentStatus::Succeeded => Status::Succeeded,
        DeploymentStatus::Failed => Status::Failed,
        DeploymentStatus::Stopped => Status::Stopped,
        DeploymentStatus::Ready => Status::Ready,
        // Also what AWS may add: a status that is not known must not look like an end.
        other => Status::Active(other.to_string()),
    }
}

fn creator_from(creator: Option<DeploymentCreator>) -> Creator {
    match creator {
        Some(DeploymentCreator::CodeDeployRollback) => Creator::AutoRollback,
        other => Creator::Other(OutsideText::new(word(other))),
    }
}

fn error_from(error: ErrorInformation) -> DeploymentError {
    DeploymentError {
        code: OutsideText::new(word(error.code)),
        message: OutsideText::new(error.message.unwrap_or_default()),
    }
}

fn deployment_id(id: Option<String>) -> Option<DeploymentId> {
    let id = id?;
    (!id.is_empty()).then(|| DeploymentId::new(id))
}
