//! AWS CodeDeploy: deployment groups, deployments, AppSpecs.

use std::time::Duration;

use aws_sdk_codedeploy::types::{
    AlarmConfiguration, DeploymentInfo, DeploymentStatus, DeploymentWaitType, RevisionLocation,
    RevisionLocationType, TimeRange,
};
use aws_smithy_types::retry::RetryConfig;
use futures_util::future::try_join_all;
use time::OffsetDateTime;

use super::{Aws, Failure, Operation, date_time, timestamp};
use crate::names::{ApplicationName, ClusterName, DeploymentId, GroupName, ServiceName};

const fn operation(name: &'static str) -> Operation {
    Operation { service: "codedeploy", name }
}

pub const GET_DEPLOYMENT: Operation = operation("GetDeployment");
pub const BATCH_GET_DEPLOYMENTS: Operation = operation("BatchGetDeployments");
pub const LIST_DEPLOYMENTS: Operation = operation("ListDeployments");
pub const GET_DEPLOYMENT_GROUP: Operation = operation("GetDeploymentGroup");
pub const BATCH_GET_DEPLOYMENT_GROUPS: Operation = operation("BatchGetDeploymentGroups");
pub const BATCH_GET_APPLICATION_REVISIONS: Operation = operation("BatchGetApplicationRevisions");
pub const LIST_APPLICATIONS: Operation = operation("ListApplications");
pub const LIST_DEPLOYMENT_GROUPS: Operation = operation("ListDeploymentGroups");
pub const GET_DEPLOYMENT_TARGET: Operation = operation("GetDeploymentTarget");
pub const CREATE_DEPLOYMENT: Operation = operation("CreateDeployment");
pub const STOP_DEPLOYMENT: Operation = operation("StopDeployment");
pub const CONTINUE_DEPLOYMENT: Operation = operation("ContinueDeployment");

/// `BatchGetDeployments` and `BatchGetApplicationRevisions` take 25 at most.
const PER_BATCH: usize = 25;
/// `BatchGetDeploymentGroups` takes 100 at most.
const GROUPS_PER_BATCH: usize = 100;

/// How a deployment stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Status {
    Succeeded,
    Failed,
    Stopped,
    /// New tasks are ready, traffic waits for `ContinueDeployment`.
    Ready,
    /// `Created`, `Queued`, `InProgress`, `Baking`, and whatever AWS adds: not over.
    Active(String),
}

impl Status {
    pub fn is_over(&self) -> bool {
        matches!(self, Self::Succeeded | Self::Failed | Self::Stopped)
    }

    /// AWS's word.
    pub fn as_str(&self) -> &str {
        match self {
            Self::Succeeded => "Succeeded",
            Self::Failed => "Failed",
            Self::Stopped => "Stopped",
            Self::Ready => "Ready",
            Self::Active(word) => word,
        }
    }
}

/// The statuses of a deployment that occupies its group.
const ACTIVE: [DeploymentStatus; 5] = [
    DeploymentStatus::Created,
    DeploymentStatus::Queued,
    DeploymentStatus::InProgress,
    DeploymentStatus::Baking,
    DeploymentStatus::Ready,
];

/// Where an AppSpec is: CodeDeploy has it by its hash, or it lies elsewhere.
#[derive(Clone, Debug, PartialEq)]
pub struct Revision(RevisionLocation);

impl Revision {
    /// What tells two revisions apart, where CodeDeploy itself holds the AppSpec.
    pub fn sha256(&self) -> Option<&str> {
        let Self(location) = self;
        location
            .app_spec_content()
            .and_then(|content| content.sha256())
            .or_else(|| location.string().and_then(|string| string.sha256()))
    }

    /// `s3://bucket/key`, or another place that this action cannot read.
    pub fn elsewhere(&self) -> Option<String> {
        let Self(location) = self;
        if let Some(s3) = location.s3_location() {
            return Some(format!("s3://{}/{}", s3.bucket().unwrap_or("?"), s3.key().unwrap_or("?")));
        }
        location.git_hub_location().map(|_| "GitHub".to_owned())
    }

    fn content(&self) -> Option<&str> {
        let Self(location) = self;
        location
            .app_spec_content()
            .and_then(|content| content.content())
            .or_else(|| location.string().and_then(|string| string.content()))
    }
}

/// A deployment as `GetDeployment` describes it.
#[derive(Clone, Debug)]
pub struct Deployment {
    pub id: DeploymentId,
    pub application: ApplicationName,
    pub group: GroupName,
    pub status: Status,
    pub created_at: OffsetDateTime,
    pub completed_at: Option<OffsetDateTime>,
    /// `user`, `codeDeployRollback`, …
    pub creator: String,
    pub description: String,
    pub revision: Option<Revision>,
    /// What ran before, by CodeDeploy's own account.
    pub previous_revision: Option<Revision>,
    /// CodeDeploy's error code and message, once it failed.
    pub error: Option<(String, String)>,
    /// The deployment that puts things back after this one.
    pub rollback: Option<DeploymentId>,
    /// The deployment that this one puts things back after.
    pub rollback_of: Option<DeploymentId>,
}

/// A deployment group as `GetDeploymentGroup` describes it.
#[derive(Clone, Debug)]
pub struct Group {
    pub application: ApplicationName,
    pub name: GroupName,
    /// `ECS`, `Server` or `Lambda`.
    pub compute_platform: String,
    /// Cluster and service names.
    pub services: Vec<(String, String)>,
    pub config: Option<String>,
    /// The names of the CloudWatch alarms it polls; empty where polling is off.
    pub alarms: Vec<String>,
    /// Whether a failed deployment is rolled back by CodeDeploy itself.
    pub auto_rollback: bool,
    /// How long the old tasks stay after the shift.
    pub termination_wait: Option<Duration>,
    /// Whether a deployment waits (and how long) before it shifts traffic.
    pub ready_wait: Option<Duration>,
    pub last_successful: Option<DeploymentId>,
}

impl Group {
    pub fn deploys(&self, cluster: &ClusterName, service: &ServiceName) -> bool {
        self.services.iter().any(|(c, s)| c == cluster.as_str() && s == service.as_str())
    }
}

/// A deployment's target as `GetDeploymentTarget` describes it.
#[derive(Clone, Debug)]
pub struct Target {
    /// `Pending`, `InProgress`, `Succeeded`, `Failed`, `Skipped`, `Ready`, …
    pub status: String,
    pub events: Vec<LifecycleEvent>,
    pub task_sets: Vec<TargetTaskSet>,
}

/// A lifecycle event: `Install`, `AllowTraffic`, …
#[derive(Clone, Debug)]
pub struct LifecycleEvent {
    pub name: String,
    /// `Pending`, `InProgress`, `Succeeded`, `Failed`, `Skipped`, …
    pub status: String,
    pub started_at: Option<OffsetDateTime>,
    pub ended_at: Option<OffsetDateTime>,
    /// Error code, message and the end of the hook's log, where it failed.
    pub diagnostics: Option<String>,
}

/// A task set as the deployment sees it.
#[derive(Clone, Debug)]
pub struct TargetTaskSet {
    pub id: String,
    /// `Blue` (the original) or `Green` (the replacement).
    pub label: String,
    /// Percent of the production traffic.
    pub weight: f64,
    pub running: i64,
    pub pending: i64,
    pub desired: i64,
}

/// Everything that `CreateDeployment` is given.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewDeployment {
    pub application: ApplicationName,
    pub group: GroupName,
    /// `None` uses the group's own.
    pub config: Option<String>,
    /// The AppSpec as JSON, and the lower-case hexadecimal SHA-256 of that text.
    pub appspec: String,
    pub appspec_sha256: String,
    /// At most 256 characters; starts with the run's marker.
    pub description: String,
    pub ignore_alarms: bool,
}

impl Aws {
    /// `GetDeployment`; `None` where AWS has no such deployment.
    pub async fn get_deployment(&self, id: &DeploymentId) -> Result<Option<Deployment>, Failure> {
        let answer = self.codedeploy.get_deployment().deployment_id(id.as_str()).send().await;
        match answer.map_err(|error| Failure::new(GET_DEPLOYMENT, &error)) {
            Ok(answer) => Ok(answer.deployment_info().and_then(deployment_from)),
            Err(failure) if failure.is("DeploymentDoesNotExistException") => Ok(None),
            Err(failure) => Err(failure),
        }
    }

    /// `BatchGetDeployments`, 25 a call, all calls at once, in no order.
    pub async fn batch_get_deployments(&self, ids: &[String]) -> Result<Vec<Deployment>, Failure> {
        let calls = ids.chunks(PER_BATCH).map(|chunk| async move {
            let request = self.codedeploy.batch_get_deployments().set_deployment_ids(Some(chunk.to_vec()));
            let answer = request.send().await.map_err(|error| Failure::new(BATCH_GET_DEPLOYMENTS, &error))?;
            Ok(answer.deployments_info().iter().filter_map(deployment_from).collect::<Vec<_>>())
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
            let (found, after) = self.list_deployments_page(application, group, from, until, next).await?;
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
                TimeRange::builder().set_start(from.map(date_time)).set_end(until.map(date_time)).build(),
            )
            .set_next_token(token);
        let answer = request.send().await.map_err(|error| Failure::new(LIST_DEPLOYMENTS, &error))?;
        Ok((answer.deployments().to_vec(), answer.next_token().map(str::to_owned)))
    }

    /// `GetDeploymentGroup`.
    pub async fn get_deployment_group(
        &self,
        application: &ApplicationName,
        group: &GroupName,
    ) -> Result<Group, Failure> {
        let request = self
            .codedeploy
            .get_deployment_group()
            .application_name(application.as_str())
            .deployment_group_name(group.as_str());
        let answer = request.send().await.map_err(|error| Failure::new(GET_DEPLOYMENT_GROUP, &error))?;
        answer.deployment_group_info().map(group_from).ok_or_else(|| Failure {
            operation: GET_DEPLOYMENT_GROUP,
            fault: super::Fault::NotAws,
            code: String::new(),
            message: "the answer holds no deployment group".to_owned(),
        })
    }

    /// `ListApplications`, all pages.
    pub async fn list_applications(&self) -> Result<Vec<ApplicationName>, Failure> {
        let mut pages = self.codedeploy.list_applications().into_paginator().items().send();
        let mut names = Vec::new();
        while let Some(name) = pages.next().await {
            names.push(ApplicationName::new(name.map_err(|error| Failure::new(LIST_APPLICATIONS, &error))?));
        }
        Ok(names)
    }

    /// `ListDeploymentGroups` and `BatchGetDeploymentGroups`: every group of an application.
    pub async fn deployment_groups(&self, application: &ApplicationName) -> Result<Vec<Group>, Failure> {
        let request = self.codedeploy.list_deployment_groups().application_name(application.as_str());
        let mut pages = request.into_paginator().items().send();
        let mut names = Vec::new();
        while let Some(name) = pages.next().await {
            names.push(name.map_err(|error| Failure::new(LIST_DEPLOYMENT_GROUPS, &error))?);
        }
        let calls = names.chunks(GROUPS_PER_BATCH).map(|chunk| async move {
            let request = self
                .codedeploy
                .batch_get_deployment_groups()
                .application_name(application.as_str())
                .set_deployment_group_names(Some(chunk.to_vec()));
            let answer =
                request.send().await.map_err(|error| Failure::new(BATCH_GET_DEPLOYMENT_GROUPS, &error))?;
            Ok(answer.deployment_groups_info().iter().map(group_from).collect::<Vec<_>>())
        });
        Ok(try_join_all(calls).await?.into_iter().flatten().collect())
    }

    /// `BatchGetApplicationRevisions`: hash and text of each AppSpec that CodeDeploy holds; others are left out.
    pub async fn batch_get_application_revisions(
        &self,
        application: &ApplicationName,
        revisions: &[Revision],
    ) -> Result<Vec<(String, String)>, Failure> {
        let calls = revisions.chunks(PER_BATCH).map(|chunk| async move {
            let request = self
                .codedeploy
                .batch_get_application_revisions()
                .application_name(application.as_str())
                .set_revisions(Some(chunk.iter().map(|Revision(location)| location.clone()).collect()));
            let answer = request
                .send()
                .await
                .map_err(|error| Failure::new(BATCH_GET_APPLICATION_REVISIONS, &error))?;
            let found = answer.revisions().iter().filter_map(|info| {
                let revision = Revision(info.revision_location()?.clone());
                Some((revision.sha256()?.to_owned(), revision.content()?.to_owned()))
            });
            Ok(found.collect::<Vec<_>>())
        });
        Ok(try_join_all(calls).await?.into_iter().flatten().collect())
    }

    /// `GetDeploymentTarget` for the service; `None` before the deployment has started.
    pub async fn get_deployment_target(
        &self,
        id: &DeploymentId,
        cluster: &ClusterName,
        service: &ServiceName,
    ) -> Result<Option<Target>, Failure> {
        let request = self
            .codedeploy
            .get_deployment_target()
            .deployment_id(id.as_str())
            .target_id(format!("{cluster}:{service}"));
        match request.send().await.map_err(|error| Failure::new(GET_DEPLOYMENT_TARGET, &error)) {
            Ok(answer) => {
                Ok(answer.deployment_target().and_then(|target| target.ecs_target()).map(target_from))
            }
            Err(failure)
                if failure.is("DeploymentNotStartedException")
                    || failure.is("DeploymentDoesNotExistException")
                    || failure.is("DeploymentTargetDoesNotExistException") =>
            {
                Ok(None)
            }
            Err(failure) => Err(failure),
        }
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
        let alarms = new.ignore_alarms.then(|| AlarmConfiguration::builder().enabled(false).build());
        let once = aws_sdk_codedeploy::config::Builder::new().retry_config(RetryConfig::disabled());
        let request = self
            .codedeploy
            .create_deployment()
            .application_name(new.application.as_str())
            .deployment_group_name(new.group.as_str())
            .set_deployment_config_name(new.config.clone())
            .revision(revision)
            .description(&new.description)
            .set_override_alarm_configuration(alarms);
        let answer = request.customize().config_override(once).send().await;
        let answer = answer.map_err(|error| Failure::new(CREATE_DEPLOYMENT, &error))?;
        answer.deployment_id().filter(|id| !id.is_empty()).map(DeploymentId::new).ok_or_else(|| Failure {
            operation: CREATE_DEPLOYMENT,
            fault: super::Fault::NotAws,
            code: String::new(),
            message: "the answer holds no deployment id".to_owned(),
        })
    }

    /// `StopDeployment` with auto-rollback: CodeDeploy puts the traffic back on the original task set.
    pub async fn stop_deployment(&self, id: &DeploymentId) -> Result<(), Failure> {
        let request =
            self.codedeploy.stop_deployment().deployment_id(id.as_str()).auto_rollback_enabled(true);
        request.send().await.map_err(|error| Failure::new(STOP_DEPLOYMENT, &error)).map(|_| ())
    }

    /// `ContinueDeployment(READY_WAIT)`: lets a deployment that waits at `Ready` shift its traffic.
    pub async fn continue_ready(&self, id: &DeploymentId) -> Result<(), Failure> {
        self.continue_deployment(id, DeploymentWaitType::ReadyWait).await
    }

    /// `ContinueDeployment(TERMINATION_WAIT)`: ends the old tasks now, and with them the deployment.
    pub async fn end_termination_wait(&self, id: &DeploymentId) -> Result<(), Failure> {
        self.continue_deployment(id, DeploymentWaitType::TerminationWait).await
    }

    async fn continue_deployment(&self, id: &DeploymentId, wait: DeploymentWaitType) -> Result<(), Failure> {
        let request =
            self.codedeploy.continue_deployment().deployment_id(id.as_str()).deployment_wait_type(wait);
        request.send().await.map_err(|error| Failure::new(CONTINUE_DEPLOYMENT, &error)).map(|_| ())
    }
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
        completed_at: timestamp(info.complete_time()),
        creator: info.creator().map(|creator| creator.as_str().to_owned()).unwrap_or_default(),
        description: info.description().unwrap_or_default().to_owned(),
        revision: info.revision().cloned().map(Revision),
        previous_revision: info.previous_revision().cloned().map(Revision),
        error: info.error_information().map(|error| {
            let code = error.code().map(|code| code.as_str().to_owned()).unwrap_or_default();
            (code, error.message().unwrap_or_default().to_owned())
        }),
        rollback: id(rollback.and_then(|info| info.rollback_deployment_id())),
        rollback_of: id(rollback.and_then(|info| info.rollback_triggering_deployment_id())),
    })
}

fn group_from(info: &aws_sdk_codedeploy::types::DeploymentGroupInfo) -> Group {
    let alarms = info.alarm_configuration().filter(|alarms| alarms.enabled());
    let blue_green = info.blue_green_deployment_configuration();
    let minutes = |minutes: i32| Duration::from_secs(u64::try_from(minutes).unwrap_or(0) * 60);
    let terminate = blue_green.and_then(|c| c.terminate_blue_instances_on_deployment_success());
    let ready = blue_green.and_then(|c| c.deployment_ready_option());
    let waits = |action: &str| action == "STOP_DEPLOYMENT";
    Group {
        application: ApplicationName::new(info.application_name().unwrap_or_default()),
        name: GroupName::new(info.deployment_group_name().unwrap_or_default()),
        compute_platform: info.compute_platform().map(|p| p.as_str().to_owned()).unwrap_or_default(),
        services: info.ecs_services().iter().map(service_names).collect(),
        config: info.deployment_config_name().map(str::to_owned),
        alarms: alarms
            .map(|a| a.alarms().iter().filter_map(|alarm| alarm.name()).map(str::to_owned).collect())
            .unwrap_or_default(),
        auto_rollback: info.auto_rollback_configuration().is_some_and(|auto| auto.enabled()),
        termination_wait: terminate.map(|option| minutes(option.termination_wait_time_in_minutes())),
        ready_wait: ready
            .filter(|option| option.action_on_timeout().is_some_and(|action| waits(action.as_str())))
            .map(|option| minutes(option.wait_time_in_minutes())),
        last_successful: info
            .last_successful_deployment()
            .and_then(|last| last.deployment_id())
            .map(DeploymentId::new),
    }
}

fn service_names(service: &aws_sdk_codedeploy::types::EcsService) -> (String, String) {
    let name = |name: Option<&str>| name.unwrap_or_default().to_owned();
    (name(service.cluster_name()), name(service.service_name()))
}

fn target_from(target: &aws_sdk_codedeploy::types::EcsTarget) -> Target {
    Target {
        status: target.status().map(|status| status.as_str().to_owned()).unwrap_or_default(),
        events: target.lifecycle_events().iter().map(event_from).collect(),
        task_sets: target.task_sets_info().iter().map(target_task_set_from).collect(),
    }
}

fn event_from(event: &aws_sdk_codedeploy::types::LifecycleEvent) -> LifecycleEvent {
    let diagnostics = event.diagnostics().map(|diagnostics| {
        let code = diagnostics.error_code().map(|code| code.as_str()).unwrap_or_default();
        let parts = [Some(code), diagnostics.message(), diagnostics.log_tail()];
        parts.into_iter().flatten().filter(|part| !part.is_empty()).collect::<Vec<_>>().join("\n")
    });
    LifecycleEvent {
        name: event.lifecycle_event_name().unwrap_or_default().to_owned(),
        status: event.status().map(|status| status.as_str().to_owned()).unwrap_or_default(),
        started_at: timestamp(event.start_time()),
        ended_at: timestamp(event.end_time()),
        diagnostics: diagnostics.filter(|text| !text.is_empty()),
    }
}

fn target_task_set_from(task_set: &aws_sdk_codedeploy::types::EcsTaskSet) -> TargetTaskSet {
    TargetTaskSet {
        id: task_set.identifer().unwrap_or_default().to_owned(),
        label: task_set.task_set_label().map(|label| label.as_str().to_owned()).unwrap_or_default(),
        weight: task_set.traffic_weight(),
        running: task_set.running_count(),
        pending: task_set.pending_count(),
        desired: task_set.desired_count(),
    }
}
