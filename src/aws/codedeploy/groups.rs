//! Deployment groups, and where they are found.

use std::time::Duration;

use futures_util::future::try_join_all;

use super::super::{Aws, Failure, Operation};
use super::operation;
use crate::domain::deployment_group::Group;
use crate::names::{ApplicationName, DeploymentId, GroupName};
use crate::outside::OutsideText;

pub const GET_DEPLOYMENT_GROUP: Operation = operation("GetDeploymentGroup");
pub const LIST_APPLICATIONS: Operation = operation("ListApplications");
pub const LIST_DEPLOYMENT_GROUPS: Operation = operation("ListDeploymentGroups");
pub const BATCH_GET_DEPLOYMENT_GROUPS: Operation = operation("BatchGetDeploymentGroups");

/// `BatchGetDeploymentGroups` takes 100 at most.
const GROUPS_PER_BATCH: usize = 100;

impl Aws {
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
        let answer = GET_DEPLOYMENT_GROUP.answer(request.send().await)?;
        answer
            .deployment_group_info()
            .map(group_from)
            .ok_or_else(|| {
                Failure::not_aws(GET_DEPLOYMENT_GROUP, "the answer holds no deployment group")
            })
    }

    /// `ListApplications`, all pages.
    pub async fn list_applications(&self) -> Result<Vec<ApplicationName>, Failure> {
        let mut pages = self
            .codedeploy
            .list_applications()
            .into_paginator()
            .items()
            .send();
        let mut names = Vec::new();
        while let Some(name) = pages.next().await {
            names.push(ApplicationName::new(LIST_APPLICATIONS.answer(name)?));
        }
        Ok(names)
    }

    /// `ListDeploymentGroups` and `BatchGetDeploymentGroups`: every group of an application.
    pub async fn deployment_groups(
        &self,
        application: &ApplicationName,
    ) -> Result<Vec<Group>, Failure> {
        let request = self
            .codedeploy
            .list_deployment_groups()
            .application_name(application.as_str());
        let mut pages = request.into_paginator().items().send();
        let mut names = Vec::new();
        while let Some(name) = pages.next().await {
            names.push(LIST_DEPLOYMENT_GROUPS.answer(name)?);
        }
        let calls = names.chunks(GROUPS_PER_BATCH).map(|chunk| async move {
            let request = self
                .codedeploy
                .batch_get_deployment_groups()
                .application_name(application.as_str())
                .set_deployment_group_names(Some(chunk.to_vec()));
            let answer = BATCH_GET_DEPLOYMENT_GROUPS.answer(request.send().await)?;
            Ok(answer
                .deployment_groups_info()
                .iter()
                .map(group_from)
                .collect::<Vec<_>>())
        });
        Ok(try_join_all(calls).await?.into_iter().flatten().collect())
    }
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
        compute_platform: info
            .compute_platform()
            .map(|p| p.as_str().to_owned())
            .unwrap_or_default(),
        services: info.ecs_services().iter().map(service_names).collect(),
        config: info.deployment_config_name().map(str::to_owned),
        alarms: alarms
            .map(|a| {
                a.alarms()
                    .iter()
                    .filter_map(|alarm| alarm.name())
                    .map(OutsideText::new)
                    .collect()
            })
            .unwrap_or_default(),
        auto_rollback: info
            .auto_rollback_configuration()
            .is_some_and(|auto| auto.enabled()),
        termination_wait: terminate
            .map(|option| minutes(option.termination_wait_time_in_minutes())),
        ready_wait: ready
            .filter(|option| {
                option
                    .action_on_timeout()
                    .is_some_and(|action| waits(action.as_str()))
            })
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
